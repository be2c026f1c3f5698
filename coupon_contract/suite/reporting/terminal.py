"""The terminal report: root causes, failures with their numbers, the clauses that did not pass, the verdict."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from attrs import evolve
from rich.console import Console
from rich.table import Table
from rich.text import Text

from coupon_contract import spec
from coupon_contract.suite import commands
from coupon_contract.suite.budget import Budget
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.plan import NOTHING, Planned, total
from coupon_contract.suite.problem import CAUSE, counted, difference, failures_in_words
from coupon_contract.suite.reporting.curl import curl
from coupon_contract.suite.reporting.results import DEFAULT_FILE, case_of
from coupon_contract.suite.root_causes import in_order, root_causes
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.skips import Defect
from coupon_contract.suite.target import Target
from coupon_contract.suite.template import Template
from coupon_contract.suite.verdict import ClauseVerdict, Exit, Verdict, Word, sentence
from coupon_contract.terminal import LONGEST_LINE, LONGEST_TEXT, for_terminal, printable, shortened

WIDTH = 100  # characters of a line
LINES = 54  # of a run that fails: two screens, with the lines around it
DETAILED = 4  # failures with both sides and the exchange; the page has those of all
IN_FULL = 3  # failures with their commands and answers, of a run without a page
MOST_CAUSES = 5
SERVER_ERROR = 500  # HTTP status
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
    """Return the problems of a test, masked: of its own clause, and of others that the oracle found meanwhile."""
    problems = [(clause, words) for clause in clauses if words]
    problems += [(finding.clause, finding.problem) for finding in run.findings if finding.problem]
    lines = [f"{clause}: {_text(run, problem)}" for clause, problem in dict.fromkeys(problems)]
    return "\n".join(lines) or "a clause failed in more than one way; see the summary"


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


def print_verdict(
    verdict: Verdict, run: Run, write: Callable[[str], None], *, results: Path | None = DEFAULT_FILE
) -> None:
    """Print root causes, failures, the clauses that are not simply passed, and the verdict.

    Without failures, that is a table of all clauses. `results` is the place of results.json, with a page beside it
    that holds the rest, so that a run that fails takes at most LINES lines. Without results, the first failures are
    shown with their requests and answers.
    """
    failures = list(enumerate(in_order(run.failures, run.target.deviations), 1))
    head = [Text(_cut(f"root cause: {_text(run, str(cause))}"), "bold") for cause in root_causes(run)[:MOST_CAUSES]]
    tail = [*_unseen(verdict, run), *_sentences(verdict, run, results)]
    console = Console(highlight=False, width=None if not failures else max(WIDTH, LONGEST_LINE))
    with console.capture() as captured:
        for line in head:
            console.print(line)
        if failures:
            shown = (
                _in_short(failures, run, results, LINES - len(head) - len(tail)) if results else _in_full(failures, run)
            )
            for line in shown:
                console.print(line)
        else:
            console.print(clause_table(verdict))
        for line in tail:
            console.print(line)
    for text in captured.get().splitlines():
        write(text.rstrip())


def _in_short(failures: list[tuple[int, Failure]], run: Run, results: Path, room: int) -> Iterator[Text]:
    """Yield at most `room` lines: the failures of the first clauses in detail, and one line for each other clause."""
    of_clause: dict[str, list[tuple[int, Failure]]] = {}
    for number, failure in failures:
        of_clause.setdefault(failure.clause, []).append((number, failure))
    firsts = [(*of_this[0], len(of_this) - 1) for of_this in of_clause.values()]
    blocks = [[Text(), *_detailed(number, failure, run, results)] for number, failure, _ in firsts[:DETAILED]]
    blocks[0] += _commands(firsts[0][1], run)  # of one alone: the page has those of the others
    for block in blocks:
        yield from block
    left = room - sum(map(len, blocks)) - 2  # for a line between, and one that names the rest
    others = firsts[DETAILED:]
    if others:
        yield Text()
    for number, failure, more in others[:left]:
        beside = f" (and {more} more)" if more else ""
        words = f"#{number} {failure.clause}{beside}: {_text(run, failure.problem)}"
        yield Text(_cut(words), "yellow" if _is_known(run, failure) else "")
    if rest := others[left:]:
        yield Text(f"and {counted(len(rest), 'clause')} more; the page has all of them")


def _is_known(run: Run, failure: Failure) -> bool:
    return failure.clause in run.target.deviations


def _detailed(number: int, failure: Failure, run: Run, results: Path) -> Iterator[Text]:
    """Yield the lines of a failure: its clause, both sides, the exchange, and the commands."""
    clause = spec.clauses()[failure.clause]
    known = "known deviation, " if _is_known(run, failure) else ""
    yield Text(_cut(f"#{number} {known}{clause.level} {clause.id}: {clause.text}"), "bold")
    yield from _sides(failure, run)
    if failure.calls:
        calls = ", ".join(f"{call.exchange} ({counted(call.coupons)})" for call in failure.calls)
        yield Text(_cut(f"   proof: exchanges {calls}"))
    if failure.exchange:
        yield Text(_cut(f"   exchange {failure.exchange.number}: {_request_line(run, failure.exchange)}"))
        if failure.exchange.response.status >= SERVER_ERROR:
            yield Text(_cut(f"   answer: {_text(run, run.mask.body_of(failure.exchange.response))}"))
    yield Text(f"   {_again(number, failure, run, results)}")


def _commands(failure: Failure, run: Run) -> Iterator[Text]:
    """Yield the commands that send the request of a failure, to be pasted into a shell."""
    if failure.exchange:
        commands = curl(Template.from_request(failure.exchange.request, run.target, run.mask), run.target)
        yield from (Text(f"    {line}") for line in printable(commands).splitlines() if len(commands) <= LONGEST_TEXT)


def _sides(failure: Failure, run: Run) -> Iterator[Text]:
    """Yield what was expected and what was seen, with the field in which they differ."""
    sides = difference(failure.problem)
    if sides is None:
        yield Text(_cut(f"   ! {_text(run, failure.problem)}"), "red")
        return
    field = f"{sides.field}: " if sides.field else ""
    cause = failure.problem.partition(CAUSE)[2]
    yield Text(_cut(f"   - {field}{_text(run, sides.expected)}  (expected)"), "green")
    yield Text(_cut(f"   + {field}{_text(run, sides.actual)}  (actual)"), "red")
    if cause:
        yield Text(_cut(f"   possible cause: {_text(run, cause)}"))


def _request_line(run: Run, exchange: Exchange) -> str:
    request = exchange.request
    body = f" {run.mask.body(request.body)}" if request.body else ""
    return f"{request.method} {_text(run, request.path)}{printable(body)}"


def _again(number: int, failure: Failure, run: Run, results: Path) -> str:
    """Return the command that sends the request of a failure again, or that runs its test again."""
    if run.recording:
        return f"again: {printable(commands.rejudge(run.recording))}"
    target = commands.named(run.argument)
    exchange = failure.exchange
    if exchange and Template.from_request(exchange.request, run.target, run.mask).complete:
        return f"replay: {printable(commands.replay(case_of(number, results), target))}"
    return f"again: {printable(commands.rerun(failure.test, failure.clause, target))}"


def _in_full(failures: list[tuple[int, Failure]], run: Run) -> Iterator[Text]:
    """Yield the first failures with their requests and answers, for a run that writes no page."""
    for number, failure in failures[:IN_FULL]:
        clause = spec.clauses()[failure.clause]
        yield from (Text(), Text(f"#{number} {clause.level} {clause.id}: {clause.text}", "bold"), *_sides(failure, run))
        if failure.exchange:
            yield Text(f"   exchange {failure.exchange.number}:")
            yield from (Text(f"     {line}") for line in printable(_exchange(run, failure.exchange)).splitlines())
        target = commands.named(run.argument)
        again = commands.rejudge(run.recording) if run.recording else commands.rerun(failure.test, clause.id, target)
        yield Text(f"   again: {printable(again)}")
    for number, failure in failures[IN_FULL:]:
        yield Text(_cut(f"#{number} {failure.clause}: {_text(run, failure.problem)}"))


def _text(run: Run, text: str) -> str:
    """Return what is said about a target, masked, and safe for a terminal."""
    return shortened(printable(run.mask.text(text)), LONGEST_TEXT).replace("\n", r"\n")


def _cut(line: str) -> str:
    """Return a line as long as a terminal is wide."""
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _exchange(run: Run, exchange: Exchange) -> str:
    """Return request and response. The request is shown byte by byte, because its JSON alone would hide differences."""
    request = curl(Template.from_request(exchange.request, run.target, run.mask), run.target)
    return f"{request}\n\n{run.mask.response(exchange.response)}"


def clause_table(verdict: Verdict, seen: str = "tests") -> Table:
    """Return the clauses of a verdict with their words; `seen` heads the column of counts."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("verdict", "level", "clause", seen):
        table.add_column(name, no_wrap=True)
    for entry in verdict.clauses:
        total = entry.held + entry.violated
        counts = f"{entry.violated} of {total} fail" if entry.violated else f"{total}" if total else ""
        counts += f"{', ' if counts else ''}{entry.unobserved} not observed" if entry.unobserved else ""
        table.add_row(Text(entry.word, STYLES[entry.word]), entry.clause.level, entry.clause.id, counts)
    return table


def _why(entry: ClauseVerdict) -> str:
    more = f" (and {len(entry.notes) - 1} more)" if len(entry.notes) > 1 else ""
    return entry.notes[0] + more


def _unseen(verdict: Verdict, run: Run) -> list[Text]:
    """Return the lines on clauses that did not pass and have no failure; without failures, one for each."""
    lines = []
    words = (Word.STALE, Word.ERROR, Word.NOT_OBSERVED, Word.SKIPPED, Word.NOT_OFFERED)
    for word in words:
        entries = [entry for entry in verdict.clauses if entry.word is word]
        if not run.failures:
            lines += [f"{word} {entry.clause.id}: {_why(entry)}" for entry in entries if entry.notes]
        elif entries and word is Word.NOT_OFFERED:
            lines.append(f"not offered: {counted(len(entries), 'clause')} that the target file has nothing for")
        elif entries:
            first = next((f"; the first: {_why(entry)}" for entry in entries if entry.notes), "")
            lines.append(f"{word}: {', '.join(entry.clause.id for entry in entries)}{first}")
    if unjudged := _used_up(verdict, run):
        lines.append(unjudged)
    cut = _cut if run.failures else str
    return [Text(), *(Text(cut(_text(run, line))) for line in lines)] if lines else []


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


def _sentences(verdict: Verdict, run: Run, results: Path | None) -> list[Text]:
    counts = ", ".join(f"{number} {word}" for word, number in verdict.counts.items() if number)
    style = "bold green" if verdict.exit_status == Exit.CONFORMANT else "bold red"
    spent = f"{run.transport.sent} requests, {_issued(run.transport.budget)} coupons issued"
    failed = {failure.clause for failure in run.failures if not _is_known(run, failure)}
    number = sum(failure.clause in failed for failure in run.failures)
    lines = [
        Text(),
        Text(f"{_text(run, run.target.name)}: {sentence(verdict.judgement, verdict.counts)}", style),
        Text(f"{failures_in_words(number, len(failed))}; clauses: {counts}"),
        Text(spent),
    ]
    if run.failures and results and not run.recording:
        again = commands.replay(case_of("NUMBER", results), commands.named(run.argument))
        lines.append(Text(f"send a failure again: {printable(again)}"))
    if run.failures:
        lines.append(Text(f"why a clause is there: {commands.program()} explain CLAUSE"))
    return lines
