"""The programs in docs/integrate.md and docs/issue-once.md, run as they stand, with a sandbox in place of the host."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.with_sandbox import running_sandbox

PAGE = Path(__file__).parent.parent.parent / "docs" / "integrate.md"
PROGRAMS = [
    program
    for page in (PAGE, PAGE.with_name("issue-once.md"))
    for program in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
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
    here = program.replace("https://eu.api.example.com", sandbox).replace(
        '"till", "secret"', '"till.sandbox", "sandbox-password"'
    )
    exec(compile(here, "integrate.md", "exec"), {"__name__": "integrate"})  # noqa: S102 - our own page

    assert "has one already" not in capsys.readouterr().out


def test_the_exceptions_on_the_page_are_those_of_the_module() -> None:
    from coupon_client import errors

    tree = re.search(r"```text\n(CouponClientError\n.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert tree is not None
    named = set(re.findall(r"[├└]── (\w+)", tree[1]))

    assert named == set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))
    assert all(issubclass(getattr(errors, name), errors.CouponClientError) for name in named)
