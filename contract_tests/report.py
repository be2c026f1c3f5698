"""What the terminal shows: each failure with the exchange that proves it, the table of clauses, the verdict."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table
from rich.text import Text

import spec
from contract_tests.run import Failure, Run
from contract_tests.verdict import ClauseVerdict, Exit, Verdict, Word

STYLES = {
    Word.PASSED: "green",
    Word.FAILED: "bold red",
    Word.DEVIATES: "yellow",
    Word.STALE: "bold red",
    Word.NOT_OFFERED: "dim",
    Word.NOT_OBSERVED: "bold yellow",
    Word.ERROR: "bold magenta",
}


def of_test(run: Run, clauses: list[str], words: str | None) -> str:
    """What one test has to say, masked: its own clause, and whatever the oracle found on its way."""
    parts = [_failure(run, Failure(clause, words, run.test, run.last)) for clause in clauses if words]
    found = {(one.clause, one.problem): one for one in run.findings if one.problem and one.clause not in clauses}
    parts += [_failure(run, Failure(one.clause, one.problem or "", run.test, one.exchange)) for one in found.values()]
    return "\n\n".join(parts) or "a clause failed in more than one way; see the summary"


def print_verdict(verdict: Verdict, run: Run, write: Callable[[str], None]) -> None:
    """Print failures, table and verdict."""
    console = Console(highlight=False)
    with console.capture() as captured:
        for failure in run.failures:
            console.print(Text(_failure(run, failure)), soft_wrap=True)
            console.print()
        console.print(_table(verdict))
        for one in verdict.clauses:
            if one.notes:
                console.print(Text(f"{one.word} {one.clause.id}: {_why(one)}", STYLES[one.word]), soft_wrap=True)
        console.print(_sentence(verdict, run), soft_wrap=True)
    for line in captured.get().splitlines():
        write(line)


def _failure(run: Run, failure: Failure) -> str:
    clause = spec.clauses()[failure.clause]
    lines = [f"{clause.level} {clause.id}: {clause.text}", f"  problem: {failure.problem}"]
    lines += [f"  ledger:  {entry}: {spec.ledger()[entry].decision}" for entry in clause.ledger]
    if failure.exchange:
        lines += [f"  exchange {failure.exchange.number}:"]
        lines += [f"    {line}" for line in run.mask.exchange(failure.exchange).splitlines()]
    lines += [f"  again:   pytest '{failure.test}' --target …"]
    return "\n".join(lines)


def _table(verdict: Verdict) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("verdict", "level", "clause", "seen"):
        table.add_column(name, no_wrap=True)
    for one in verdict.clauses:
        seen = f"{one.held}" if not one.violated else f"{one.held} held, {one.violated} not"
        table.add_row(Text(one.word, STYLES[one.word]), one.clause.level, one.clause.id, seen)
    return table


def _why(one: ClauseVerdict) -> str:
    more = f" (and {len(one.notes) - 1} more)" if len(one.notes) > 1 else ""
    return one.notes[0] + more


def _sentence(verdict: Verdict, run: Run) -> Text:
    counts = [f"{sum(one.word is word for one in verdict.clauses)} {word}" for word in Word]
    told = ", ".join(count for count in counts if not count.startswith("0 "))
    style = "bold green" if verdict.exit_status == Exit.CONFORMANT else "bold red"
    spent = f"{run.transport.sent} requests, {run.transport.budget.issued} coupons issued"
    return Text(f"\n{run.target.name}: {verdict.sentence}", style).append(f"\n{told}; {spent}", "default")
