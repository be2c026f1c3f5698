"""Every text of the bundle is true for those who have the zip alone: it names nothing that only the repository has."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupon_contract import pages
from coupon_contract.paths import ROOT
from scripts.publish import repository_blocks

# Written by tools of others: a bundler, npm, Go, Cargo, and the list of checksums.
MACHINE_WRITTEN = {"reference.html", "package-lock.json", "go.sum", "Cargo.lock", "SHA256SUMS"}
VERBS = "|".join(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
ONLY_IN_A_CLONE = {
    "a command of make": re.compile(rf"`make\b|^\s*(?:\$ )?make [a-z]|\bmake (?:{VERBS})(?![\w-])", re.M),
    "dist/": re.compile(r"(?<![\w./-])dist/"),
    "the environment of the repository": re.compile(r"(?<!\w)\.venv\b"),
    "a module of the repository": re.compile(r"-m (?:bench|contract_tests|interop|qa|scripts|tests)\b"),
    "a file of the repository": re.compile(
        r"\b(?:ARCHITECTURE|CONTRIBUTING|RELEASING)\.md\b|\b(?:Make|Container)file\b"
    ),
}
SAMPLES = {
    "a command of make": [
        "run `make test`",
        "make sandbox\n",
        "written by make generate: begin",
        "  make interop ARGS=go",
    ],
    "dist/": ["pip install dist/coupon_client-*.whl", "builds it into `dist/`"],
    "the environment of the repository": [".venv/bin/python -m qa.callers", "Node comes with\n`.venv`"],
    "a module of the repository": ["python -m qa.issue_once", "python3 -P -m scripts.drift"],
    "a file of the repository": ["see CONTRIBUTING.md", "the Containerfile"],
}
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
PATH = re.compile(rf"(?<![\w./<>-])(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*\w")
BEGIN, END = pages.BEGIN, pages.END


def texts(parts: Path) -> Iterator[tuple[str, str]]:
    """The texts of the bundle that people read, by their paths in it."""
    for path in sorted(parts.rglob("*")):
        if path.is_file() and path.name not in MACHINE_WRITTEN and path.suffix != ".whl":
            yield path.relative_to(parts).as_posix(), path.read_text(encoding="utf-8")


def found(pattern: re.Pattern[str], parts: Path) -> list[str]:
    return [f"{name}: {match[0].strip()}" for name, text in texts(parts) for match in pattern.finditer(text)]


@pytest.mark.parametrize("kind", ONLY_IN_A_CLONE)
def test_no_text_of_the_bundle_names_what_only_a_clone_has(kind: str, parts: Path) -> None:
    assert found(ONLY_IN_A_CLONE[kind], parts) == []


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, samples in SAMPLES.items() for text in samples])
def test_each_kind_is_found_in_a_text_that_has_it(kind: str, text: str) -> None:
    assert ONLY_IN_A_CLONE[kind].search(text)


def test_no_text_of_the_bundle_names_a_path_of_the_repository_that_it_does_not_hold(parts: Path) -> None:
    """A path may stand in the bundle, beside its page, or in one of the wheels."""
    wheels = [name for wheel in parts.rglob("*.whl") for name in zipfile.ZipFile(wheel).namelist()]
    missing = [
        f"{name}: {path}"
        for name, text in texts(parts)
        for path in PATH.findall(text)
        if (ROOT / path).exists()
        and not path.startswith("reports/")  # results of a run of the reader's
        and not any((place / path).exists() for place in (parts, (parts / name).parent))
        and not any(held == path or held.startswith(f"{path}/") for held in wheels)
    ]

    assert missing == []


@pytest.mark.parametrize("path", ["spec/openapi.yaml", "tests/docs", "deploy/github/action.yml"])
def test_a_path_of_the_repository_is_found_in_a_text(path: str) -> None:
    assert PATH.findall(f"Copy `{path}`, or (see {path}).") == [path, path]


def test_no_page_of_the_bundle_has_a_comment_that_only_its_source_shows(parts: Path) -> None:
    assert found(re.compile("<!--.*?-->", re.S), parts / "docs") == []


def test_a_link_within_a_page_leads_to_one_of_its_headings(parts: Path) -> None:
    from tests.scripts.publish.test_guide import anchors

    dead = []
    for page in sorted(parts.rglob("*.md")):
        named = re.findall(r"\]\(#([^)\s]+)\)", page.read_text(encoding="utf-8"))
        dead += [f"{page.relative_to(parts)}: #{anchor}" for anchor in named if anchor not in anchors(page)]

    assert dead == []


def test_what_pipelines_take_is_in_the_bundle_as_it_is(parts: Path) -> None:
    wanted = {path.relative_to(ROOT): path.read_bytes() for path in (ROOT / "deploy").rglob("*.*") if path.is_file()}
    wanted = {path: content for path, content in wanted.items() if "__pycache__" not in path.parts}

    assert {path: (parts / path).read_bytes() for path in wanted} == wanted


def test_a_block_of_lines_and_a_part_of_a_line_are_left_out() -> None:
    page = f"One.\n\n{BEGIN}\nTwo.\n\n```sh\nmake\n```\n{END}\n\nThree{BEGIN}, not `make`{END}.\n<!-- a mark -->\n"

    assert repository_blocks.dropped(page, "page") == "One.\n\nThree.\n"


@pytest.mark.parametrize("page", [f"One{BEGIN} two.\n", f"One{END} two.\n"])
def test_a_mark_without_its_other_end_is_an_error(page: str) -> None:
    with pytest.raises(pages.UnclosedBlock, match=r"page\.md"):
        repository_blocks.dropped(page, "page.md")


def test_an_entry_of_the_changelog_about_the_repository_is_left_out_and_others_stay() -> None:
    entries = [
        "- `make check` names\n  a field.\n",
        "- The client\n  waits ([how](docs/x.md)).\n",
        "- `spec/releases/` has it.\n",
    ]

    assert repository_blocks.of_users("".join(entries)) == entries[1]
