"""The API reference as one page without external resources."""

import re
import tempfile
from pathlib import Path

from scripts import node

# The browser enforces this, whatever the page asks for.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; worker-src blob: data:;"
    " style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
HEAD = "<head>"
LOGO = re.compile(r"https://cdn\.redoc\.ly/[^`'\"]*")
WITHOUT_BADGE = (
    '<style>a[href="https://redocly.com/redoc/"] { display: none !important }</style>'  # half of it is the logo
)
NO_PICTURE = "data:,"  # fails at once and without a request, and the page then leaves its logo out


def page(document: Path) -> str:
    """Return the reference of a document as HTML. Raises node.ToolError."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "reference.html"
        node.run("redocly", "build-docs", document, "--inlineBundle", "--output", output)
        text = LOGO.sub(NO_PICTURE, output.read_text(encoding="utf-8"))
    before, head, after = text.partition(HEAD)
    if not head:
        raise node.ToolError("redocly build-docs made a page without <head>")
    return f'{before}{head}<meta http-equiv="Content-Security-Policy" content="{POLICY}">{WITHOUT_BADGE}{after}'
