"""The terminal report: root causes, failures with their numbers, the clauses that did not pass, the verdict."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coupon_contract import spec
from coupon_contract.suite import commands
from coupon_contract.suite.budget import Budget
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.problem import CAUSE, counted, difference, failures_in_words
from coupon_contract.suite.reporting.clause_pages import clause_page, site
from coupon_contract.suite.reporting.curl import curl
from coupon_contract.suite.reporting.result_files import PAGE
from coupon_contract.suite.reporting.results import DEFAULT_FILE, can_replay, case_of
from coupon_contract.suite.root_causes import in_order, root_causes
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.skips import Defect
from coupon_contract.suite.template import Template
from coupon_contract.suite.verdict import ClauseVerdict, Exit, Verdict, Word, sentence
from coupon_contract.terminal import LONGEST_LINE, LONGEST_TEXT, printable, shortened

WIDTH = 100  # characters of a line
LINES = 54  # of a run that fails: two screens, with the lines around it
DETAILED = 4  # failures with both sides and the exchange; the page has those of all
RESERVED = 6  # lines for the failures without details
MOST_WRAPPED = 3  # lines of one text
MOST_KEYS = 8  # lines that name what the target file lacks
MOST_NAMED = 5  # clauses of a selection that are named one by one
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


def print_verdict(
    verdict: Verdict, run: Run, write: Callable[[str], None], *, results: Path | None = DEFAULT_FILE
) -> None:
    """Print root causes, failures, the clauses that are not simply passed, and the verdict.

    Without failures, that is a table of all clauses. `results` is the place of results.json, with a page beside it
    that holds the rest, so that a run that fails takes at most LINES lines. Without results, the first failures are
    shown with their requests and answers.
    """
    failures = list(enumerate(in_order(run.failures, run.target.deviations, run.asked), 1))
    causes = [_wrapped(f"root cause: {_text(run, str(cause))}") for cause in root_causes(run)[:MOST_CAUSES]]
    head = [Text(line, "bold") for lines in causes for line in lines]
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
            console.print(clause_table(verdict.only(run.asked)))
        for line in tail:
            console.print(line)
    for text in captured.get().lstrip("\n").splitlines():
        write(text.rstrip())


def _in_short(failures: list[tuple[int, Failure]], run: Run, results: Path, room: int) -> Iterator[Text]:
    """Yield at most `room` lines, in which every failure is named or counted.

    The first one of each clause is shown in detail, as far as there is room; each other one in a line.
    """
    firsts = {failure.clause: number for number, failure in reversed(failures)}
    shown = [(number, failure) for number, failure in failures if firsts[failure.clause] == number][:DETAILED]
    blocks = [[Text(), *_detailed(number, failure, run, results)] for number, failure in shown]
    blocks[0] += _commands(shown[0][1], run)  # of one alone: the page has those of the others
    while len(blocks) > 1 and sum(map(len, blocks)) > room - RESERVED:
        blocks.pop()
    detailed = {number for number, _ in shown[: len(blocks)]}
    for block in blocks:
        yield from block
    page = printable(str(results.with_name(PAGE)))
    if len(failures) > 1:
        yield from (Text(), Text(f"the request of each failure, as commands for a shell: {page}"))
    others = [(number, failure) for number, failure in failures if number not in detailed]
    rows = [[entry] for entry in others]
    left = room - sum(map(len, blocks)) - 3  # for the lines around these
    if len(rows) > left:
        rows = [[entry for entry in others if entry[1].clause == clause] for clause in firsts]
        rows = sorted(filter(None, rows), key=lambda row: row[0][0])
    fitting = rows if len(rows) <= left else rows[: max(0, left)]
    for (number, failure), *more in fitting:
        beside = f" (and {len(more)} more of this clause)" if more else ""
        words = f"#{number} {_remark(run, failure)}{failure.clause}{beside}: {_text(run, failure.problem)}"
        yield Text(_cut(words), "yellow" if _is_known(run, failure) else "")
    if rest := rows[len(fitting) :]:
        many = counted(sum(map(len, rest)), "failure")
        yield Text(f"and {many} more, of {counted(len(rest), 'clause')}: {page}")


def _is_known(run: Run, failure: Failure) -> bool:
    return failure.clause in run.target.deviations


def _remark(run: Run, failure: Failure) -> str:
    """Return what is to be said before a clause that failed: it is listed as failing, or nobody asked for it."""
    known = "known deviation, " if _is_known(run, failure) else ""
    return known if run.asked is None or failure.clause in run.asked else f"{known}seen on the way, "


def _detailed(number: int, failure: Failure, run: Run, results: Path) -> Iterator[Text]:
    """Yield the lines of a failure: its clause, both sides, the exchange, and the commands."""
    clause = spec.clauses()[failure.clause]
    headline = f"#{number} {_remark(run, failure)}{clause.level} {clause.id}: {clause.text}"
    yield from (Text(line, "bold") for line in _wrapped(headline))
    yield from _sides(failure, run)
    if failure.calls:
        calls = ", ".join(f"{call.exchange} ({counted(call.coupons)})" for call in failure.calls)
        yield from map(Text, _wrapped(f"   proof: exchanges {calls}"))
    if failure.exchange:
        yield Text(_cut(f"   exchange {failure.exchange.number}: {_request_line(run, failure.exchange)}"))
        if failure.exchange.response.status >= SERVER_ERROR:
            yield Text(_cut(f"   answer: {_text(run, run.mask.body_of(failure.exchange.response))}"))
    yield Text(f"   {_again(number, failure, run, results)}")
    yield Text(f"   why: {clause_page(clause.id, printable(str(results.with_name(PAGE))))}")


def _commands(failure: Failure, run: Run) -> Iterator[Text]:
    """Yield the commands that send the request of a failure, to be pasted into a shell."""
    if failure.exchange:
        commands = curl(Template.from_request(failure.exchange.request, run.target, run.mask), run.target)
        yield from (Text(f"    {line}") for line in printable(commands).splitlines() if len(commands) <= LONGEST_TEXT)


def _sides(failure: Failure, run: Run) -> Iterator[Text]:
    """Yield what was expected and what was seen, with the field in which they differ."""
    sides = difference(failure.problem)
    if sides is None:
        yield from (Text(line, "red") for line in _wrapped(f"   ! {_text(run, failure.problem)}"))
        return
    field, of_expected = (f"{name}: " if name else "" for name in (sides.field, sides.field_of_expected))
    cause = failure.problem.partition(CAUSE)[2]
    for line in _wrapped(f"   - {of_expected}{_text(run, sides.expected)}  (expected)"):
        yield Text(line, "green")
    for line in _wrapped(f"   + {field}{_text(run, sides.actual)}  (actual)"):
        yield Text(line, "red")
    if cause:
        yield from map(Text, _wrapped(f"   possible cause: {_text(run, cause)}"))


def _request_line(run: Run, exchange: Exchange) -> str:
    request = exchange.request
    body = f" {run.mask.body(request.body)}" if request.body else ""
    return f"{request.method} {_text(run, request.path)}{printable(body)}"


def _again(number: int, failure: Failure, run: Run, results: Path) -> str:
    """Return the command that sends the request of a failure again, or that runs its test again."""
    if run.recording:
        return f"again: {printable(commands.rejudge(run.recording))}"
    target = commands.named(run.argument)
    if can_replay(run, failure):
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
        if site():
            yield Text(f"   why: {clause_page(clause.id)}")
    for number, failure in failures[IN_FULL:]:
        yield Text(_cut(f"#{number} {failure.clause}: {_text(run, failure.problem)}"))


def _text(run: Run, text: str) -> str:
    """Return what is said about a target, masked, and safe for a terminal."""
    return shortened(printable(run.mask.text(text)), LONGEST_TEXT).replace("\n", r"\n")


def _cut(line: str) -> str:
    """Return a line as long as a terminal is wide."""
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _wrapped(line: str) -> list[str]:
    """Return a line as lines as long as a terminal is wide; the last of MOST_WRAPPED ends in an ellipsis."""
    lines = textwrap.wrap(line, WIDTH, subsequent_indent="     ", break_on_hyphens=False) or [line]
    if len(lines) <= MOST_WRAPPED:
        return lines
    return [*lines[: MOST_WRAPPED - 1], f"{lines[MOST_WRAPPED - 1][: WIDTH - 1]}…"]


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
        entries = [entry for entry in verdict.only(run.asked).clauses if entry.word is word]
        if not run.failures:
            lines += [f"{word} {entry.clause.id}: {_why(entry)}" for entry in entries if entry.notes]
        elif entries and word is Word.NOT_OFFERED:
            lines += _lacking(entries, word)
        elif entries:
            names = ", ".join(entry.clause.id for entry in entries)
            first = next((entry for entry in entries if entry.notes), None)
            of_which = f" ({first.clause.id})" if first and len(entries) > 1 else ""
            lines.append(f"{word}: {names}" + (f"; why{of_which}: {_why(first)}" if first else ""))
    in_part = [entry for entry in verdict.only(run.asked).clauses if entry.word is Word.PASSED and entry.notes]
    lines += _lacking(in_part, "passed in part") if in_part else []
    if unjudged := _used_up(verdict, run):
        lines.append(unjudged)
    shown = [part for line in lines for part in (_wrapped(_text(run, line)) if run.failures else [_text(run, line)])]
    return [Text(), *map(Text, shown)] if shown else []


def _lacking(entries: Sequence[ClauseVerdict], word: str) -> Iterator[str]:
    """Yield for which clauses the target file has nothing, or not everything, by the key that they need."""
    by_key: dict[str, list[str]] = {}
    for entry in entries:
        by_key.setdefault(entry.notes[0] if entry.notes else "what they need", []).append(entry.clause.id)
    yield f"{word}: {counted(len(entries), 'clause')}, because the target file lacks"
    for key, clauses in list(by_key.items())[:MOST_KEYS]:
        yield f"   {key}: {', '.join(clauses)}"
    if rest := list(by_key.values())[MOST_KEYS:]:
        yield f"   and {counted(len(rest), 'key')} more, for {counted(sum(map(len, rest)), 'clause')}"


def _used_up(verdict: Verdict, run: Run) -> str:
    """Return what fresh series would show besides, or an empty text."""
    lacking = {entry.clause.id for entry in verdict.clauses if entry.word is Word.NOT_OFFERED} & run.used_up
    if not lacking:
        return ""
    how = "--fixtures makes" if run.target.fixtures else "[fixtures] in the target file, with --fixtures, makes"
    return f"earlier runs used up the series for {', '.join(sorted(lacking))}; {how} fresh ones"


def _issued(budget: Budget) -> str:
    if budget.issued_at_least == budget.issued_at_most:
        return counted(budget.issued_at_least)
    return f"at least {budget.issued_at_least} and at most {counted(budget.issued_at_most)}"


def _sentences(verdict: Verdict, run: Run, results: Path | None) -> list[Text]:
    counts = ", ".join(f"{number} {word}" for word, number in verdict.counts.items() if number)
    style = "bold green" if verdict.exit_status == Exit.CONFORMANT else "bold red"
    spent = f"{counted(run.transport.sent, 'request')}, {_issued(run.transport.budget)} issued"
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
    if results:
        lines.append(Text(f"results: {printable(str(results.with_name(PAGE)))}"))
    if run.asked is not None:
        lines.append(Text(_asked_for(verdict, run.asked), style))
    return lines


def _asked_for(verdict: Verdict, asked: frozenset[str]) -> str:
    """Return the verdict on the clauses of a selection, and on those that its tests saw besides."""
    words = _in_words(verdict.only(asked).clauses)
    others = [entry for entry in verdict.clauses if entry.clause.id not in asked]
    failed = [entry.clause for entry in others if entry.word is Word.FAILED]
    line = f"asked for: {words}"
    if not failed:
        return f"{line}; seen on the way: {counted(len(others), 'other clause')}, none failed" if others else line
    names = ", ".join(clause.id for clause in failed[:MOST_NAMED]) + (", …" if len(failed) > MOST_NAMED else "")
    ends = ", so the exit status is 1" if any(clause.level == "MUST" for clause in failed) else ""
    return f"{line}; seen on the way: {counted(len(failed), 'other clause')} failed ({names}){ends}"


def _in_words(entries: Sequence[ClauseVerdict]) -> str:
    """Return clauses with their words; of many, how many there are with each word."""
    if len(entries) <= MOST_NAMED:
        return ", ".join(f"{entry.clause.id} {entry.word}" for entry in entries)
    counts = {word: sum(entry.word is word for entry in entries) for word in Word}
    return ", ".join(f"{number} {word}" for word, number in counts.items() if number)
