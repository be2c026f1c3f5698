"""Judges the suite by its runs against faults and variants. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from coupon_contract.sandbox.faults import FAULTS, Fault
from coupon_contract.sandbox.faults.model import OF_THE_WHOLE_RUN

Json = Any
CONFORMANT = 0


@frozen
class RunResult:
    """One run of the suite: the fault or variant, the seed, the clauses that failed, the exit status, and how many
    coupons and seconds it took.

    `at_least` and `at_most` are the coupons that the results report as issued; None if a run kept none.
    """

    name: str
    seed: int
    failed: frozenset[str]
    exit_status: int
    coupons: int = 0
    seconds: float = 0.0
    at_least: int | None = None
    at_most: int | None = None


@frozen
class Judgement:
    """The judgement on an result; no problems mean that the suite behaved as required."""

    result: RunResult
    problems: tuple[str, ...]


def failed_clauses(results: Json) -> frozenset[str]:
    """Return the clauses that a run found violated."""
    return frozenset(clause["id"] for clause in results["clauses"] if clause["word"] == "failed")


def judged(result: RunResult, clause: str = "") -> Judgement:
    """Judge an result by the kind of its name; of a run with `clause`, only that clause counts."""
    fault = FAULTS.get(result.name)
    if fault is None:
        return of_variant(result)
    if clause:
        missed = {clause} & fault.breaks - result.failed
        return Judgement(result, tuple(f"{id} was not failed" for id in missed))
    return of_fault(result, fault.breaks, fault.also)


def of_fault(result: RunResult, breaks: frozenset[str], also: frozenset[str]) -> Judgement:
    """Judge a fault: it must fail every clause that it breaks, and no others but those in `also` and those about the
    whole run.
    """
    missed = [f"{clause} was not failed" for clause in sorted(breaks - result.failed)]
    unrelated = [f"{clause} was failed besides" for clause in sorted(result.failed - breaks - also - OF_THE_WHOLE_RUN)]
    return Judgement(result, (*missed, *unrelated))


def of_variant(result: RunResult) -> Judgement:
    """Judge a variant: it must be conformant, fail nothing, SHOULD clauses included, and issue as many as is reported.

    Faults may issue in secret, or name what they never issued; only a correct server binds the bounds.
    """
    blamed = [f"false alarm: {clause}" for clause in sorted(result.failed)]
    status = [f"exit status {result.exit_status}"] if result.exit_status != CONFORMANT else []
    return Judgement(result, (*blamed, *status, *of_bounds(result)))


def of_bounds(result: RunResult) -> list[str]:
    """Return the problem with the number of coupons that the results report, if there is one."""
    if result.at_least is None or result.at_most is None or result.at_least <= result.coupons <= result.at_most:
        return []
    return [f"{result.coupons} coupons were issued, and {result.at_least} to {result.at_most} reported"]


def unguarded(clauses: Iterable[str], faults: Iterable[Fault]) -> list[str]:
    """Return the clauses that no fault breaks alone: without such a fault, a clause may be redundant."""
    alone = {clause for fault in faults if len(fault.breaks | fault.also) == 1 for clause in fault.breaks}
    return [clause for clause in clauses if clause not in alone]


def matrix(judgements: Sequence[Judgement]) -> str:
    """Return the matrix of faults and clauses as Markdown: the failed clauses of each run, and its problems."""
    lines = ["| fault or variant | seed | clauses failed | as it must be |", "|---|---|---|---|"]
    for judgement in judgements:
        failed = ", ".join(sorted(judgement.result.failed)) or "none"
        verdict = "yes" if not judgement.problems else "**no**: " + "; ".join(judgement.problems)
        lines.append(f"| {judgement.result.name} | {judgement.result.seed} | {failed} | {verdict} |")
    return "\n".join(lines)


def per_name(judgements: Sequence[Judgement]) -> str:
    """Return how many runs of each fault or variant were right, for names with several runs."""
    runs = Counter(judgement.result.name for judgement in judgements)
    right = Counter(judgement.result.name for judgement in judgements if not judgement.problems)
    return "\n".join(f"{name}: {right[name]} of {count} runs" for name, count in runs.items() if count > 1)
