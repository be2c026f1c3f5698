"""The client's examples on all pages and in docstrings, run as they stand, with a sandbox in place of the host."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import coupon_client.testing
from coupon_contract.paths import ROOT
from qa.with_sandbox import running_sandbox
from tests.docs.client_examples import CLIENT_PAGES, PAGES, examples, programs

PAGE = ROOT / "docs" / "integrate.md"
JUDGED = "judge-callers.md"  # its adapter is run by test_judge_callers.py
PROGRAMS = [program for page in CLIENT_PAGES if page.name != JUDGED for program in programs(page)] + [
    f"from coupon_client import *\nfrom coupon_client.testing import *\n{example}"
    for module in (coupon_client, coupon_client.testing)
    for example in examples(module)
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: str(PROGRAMS.index(program) + 1))
def test_a_program_on_the_page_runs(
    program: str, sandbox: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in (("BASE_URL", sandbox), ("TILL", "till.sandbox"), ("TILL_PASSWORD", "sandbox-password")):
        monkeypatch.setenv(f"COUPON_{name}", value)
    monkeypatch.setattr("signal.signal", lambda *_: None)  # handlers would outlast the program
    here = program.replace("https://eu.api.example.com", sandbox).replace(
        '"till", "secret"', '"till.sandbox", "sandbox-password"'
    )
    exec(compile(here, "integrate.md", "exec"), {"__name__": "integrate"})  # noqa: S102 - our own page

    assert "has one already" not in capsys.readouterr().out


def test_the_example_that_undoes_a_surplus_leaves_what_was_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (program,) = [program for program in programs(ROOT / "docs" / "issue-once.md") if "client.revoke(" in program]
    exec(compile(program, "issue-once.md", "exec"), {"__name__": "undo"})  # noqa: S102 - our own page

    assert capsys.readouterr().out.splitlines() == [
        "2 issued",
        "4 coupons carry the key, 2 too many",
        "2 revoked",
        "2 found by the key",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_vendors_host_is_in_no_example(page: Path) -> None:
    """Nothing that is copied from a page may issue coupons: every host is reserved for examples, or this machine."""
    blocks = re.findall(r"^```.*?^```", page.read_text(encoding="utf-8"), re.S | re.M)
    hosts = {host for block in blocks for host in re.findall(r"https?://([\w.-]+)", block)}
    reserved = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|org|net))?|invalid|test|localhost)$|127\.")

    assert [host for host in sorted(hosts) if not reserved.match(host)] == []


def test_the_exceptions_on_the_page_are_those_of_the_module() -> None:
    from coupon_client import errors

    tree = re.search(r"```text\n(CouponClientError\n.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert tree is not None
    named = set(re.findall(r"[├└]── (\w+)", tree[1]))

    assert named == set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))
    assert all(issubclass(getattr(errors, name), errors.CouponClientError) for name in named)
