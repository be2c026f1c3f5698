"""`make check` runs every step, prints every problem, and fails when there is one."""

from collections.abc import Iterator

import pytest

from coupon_contract import spec
from scripts import check


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The problems that each step finds: none, unless a test adds some."""
    problems: dict[str, list[str]] = {name: [] for name in check.STEPS}
    found = {name: (lambda name=name: iter(problems[name])) for name in problems}
    monkeypatch.setattr(check, "STEPS", found)
    return problems


def test_without_problems_the_status_is_0(steps: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    status = check.main([])

    assert (status, capsys.readouterr().out) == (check.CLEAN, "")


def test_problems_of_all_steps_are_printed(steps: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    steps["code"], steps["generated"] = ["a line too long"], ["a stale file"]
    status = check.main([])

    assert (status, capsys.readouterr().out) == (check.PROBLEMS, "a line too long\na stale file\n")


def test_steps_that_are_named_run_alone(steps: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    steps["code"], steps["imports"] = ["a line too long"], ["a forbidden import"]
    check.main(["imports"])

    assert capsys.readouterr().out == "a forbidden import\n"


@pytest.mark.parametrize("arguments", [["spelling"], ["--fast"], ["--document"]])
def test_what_is_no_step_or_option_is_a_usage_error(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check.main(arguments)

    assert ended.value.code == check.USAGE


def test_a_document_of_the_users_is_checked_in_place_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = []

    def problems(path: object) -> Iterator[str]:
        checked.append(path)
        yield "a problem"

    monkeypatch.setattr("scripts.lint_spec.problems", problems)
    status = check.main(["--document", str(spec.DIRECTORY / "other.yaml")])

    assert (status, checked) == (check.PROBLEMS, [spec.DIRECTORY / "other.yaml"])


def test_the_output_of_a_tool_that_fails_is_the_problem() -> None:
    (problem,) = check.tools("ruff check --no-such-option")

    assert "--no-such-option" in problem


def test_a_tool_that_succeeds_is_no_problem() -> None:
    assert list(check.tools("ruff --version")) == []
