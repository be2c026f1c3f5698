"""The API reference as one page without external resources."""

import tempfile
from pathlib import Path

from scripts import node

# The browser enforces this: without the policy, the page would load a logo from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; worker-src blob: data:;"
    " style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
HEAD = "<head>"


def page(document: Path) -> str:
    """Return the reference of a document as HTML. Raises node.ToolError."""
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "reference.html"
        node.run("redocly", "build-docs", document, "--inlineBundle", "--output", output)
        text = output.read_text(encoding="utf-8")
    before, head, after = text.partition(HEAD)
    if not head:
        raise node.ToolError("redocly build-docs made a page without <head>")
    return f'{before}{head}<meta http-equiv="Content-Security-Policy" content="{POLICY}">{after}'
