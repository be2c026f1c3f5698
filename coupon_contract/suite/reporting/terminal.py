"""The terminal report: each failure with the exchange that proves it, the table of clauses, the verdict."""

from collections import Counter
from collections.abc import Callable, Iterable

from attrs import evolve
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coupon_contract import spec
from coupon_contract.suite import commands
from coupon_contract.suite.budget import Budget
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.plan import NOTHING, Planned, total
from coupon_contract.suite.reporting.curl import curl
from coupon_contract.suite.root_causes import in_order, root_causes
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.skips import Defect
from coupon_contract.suite.target import Target
from coupon_contract.suite.template import Template
from coupon_contract.suite.verdict import ClauseVerdict, Exit, Verdict, Word, sentence
from coupon_contract.terminal import LONGEST_TEXT, for_terminal, printable, shortened

SHOWN = 5  # failures per clause; a hostile target may make each response fail differently
STYLES = {
    Word.PASSED: "green",
    Word.FAILED: "bold red",
    Word.DEVIATES: "yellow",
    Word.STALE: "bold red",
    Word.NOT_OFFERED: "dim",
    Word.NOT_OBSERVED: "bold yellow",
    Word.SKIPPED: "yellow",
    Word.ERROR: "bold magenta",
}


def of_test(run: Run, clauses: list[str], words: str | None) -> str:
    """Return the failures of a test, masked: of its own clause, and of others that the oracle found meanwhile."""
    parts = [_failure(run, Failure(clause, words, run.test, run.last)) for clause in clauses if words]
    failures = [
        Failure(finding.clause, finding.problem, run.test, finding.exchange)
        for finding in run.findings
        if finding.problem and finding.clause not in clauses
    ]
    parts += [
        _failure(run, failure) for failure in {(entry.clause, entry.problem): entry for entry in failures}.values()
    ]
    return "\n\n".join(parts) or "a clause failed in more than one way; see the summary"


def of_error(run: Run, problem: BaseException, place: str) -> str:
    """Return test, kind and place of an error; its text only for our own errors, because any other might
    hold secrets.
    """
    detail = f": {_text(run, str(problem))}" if isinstance(problem, Defect) else ""
    return f"{run.test}: {type(problem).__name__} at {place}{detail}"


def print_plan(plan: list[Planned], target: Target, write: Callable[[str], None]) -> None:
    """Print what a run could cost at most: in total, then clause by clause. What the target lacks comes last."""
    write(_plan_sentence(plan, target))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("clause", "tests", "requests", "coupons"):
        table.add_column(name, no_wrap=True, justify="left" if name == "clause" else "right")
    before = total([], target)
    table.add_row("check-target", "", f"{before.requests:,}", f"{before.coupons:,}")
    for clause, tests in _by_clause(test for test in plan if not test.lacks and not test.skipped).items():
        fixed = sum((test.cost for test in tests if test.cost), NOTHING)
        more = "" if all(test.cost for test in tests) else "generated"
        costs = [f"{number:,}" if number or not more else "" for number in (fixed.requests, fixed.coupons)]
        table.add_row(clause, f"{len(tests)}", *(" + ".join(filter(None, (cost, more))) for cost in costs))
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        write(line.rstrip())
    left_out = [test for test in plan if test.lacks or test.skipped]
    for reason in dict.fromkeys(test.lacks or test.skipped for test in left_out):
        clauses = _by_clause(test for test in left_out if reason == (test.lacks or test.skipped))
        lacking = "without " if any(test.lacks == reason for test in left_out) else ""
        write(f"{lacking}{for_terminal(reason)}, some or all tests are left out of: {', '.join(clauses)}")


def _by_clause(tests: Iterable[Planned]) -> dict[str, list[Planned]]:
    """Return tests by the first clause that they cite, in the order of the plan, so that each is counted once."""
    by_clause: dict[str, list[Planned]] = {}
    for test in tests:
        by_clause.setdefault(test.clauses[0], []).append(test)
    return by_clause


def _plan_sentence(plan: list[Planned], target: Target) -> str:
    cost = total(plan, target)
    sentence = f"{for_terminal(target.name)}: at most {cost.requests} requests and {cost.coupons} coupons"
    if target.disposable:
        sentence += ", and generated requests besides: the target is disposable"
    if target.max_coupons is None:
        return f"{sentence}. No budget is set."
    needed = total(plan, evolve(target, max_coupons=None))  # the check spends a share of what there is
    if target.max_coupons < needed.coupons:
        return (
            f"{sentence}. max_coupons = {target.max_coupons} stops the run before that, cheap tests first; "
            f"what is not observed leaves the verdict open. Set max_coupons = {needed.coupons} to observe everything."
        )
    return f"{sentence}. max_coupons = {target.max_coupons} is enough."


def print_verdict(verdict: Verdict, run: Run, write: Callable[[str], None]) -> None:
    """Print root causes, failures, table and verdict."""
    console = Console(highlight=False)
    with console.capture() as captured:
        for cause in root_causes(run):
            console.print(Text(f"root cause: {_text(run, str(cause))}", "bold"), soft_wrap=True)
        if run.failures:
            console.print()
        seen: Counter[str] = Counter()
        for failure in in_order(run.failures):
            seen[failure.clause] += 1
            if seen[failure.clause] <= SHOWN:
                console.print(Text(_failure(run, failure)), soft_wrap=True)
                console.print()
        for clause, number in seen.items():
            if number > SHOWN:
                console.print(f"{number - SHOWN} more failures of {clause}; results.json lists them", soft_wrap=True)
        console.print(clause_table(verdict))
        for entry in verdict.clauses:
            if entry.notes:
                console.print(
                    Text(f"{entry.word} {entry.clause.id}: {_text(run, _why(entry))}", STYLES[entry.word]),
                    soft_wrap=True,
                )
        if unjudged := _used_up(verdict, run):
            console.print(Text(unjudged, STYLES[Word.NOT_OFFERED]), soft_wrap=True)
        console.print(_sentence(verdict, run), soft_wrap=True)
    for line in captured.get().splitlines():
        write(line)


def _failure(run: Run, failure: Failure) -> str:
    clause = spec.clauses()[failure.clause]
    lines = [f"{clause.level} {clause.id}: {clause.text}", f"  problem: {_text(run, failure.problem)}"]
    lines += [f"  ledger:  {entry}: {spec.ledger()[entry].decision}" for entry in clause.ledger]
    if failure.exchange:
        lines += [f"  exchange {failure.exchange.number}:"]
        lines += [f"    {line}" for line in _exchange(run, failure.exchange).splitlines()]
    again = commands.rerun(failure.test, failure.clause, commands.named(run.argument))
    lines += [f"  again:   {commands.rejudge(run.recording) if run.recording else again}"]
    return printable("\n".join(lines))


def _text(run: Run, text: str) -> str:
    """Return what is said about a target, masked, and safe for a terminal."""
    return shortened(printable(run.mask.text(text)), LONGEST_TEXT)


def _exchange(run: Run, exchange: Exchange) -> str:
    """Return request and response. The request is shown byte by byte, because its JSON alone would hide differences."""
    request = curl(Template.from_request(exchange.request, run.target, run.mask), run.target)
    return f"{request}\n\n{run.mask.response(exchange.response)}"


def clause_table(verdict: Verdict, seen: str = "seen") -> Table:
    """Return the clauses of a verdict with their words; `seen` heads the column of counts."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("verdict", "level", "clause", seen):
        table.add_column(name, no_wrap=True)
    for entry in verdict.clauses:
        counts = f"{entry.held}" if not entry.violated else f"{entry.held} held, {entry.violated} not"
        counts += f", {entry.unobserved} not observed" if entry.unobserved else ""
        table.add_row(Text(entry.word, STYLES[entry.word]), entry.clause.level, entry.clause.id, counts)
    return table


def _why(entry: ClauseVerdict) -> str:
    more = f" (and {len(entry.notes) - 1} more)" if len(entry.notes) > 1 else ""
    return entry.notes[0] + more


def _used_up(verdict: Verdict, run: Run) -> str:
    """Return what fresh series would show besides, or an empty text."""
    lacking = {entry.clause.id for entry in verdict.clauses if entry.word is Word.NOT_OFFERED} & run.used_up
    if not lacking:
        return ""
    how = "--fixtures makes" if run.target.fixtures else "[fixtures] in the target file, with --fixtures, makes"
    return f"earlier runs used up the series for {', '.join(sorted(lacking))}; {how} fresh ones"


def _issued(budget: Budget) -> str:
    if budget.issued_at_least == budget.issued_at_most:
        return f"{budget.issued_at_least}"
    return f"at least {budget.issued_at_least} and at most {budget.issued_at_most}"


def _sentence(verdict: Verdict, run: Run) -> Text:
    counts = ", ".join(f"{number} {word}" for word, number in verdict.counts.items() if number)
    style = "bold green" if verdict.exit_status == Exit.CONFORMANT else "bold red"
    spent = f"{run.transport.sent} requests, {_issued(run.transport.budget)} coupons issued"
    words = sentence(verdict.judgement, verdict.counts)
    return Text(f"\n{_text(run, run.target.name)}: {words}", style).append(f"\n{counts}; {spent}", "default")
