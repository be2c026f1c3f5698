"""Writes bench/power.md: the faults that this suite and stock Schemathesis find, and the right servers they blame.

    python -m bench.power

It measures nothing: qa.seeded_faults and qa.seeded_faults_schemathesis keep their runs in reports/; this counts.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from attrs import frozen

from coupon_contract import spec
from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from qa import seeded_faults, seeded_faults_schemathesis
from qa.seeded_faults_matrix import Judgement, judged, unguarded

Json = Any
PAGE = Path(__file__).parent / "power.md"
PARALLEL = "limits-in-parallel"
CALLS = {"default": "`schemathesis run`", "all": "`schemathesis run --checks all --max-examples 200`"}
NOT_RUN = "not run"
HEAD = """# What is found, and what is blamed

<!-- written by bench/power.py from the runs that qa.seeded_faults and qa.seeded_faults_schemathesis keep -->

The sandbox is run with each of its faults and as each correct variant. This suite **finds** a fault when it fails every
clause that the fault breaks, and no other but those that are named as its consequences. It got the target file
`spec/targets/sandbox.toml`. Stock Schemathesis finds a fault when it reports a failure that it does not report of the
right sandbox: its own key of operation, check and kind tells failures apart, and the right sandbox was run with three
seeds. It got the document, an address and the credentials of a till. A **false alarm** is what is reported of a server
that is right. What was not run is said to be not run.
"""


@frozen
class Stock:
    """The runs of Schemathesis in one mode, by the name of the fault or variant."""

    mode: str
    right: frozenset[str]
    runs: Mapping[str, frozenset[str]]
    coupons: tuple[int, ...]

    @classmethod
    def from_lines(cls, mode: str, lines: Iterable[dict[str, Json]]) -> "Stock":
        """Return the recorded runs of a mode."""
        of_mode = [line for line in lines if line["mode"] == mode]
        right = [line for line in of_mode if line["name"] == seeded_faults_schemathesis.CORRECT]
        others = {line["name"]: line for line in of_mode if line["name"] in FAULTS or line["name"] in VARIANTS}
        runs = {name: frozenset(line["failures"]) for name, line in others.items()}
        coupons = tuple(line["coupons"] for line in others.values())
        return cls(mode, frozenset(failure for line in right for failure in line["failures"]), runs, coupons)

    def new(self, name: str) -> frozenset[str]:
        """Return the failures of a run that the right sandbox does not have."""
        return self.runs[name] - self.right

    def cell(self, name: str) -> str:
        """Return the checks that failed, for a table."""
        if name not in self.runs:
            return NOT_RUN
        checks = {failure.split(" · ")[1] for failure in self.new(name)}
        return ", ".join(sorted(checks)) or "none"

    def row(self) -> str:
        """Return the row of the summary."""
        faults, variants = ([name for name in self.runs if name in kind] for kind in (FAULTS, VARIANTS))
        if not self.runs:
            return f"| {CALLS[self.mode]} | {NOT_RUN} | | |"
        caught = sum(bool(self.new(name)) for name in faults)
        blamed = sum(bool(self.runs[name]) for name in variants)
        alarms = f"{blamed} of {len(variants)} variants blamed, and the sandbox itself for {len(self.right)} failures"
        return f"| {CALLS[self.mode]} | {caught} of {len(faults)} | {alarms} | {_spent(self.coupons)} |"


def _spent(coupons: Sequence[int]) -> str:
    return f"{median(coupons):.0f} ({max(coupons)})"


def ours(lines: Iterable[dict[str, Json]]) -> list[Judgement]:
    """Return the judgements on whole runs of this suite, the last one of each name and seed."""
    runs = {(line["name"], line["seed"]): line for line in lines if not line["clause"]}
    known = [line for line in runs.values() if line["name"] in FAULTS or line["name"] in VARIANTS]
    return [judged(seeded_faults.result_of(line)) for line in known]


def summary(judgements: Sequence[Judgement], stocks: Sequence[Stock]) -> str:
    """Return the table of counts."""
    faults = [judgement for judgement in judgements if judgement.result.name in FAULTS]
    variants = [judgement for judgement in judgements if judgement.result.name in VARIANTS]
    caught = sum(not judgement.problems for judgement in faults)
    alarms = f"{sum(bool(judgement.problems) for judgement in variants)} of {len(variants)} runs of"
    alarms += f" {len({judgement.result.name for judgement in variants})} variants blamed"
    spent = _spent([judgement.result.coupons for judgement in judgements])
    lacking = sorted(unguarded(spec.clauses(), FAULTS.values()))
    return "\n".join(
        [
            "| | faults found | false alarms | coupons that a run issued: median (most) |",
            "|---|---|---|---|",
            f"| this suite | {caught} of {len(faults)} | {alarms} | {spent} |",
            *(stock.row() for stock in stocks),
            "",
            f"Clauses without a fault that they alone catch: {', '.join(lacking) or 'none'}.",
        ]
    )


def parallel(lines: Iterable[dict[str, Json]]) -> str:
    """Return the table of check-then-act servers, with how often each was caught."""
    runs = {(line["name"], line["seed"]): PARALLEL in line["failed"] for line in lines if line["clause"] == PARALLEL}
    rows = [f"| {name} | {_share(runs, name)} | {FAULTS[name].text} |" for name in FAULTS if (name, 0) in runs]
    return "\n".join(
        [
            "## Check-then-act servers",
            "",
            f"Runs of the tests of `{PARALLEL}` alone, each against a fresh sandbox, in which that clause failed.",
            "",
            "| fault | found out | |",
            "|---|---|---|",
            *rows,
        ]
    )


def _share(runs: Mapping[tuple[str, int], bool], name: str) -> str:
    own = [caught for (run_name, _), caught in runs.items() if run_name == name]
    return f"{sum(own)} of {len(own)} runs"


def table(title: str, names: Iterable[str], judgements: Sequence[Judgement], stocks: Sequence[Stock]) -> str:
    """Return a table with a row for each fault or variant."""
    lines = [
        f"## {title}",
        "",
        f"| | this suite | {' | '.join(CALLS[stock.mode] for stock in stocks)} |",
        "|---" * (len(stocks) + 2) + "|",
    ]
    for name in names:
        own = [judgement for judgement in judgements if judgement.result.name == name]
        cells = [_cell(own), *(stock.cell(name) for stock in stocks)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(runs: Sequence[Judgement]) -> str:
    if not runs:
        return NOT_RUN
    failed = ", ".join(sorted(frozenset().union(*(judgement.result.failed for judgement in runs)))) or "none"
    wrong = sum(bool(judgement.problems) for judgement in runs)
    return failed + (f" (**{wrong} of {len(runs)} runs not as they must be**)" if wrong else "")


def alarms(stocks: Sequence[Stock]) -> str:
    """Return the list of failures that Schemathesis reports of the right sandbox."""
    lines = ["## What Schemathesis reports of the right sandbox", ""]
    for stock in stocks:
        lines += [f"{CALLS[stock.mode]}:", "", *(f"- {failure}" for failure in sorted(stock.right)), ""]
    return "\n".join(lines).rstrip()


def main() -> int:
    """Write the page and print its summary."""
    lines, kept = seeded_faults.CHECKPOINT.lines(), seeded_faults_schemathesis.CHECKPOINT.lines()
    judgements, stocks = ours(lines), [Stock.from_lines(mode, kept) for mode in seeded_faults_schemathesis.MODES]
    if not judgements:
        print("no runs are kept; run python -m qa.seeded_faults first", file=sys.stderr)
        return 4
    parts = [HEAD.rstrip(), summary(judgements, stocks), parallel(lines), alarms(stocks)]
    parts += [table("Faults", FAULTS, judgements, stocks), table("Correct variants", VARIANTS, judgements, stocks)]
    PAGE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(parts[1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
