from datetime import date

import pytest

from coupon_contract.spec import Clause
from coupon_contract.suite.target import Deviation, OptOut
from coupon_contract.suite.verdict import Exit, Observation, Seen, Verdict, Word, decide, sentence

LEVELS = {"must": "MUST", "other": "MUST", "should": "SHOULD", "may": "MAY"}
CLAUSES = {name: Clause(name, "A sentence.", level, None, ()) for name, level in LEVELS.items()}
HELD, VIOLATED, ERROR = Seen.HELD, Seen.VIOLATED, Seen.ERROR
NOT_OFFERED, NOT_OBSERVED = Seen.NOT_OFFERED, Seen.NOT_OBSERVED


def verdict(seen: dict[str, list[Seen]], deviations: tuple[str, ...] = (), selected: tuple[str, ...] = ()) -> Verdict:
    """The verdict on these observations; every clause that is not named held once."""
    everything = {name: [HELD] for name in CLAUSES} | seen
    observations = [Observation(name, one, f"note on {one}") for name, some in everything.items() for one in some]
    known = {name: Deviation("a reason", date(2026, 8, 1)) for name in deviations}
    return decide(CLAUSES, observations, known, frozenset(selected) or None)


def word(seen: list[Seen], *deviations: str) -> Word:
    """The word for the clause `must`."""
    return next(one.word for one in verdict({"must": seen}, deviations).clauses if one.clause.id == "must")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([HELD], Word.PASSED),
        ([HELD, NOT_OFFERED], Word.PASSED),
        ([HELD, NOT_OBSERVED], Word.NOT_OBSERVED),
        ([VIOLATED], Word.FAILED),
        ([HELD, HELD, VIOLATED], Word.FAILED),
        ([VIOLATED, ERROR], Word.FAILED),
        ([ERROR], Word.ERROR),
        ([HELD, ERROR], Word.ERROR),
        ([NOT_OFFERED], Word.NOT_OFFERED),
        ([NOT_OFFERED, NOT_OFFERED], Word.NOT_OFFERED),
        ([NOT_OBSERVED], Word.NOT_OBSERVED),
        ([NOT_OFFERED, NOT_OBSERVED], Word.NOT_OBSERVED),
        ([], Word.NOT_OBSERVED),
    ],
)
def test_the_word_for_what_was_seen(seen: list[Seen], expected: Word) -> None:
    assert word(seen) == expected


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([VIOLATED], Word.DEVIATES),
        ([HELD, VIOLATED], Word.DEVIATES),
        ([HELD], Word.STALE),
        ([ERROR], Word.ERROR),
        ([HELD, ERROR], Word.ERROR),
        ([NOT_OFFERED], Word.NOT_OFFERED),
        ([NOT_OBSERVED], Word.NOT_OBSERVED),
        ([], Word.NOT_OBSERVED),
    ],
)
def test_the_word_for_what_was_seen_of_a_known_deviation(seen: list[Seen], expected: Word) -> None:
    assert word(seen, "must") == expected


def test_a_deviation_of_another_clause_excuses_nothing() -> None:
    assert word([VIOLATED], "other") == Word.FAILED


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        ({}, Exit.CONFORMANT),
        ({"must": [VIOLATED]}, Exit.NOT_CONFORMANT),
        ({"must": [NOT_OBSERVED]}, Exit.COULD_NOT_JUDGE),
        ({"must": []}, Exit.COULD_NOT_JUDGE),
        ({"must": [ERROR]}, Exit.COULD_NOT_JUDGE),
        ({"should": [ERROR]}, Exit.COULD_NOT_JUDGE),
        ({"must": [VIOLATED], "other": [NOT_OBSERVED]}, Exit.NOT_CONFORMANT),
        ({"must": [VIOLATED], "other": [ERROR]}, Exit.NOT_CONFORMANT),
    ],
)
def test_the_exit_status_for_what_was_seen(seen: dict[str, list[Seen]], status: int) -> None:
    assert verdict(seen).exit_status == status


@pytest.mark.parametrize("level", ["should", "may"])
@pytest.mark.parametrize("seen", [[VIOLATED], [NOT_OBSERVED], [NOT_OFFERED], []])
def test_what_is_below_must_does_not_decide(level: str, seen: list[Seen]) -> None:
    assert verdict({level: seen}).exit_status == Exit.CONFORMANT


def test_a_known_deviation_that_still_fails_is_not_held_against_the_target() -> None:
    assert verdict({"must": [VIOLATED]}, ("must",)).exit_status == Exit.CONFORMANT


@pytest.mark.parametrize("level", ["must", "should"])
def test_a_stale_deviation_turns_the_run_red(level: str) -> None:
    assert verdict({level: [HELD]}, (level,)).exit_status == Exit.NOT_CONFORMANT


def test_what_is_not_offered_is_no_failure() -> None:
    assert verdict({"must": [NOT_OFFERED]}).exit_status != Exit.NOT_CONFORMANT


def test_nothing_seen_at_all_is_never_a_pass() -> None:
    assert decide(CLAUSES, [], {}).exit_status == Exit.COULD_NOT_JUDGE


def test_no_clause_at_all_is_never_a_pass() -> None:
    assert decide({}, [], {}).exit_status == Exit.COULD_NOT_JUDGE


@pytest.mark.parametrize(
    ("seen", "word"),
    [({}, "conformant"), ({"must": [VIOLATED]}, "not conformant"), ({"must": []}, "could not judge")],
)
def test_the_word_says_what_the_exit_status_means(seen: dict[str, list[Seen]], word: str) -> None:
    assert verdict(seen).judgement == word


def test_a_selection_that_passes_is_no_verdict_on_the_whole() -> None:
    chosen = verdict({}, selected=("must",))

    assert (chosen.exit_status, chosen.judgement) == (Exit.CONFORMANT, "selection passed")


def test_a_selection_that_fails_is_not_conformant() -> None:
    assert verdict({"must": [VIOLATED]}, selected=("must",)).judgement == "not conformant"


def test_a_selection_whose_only_clause_failed_has_not_passed() -> None:
    chosen = verdict({"should": [VIOLATED]}, selected=("should",))

    assert (chosen.exit_status, chosen.judgement) == (Exit.NOT_CONFORMANT, "selection failed")


@pytest.mark.parametrize("seen", [NOT_OFFERED, NOT_OBSERVED])
def test_a_selection_of_which_nothing_was_seen_could_not_be_judged(seen: Seen) -> None:
    assert verdict({"should": [seen]}, selected=("should",)).judgement == "could not judge"


def test_a_selection_none_of_whose_tests_came_to_a_result_could_not_be_judged() -> None:
    observations = [Observation("must", HELD), Observation("must", NOT_OFFERED)]  # a rule saw it, the test did not

    assert decide(CLAUSES, observations, {}, frozenset({"must"}), looked=False).judgement == "could not judge"


SKIP = {"must": OptOut("too dear", date(2026, 12, 31))}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [([], Word.SKIPPED), ([HELD], Word.SKIPPED), ([NOT_OBSERVED], Word.SKIPPED), ([VIOLATED], Word.FAILED)],
)
def test_a_clause_that_the_target_file_skips_is_neither_passed_nor_excused(seen: list[Seen], expected: Word) -> None:
    observations = [Observation("must", one) for one in seen]

    assert decide({"must": CLAUSES["must"]}, observations, {}, skipped=SKIP).clauses[0].word == expected


def test_a_skipped_clause_leaves_the_rest_to_decide_and_is_named() -> None:
    others = [Observation(name, HELD) for name in CLAUSES if name != "must"]
    judged = decide(CLAUSES, others, {}, skipped=SKIP)

    assert (judged.exit_status, judged.counts["skipped"]) == (Exit.CONFORMANT, 1)
    assert "skips them: 1 clause" in sentence(judged.judgement, judged.counts)


@pytest.mark.parametrize(
    ("word", "not_offered", "deviates", "words"),
    [
        ("conformant", 0, 0, "conformant"),
        ("conformant", 14, 0, "conformant in what it offers; 14 clauses not offered"),
        ("conformant", 0, 2, "conformant, but for 2 known deviations"),
        ("not conformant", 14, 2, "not conformant"),
        ("could not judge", 14, 2, "could not judge"),
        ("selection passed", 14, 2, "the selected clauses passed; no verdict on the whole contract"),
    ],
)
def test_the_sentence_says_what_limits_a_verdict(word: str, not_offered: int, deviates: int, words: str) -> None:
    assert sentence(word, {"not offered": not_offered, "deviates": deviates}) == words


def test_a_clause_that_was_selected_and_not_seen_is_not_observed() -> None:
    chosen = decide(CLAUSES, [Observation("other", HELD)], {}, frozenset({"must"}))

    assert {one.clause.id: one.word for one in chosen.clauses} == {
        "must": Word.NOT_OBSERVED,
        "other": Word.PASSED,
    }


def test_a_clause_that_was_seen_besides_counts_in_a_selection() -> None:
    chosen = decide(CLAUSES, [Observation("must", HELD), Observation("other", VIOLATED)], {}, frozenset({"must"}))

    assert chosen.exit_status == Exit.NOT_CONFORMANT


def test_observations_are_counted() -> None:
    one = verdict({"must": [HELD, HELD, VIOLATED]}).clauses[0]

    assert (one.held, one.violated) == (2, 1)


@pytest.mark.parametrize(
    ("seen", "notes"),
    [
        ([VIOLATED, VIOLATED, HELD], ("note on violated",)),
        ([NOT_OFFERED], ("note on not offered",)),
        (
            [NOT_OFFERED, NOT_OBSERVED],
            ("note on not observed", "a test needs note on not offered, which is not offered"),
        ),
        ([ERROR, HELD], ("note on error",)),
        ([HELD], ()),
    ],
)
def test_notes_explain_the_word_once_each(seen: list[Seen], notes: tuple[str, ...]) -> None:
    assert verdict({"must": seen}).clauses[0].notes == notes


def test_clauses_come_in_the_order_of_the_register() -> None:
    assert [one.clause.id for one in verdict({}).clauses] == list(CLAUSES)


def test_what_was_seen_several_times_counts_so_often() -> None:
    observations = [Observation("must", HELD, times=7), Observation("must", VIOLATED, times=2)]
    (only,) = decide(CLAUSES, observations, {}, frozenset({"must"})).clauses

    assert (only.held, only.violated) == (7, 2)


def test_clauses_outside_a_selection_that_nobody_observed_decide_nothing() -> None:
    decided = verdict({"must": [HELD], "other": [NOT_OBSERVED]}, selected=("must",))

    assert decided.exit_status == Exit.CONFORMANT
