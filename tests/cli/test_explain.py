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


def test_the_letters_of_the_sources_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "count-too-high"])

    assert "A, B and C are the saved revisions of the documentation page" in capsys.readouterr().out


def test_an_unknown_clause_is_a_usage_error_that_names_similar_ones_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["explain", "count-to-high"])
    said = capsys.readouterr().err

    assert (status, said.count("\n")) == (4, 1)
    assert said.startswith("explain: count-to-high: no such clause; similar: count-too-high")


@pytest.mark.parametrize("name", [name for name in spec.ledger() if name not in spec.clauses()])
def test_every_entry_of_the_ledger_is_explained_with_the_clauses_that_rest_on_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["explain", name])
    said = capsys.readouterr().out

    clauses = spec.clauses() | spec.caller_clauses()
    resting = {clause.id for clause in clauses.values() if name in clause.ledger}
    listed = {line.split()[0] for line in said.partition("clauses:\n")[2].splitlines()}
    assert (status, said.startswith(f"ledger: {name}\n")) == (0, True)
    assert listed == (resting or {"none"})


def test_the_feature_of_a_clause_for_callers_is_one_of_programs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "caller-restart"])

    assert "only for programs with the feature key" in capsys.readouterr().out
