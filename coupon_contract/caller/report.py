"""The results of a run as `judge` writes them: results.json, its page, and lines for the terminal."""

import json
import shlex
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import frozen
from rich.console import Console
from rich.text import Text

from coupon_contract import spec
from coupon_contract.caller.cases import Case
from coupon_contract.caller.judging import Finding
from coupon_contract.caller.output import mask, shown
from coupon_contract.caller.program import MOBILE, CaseResult, Job
from coupon_contract.suite import commands
from coupon_contract.suite.problem import counted, together
from coupon_contract.suite.reporting import html, junit, result_files
from coupon_contract.suite.reporting.clause_pages import clause_page
from coupon_contract.suite.reporting.results import DISTRIBUTION, SCHEMA_VERSION, ledger_entry
from coupon_contract.suite.reporting.terminal import clause_table
from coupon_contract.suite.verdict import Exit, Seen, Verdict, Word, decide, sentence
from coupon_contract.terminal import printable, write

Json = Any
PLACE = "reports"  # of the results, unless --results names another
SHOWN = 3  # findings per clause on the terminal
WIDTH = 100  # characters of a line


@frozen
class Run:
    """A judged run: the command, its cases with their results and findings, its options, when it was, and its place."""

    command: Sequence[str]
    results: Sequence[CaseResult]
    findings: Sequence[Finding]
    job: Job
    seed: int
    without: Sequence[str]
    complete: bool
    started: datetime
    ended: datetime
    place: str = PLACE

    @property
    def verdict(self) -> Verdict:
        """The verdict on the program; of a selection of cases, on the clauses that those observe."""
        observations = [finding.observation for finding in self.findings]
        selected = None if self.complete else frozenset(observation.clause for observation in observations)
        return decide(spec.caller_clauses(), observations, {}, selected)

    @property
    def violations(self) -> list[Finding]:
        """The findings that failed a clause, those of one clause together."""
        order = list(spec.caller_clauses())
        failed = [finding for finding in self.findings if finding.observation.seen is Seen.VIOLATED]
        return sorted(failed, key=lambda finding: order.index(finding.observation.clause))

    def case(self, name: str) -> Case:
        """Return a case by its id."""
        return next(ran.case for ran in self.results if ran.case.id == name)

    def output(self, case: str) -> list[str]:
        """Return what the program printed in a case, as lines for the terminal, masked."""
        ran = next(ran for ran in self.results if ran.case.id == case)
        return list(shown(ran.outputs, mask(self.job.secrets(), MOBILE, ran.record))) or ["it printed nothing"]

    def rerun(self, case: str) -> str:
        """Return the command that judges one case again."""
        usual, options = Job(), list[str]()
        if self.seed:
            options += ["--seed", str(self.seed)]
        if self.job.count != usual.count:
            options += ["--count", str(self.job.count)]
        if self.job.limit != usual.limit:
            options += ["--limit", f"{self.job.limit:g}"]
        if self.place != PLACE:
            options += ["--results", self.place]
        options += [part for feature in self.without for part in ("--without", feature)]
        return shlex.join([commands.program(), "judge-caller", *options, "--case", case, "--", *self.command])


def results(run: Run) -> dict[str, Json]:
    """Return the results, which fit spec/results.schema.json. They hold no codes and no output of the program."""
    verdict = run.verdict
    words = {entry.clause.id: str(entry.word) for entry in verdict.clauses}
    issued = sum(len(ran.record.issued) for ran in run.results)
    failures: list[dict[str, Json]] = [
        {
            "number": number,
            "clause": finding.observation.clause,
            "level": spec.caller_clauses()[finding.observation.clause].level,
            "word": words[finding.observation.clause],
            "problem": f"{run.case(finding.case).text} {finding.observation.note}.",
            "difference": None,
            "calls": [],
            "test": finding.case,
            "case": run.case(finding.case).text,
            "finding": finding.observation.note,
            "exchange": None,
            "request": None,
            "coupons": 0,
            "alone": False,
            "rerun": run.rerun(finding.case),
            "replay": None,
        }
        for number, finding in enumerate(run.violations, 1)
    ]
    clauses = [
        {
            "id": entry.clause.id,
            "text": entry.clause.text,
            "level": entry.clause.level,
            "feature": entry.clause.feature,
            "ledger": [ledger_entry(name) for name in entry.clause.ledger],
            "word": str(entry.word),
            "held": entry.held,
            "violated": entry.violated,
            "unobserved": entry.unobserved,
            "notes": list(entry.notes),
            "deviation": None,
            "page": clause_page(entry.clause.id),
            "tests": list(
                dict.fromkeys(
                    finding.case
                    for finding in run.findings
                    if finding.case and finding.observation.clause == entry.clause.id
                )
            ),
        }
        for entry in verdict.clauses
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "suite_version": version(DISTRIBUTION),
        "target": {"name": shlex.join(run.command), "base_url": "http://127.0.0.1"},
        "started": run.started.isoformat(timespec="milliseconds"),
        "ended": run.ended.isoformat(timespec="milliseconds"),
        "seed": run.seed,
        "verdict": {
            "word": str(verdict.judgement),
            "exit_status": verdict.exit_status,
            "complete": verdict.complete,
            "reason": "",
            "counts": verdict.counts,
            "failures": len(failures),
        },
        "spent": {
            "requests": sum(ran.record.requests for ran in run.results),
            "coupons_issued": {"at_least": issued, "at_most": issued},
            "coupons_possible": issued,
            "max_coupons": None,
        },
        "clauses": clauses,
        "codes": [],
        "failures": failures,
    }


def write_files(run: Run, directory: Path) -> None:
    """Write results.json, results.html and junit.xml. Raises OSError."""
    content = results(run)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (result_files.RESULTS, json.dumps(content, indent=2)),
        (result_files.PAGE, html.render(content)),
        (result_files.JUNIT, junit.render(content, shlex.join(run.command))),
    ):
        file = directory / name
        partial = result_files.partial(file)
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)


def print_run(run: Run, page: Path, *, with_output: bool = False) -> None:
    """Print the failures, the table of clauses and the verdict.

    `with_output` adds what the program printed in each case that is named, or in the first one of a run that could not
    be judged.
    """
    console = Console(highlight=False)
    with console.capture() as captured:
        for line in _failures(run, page, with_output):
            console.print(Text(printable(line)), soft_wrap=True)
        if with_output and not run.violations and run.verdict.exit_status != Exit.CONFORMANT:
            for line in _unjudged(run):
                console.print(Text(printable(line)), soft_wrap=True)
        console.print(clause_table(run.verdict, "cases"))
        for entry in run.verdict.clauses:
            if entry.notes and not entry.violated and entry.word is not Word.PASSED:
                console.print(Text(f"{entry.word} {entry.clause.id}: {entry.notes[0]}"), soft_wrap=True)
        words = sentence(run.verdict.judgement, run.verdict.counts)
        style = "bold green" if run.verdict.exit_status == Exit.CONFORMANT else "bold red"
        console.print(Text(f"\n{counted(len(run.results), 'case')}: {words}", style), soft_wrap=True)
    for line in captured.get().splitlines():
        write(line.rstrip())


def _unjudged(run: Run) -> Iterator[str]:
    """Yield the output in the first case: of a run without a failure that could not be judged."""
    first = run.results[0].case
    yield f"{first.id}: {first.text}"
    yield from (f"    {line}" for line in run.output(first.id))


def _failures(run: Run, page: Path, with_output: bool) -> Iterator[str]:
    """Yield the failures clause by clause; the cases of one finding together, under the first of them."""
    numbered = list(enumerate(run.violations, 1))
    for name, clause in spec.caller_clauses().items():
        failed = [(number, finding) for number, finding in numbered if finding.observation.clause == name]
        if not failed:
            continue
        yield f"{clause.level} {name}: {clause.text}"
        alike = together(failed, lambda entry: entry[1].observation.note)
        for (number, first), *others in alike[:SHOWN]:
            yield f"  #{number} {first.case}: {run.case(first.case).text}"
            yield f"    {first.observation.note}"
            if with_output:
                yield from (f"    {line}" for line in run.output(first.case))
            if others:
                yield f"    in {counted(len(others), 'case')} more:"
                yield from _names(others, "      ")
        if rest := [entry for group in alike[SHOWN:] for entry in group]:
            yield f"  and {counted(len(rest), 'case')} more, all in {page}:"
            yield from _names(rest, "    ")
        yield f"  again:   {run.rerun(failed[0][1].case)}"
        yield f"  why:     {clause_page(name, str(page))}"
        yield f"           {commands.program()} explain {name}\n"


def _names(failed: Sequence[tuple[int, Finding]], indent: str) -> list[str]:
    names = ", ".join(f"#{number} {finding.case}" for number, finding in failed)
    return textwrap.wrap(names, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
