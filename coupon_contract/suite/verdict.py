"""Derives a verdict from observations: a word per clause, a word for the target, an exit status. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import evolve, frozen

from coupon_contract.spec import Clause
from coupon_contract.suite.problem import counted
from coupon_contract.suite.target import Deviation, OptOut


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
    SKIPPED = "skipped"
    ERROR = "error"


class Judgement(StrEnum):
    """The verdict on a target."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    COULD_NOT_JUDGE = "could not judge"
    SELECTION_PASSED = "selection passed"
    SELECTION_FAILED = "selection failed"


class Exit:
    """Exit statuses of the suite."""

    CONFORMANT = 0
    NOT_CONFORMANT = 1
    COULD_NOT_JUDGE = 3
    USAGE = 4


@frozen
class Observation:
    """An observation of a clause. `note` says why, if that is not obvious; `test` is the test that made it, if any, and
    `times` how often the same was observed.
    """

    clause: str
    seen: Seen
    note: str = ""
    test: str = ""
    times: int = 1


@frozen
class ClauseVerdict:
    """The verdict on one clause: the word, the tests in which it held, was violated, and was not observed, and notes.

    A test that sees a clause hold and fail has seen it fail.
    """

    clause: Clause
    word: Word
    held: int
    violated: int
    notes: tuple[str, ...]
    unobserved: int = 0


@frozen
class Verdict:
    """The verdict on a target. `selected` holds the clauses that were selected; None for all of them.

    `looked` is False when no test of the run came to a result.
    """

    clauses: tuple[ClauseVerdict, ...]
    selected: frozenset[str] | None = None
    looked: bool = True

    @property
    def complete(self) -> bool:
        """False when only some clauses were selected."""
        return self.selected is None

    @property
    def exit_status(self) -> int:
        """The exit status: 0 conformant, 1 not conformant, 3 could not judge."""
        words = {
            (entry.clause.level == "MUST", entry.word)
            for entry in self.clauses
            if entry.word is not Word.NOT_OBSERVED or self.selected is None or entry.clause.id in self.selected
        }
        if words & {(True, Word.FAILED), (True, Word.STALE), (False, Word.STALE)}:
            return Exit.NOT_CONFORMANT
        if not self.clauses or words & {(True, Word.NOT_OBSERVED), (True, Word.ERROR), (False, Word.ERROR)}:
            return Exit.COULD_NOT_JUDGE
        if self.selected is None:
            return Exit.CONFORMANT
        return self._exit_status_of(
            {entry.word for entry in self.clauses if entry.clause.id in self.selected} if self.looked else set()
        )

    @staticmethod
    def _exit_status_of(selected: set[Word]) -> int:
        """The exit status of a selection in which no MUST clause failed: an unobserved clause has not passed."""
        if selected & {Word.PASSED, Word.DEVIATES}:
            return Exit.CONFORMANT
        return Exit.NOT_CONFORMANT if Word.FAILED in selected else Exit.COULD_NOT_JUDGE

    @property
    def judgement(self) -> Judgement:
        """The verdict as a fixed word. A selection that passes is not a verdict on the whole contract."""
        if self.exit_status == Exit.NOT_CONFORMANT:
            decided = any(entry.word is Word.STALE or entry.clause.level == "MUST" for entry in self._failed)
            return Judgement.NOT_CONFORMANT if decided else Judgement.SELECTION_FAILED
        if self.exit_status == Exit.COULD_NOT_JUDGE:
            return Judgement.COULD_NOT_JUDGE
        return Judgement.CONFORMANT if self.complete else Judgement.SELECTION_PASSED

    def only(self, asked: frozenset[str] | None) -> "Verdict":
        """Return the same verdict with these clauses alone; with all of them for None."""
        return (
            self
            if asked is None
            else evolve(self, clauses=tuple(entry for entry in self.clauses if entry.clause.id in asked))
        )

    @property
    def _failed(self) -> list[ClauseVerdict]:
        return [entry for entry in self.clauses if entry.word in (Word.FAILED, Word.STALE)]

    @property
    def counts(self) -> dict[str, int]:
        """The number of clauses with each word."""
        return {str(word): sum(clause_verdict.word is word for clause_verdict in self.clauses) for word in Word}


def sentence(judgement: str, counts: Mapping[str, int]) -> str:
    """Return the verdict for people. A conformant target may offer less than the contract, have known deviations, or
    opt out of clauses.
    """
    if judgement == Judgement.SELECTION_FAILED:
        return "of the selected clauses, none passed; no MUST clause failed, and no verdict on the whole contract"
    if judgement == Judgement.SELECTION_PASSED:
        failed = counts.get(Word.FAILED, 0)
        which = (
            f"no selected MUST clause failed, but {counted(failed, 'other clause')} did"
            if failed
            else "the selected clauses passed"
        )
        return f"{which}; no verdict on the whole contract"
    if judgement != Judgement.CONFORMANT:
        return judgement
    missing, known = counts[Word.NOT_OFFERED], counts[Word.DEVIATES]
    words = f"conformant in what it offers; {counted(missing, 'clause')} not offered" if missing else "conformant"
    words = f"{words}, but for {counted(known, 'known deviation')}" if known else words
    skipped = counts.get(Word.SKIPPED, 0)  # results of version 1 have none
    return (
        f"{words}; not judged, because the target file skips them: {counted(skipped, 'clause')}" if skipped else words
    )


def decide(
    clauses: Mapping[str, Clause],
    observations: Iterable[Observation],
    deviations: Mapping[str, Deviation],
    selected: frozenset[str] | None = None,
    skipped: Mapping[str, OptOut] | None = None,
    *,
    looked: bool = True,
) -> Verdict:
    """Return the verdict on all clauses, or on the `selected` ones and all others that were observed.

    `skipped` are the clauses that the target file opts out of; `looked` says whether a test came to a result.
    """
    by_clause: dict[str, list[Observation]] = {}
    for observation in observations:
        by_clause.setdefault(observation.clause, []).append(observation)
    shown = None if selected is None else selected | by_clause.keys()
    wanted = [clause for clause in clauses.values() if shown is None or clause.id in shown]
    verdicts = tuple(
        _of_clause(clause, by_clause.get(clause.id, []), clause.id in deviations, (skipped or {}).get(clause.id))
        for clause in wanted
    )
    return Verdict(verdicts, selected, looked)


def _of_clause(
    clause: Clause, observations: list[Observation], deviation: bool, opt_out: OptOut | None
) -> ClauseVerdict:
    count = _tests(observations)
    word = _word(count, deviation, opt_out is not None)
    explaining = [observation for observation in observations if _explains(observation.seen, word)]
    explaining.sort(key=lambda observation: word is Word.NOT_OBSERVED and observation.seen is Seen.NOT_OFFERED)
    notes = dict.fromkeys(_note(observation, word) for observation in explaining)
    if opt_out and word is Word.SKIPPED:
        notes = {f"the target file skips it until {opt_out.until}: {opt_out.reason}": None}
    unobserved = count[Seen.NOT_OBSERVED]
    return ClauseVerdict(clause, word, count[Seen.HELD], count[Seen.VIOLATED], tuple(filter(None, notes)), unobserved)


def _note(observation: Observation, word: Word) -> str:
    """Return a note as it explains the word: what is not offered is named by its key alone."""
    if word is Word.NOT_OBSERVED and observation.seen is Seen.NOT_OFFERED and observation.note:
        return f"a test needs {observation.note}, which is not offered"
    return observation.note


def _tests(observations: Iterable[Observation]) -> dict[Seen, int]:
    """Return in how many tests each was seen. Observations that no test made are counted one by one."""
    count, violated, held = dict.fromkeys(Seen, 0), set[str](), set[str]()
    for observation in observations:
        if observation.test and observation.seen in (Seen.HELD, Seen.VIOLATED):
            (held if observation.seen is Seen.HELD else violated).add(observation.test)
        else:
            count[observation.seen] += observation.times
    count[Seen.VIOLATED] += len(violated)
    count[Seen.HELD] += len(held - violated)
    return count


def _word(count: Mapping[Seen, int], deviation: bool, skipped: bool) -> Word:
    if count[Seen.VIOLATED]:
        return Word.DEVIATES if deviation else Word.FAILED
    if count[Seen.ERROR]:
        return Word.ERROR
    if skipped:
        return Word.SKIPPED
    if count[Seen.NOT_OBSERVED]:  # a test could not observe, whatever others saw
        return Word.NOT_OBSERVED
    if count[Seen.HELD]:
        return Word.STALE if deviation else Word.PASSED
    return Word.NOT_OFFERED if count[Seen.NOT_OFFERED] else Word.NOT_OBSERVED


def _explains(seen: Seen, word: Word) -> bool:
    return seen in {
        Word.FAILED: {Seen.VIOLATED},
        Word.DEVIATES: {Seen.VIOLATED},
        Word.ERROR: {Seen.ERROR},
        Word.NOT_OFFERED: {Seen.NOT_OFFERED},
        Word.PASSED: {Seen.NOT_OFFERED},  # in part
        Word.NOT_OBSERVED: {Seen.NOT_OFFERED, Seen.NOT_OBSERVED},
    }.get(word, set())
