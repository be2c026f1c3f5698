"""Derives a verdict from observations: a word per clause, a word for the target, an exit status. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import frozen

from coupon_contract.spec import Clause
from coupon_contract.suite.target import Deviation


class Seen(StrEnum):
    """The result of one observation of a clause."""

    HELD = "held"
    VIOLATED = "violated"
    NOT_OFFERED = "not offered"
    NOT_OBSERVED = "not observed"
    ERROR = "error"


class Word(StrEnum):
    """The verdict on one clause."""

    PASSED = "passed"
    FAILED = "failed"
    DEVIATES = "deviates"
    STALE = "stale deviation"
    NOT_OFFERED = "not offered"
    NOT_OBSERVED = "not observed"
    ERROR = "error"


class Judgement(StrEnum):
    """The verdict on a target."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    COULD_NOT_JUDGE = "could not judge"
    SELECTION_PASSED = "selection passed"


class Exit:
    """Exit statuses of the suite."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    COULD_NOT_JUDGE = 3
    USAGE = 4


@frozen
class Observation:
    """An observation of a clause. `note` says why, if that is not obvious."""

    clause: str
    seen: Seen
    note: str = ""


@frozen
class ClauseVerdict:
    """The verdict on one clause: the word, how often the clause held and was violated, and notes."""

    clause: Clause
    word: Word
    held: int
    violated: int
    notes: tuple[str, ...]


@frozen
class Verdict:
    """The verdict on a target. `complete` is False when only some clauses were selected."""

    clauses: tuple[ClauseVerdict, ...]
    complete: bool

    @property
    def exit_status(self) -> int:
        """The exit status: 0 conformant, 1 not conformant, 3 could not judge."""
        words = {(clause_verdict.clause.level == "MUST", clause_verdict.word) for clause_verdict in self.clauses}
        if words & {(True, Word.FAILED), (True, Word.STALE), (False, Word.STALE)}:
            return Exit.NOT_CONFORMANT
        if not self.clauses or words & {(True, Word.NOT_OBSERVED), (True, Word.ERROR), (False, Word.ERROR)}:
            return Exit.COULD_NOT_JUDGE
        return Exit.CONFORMANT

    @property
    def judgement(self) -> Judgement:
        """The verdict as a fixed word. A selection that passes is no verdict on the whole contract."""
        if self.exit_status != Exit.CONFORMANT:
            return Judgement.NOT_CONFORMANT if self.exit_status == Exit.NOT_CONFORMANT else Judgement.COULD_NOT_JUDGE
        return Judgement.CONFORMANT if self.complete else Judgement.SELECTION_PASSED

    @property
    def counts(self) -> dict[str, int]:
        """The number of clauses with each word."""
        return {str(word): sum(clause_verdict.word is word for clause_verdict in self.clauses) for word in Word}


def sentence(judgement: str, counts: Mapping[str, int]) -> str:
    """Return the verdict for people. A conformant target may offer less than the contract, or have known deviations."""
    if judgement == Judgement.SELECTION_PASSED:
        return "the selected clauses passed; no verdict on the whole contract"
    if judgement != Judgement.CONFORMANT:
        return judgement
    missing, known = counts[Word.NOT_OFFERED], counts[Word.DEVIATES]
    words = f"conformant in what it offers; {missing} clause(s) not offered" if missing else "conformant"
    return f"{words}, but for {known} known deviation(s)" if known else words


def decide(
    clauses: Mapping[str, Clause],
    observations: Iterable[Observation],
    deviations: Mapping[str, Deviation],
    selected: frozenset[str] | None = None,
) -> Verdict:
    """Return the verdict on all clauses, or on the `selected` ones and all others that were observed."""
    by_clause: dict[str, list[Observation]] = {}
    for observation in observations:
        by_clause.setdefault(observation.clause, []).append(observation)
    shown = None if selected is None else selected | by_clause.keys()
    wanted = [clause for clause in clauses.values() if shown is None or clause.id in shown]
    verdicts = tuple(_of_clause(clause, by_clause.get(clause.id, []), clause.id in deviations) for clause in wanted)
    return Verdict(verdicts, selected is None)


def _of_clause(clause: Clause, observations: list[Observation], deviation: bool) -> ClauseVerdict:
    count = {seen: sum(observation.seen is seen for observation in observations) for seen in Seen}
    word = _word(count, deviation)
    notes = dict.fromkeys(observation.note for observation in observations if _explains(observation.seen, word))
    return ClauseVerdict(clause, word, count[Seen.HELD], count[Seen.VIOLATED], tuple(filter(None, notes)))


def _word(count: Mapping[Seen, int], deviation: bool) -> Word:
    if count[Seen.VIOLATED]:
        return Word.DEVIATES if deviation else Word.FAILED
    if count[Seen.ERROR]:
        return Word.ERROR
    if count[Seen.HELD]:
        return Word.STALE if deviation else Word.PASSED
    return Word.NOT_OFFERED if count[Seen.NOT_OFFERED] and not count[Seen.NOT_OBSERVED] else Word.NOT_OBSERVED


def _explains(seen: Seen, word: Word) -> bool:
    return seen in {
        Word.FAILED: {Seen.VIOLATED},
        Word.DEVIATES: {Seen.VIOLATED},
        Word.ERROR: {Seen.ERROR},
        Word.NOT_OFFERED: {Seen.NOT_OFFERED},
        Word.NOT_OBSERVED: {Seen.NOT_OFFERED, Seen.NOT_OBSERVED},
    }.get(word, set())
