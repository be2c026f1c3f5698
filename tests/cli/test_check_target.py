"""`coupon-contract check-target`, and the same check before a judgement."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from coupon_contract.cli.check_target import main
from coupon_contract.paths import SANDBOX_TARGET
from qa.with_sandbox import running_sandbox
from tests.cli.judge_process import judged, whole, word_of
from tests.suite.conftest import always, serving


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


def file_with(directory: Path, url: str, *changes: tuple[str, str]) -> str:
    """The target file of the sandbox with some of its text changed."""
    text = SANDBOX_TARGET.read_text("utf-8").replace("${SANDBOX_URL}", url)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    file = directory / "target.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


TYPOS = {
    "a series": (("415446", "415447"), "series.ordinary = 415447"),
    "a customer": (('mobile = "11223569865"', 'mobile = "11223569800"'), "customers.known[0].mobile"),
}


@pytest.mark.parametrize(("change", "named"), TYPOS.values(), ids=TYPOS)
def test_a_wrong_id_is_named_with_exit_status_4(
    sandbox: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], named: str
) -> None:
    status = main([file_with(tmp_path, sandbox, change)])
    shown = capsys.readouterr().out

    assert (status, [line for line in shown.splitlines() if line.startswith("wrong") and named in line] != []) == (
        4,
        True,
    )
    assert "11223569800" not in shown


@pytest.mark.parametrize(("change", "named"), TYPOS.values(), ids=TYPOS)
def test_a_target_with_a_wrong_id_is_not_judged(
    sandbox: str, tmp_path: Path, change: tuple[str, str], named: str
) -> None:
    done = judged(file_with(tmp_path, sandbox, change))

    assert (done.status, named in done.text, "coupons issued" in done.text) == (4, True, False)


def test_a_right_file_has_exit_status_0(sandbox: str, tmp_path: Path) -> None:
    assert main(["--target", file_with(tmp_path, sandbox)]) == 0


def test_a_target_that_is_not_there_cannot_be_checked(tmp_path: Path) -> None:
    assert main([file_with(tmp_path, "http://127.0.0.1:1")]) == 3


def test_a_file_that_cannot_be_used_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([str(tmp_path / "none.toml")])

    assert (status, "cannot be read" in capsys.readouterr().err) == (4, True)


def test_a_selection_is_judged_without_the_check(tmp_path: Path) -> None:
    with serving(always({})) as stub:
        judged(file_with(tmp_path, stub.url), "-k", "content-type and test_case")

    assert len(stub.seen) < 10


def test_an_expired_series_that_issues_fails_its_clause_and_the_failure_names_the_id(
    tmp_path: Path, sandbox: str
) -> None:
    swapped = [("ordinary = 415446", "ordinary = 535521"), ("uploaded = 535521\n", ""), ("= 71300", "= 415446")]
    few = file_with(tmp_path, sandbox, *swapped)
    done = whole(judged(few))

    assert (done.status, word_of("series-expired", done.text)) == (1, "failed")
    assert "Possible cause: series.expired = 415446 in the target file" in done.text


def test_the_first_failure_of_a_run_may_be_one_of_the_check(tmp_path: Path) -> None:
    with running_sandbox(["--fault", "code-707-is-701"]) as url:
        done = whole(judged(file_with(tmp_path, url), "--first-failure"))

    assert (done.status, word_of("series-unknown", done.text)) == (1, "failed")
    assert word_of("ambiguous-json", done.text) == "not observed"
