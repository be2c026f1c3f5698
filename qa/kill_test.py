"""Kills the sandbox with kill -9 at random moments under load, restarts it, and checks its tables.

    python -m qa.kill_test [--rounds N] [--store sqlite|postgresql …] [--seed N] [--write]

After each kill every coupon that was ever answered must be there, none twice, no limit exceeded and no issue by halves.
--write puts the result into bench/durability.md. Exit status: 0 all of it held, 1 it did not.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
from attrs import define, field, frozen

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from coupon_contract.sandbox.auth import password_hash
from coupon_contract.sandbox.store import open_store
from qa.audit import ReportedCoupon, troubles
from qa.commit import tested_commit
from qa.postgres import running_postgres

PAGE = ROOT / "bench" / "durability.md"
STORES = ("sqlite", "postgresql")
CLIENTS = 16
CUSTOMERS = 6
KINDS = ("ordinary", "each", "one", "in-all", "uploaded")
MOMENTS = (0.02, 0.8)  # seconds after the first response, when the server is killed
START_SECONDS = 60.0
READ_BACK = 400  # ids in one request
AUTH = ("till", password_hash("password"))


@define
class Round:
    """The calls between a start and a kill."""

    number: int
    workers: int
    reported: list[ReportedCoupon] = field(factory=list)
    refused: int = 0
    unknown: int = 0


@frozen
class Result:
    """The totals of all rounds on one store."""

    store: str
    rounds: int
    reported: int
    refused: int
    unknown: int
    kept: int
    troubles: tuple[str, ...]


def seed_text(rounds: int) -> str:
    """Return a seed with separate series for every round, so that each kind of limit can be used up in each."""
    parts = ['tills = [{user = "till", password = "password"}]\n']
    names = 'first_name = ""\nlast_name = ""\nauto_update_time = "2024-08-20T09:57:15Z"\n'
    for nth in range(CUSTOMERS):
        parts.append(f'[[customers]]\nid = {nth + 1}\n{names}identifiers = {{mobile = "{mobile(nth)}"}}\n')
    states = {
        "ordinary": "",
        "each": "limit_per_customer = 7",
        "one": "limit_per_customer = 1",
        "in-all": "limit_in_all = 40",
        "uploaded": "uploaded = {count = 40}",
    }
    for number in range(rounds):
        for kind, state in states.items():
            parts.append(f'[[series]]\nid = {series_id(number, kind)}\nstate = "{kind}"\n{state}\n')
    return "".join(parts)


def mobile(nth: int) -> str:
    """Return the mobile number of a customer."""
    return str(10_000_000 + nth)


def series_id(number: int, kind: str) -> int:
    """Return the series of a kind in a round."""
    return 1000 + number * len(KINDS) + KINDS.index(kind)


@contextmanager
def server(database: str, seed: Path, workers: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Start a sandbox and its workers; yield the address, and a function that kills all of them at once."""
    command = [
        sys.executable,
        "-m",
        "coupon_contract.sandbox",
        "--database",
        database,
        "--seed",
        str(seed),
        "--workers",
        str(workers),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield line.split()[-1], lambda: os.killpg(process.pid, signal.SIGKILL)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


async def load(url: str, this: Round, chance: random.Random, kill: Callable[[], None]) -> None:
    """Issue with many clients until the server is killed, at a random moment after its first response."""
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=url, auth=AUTH, limits=limits, timeout=START_SECONDS) as client:
        await client.get(spec.READ_BACK_PATH, params={"couponIds": 1})
        calls = [asyncio.create_task(issue_until_dead(client, this, chance)) for _ in range(CLIENTS)]
        await asyncio.sleep(chance.uniform(*MOMENTS))
        kill()
        await asyncio.gather(*calls)


async def issue_until_dead(client: httpx.AsyncClient, this: Round, chance: random.Random) -> None:
    """Issue one call after the other until there is no response."""
    while True:
        kind, who = chance.choice(KINDS), chance.randrange(CUSTOMERS)
        count = chance.choice((1, 2, 5, 20, 500)) if kind == "ordinary" else chance.randint(1, 4)
        series = series_id(this.number, kind)
        body = {"seriesId": series, "count": count, "customer": {"mobile": mobile(who)}}
        try:
            answer = (await client.post(spec.ISSUE_PATH, json=body)).json()
        except httpx.TransportError:
            this.unknown += 1
            return
        this.refused += "coupons" not in answer
        coupons = answer.get("coupons", ())
        this.reported += [ReportedCoupon(entry["couponId"], entry["code"], series, who + 1) for entry in coupons]


def read_back(url: str, reported: Sequence[ReportedCoupon]) -> list[str]:
    """Return a line if the server's own read-back misses coupons."""
    listed: set[tuple[int, str]] = set()
    with httpx.Client(base_url=url, auth=AUTH, timeout=START_SECONDS) as client:
        for start in range(0, len(reported), READ_BACK):
            ids = [("couponIds", str(coupon.id)) for coupon in reported[start : start + READ_BACK]]
            query = httpx.QueryParams([*ids, ("coupon_code_case", "AS_IT_IS")])
            data = client.get(spec.READ_BACK_PATH, params=query).json()["data"]
            listed |= {(coupon["seriesId"], coupon["code"]) for coupon in data}
    lost = {(coupon.series_id, coupon.code) for coupon in reported} - listed
    return [f"read-back does not find {len(lost)} coupons"] if lost else []


def run(store: str, database: str, rounds: int, chance: random.Random) -> Result:
    """Run all rounds on one database. Each start is also the restart after the round before."""
    done: list[Round] = []
    violations: list[str] = []
    with tempfile.TemporaryDirectory() as folder, Progress("kill-test").step(store, total=rounds) as step:
        seed = Path(folder) / "seed.toml"
        seed.write_text(seed_text(rounds), encoding="utf-8")
        for number in range(rounds + 1):
            this = Round(number, workers=3 if number % 5 == 4 else 1)
            with server(database, seed, this.workers) as (url, kill):
                lost = read_back(url, done[-1].reported if done else ())
                violations += [f"round {number}: {violation}" for violation in lost]
                if number < rounds:
                    asyncio.run(load(url, this, chance, kill))
            violations += [f"round {number}: {violation}" for violation in looked_into(database, done, this)]
            if number < rounds:
                done.append(this)
                step.advance(summary(done, violations))
        kept = counted(database)
    reported, refused = sum(len(finished.reported) for finished in done), sum(finished.refused for finished in done)
    unknown = sum(finished.unknown for finished in done)
    return Result(store, rounds, reported, refused, unknown, kept, tuple(violations))


def looked_into(database: str, done: Sequence[Round], this: Round) -> list[str]:
    """Return the violations in the database while nobody serves it."""
    store = open_store(database)
    try:
        return troubles(store._read, [coupon for finished in (*done, this) for coupon in finished.reported])
    finally:
        store.close()


def counted(database: str) -> int:
    """Return the number of coupons in the database."""
    store = open_store(database)
    try:
        return int(store._read("SELECT count(*) FROM coupon")[0][0])
    finally:
        store.close()


def summary(done: Sequence[Round], violations: Sequence[str]) -> str:
    """Return the counts so far, for the line of progress."""
    reported = sum(len(finished.reported) for finished in done)
    return f"kills, {reported} coupons answered, {len(violations)} troubles"


def page(results: Sequence[Result], seed: int, seconds: float, commit: str) -> str:
    """Return bench/durability.md."""
    lines = [
        "# Durability",
        "",
        "Written by `python -m qa.kill_test --write`. A round: start the sandbox (every fifth time with three",
        f"workers), issue with {CLIENTS} clients, `kill -9` all of them at a random moment, start it again, read",
        "back what was answered, compare the tables with each other and with every response of all rounds so far.",
        "Every limit can be used up in every round: per customer, one per customer, in all, uploaded codes.",
        "",
        "| store | kills | coupons answered | refusals | calls without a response | coupons kept | troubles |",
        "|---|---|---|---|---|---|---|",
    ]
    for result in results:
        counts = (result.rounds, result.reported, result.refused, result.unknown, result.kept, len(result.troubles))
        cells = (result.store, *counts)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    ends = (
        f"Commit {commit}; random seed {seed}; {seconds:.0f} seconds. Where more coupons are kept than were",
        "answered, a call was committed and the kill came before its response.",
    )
    return "\n".join([*lines, "", *ends, ""])


def databases(stores: Sequence[str], stack: ExitStack) -> Iterator[tuple[str, str]]:
    """Yield an empty database for each store."""
    for store in stores:
        if store == "postgresql":
            yield store, stack.enter_context(running_postgres())
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            yield store, str(Path(folder) / "coupons.db")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rounds, print the violations, and write the page with --write."""
    options = parser().parse_args(arguments)
    start, commit = time.monotonic(), tested_commit()
    with ExitStack() as stack:
        chance = random.Random(options.seed)  # noqa: S311 - random moments, no secrets
        results = [run(*database, options.rounds, chance) for database in databases(options.store, stack)]
    for trouble in (trouble for result in results for trouble in result.troubles):
        print(trouble)
    text = page(results, options.seed, time.monotonic() - start, commit)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if any(result.troubles for result in results) else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(prog="durability", description=(__doc__ or "").partition("\n")[0])
    cli.add_argument("--rounds", type=int, default=200, metavar="N", help="kills on each store (default: 200)")
    cli.add_argument("--store", nargs="+", choices=STORES, default=STORES, help="default: both")
    cli.add_argument("--seed", type=int, default=1, metavar="N", help="of the random moments (default: 1)")
    cli.add_argument("--write", action="store_true", help="write bench/durability.md")
    return cli


if __name__ == "__main__":
    sys.exit(main())
