"""The adapters of docs/judge-callers.md, each run as it stands where its language is installed."""

import re
import shutil
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
COMMANDS = {"python": [sys.executable, "adapter.py"]}
ADAPTERS = {
    language: text for language, text in re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.S | re.M) if language in COMMANDS
}


@pytest.mark.parametrize("language", COMMANDS)
def test_an_adapter_on_the_page_conforms(language: str, tmp_path: Path) -> None:
    program, name = COMMANDS[language]
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here")
    (tmp_path / name).write_text(ADAPTERS[language], encoding="utf-8")
    run = judge([program, str(tmp_path / name)], cases(), Job(limit=12), without=["key"])
    wrong = [finding for finding in run.findings if finding.observation.seen is Seen.VIOLATED]
    assert wrong == []
    assert run.verdict.exit_status == Exit.CONFORMANT


def test_the_page_lists_every_clause_with_its_level() -> None:
    listed = dict(re.findall(r"^\| `(caller-[a-z-]+)` \| (MUST|SHOULD|MAY)\b", PAGE, re.M))
    assert listed == {clause.id: clause.level for clause in spec.caller_clauses().values()}


def test_the_page_names_every_variable() -> None:
    names = set(Job().environment("http://127.0.0.1", "key", Path("state")))
    assert set(re.findall(r"`(COUPON_[A-Z_]+)`", PAGE)) == names
