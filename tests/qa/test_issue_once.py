"""The short form of the proof that a key issues once."""

import pytest

from qa import issue_once


@pytest.mark.parametrize(
    "cell",
    [
        "issue_once | lost after commit | lagging | 3 callers | SQLite",
        "issue_once | killed during | foreign traffic",
        "reconcile by key | lost after commit | foreign traffic",
        "reconcile by lists | 748 | cut at 75",
    ],
)
def test_a_key_issues_once_under_faults(cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = next(each.name for each in issue_once.cells() if cell in each.name)

    assert issue_once.main(["--keys", "6", "--cell", chosen]) == 0
    assert "| 6 |" in capsys.readouterr().out


def test_the_matrix_has_every_combination_once() -> None:
    names = [
        cell.name for cell in issue_once.cells() if cell.calls not in issue_once.BROKEN and cell.way == issue_once.ONCE
    ]

    assert len(names) == len(set(names)) == len(issue_once.CALLS) * len(issue_once.LISTS) * 4
