"""The plan of a run for the terminal: its total, then a row per clause, and the clauses that the target lacks."""

from collections.abc import Callable, Iterable

from attrs import evolve
from rich.console import Console
from rich.table import Table

from coupon_contract.suite.plan import NOTHING, Planned, total
from coupon_contract.suite.problem import counted
from coupon_contract.suite.target import Target
from coupon_contract.terminal import for_terminal

OPEN = "open"
MEANING = "open: requests that are generated or ask for any number; only max_coupons bounds their coupons"


def print_plan(plan: list[Planned], target: Target, write: Callable[[str], None]) -> None:
    """Print what a run could cost at most: in total, then clause by clause. What the target lacks comes last."""
    write(_plan_sentence(plan, target))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("clause", "tests", "requests", "coupons"):
        table.add_column(name, no_wrap=True, justify="left" if name == "clause" else "right")
    before = total([], target)
    table.add_row("check-target", "", f"{before.requests:,}", f"{before.coupons:,}")
    for clause, tests in _by_clause(test for test in plan if not test.lacks and not test.skipped).items():
        cost = sum((test.cost for test in tests), NOTHING)
        bounded = [f"{cost.coupons:,}"] if cost.coupons or not any(test.open for test in tests) else []
        coupons = " + ".join([*bounded, *([OPEN] if any(test.open for test in tests) else [])])
        table.add_row(clause, f"{len(tests)}", f"{cost.requests:,}", coupons)
    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        write(line.rstrip())
    if any(test.open for test in plan):
        write(MEANING)
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
    free = sum(test.cost.requests for test in plan if test.open)
    name, coupons = for_terminal(target.name), counted(cost.coupons)
    if not free:
        sentence = f"{name}: at most {counted(cost.requests, 'request')} and {coupons}"
    else:
        sentence = (
            f"{name}: at most {counted(cost.requests, 'request')}. {cost.requests - free} of them can issue at most"
            f" {coupons}; the other {free} are generated or ask for any number, and only max_coupons bounds their"
            " coupons"
        )
    if target.max_coupons is None:
        return f"{sentence}. No budget is set."
    needed = total(plan, evolve(target, max_coupons=None)).coupons  # the check spends a share of what there is
    if target.max_coupons < needed:
        return (
            f"{sentence}. max_coupons = {target.max_coupons} stops the run before that, cheap tests first; "
            f"what is not observed leaves the verdict open. Set max_coupons = {needed} to observe everything"
            f"{' but these' if free else ''}."
        )
    if free:
        left = target.max_coupons - cost.coupons
        return f"{sentence}: max_coupons = {target.max_coupons} leaves {counted(left)} for these."
    return f"{sentence}. max_coupons = {target.max_coupons} is enough."
