from collections.abc import Callable
from pathlib import Path

import pytest

from coupon_contract.spec import DOCUMENT
from interop import __main__ as interop
from interop import table
from interop.__main__ import Attempt, attempt, main, status, update_table
from interop.language import Language, Tool

Make = Callable[..., Language]
KNOWS_NOTHING = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"name": json.loads(line)["name"], "end": "outcome-unknown"}))
"""
ROW = "| [Go](../interop/go) | new |"
ROWS = (ROW, "| [Go](../interop/go) | once |")


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "interop.md"
    path.write_text("".join(f"{part.begin}\n{part.end}\n" for part in table.TABLES), encoding="utf-8")
    monkeypatch.setattr(table, "PAGE", path)
    return path


def test_a_language_without_its_toolchain_is_skipped_and_says_what_it_needs(fake: Make) -> None:
    tried = attempt(fake(tools=[Tool(["no-such-tool"], "1.2")]), DOCUMENT)

    assert (tried.skipped, "no-such-tool here; 1.2 or newer" in tried.line) == (True, True)


def test_a_language_that_does_not_compile_is_a_problem(fake: Make) -> None:
    tried = attempt(fake(compile=[["sh", "-c", "echo no such type; exit 1"]]), DOCUMENT)

    assert (tried.rows, "no such type" in tried.problems[0]) == (None, True)


def test_a_language_whose_client_has_the_live_host_as_its_default_is_a_problem(fake: Make, tmp_path: Path) -> None:
    made = tmp_path / "client.x"
    generate = ["sh", "-c", f"echo 'base = \"https://eu.api.capillarytech.com\"' > {made}"]
    tried = attempt(fake(makes=str(made), generate=[generate], run=["python3", "-c", KNOWS_NOTHING]), DOCUMENT)

    assert "client.x:1: calls the vendor's live host by default" in tried.problems[0]


def test_a_client_that_knows_nothing_is_wrong_about_every_coupon_and_sends_nothing(fake: Make) -> None:
    tried = attempt(fake(run=["python3", "-c", KNOWS_NOTHING]), DOCUMENT)

    assert "issued as documented: end is 'outcome-unknown', not 'issued'" in " ".join(tried.problems)
    assert "issued as documented: arrived 0 times" in tried.problems


@pytest.mark.parametrize(
    ("kinds", "in_ci", "expected"),
    [
        (["right"], False, 0),
        (["right"], True, 0),
        (["right", "skipped"], False, 0),
        (["right", "skipped"], True, 3),
        (["skipped", "skipped"], False, 3),
        (["right", "wrong"], False, 1),
        (["wrong", "skipped"], True, 1),
    ],
)
def test_the_exit_status_tells_the_truth(fake: Make, kinds: list[str], in_ci: bool, expected: int) -> None:
    made = {
        "right": Attempt(fake(), "", ROWS),
        "wrong": Attempt(fake(), "", ROWS, ["wrong"]),
        "skipped": Attempt(fake(), "", skipped=True),
    }

    assert status([made[kind] for kind in kinds], in_ci) == expected


def test_the_table_is_updated_at_home(fake: Make, page: Path) -> None:
    exit_status = update_table([Attempt(fake(), "", ROWS)], in_ci=False)

    text = page.read_text(encoding="utf-8")
    assert (exit_status, [row in text for row in ROWS]) == (0, [True, True])


def test_a_stale_table_is_a_failure_in_ci_and_stays(fake: Make, page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exit_status = update_table([Attempt(fake(), "", ROWS)], in_ci=True)

    assert (exit_status, ROW in page.read_text(encoding="utf-8")) == (1, False)
    assert "run make interop" in capsys.readouterr().out


def test_what_was_wrong_does_not_get_into_the_table(fake: Make, page: Path) -> None:
    update_table([Attempt(fake(), "", ROWS, ["wrong"])], in_ci=False)

    assert ROW not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["cobol"], ["--document", "no-such-file"], ["--no-such-option"]])
def test_a_wrong_argument_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert (ended.value.code, "interop: " in capsys.readouterr().err) == (interop.USAGE, True)
