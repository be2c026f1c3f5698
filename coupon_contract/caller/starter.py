"""The files that an adapter starts from: docs/judge-callers.md, its adapters with their helpers, and linked files."""

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from coupon_contract import pages, paths

DOCS = paths.ROOT / "docs" if paths.IN_CHECKOUT else paths.SPEC / "docs"
HELPERS = paths.ROOT / "interop" if paths.IN_CHECKOUT else paths.SPEC / "interop"
PAGE = "judge-callers.md"
OF_SPEC = "../spec/"  # begins links of docs/
PAGES = (PAGE, "outcomes.md", "issue-once.md")  # of docs/, that the wheel holds


@frozen
class Adapter:
    """An adapter of the page. `language` is the word behind the fence of its block.

    `helper` is a file of interop/, and `beside` its place beside the adapter; both are empty for the one that uses our
    client.
    """

    language: str
    file: str
    helper: str = ""
    beside: str = ""


ADAPTERS = (
    Adapter("python", "adapter.py"),
    Adapter("javascript", "adapter.mjs", "typescript/outcome.mjs", "outcome.mjs"),
    Adapter("typescript", "adapter.mts", "typescript/src/outcome.ts", "outcome.ts"),
    Adapter("java", "Adapter.java", "java/src/couponoutcome/Outcome.java", "Outcome.java"),
    Adapter("go", "adapter.go", "go/outcome/outcome.go", "outcome/outcome.go"),
    Adapter("php", "adapter.php", "php/src/Outcome.php", "Outcome.php"),
)


def write(directory: Path) -> None:
    """Write all files into a new directory. Raises FileExistsError if it exists, and OSError."""
    directory.mkdir(parents=True)
    for name, content in files().items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def files() -> dict[str, bytes]:
    """Return the files by their paths in the directory: pages, linked files of spec/, a folder for each adapter."""
    made: dict[str, bytes] = {}
    for name in PAGES:
        text = pages.without_repository((DOCS / name).read_text(encoding="utf-8"), name)
        made |= dict(_linked(text))
        made[name] = pages.relinked(text, _place).encode("utf-8")
    for adapter in ADAPTERS:
        made[f"{adapter.language}/{adapter.file}"] = adapter_text(adapter.language).encode("utf-8")
        if adapter.helper:
            made[f"{adapter.language}/{adapter.beside}"] = (HELPERS / adapter.helper).read_bytes()
    return made


def adapter_text(language: str) -> str:
    """Return the adapter of a language, as the page has it."""
    text = (DOCS / PAGE).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)
    return str(found)


def _place(link: str, anchor: str) -> str:
    """Return where a link of a page of docs/ leads beside it, or an empty text where there is nothing."""
    if link in PAGES:
        return f"{link}{anchor}"
    return _of_spec(link)


def _of_spec(link: str) -> str:
    name = link.removeprefix(OF_SPEC)
    return name if link.startswith(OF_SPEC) and (paths.SPEC / name).is_file() else ""


def _linked(text: str) -> Iterator[tuple[str, bytes]]:
    for _, link, _ in pages.LINK.findall(text):
        if name := _of_spec(link):
            yield name, (paths.SPEC / name).read_bytes()
