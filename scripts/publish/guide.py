"""The pages of the bundle for people: a start page for each reader, and docs/. Links lead within the bundle.

Nothing in them is about the repository (`repository_blocks.py`, and the marks of `coupon_contract/pages.py`).
"""

from collections.abc import Mapping
from pathlib import Path

from coupon_contract.paths import ROOT
from scripts.publish import languages, links, repository_blocks

TEMPLATES = Path(__file__).parent / "start"
RULES = "rules"
LEFT_OUT = {"index", "authoring-cases"}  # the bundle has a README of its own; the contract is changed in the repository
DEPLOY = "deploy"
CHANGELOG = "CHANGELOG.md"
PLACES = {
    "README.md": "README.md",
    "docs/index.md": "README.md",
    "docs/vectors.md": "vectors/README.md",
    "spec/openapi.yaml": "openapi.yaml",
    "spec/outcomes.toml": "outcomes.toml",
    "spec/clauses.toml": "clauses.md",
    "spec/ledger.toml": "ledger.md",
    "spec/vectors/schema.json": "vectors/vectors.schema.json",
    "bench/callers.md": "docs/callers.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
}


def files(overrides: Mapping[str, str]) -> dict[str, str | bytes]:
    """Return every page and what it links to, by path in the bundle.

    `overrides` are texts of pages of the repository in place of their files, by path. Raises
    UnclosedBlock.
    """
    chosen = {name: repository_blocks.dropped(text, name) for name, text in {**_docs(), **overrides}.items()}
    deployed = _deployed()
    places = {name: PLACES.get(name, name) for name in [*chosen, *deployed]} | PLACES | languages.places()
    copies: dict[str, bytes] = {}
    pages = {places[name]: links.relinked(text, name, places[name], places, copies) for name, text in chosen.items()}
    for target, text in {**start_pages(), **language_pages()}.items():
        pages[target] = links.relinked(text, "docs/start.md", target, places, copies)  # written as pages of docs/
    return {**copies, **programs(), **deployed, **pages}


def _docs() -> dict[str, str]:
    written = [path for path in sorted((ROOT / "docs").glob("*.md")) if path.stem not in LEFT_OUT]
    pages = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in [*written, ROOT / "bench" / "callers.md"]
    }
    return pages | {CHANGELOG: repository_blocks.of_users((ROOT / CHANGELOG).read_text(encoding="utf-8"))}


def _deployed() -> dict[str, bytes]:
    """Return the files that pipelines and services take as they are, by path in the repository and in the bundle."""
    files = (path for path in sorted((ROOT / DEPLOY).rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}


def rules() -> str:
    """Return the five rules that every start page begins with."""
    return (TEMPLATES / f"{RULES}.md").read_text(encoding="utf-8")


def start_pages() -> dict[str, str]:
    """Return the start page of each kind of reader, by path in the bundle, with the links of a page of docs/."""
    names = [language.name for language in languages.languages()]
    fields = {"rules": rules(), "languages": f"{', '.join(names[:-1])} and {names[-1]}"}
    templates = (path for path in sorted(TEMPLATES.glob("*.md")) if path.stem != RULES)
    return {f"start/{path.name}": _filled(path.read_text(encoding="utf-8"), fields) for path in templates}


def _filled(text: str, fields: Mapping[str, str]) -> str:
    for name, value in fields.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def language_pages() -> dict[str, str]:
    """Return the start page of each language of interop/, in the same form."""
    return {
        f"{languages.TARGET}/{language.folder}/README.md": languages.page(language, rules())
        for language in languages.languages()
    }


def programs() -> dict[str, bytes]:
    """Return helper, settings and program of each language, by path in the bundle."""
    return {
        f"{languages.TARGET}/{language.folder}/{name}": content
        for language in languages.languages()
        for name, content in languages.files(language).items()
    }
