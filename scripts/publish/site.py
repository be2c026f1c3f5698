"""Builds the documentation site from docs/ and the published data. It works offline, as local files."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from coupon_contract import pages as source_pages
from coupon_contract.paths import ROOT
from scripts.publish import bundle, client_api, entries, pages, search, wheels

LOOK = Path(__file__).parent / "look"
ORDER = (
    *(
        "integrate",
        "issue-once",
        client_api.NAME,
        "judge-callers",
        "callers",
        "judge",
        "request-validation",
        "sandbox",
        "sandbox-stores",
        "security",
        "outcomes",
        "vectors",
        "interop",
    ),
    *("authoring-cases", "reference", "errors", "ledger", "clauses", "changelog"),
)
MADE = {  # files of the repository that are pages of the site
    "spec/clauses.toml": "clauses.md",
    "spec/codes.toml": "errors.md",
    "spec/ledger.toml": "ledger.md",
    "CHANGELOG.md": "changelog.md",
    "bench/callers.md": "callers.md",
}
LEFT_OVER = (
    *(".doctrees", ".buildinfo", "_sources", "objects.inv"),
    *(
        "searchindex.js",
        "_static/searchtools.js",
        "_static/language_data.js",
    ),  # of Sphinx's search, which skips numbers
)
STATIC = ("site.css", "site.js", "search.js", "minisearch.js")
REFERENCE = """# API reference

<p><a href="openapi.html">The reference is a page of its own</a>: operations, fields, examples, all in one file.</p>
"""


def build(output: Path, reference: str, epoch: int) -> None:
    """Build the site into a new directory, around the page of the reference.

    Raises wheels.BuildError when a page is wrong: a link that leads nowhere, a table that is none.
    """
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "docs"
        _collect(source, reference)
        command = (wheels.TOOLS / "sphinx-build", "--builder", "html", "--fail-on-warning", "--keep-going", "--quiet")
        wheels.run(*command, source, output, epoch=epoch)
    bundle.write(output, {"_static/search-texts.js": search.script(output)})
    for left in LEFT_OVER:
        path = output / left
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _collect(source: Path, reference: str) -> None:
    """Assemble the input of Sphinx: pages, settings, and the files that pages link to."""
    written = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
    made = {name.removesuffix(".md"): text for name, text in pages.everything().items() if name.endswith(".md")}
    made |= {client_api.NAME: client_api.page(), "reference": REFERENCE}
    made |= {Path(page).stem: (ROOT / file).read_text("utf-8") for file, page in MADE.items() if file.endswith(".md")}
    texts = {**written, **made}
    texts["index"] += _contents(texts)
    linked = {name: _linked(text, texts, source) for name, text in texts.items()}
    linked |= {name: entries.linked(linked[name]) for name in ("clauses", "ledger", "errors")}
    bundle.write(source, {f"{name}.md": text for name, text in linked.items()})
    pictures = (path for path in (ROOT / "docs").rglob("*") if path.is_file() and path.suffix != ".md")
    bundle.write(source, {path.relative_to(ROOT / "docs").as_posix(): path.read_bytes() for path in pictures})
    bundle.write(source, {"conf.py": (LOOK / "conf.py").read_bytes(), "_extra/openapi.html": reference})
    bundle.write(source, {f"{name}.md": text for name, text in entries.everything().items()})
    bundle.write(source, {f"_static/{name}": (LOOK / name).read_bytes() for name in STATIC})
    bundle.write(source, {"_templates/search.html": (LOOK / "search.html").read_bytes()})


def _contents(texts: Mapping[str, str]) -> str:
    """Return the navigation: the existing pages, the known ones first."""
    others = sorted(set(texts) - set(ORDER) - {"index"})
    names = "\n".join(name for name in (*ORDER, *others) if name in texts)
    return f"\n```{{toctree}}\n:hidden:\n\n{names}\n```\n"


def _linked(text: str, texts: Mapping[str, str], source: Path) -> str:
    """Return a page whose links into the repository lead to copies of the files; links to folders become
    plain names.
    """

    def placed(link: str, anchor: str) -> str:
        file = Path(os.path.normpath(ROOT / "docs" / link))
        target = MADE.get(file.relative_to(ROOT).as_posix(), os.path.relpath(file, ROOT / "docs"))
        if target.removesuffix(".md") in texts:
            return f"{target}{anchor}"
        if not file.is_file():
            return ""
        name = file.relative_to(ROOT).as_posix() + (".txt" if file.suffix == ".md" else "")
        bundle.write(source / "_files", {name: file.read_bytes()})
        return f"_files/{name}"

    return source_pages.relinked(text, placed)
