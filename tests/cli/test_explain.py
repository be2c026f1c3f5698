import pytest

from coupon_contract import spec
from coupon_contract.__main__ import main
from coupon_contract.cli import explain


def test_a_clause_is_explained_with_its_ledger_entries_and_tests(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["explain", "count-too-high"])
    text = " ".join(capsys.readouterr().out.split())

    clause = spec.clauses()["count-too-high"]
    assert (status, f"{clause.id} ({clause.level})" in text) == (0, True)
    for entry in (spec.ledger()[name] for name in clause.ledger):
        for part in (entry.documented, entry.decision, entry.evidence, entry.accepted):
            assert " ".join(part.split()) in text
    assert "contract_tests/test_series.py::" in text


@pytest.mark.parametrize("clause", [*spec.clauses(), *spec.caller_clauses()])
def test_every_clause_has_a_test_that_explain_names(clause: str) -> None:
    assert explain.tests_of(clause)


def test_an_unknown_clause_is_a_usage_error_that_names_similar_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["explain", "count-to-high"])

    assert end.value.code == 4
    assert "count-too-high" in capsys.readouterr().err
