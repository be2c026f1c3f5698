"""The bundle as teams in other languages use it: a start page for each reader, and each language by itself."""

import re
import shlex
import shutil
import subprocess
import zipfile
from pathlib import Path

import msgspec
import pytest

from coupon_contract import pages
from coupon_contract.paths import ROOT
from interop import calls, language, program
from scripts import node
from scripts.publish import guide, languages, links
from tests.scripts.publish.conftest import VERSION

FOLDERS = [described.folder for described in languages.languages()]
INTERPRETED = ("php", "ruby", "typescript")  # the others are compiled for minutes; `make interop` compiles them too
HELPERS = [f"{one.folder}/{helper}" for one in languages.languages() for helper in languages.helpers(one)]
READERS = {"implementer", "caller-python", "caller-other-language", "tester", "spec-reader"}
FIRST_LINES = 12
ALONE = {  # compiles a helper in an empty folder
    ".go": "go mod init alone && go vet ./...",
    ".java": "javac -Xlint:all -Werror -d classes {file}",
    ".rs": "rustc --edition 2021 --crate-type lib --deny warnings {file}",
    ".ts": f"{node.FOLDER}/node_modules/.bin/tsc --strict --noEmit --target es2022 {{file}}",
    ".php": "php -l {file}",
    ".rb": "ruby -wc {file}",
}


@pytest.fixture
def unpacked(dist: Path, tmp_path: Path) -> Path:
    """The zip, unpacked in an empty folder."""
    with zipfile.ZipFile(dist / f"coupon-contract-{VERSION}.zip") as packed:
        packed.extractall(tmp_path)
    return tmp_path / f"coupon-contract-{VERSION}"


def start_pages(parts: Path) -> list[Path]:
    return [*sorted((parts / "start").glob("*.md")), *sorted((parts / languages.TARGET).glob("*/README.md"))]


def test_there_is_a_start_page_for_each_reader_and_each_language(parts: Path) -> None:
    assert {path.stem for path in (parts / "start").iterdir()} == READERS
    assert [path.parent.name for path in start_pages(parts) if path.stem == "README"] == FOLDERS


def test_the_first_lines_of_each_start_page_are_the_five_rules(parts: Path) -> None:
    rules = ("no redirects", "no retries", "a timeout", "decides on the JSON text", "schema violation does not mean")
    for page in start_pages(parts):
        head = "\n".join(page.read_text(encoding="utf-8").splitlines()[:FIRST_LINES])

        assert [rule for rule in rules if rule not in head] == [], page


def test_the_readme_leads_to_every_start_page(parts: Path) -> None:
    text = (parts / "README.md").read_text(encoding="utf-8")

    assert [page for page in start_pages(parts) if f"]({page.relative_to(parts)})" not in text] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page: its headings, in the way of Markdown viewers."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def test_every_link_in_the_bundle_leads_to_a_file_in_it(parts: Path) -> None:
    dead = []
    for page in sorted(parts.rglob("*.md")):
        for _, file, anchor in pages.LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / file).resolve()
            known = anchors(target) if target.is_file() and target.suffix == ".md" else set()
            inside = target.is_relative_to(parts.resolve())
            if not inside or not target.is_file() or (anchor and anchor.removeprefix("#") not in known):
                dead.append(f"{page.relative_to(parts)}: {file}{anchor}")

    assert dead == []


def test_every_file_that_a_start_page_names_is_there(parts: Path) -> None:
    for page in start_pages(parts):
        named = re.findall(
            r"`((?:vectors|collections|schemas|wheels|languages)/[\w./-]*|\w+\.json)`", page.read_text("utf-8")
        )

        assert [name for name in named if not (parts / name).exists()] == [], page


def test_every_page_of_docs_is_in_the_bundle(parts: Path) -> None:
    own = {"index.md", "vectors.md", "authoring-cases.md"}  # the README, vectors/README.md, and of the repository alone
    wanted = {path.name for path in (ROOT / "docs").glob("*.md")} - own

    assert wanted | {"callers.md"} == {path.name for path in (parts / "docs").glob("*.md")}
    assert (parts / "vectors" / "README.md").is_file()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_language_is_published_with_every_file_that_interop_keeps_of_it(parts: Path, folder: str) -> None:
    listed = subprocess.run(
        ["git", "ls-files"],  # noqa: S607 - the user's git
        cwd=ROOT / "interop" / folder,
        capture_output=True,
        text=True,
        check=True,
    )
    kept = set(listed.stdout.splitlines()) - {languages.DESCRIPTION}
    held = {
        path.relative_to(parts / "languages" / folder).as_posix(): path
        for path in (parts / "languages" / folder).rglob("*")
    }
    published = {name for name, path in held.items() if path.is_file()}

    assert published == {name.replace(languages.PINS, languages.LOCK) for name in kept} | {"README.md"}


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_compiles_alone_in_an_empty_folder(helper: str, parts: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(parts / "languages" / helper, tmp_path))
    if file.suffix == ".kt":
        pytest.skip("its compiler comes with Maven: make interop compiles it")
    command = ALONE[file.suffix].format(file=file.name)
    if shutil.which(shlex.split(command)[0], path=language.PATH) is None:
        pytest.skip(f"no {command.split()[0]} here (scripts/toolchains)")
    done = subprocess.run(  # noqa: S602 - a command of this file
        command, shell=True, cwd=tmp_path, env=language.ENVIRONMENT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.lengthy
@pytest.mark.parametrize(
    "folder",
    [pytest.param(folder, marks=[] if folder in INTERPRETED else pytest.mark.thorough) for folder in FOLDERS],
)
def test_the_words_of_the_bundle_lead_to_a_client_that_gets_all_vectors_right(folder: str, unpacked: Path) -> None:
    (described,) = language.languages([folder])
    if reason := language.missing(described):
        pytest.skip(reason)
    place = unpacked / "languages" / folder
    (commands,) = re.findall(
        r"^## Generate and compile\n.*?^```text\n(.*?)^```", (place / "README.md").read_text("utf-8"), re.S | re.M
    )
    for command in commands.splitlines():
        done = subprocess.run(  # noqa: S602 - a command of the bundle
            command, shell=True, cwd=place, env=language.ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    there = msgspec.structs.replace(described, folder=str(place))
    with calls.vector_calls() as (vectors, seen):
        reports = program.ask(there, vectors)

        assert [problem for call in vectors if (problem := program.judge(call, reports.get(call.name)).problem)] == []
        assert calls.sent_again(vectors, seen) == []


def test_a_link_to_a_file_without_a_place_leads_to_a_copy_of_it() -> None:
    copies: dict[str, bytes] = {}
    text = links.relinked("[seed](../coupon_contract/sandbox/seed.toml)", "docs/x.md", "start/x.md", {}, copies)

    assert text == "[seed](../docs/files/coupon_contract/sandbox/seed.toml)"
    assert list(copies) == ["docs/files/coupon_contract/sandbox/seed.toml"]


def test_a_link_to_a_folder_without_a_place_becomes_its_name() -> None:
    assert links.relinked("[all](../qa)", "docs/x.md", "docs/x.md", {}, {}) == "all"


def test_a_link_keeps_its_anchor_where_the_page_has_another_place() -> None:
    places = {"docs/vectors.md": "vectors/README.md"}

    assert (
        links.relinked("[x](vectors.md#run)", "docs/y.md", "docs/y.md", places, {}) == "[x](../vectors/README.md#run)"
    )


def test_an_override_stands_in_place_of_its_page() -> None:
    assert guide.files({"docs/upgrade.md": "# Other\n"})["docs/upgrade.md"] == "# Other\n"
