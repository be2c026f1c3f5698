"""Judges what became of a case: observations of the clauses for callers. Pure."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from coupon_contract.caller.cases import Case
from coupon_contract.caller.program import CaseResult, Report
from coupon_contract.suite.problem import counted
from coupon_contract.suite.verdict import Observation, Seen

TWICE, RESTART = "caller-never-twice", "caller-restart"
LOST, END = "caller-never-lost", "caller-right-end"
NO_REPORT = (
    "no case ended with a line on standard output that is a JSON object with `end`; print the report in one line, or "
    "give --without report"
)
REDIRECT, TIME, SECRET = "caller-no-redirect", "caller-time-bounded", "caller-no-secret"


def decides(clause: str, case: Case) -> bool:
    """Return True if a case may show that a clause holds or not."""
    if clause in (TWICE, RESTART):
        return case.starts_again == (clause == RESTART)
    return case.redirect if clause == REDIRECT else True


@frozen
class Finding:
    """An observation in a case."""

    case: str
    observation: Observation


def findings(results: Sequence[CaseResult], count: int, without: Sequence[str] = ()) -> list[Finding]:
    """Return the observations of all cases. `without` names features that the program does not offer."""
    unread = None
    if "report" in without:
        unread = Seen.NOT_OFFERED, "the program does not report"
    elif all(result.report is None for result in results):  # a report that cannot be read must not pass for none
        unread = Seen.NOT_OBSERVED, NO_REPORT
    observed = [
        Finding(result.case.id, observation) for result in results for observation in _of_case(result, count, unread)
    ]
    if "key" in without:
        observed.append(Finding("", Observation(RESTART, Seen.NOT_OFFERED, "the program takes no key")))
    return observed


def _of_case(result: CaseResult, count: int, unread: tuple[Seen, str] | None) -> Iterator[Observation]:
    """Yield what a case shows; `unread` says why no report of the program can be judged."""
    case, issued, requests = result.case, len(result.record.issued), result.record.requests
    yield _seen(SECRET, not result.secret_shown, "the output holds the password, or the Authorization header")
    arrived = f"{counted(requests, 'issuing request')} had arrived" if requests else "no issuing request had arrived"
    late = f"it still ran after {result.seconds:.0f} s, the time limit, and was killed; {arrived}"
    yield _seen(TIME, result.in_time, late)
    clause = RESTART if case.starts_again else TWICE
    if not case.dead and not result.record.requests:
        others = result.record.for_others
        aside = f", and {others} for customers other than that of COUPON_MOBILE" if others else ""
        instead = "".join(f"; {arrival}" for arrival in result.record.aside)
        ended = f"its exit status is {result.exit_status}"
        yield Observation(clause, Seen.NOT_OBSERVED, f"{case.id}: no issuing request arrived{aside}{instead}; {ended}")
        return
    twice = issued > count
    yield _seen(clause, not twice, f"{counted(issued)} issued, {count} wanted; {counted(requests, 'request')} arrived")
    if case.redirect:
        yield _seen(REDIRECT, not result.record.redirected, "it sent to the address that the redirect names")
    if unread:
        yield from (Observation(name, *unread) for name in (LOST, END))
    elif twice:  # what a report should say of too many coupons is not defined
        unjudged = f"{case.id}: not judged where {clause} failed; judge again when it holds"
        yield from (Observation(name, Seen.NOT_OBSERVED, unjudged) for name in (LOST, END))
    else:
        yield from _of_report(result, result.report or Report("unknown"), count)


def _of_report(result: CaseResult, report: Report, count: int) -> Iterator[Observation]:
    """Yield what the report shows: codes left out are lost; a wrong end, and codes nobody issued, are misread."""
    issued = {coupon.code for coupon in result.record.issued}
    reported = set(report.codes)
    claims = report.end in ("issued", "partly-issued")
    if issued and (claims or report.end == "unknown"):
        missing = len(issued - reported)
        lost = missing > 0 and (claims or result.case.decisive)
        end = report.end if result.report is not None else "nothing"
        yield _seen(
            LOST, not lost, f"reported {end} with {missing} of {counted(len(issued), 'issued coupon')} left out"
        )
    flaw = _flaw(report, issued, count)
    yield _seen(END, not flaw, flaw)


def _flaw(report: Report, issued: set[str], count: int) -> str:
    """Return why the end or the codes are wrong, or an empty text."""
    if report.flaw:
        return f"the report does not fit spec/caller-report.schema.json: see {report.flaw}"
    if invented := len(set(report.codes) - issued):
        return f"reported {counted(invented)} that {'was' if invented == 1 else 'were'} not issued"
    right = {
        "issued": len(issued) == count,
        "partly-issued": 0 < len(issued) < count or (0 < len(report.codes) < count),
        "nothing-issued": not issued,
    }.get(report.end, True)
    return "" if right else f"reported {report.end}; issued: {len(issued)} of {counted(count)}"


def _seen(clause: str, right: bool, note: str) -> Observation:
    return Observation(clause, Seen.HELD) if right else Observation(clause, Seen.VIOLATED, note)
