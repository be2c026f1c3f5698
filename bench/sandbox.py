"""Measures the sandbox against stateless mocks of the same document, and against SQLite without a server.

Each server is one process and gets the same request; they are measured in turns, and the best of several turns counts,
because the machine is shared. Prism and Specmatic are installed with npm into a temporary folder; Specmatic needs Java.
`--write` writes bench/sandbox.md. Exit status 1 when a goal is missed.
"""

import argparse
import base64
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from attrs import evolve, frozen

from bench.competitors import PRISM, SPECMATIC, Served, mocks
from bench.sqlite_baseline import SERIES, bare_database, bare_rows, fill
from coupon_contract import spec
from coupon_contract.cli.sandbox_process import address_of, started_sandbox
from coupon_contract.progress import Progress
from coupon_contract.sandbox import load_seed
from coupon_contract.sandbox.auth import password_hash
from qa.load import Measured, as_fast_as_answered, at_a_rate, http_request

PAGE = Path(__file__).parent / "sandbox.md"
MOBILE = "11223569865"
FEW, MANY = 2, 500  # coupons in a request
CONNECTIONS = {FEW: 64, MANY: 8}
SYNCHRONOUS = {"power-cut": "FULL", "killed-process": "NORMAL"}
STORED = (0, 10_000, 100_000, 1_000_000, 10_000_000)
PRISM_RATIO, BARE_SHARE, P99, FLAT = 4.0, 0.60, 20.0, 0.80  # goals; P99 in milliseconds

Turns = dict[str, list[Any]]


@frozen
class Row:
    """A measurement in words, beside its goal; `met` is None without a goal."""

    what: str
    figure: str
    processor: str = ""
    goal: str = ""
    met: bool | None = None


def request(count: int) -> bytes:
    """Return the request to every server. Specmatic picks the response by a header, and answers 400 without it."""
    till = load_seed().tills[0]
    secret = base64.b64encode(f"{till.user}:{password_hash(till.password)}".encode()).decode()
    headers = {"Host": "localhost", "Content-Type": "application/json", "Authorization": f"Basic {secret}"}
    body = json.dumps({"seriesId": SERIES, "count": count, "customer": {"mobile": MOBILE}}).encode()
    return http_request(spec.ISSUE_PATH, headers | {"Specmatic-Response-Code": "200"}, body)


@contextmanager
def sandbox(database: Path, survives: str = "power-cut") -> Iterator[Served]:
    """Start our sandbox on a database file."""
    with started_sandbox(["--database", str(database), "--survives", survives]) as process:
        yield Served(f"sandbox, survives a {survives}", httpx.URL(address_of(process)).port or 0, process.pid)


def in_turns(turns: int, contenders: dict[str, Callable[[], Any]]) -> Turns:
    """Run every contender in turn, several times."""
    results: Turns = {name: [] for name in contenders}
    for turn in range(turns):
        for name, measure in contenders.items():
            sys.stderr.write(f"turn {turn + 1} of {turns}: {name}\n")
            results[name].append(measure())
    return results


def load(server: Served, count: int, seconds: float) -> Measured:
    """Measure as many requests as the server answers."""
    before = server.spent()
    run = as_fast_as_answered(server.port, request(count), CONNECTIONS[count], seconds)
    return evolve(run, spent=server.spent() - before)


def best(runs: Sequence[Measured]) -> Measured:
    """Return the fastest run."""
    return max(runs, key=lambda run: run.rate)


# --- measurements ---------------------------------------------------------------------------------------------------


def against_mocks(servers: Sequence[Served], turns: int, seconds: float) -> list[Row]:
    """Measure requests a second with few coupons."""
    runs = in_turns(turns, {server.name: partial(load, server, FEW, seconds) for server in servers})
    prism, prism_of_processor = best(runs["Prism"]).rate, thriftiest(runs["Prism"])
    rows = []
    for name, measured in runs.items():
        run, of_processor = best(measured), thriftiest(measured)
        figure = f"{run.rate:.0f}, {run.rate / prism:.1f} times Prism; {wrong(measured)}"
        processor = f"{of_processor:.0f}, {of_processor / prism_of_processor:.1f} times Prism"
        ours = name == servers[0].name
        met = run.rate >= PRISM_RATIO * prism and not run.failed if ours else None
        rows.append(
            Row(name, figure, processor, f"at least {PRISM_RATIO:.0f} times Prism as it comes" if ours else "", met)
        )
    busy = max(run.busy for measured in runs.values() for run in measured)
    return [*rows, Row("load generator", f"at most {busy:.0%} of a processor")]


def thriftiest(runs: Sequence[Measured]) -> float:
    """Return the highest number of requests per processor second."""
    return max(run.rate_of_processor for run in runs)


def wrong(runs: Sequence[Measured]) -> str:
    """Return the number of responses other than 200, in words."""
    failed = sum(run.failed for run in runs)
    return f"{failed} answers not 200" if failed else "all answers 200"


def against_bare_loop(folder: Path, servers: Sequence[Served], turns: int, seconds: float) -> list[Row]:
    """Measure coupons a second with many coupons per request."""
    contenders: dict[str, Callable[[], Any]] = {}
    for survives, synchronous in SYNCHRONOUS.items():
        file = bare_database(folder / f"bare-{survives}.db")
        contenders[f"bare loop, survives a {survives}"] = partial(bare_rows, file, synchronous, seconds)
    contenders |= {server.name: partial(load, server, MANY, seconds) for server in servers}
    runs = in_turns(turns, contenders)
    rows = []
    for survives in SYNCHRONOUS:
        loops, ours = runs[f"bare loop, survives a {survives}"], runs[f"sandbox, survives a {survives}"]
        bare, bare_of_processor = max(loop.rate for loop in loops), max(loop.rate_of_processor for loop in loops)
        rate, of_processor = best(ours).rate * MANY, thriftiest(ours) * MANY
        rows.append(Row(f"bare loop, survives a {survives}", f"{bare:.0f}", f"{bare_of_processor:.0f}"))
        figures = (
            f"{rate:.0f}, {rate / bare:.0%} of the loop",
            f"{of_processor:.0f}, {of_processor / bare_of_processor:.0%}",
        )
        goal = f"at least {BARE_SHARE:.0%} of the loop"
        rows.append(Row(f"sandbox, survives a {survives}", *figures, goal, rate >= BARE_SHARE * bare))
    others = (server for server in servers if not server.name.startswith("sandbox"))
    return rows + [Row(f"{server.name}, requests", f"{best(runs[server.name]).rate:.0f}") for server in others]


def at_half_load(server: Served, turns: int, seconds: float) -> list[Row]:
    """Measure latencies at half the maximum load, which is measured just before."""
    rate = best([load(server, FEW, seconds) for _ in range(turns)]).rate / 2
    half = partial(at_a_rate, server.port, request(FEW), CONNECTIONS[FEW], 2 * seconds, rate)
    run = min((half() for _ in range(turns)), key=lambda run: run.percentile(0.99))
    p99 = run.percentile(0.99)
    return [
        Row("requests a second", f"{run.rate:.0f} of {rate:.0f} asked for"),
        Row("half of them within", f"{run.percentile(0.5):.1f} ms"),
        Row("99 % within", f"{p99:.1f} ms", "", f"less than {P99:.0f} ms", p99 < P99),
    ]


def with_stored(folder: Path, stored: Sequence[int], turns: int, seconds: float) -> list[Row]:
    """Measure the same rates with more and more coupons stored."""
    databases = [folder / f"stored-{number}.db" for number in stored]
    for number, database in zip(stored, databases, strict=True):
        bare_database(database)
        fill(database, number)
    with ExitStack() as stack:
        servers = [stack.enter_context(sandbox(database)) for database in databases]
        names = [f"{number:,} stored" for number in stored]
        named = dict(zip(names, servers, strict=True))
        few = in_turns(turns, {name: partial(load, server, FEW, seconds) for name, server in named.items()})
        many = in_turns(turns, {name: partial(load, server, MANY, seconds) for name, server in named.items()})
    first = thriftiest(few[names[0]]), thriftiest(many[names[0]])
    rows = []
    for name in names:
        figure = f"{best(few[name]).rate:.0f} requests of {FEW}, {best(many[name]).rate:.0f} of {MANY}"
        thrift = thriftiest(few[name]), thriftiest(many[name])
        met = all(figure >= FLAT * start for figure, start in zip(thrift, first, strict=True))
        processor = f"{thrift[0]:.0f} requests of {FEW}, {thrift[1]:.0f} of {MANY}"
        rows.append(Row(name, figure, processor, f"a processor second does {FLAT:.0%} of the first row's", met))
    return rows


# --- the page -------------------------------------------------------------------------------------------------------


def table(title: str, rows: Sequence[Row]) -> str:
    """Return a section of the page."""
    lines = [f"## {title}", "", "| what | measured | a processor second | goal | reached |", "|---|---|---|---|---|"]
    words = {None: "", True: "yes", False: "**no**"}
    return "\n".join(
        [*lines, *(f"| {row.what} | {row.figure} | {row.processor} | {row.goal} | {words[row.met]} |" for row in rows)]
    )


def page(sections: dict[str, list[Row]], turns: int, seconds: float) -> str:
    """Return bench/sandbox.md."""
    head = f"""# The sandbox, measured

Written by `python -m bench.sandbox --write` on one machine with 2 cores, shared with other work: look at ratios. One
process each, the same request to all, {seconds:g} seconds a turn, in turns, the best of {turns}, with {python()}.
{PRISM} and {SPECMATIC} answer from the document and keep nothing; the sandbox commits before it
answers. Each runs as its documentation starts it: Prism prints what it did with each request, the sandbox tells that on
its page. The Prism that prints nothing tells nobody. A bare loop inserts the rows of a call of {MANY} coupons into the
same tables, with a commit for each call; its codes are made beforehand.

What a server does in a second depends on what else the machine does; what it does in a processor second, hardly.
"""
    return "\n\n".join([head.rstrip(), *(table(title, rows) for title, rows in sections.items())]) + "\n"


def python() -> str:
    """Return the Python that runs the sandbox. Builds without profile-guided optimisation are a fifth slower."""
    whose = "the system's " if sys.base_prefix == "/usr" else ""
    return f"{whose}Python {platform.python_version()}"


def measure(options: argparse.Namespace, folder: Path) -> dict[str, list[Row]]:
    """Run all measurements."""
    turns, seconds = options.turns, options.seconds
    with ExitStack() as stack:
        ours = [stack.enter_context(sandbox(folder / f"{survives}.db", survives)) for survives in SYNCHRONOUS]
        servers = [*ours, *mocks(folder, stack)]
        sections: dict[str, Callable[[], list[Row]]] = {
            f"Requests a second, {FEW} coupons each": partial(against_mocks, servers, turns, seconds),
            f"Coupons a second, {MANY} in a request": partial(against_bare_loop, folder, servers, turns, seconds),
            f"Latency at half load, {FEW} coupons each": partial(at_half_load, ours[0], turns, seconds),
            "Coupons that are stored already": partial(with_stored, folder, STORED[: options.curve], turns, seconds),
        }
        progress, measured = Progress("bench", len(sections)), {}
        for title, rows in sections.items():
            with progress.step(title):
                measured[title] = rows()
        return measured


def main() -> int:
    """Measure, print the page, and write it with --write."""
    parser = argparse.ArgumentParser(prog="sandbox", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--turns", type=int, default=5, metavar="N", help="turns of each (default: 5)")
    parser.add_argument("--seconds", type=float, default=3.0, metavar="S", help="of a turn (default: 3)")
    parser.add_argument(
        "--curve", type=int, default=len(STORED), metavar="N", help="points of the curve (default: all)"
    )
    parser.add_argument("--write", action="store_true", help="write bench/sandbox.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sections = measure(options, Path(folder))
    text = page(sections, options.turns, options.seconds)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if any(row.met is False for rows in sections.values() for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
