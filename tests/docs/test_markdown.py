import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from tests.docs.blocks import blocks

PAGES = [path for folder in (".", "bench", "docs") for path in sorted((ROOT / folder).glob("*.md"))]
HISTORY = ROOT / "CHANGELOG.md"  # names the commands of each release
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def commands(page: Path) -> list[str]:
    return [line for block in blocks(page) for line in block.text.splitlines() if line.startswith(("make ", ".venv/"))]


def mentioned(page: Path) -> list[str]:
    return re.findall(r"`(make [a-z][^`…]*)`", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [page for page in PAGES if page != HISTORY], ids=lambda page: page.name)
def test_every_command_on_a_page_is_one_that_make_knows(page: Path) -> None:
    for command in (line for line in commands(page) + mentioned(page) if line.startswith("make ")):
        dry = subprocess.run(f"{command} --dry-run", shell=True, cwd=ROOT, capture_output=True, check=False)  # noqa: S602

        assert dry.returncode == 0, f"{page.name}: {command}: {dry.stderr.decode()}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_program_on_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    modules = set(re.findall(r"python (?:-P )?-m ((?:bench|coupon_contract|interop|qa|scripts)[\w.]*)", text))
    programs = {line.split()[0] for line in commands(page) if line.startswith(".venv/bin/")}

    assert [name for name in sorted(modules) if find_spec(name.rstrip(".")) is None] == []
    assert [name for name in sorted(programs) if not (Path(sys.executable).parent / Path(name).name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_on_a_page_leads_somewhere(page: Path) -> None:
    dead = [link for link in links(page) if "://" not in link and not (page.parent / link).exists()]

    assert not dead


def test_ci_runs_the_two_commands_that_the_readme_starts_with() -> None:
    assert [line for line in CI.splitlines() if line.startswith("make")][:2] == commands(ROOT / "README.md")[:2]


def test_make_alone_lists_every_verb_that_the_readme_uses() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    verbs = {line.split()[1] for line in commands(ROOT / "README.md") if line.startswith("make ")}

    assert verbs <= {line.split()[0] for line in listed.splitlines() if line}


def test_exit_statuses_in_the_readme_are_those_of_the_suite() -> None:
    from coupon_contract.suite.verdict import Exit

    table = re.findall(r"^\| (\d) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)

    assert [int(status) for status in table] == [
        Exit.CONFORMANT,
        Exit.NOT_CONFORMANT,
        Exit.COULD_NOT_JUDGE,
        Exit.USAGE,
    ]
