"""What the runs of the suite against faults and variants say about the suite. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from coupon_contract.sandbox.faults import FAULTS, Fault

Json = Any
CONFORMANT = 0


@frozen
class Outcome:
    """One run of the suite: the fault or variant, the seed, the clauses that failed, the exit status, and how many
    coupons and seconds it took."""

    name: str
    seed: int
    failed: frozenset[str]
    exit_status: int
    coupons: int = 0
    seconds: float = 0.0


@frozen
class Judgement:
    """What an outcome says about the suite; empty problems mean that all is as it must be."""

    outcome: Outcome
    problems: tuple[str, ...]


def failed_clauses(results: Json) -> frozenset[str]:
    """The clauses that a run found violated."""
    return frozenset(clause["id"] for clause in results["clauses"] if clause["word"] == "failed")


def judged(outcome: Outcome, clause: str = "") -> Judgement:
    """What an outcome says, by the kind of its name; of a run of one clause's tests only that one is looked at."""
    fault = FAULTS.get(outcome.name)
    if fault is None:
        return of_variant(outcome)
    if clause:
        missed = {clause} & fault.breaks - outcome.failed
        return Judgement(outcome, tuple(f"{one} was not failed" for one in missed))
    return of_fault(outcome, fault.breaks, fault.also)


def of_fault(outcome: Outcome, breaks: frozenset[str], also: frozenset[str]) -> Judgement:
    """A fault must fail every clause that it breaks, and no clause besides those it may fail as well."""
    missed = [f"{clause} was not failed" for clause in sorted(breaks - outcome.failed)]
    unrelated = [f"{clause} was failed besides" for clause in sorted(outcome.failed - breaks - also)]
    return Judgement(outcome, (*missed, *unrelated))


def of_variant(outcome: Outcome) -> Judgement:
    """A variant must be conformant, and blamed for nothing, SHOULD clauses included."""
    blamed = [f"false alarm: {clause}" for clause in sorted(outcome.failed)]
    status = [f"exit status {outcome.exit_status}"] if outcome.exit_status != CONFORMANT else []
    return Judgement(outcome, (*blamed, *status))


def unguarded(clauses: Iterable[str], faults: Iterable[Fault]) -> list[str]:
    """The clauses that no fault breaks alone: without one, nobody knows whether the clause is needed."""
    alone = {clause for fault in faults if len(fault.breaks | fault.also) == 1 for clause in fault.breaks}
    return [clause for clause in clauses if clause not in alone]


def matrix(judgements: Sequence[Judgement]) -> str:
    """The matrix of faults and clauses as Markdown: what each run failed, and what is wrong with that."""
    lines = ["| fault or variant | seed | clauses failed | as it must be |", "|---|---|---|---|"]
    for one in judgements:
        failed = ", ".join(sorted(one.outcome.failed)) or "none"
        verdict = "yes" if not one.problems else "**no**: " + "; ".join(one.problems)
        lines.append(f"| {one.outcome.name} | {one.outcome.seed} | {failed} | {verdict} |")
    return "\n".join(lines)


def per_name(judgements: Sequence[Judgement]) -> str:
    """How many runs of each fault or variant went as they must, for names with several runs."""
    runs = Counter(one.outcome.name for one in judgements)
    right = Counter(one.outcome.name for one in judgements if not one.problems)
    return "\n".join(f"{name}: {right[name]} of {count} runs" for name, count in runs.items() if count > 1)
