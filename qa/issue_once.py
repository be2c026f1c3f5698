"""Proves that `issue_once` and `reconcile` are right while calls are lost, late, doubled by others, or killed.

    python -m qa.issue_once [--keys N] [--cell TEXT] [--seed N] [--write]

Every cell of the matrix (kind of loss, kind of list, callers per key, journal) issues for keys of its own, with callers
in processes of their own. Required in every cell: no key with more coupons than asked for, no code claimed that does
not carry the key, no "nothing was issued" while a coupon carries the key; and 95 % of the keys settled, except where
lists are cut. Further cells send each request once, and `reconcile` it by its key, or by the lists before and after it.
Rows that break the assumption on purpose (`settle` shorter than the server's delay) are not judged; they show what
`audit` finds.
--write puts the result into bench/issue_once.md. Exit status: 0 the promise held, 1 it did not.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field, frozen

from coupon_client import CannotTell, Mobile, NotReadable
from coupon_client.issue_once import wire_key
from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.sandbox.auth import password_hash
from coupon_contract.suite.problem import counted
from qa.issue_once_caller import SERIES, client_for, customer_id, journal_at
from qa.postgres import QUICK, running_postgres
from qa.with_sandbox import running_sandbox

PAGE = ROOT / "bench" / "issue_once.md"
AUTH = ("till.sandbox", password_hash("sandbox-password"))
COUNT = 2  # coupons of a key
CUTS = {25: 40, 75: 100, 100: 150}  # the size at which lists are cut, and the coupons that a customer has before
CUT = "cut at"  # where CannotTell is right
SETTLED = 0.95  # of the keys of other cells end in coupons or a refusal, without a person
SETTLE = 0.8  # seconds
DELAY = 300  # milliseconds that late commits and lagging lists take, within SETTLE
TOO_LATE = 2500  # milliseconds, beyond SETTLE
KILLS = 6  # kills of a caller before it may finish
CALLS_MOST, CALLS_CUT = 8, 2  # calls for a key without an outcome
CELL_SECONDS = 600.0

LOSS = {"operation": "issue", "error_rate": 0.5}
CALLS: dict[str, dict[str, Any]] = {
    "cut": {**LOSS, "failure": "half", "error_when": "after"},
    "lost before commit": {**LOSS, "failure": "lost", "error_when": "before"},
    "lost after commit": {**LOSS, "failure": "lost", "error_when": "after"},
    "late commit": {**LOSS, "failure": "lost", "error_when": "late", "late_ms": DELAY},
    "748": {**LOSS, "failure": "748", "error_when": "after"},
    "502": {**LOSS, "failure": "502", "error_when": "either"},
    "half a body": {**LOSS, "failure": "half", "error_when": "either"},
    "empty body": {**LOSS, "failure": "empty", "error_when": "after"},
    "killed before commit": {**LOSS, "error_rate": 1, "error_when": "late", "late_ms": DELAY, "times": 40},
    "killed during": {},
    "killed after commit": {"operation": "issue", "min_latency_ms": 250},
}
LISTS: dict[str, dict[str, Any]] = {
    "good": {},
    "lagging": {"lists": {"lag_ms": DELAY}},
    f"{CUT} 100": {"lists": {"rows": 100}},
    "upper case": {"lists": {"code_case": "UPPER"}},
    "foreign traffic": {"strangers": 1},
}
MORE_CUTS = {f"{CUT} {rows}": {"lists": {"rows": rows}} for rows in (25, 75)}
ONCE, BY_KEY, BY_LISTS = "issue_once", "reconcile by key", "reconcile by lists"
KILLING = "killed"
BROKEN = {"late commit beyond settle": {**LOSS, "failure": "lost", "error_when": "late", "late_ms": TOO_LATE}}


@frozen(eq=False)  # hashed by identity: it holds a dictionary
class Cell:
    """A combination of the matrix; `callers` processes work on the same keys."""

    calls: str
    lists: str
    callers: int
    journal: str
    hazards: dict[str, Any]
    way: str = ONCE

    @property
    def name(self) -> str:
        """The cell in words."""
        return f"{self.way} | {self.calls} | {self.lists} | {counted(self.callers, 'caller')} | {self.journal}"

    @property
    def held(self) -> int:
        """The number of coupons that each customer has before."""
        return CUTS[int(self.lists.removeprefix(CUT))] if self.lists.startswith(CUT) else 1


@define
class Result:
    """The counts of a cell. `too_many`, `foreign` and `false_none` must be 0."""

    keys: int = 0
    settled: int = 0
    cannot_tell: int = 0
    too_many: int = 0
    foreign: int = 0
    false_none: int = 0
    surplus_found: int = 0
    kills: int = 0
    troubles: list[str] = field(factory=list)


def cells() -> list[Cell]:
    """Return the matrix, and the rows that break the assumption."""
    matrix = [
        Cell(calls, lists, callers, journal, {**CALLS[calls], **LISTS[lists]})
        for calls, lists, callers, journal in product(CALLS, LISTS, (1, 3), ("SQLite", "PostgreSQL"))
    ]
    # Without a key, coupons of strangers cannot be told from the caller's own, who must not state that it is alone.
    single = [
        Cell(calls, lists, 1, "none", {**CALLS[calls], **hazards}, way)
        for way, calls, (lists, hazards) in product((BY_KEY, BY_LISTS), CALLS, {**LISTS, **MORE_CUTS}.items())
        if not calls.startswith(KILLING) and not (way == BY_LISTS and "strangers" in hazards)
    ]
    broken = [Cell(name, "good", 1, "SQLite", hazards) for name, hazards in BROKEN.items()]
    return matrix + single + broken


def mobile(number: int) -> str:
    """Return the mobile number of the customer of a key."""
    return f"1555{number:07d}"


def seed_text(customers: int) -> str:
    """Return a seed with one customer per key, and one for the check of keys."""
    names = 'first_name = ""\nlast_name = ""\nauto_update_time = "2024-08-20T09:57:15Z"\n'
    parts = ['tills = [{user = "till.sandbox", password = "sandbox-password"}]\n']
    parts += [
        f'[[customers]]\nid = {number + 1}\n{names}identifiers = {{mobile = "{mobile(number)}"}}\n'
        for number in range(customers + 1)
    ]
    parts.append(f'[[series]]\nid = {SERIES}\nstate = "ordinary"\n')
    return "\n".join(parts)


class Proof:
    """A sandbox for one cell, its callers, and the audit of their results."""

    def __init__(self, url: str, folder: Path, journal: str, chance: random.Random) -> None:
        self._url, self._folder, self._journal, self._chance = url, folder, journal, chance
        self._web = httpx.Client(base_url=url, auth=AUTH, timeout=30)

    def run(self, cell: Cell, keys: int) -> Result:
        """Run the cell with this many keys."""
        with self._web:
            return self._run(cell, keys)

    def _run(self, cell: Cell, keys: int) -> Result:
        number = iter(range(keys))
        same = {"way": cell.way, "count": COUNT, "calls": CALLS_CUT if cell.lists.startswith(CUT) else CALLS_MOST}
        jobs: list[dict[str, Any]] = [{"key": f"{cell.name} {n}", "mobile": mobile(n), **same} for n in number]
        asyncio.run(self._check_keys(keys))
        if cell.held > 1 or cell.way == BY_LISTS:
            for job in jobs:
                job["before"] = self._issue(job["mobile"], cell.held)
        self._web.put("/__sandbox/hazards", json=cell.hazards).raise_for_status()
        result = Result(keys)
        ends = self._call(cell, jobs, result)
        self._web.delete("/__sandbox/hazards").raise_for_status()
        time.sleep(TOO_LATE / 1000 if cell.calls in BROKEN else DELAY / 1000)
        for job in jobs:
            self._judge(job, [end for end in ends if end["key"] == job["key"]], result)
        if cell.calls in BROKEN:
            result.surplus_found = asyncio.run(self._audited(jobs))
        return result

    async def _check_keys(self, customer: int) -> None:
        async with client_for(self._url) as client:
            await client.check_keys(SERIES, Mobile(mobile(customer)), journal=journal_at(self._journal))

    def _issue(self, who: str, count: int) -> list[str]:
        body = {"seriesId": SERIES, "customer": {"mobile": who}, "count": count}
        answer = self._web.post(spec.ISSUE_PATH, json=body).raise_for_status()
        return [coupon["code"] for coupon in answer.json()["coupons"]]

    def _call(self, cell: Cell, jobs: list[dict[str, Any]], result: Result) -> list[dict[str, Any]]:
        """Let the callers work until every key has an outcome from each; kill them if the cell says so."""
        until = time.monotonic() + CELL_SECONDS
        ends: list[dict[str, Any]] = []
        callers = [Caller(self._url, self._journal, self._folder, nth, jobs) for nth in range(cell.callers)]
        for caller in callers:
            caller.start()
        while any(caller.running for caller in callers) and time.monotonic() < until:
            time.sleep(0.02)
            for caller in callers:
                caller.look(self._chance if cell.calls.startswith(KILLING) else None)
        for caller in callers:
            caller.end()
            ends += caller.ends()
            result.kills += caller.kills
            result.troubles += caller.troubles
        return ends

    def _judge(self, job: dict[str, Any], ends: list[dict[str, Any]], result: Result) -> None:
        """Compare what the callers of a key say with the coupons that carry it."""
        carried = {code.casefold() for code in self._carried(job)}
        result.too_many += len(carried) > job["count"]
        claimed = {code.casefold() for end in ends for code in end.get("codes", ())}
        result.foreign += bool(claimed - carried)
        result.false_none += bool(carried) and any(end["end"] == "refused" for end in ends)
        unknown = [end for end in ends if end["end"] == "cannot-tell"]
        result.cannot_tell += bool(unknown)
        result.settled += bool(ends) and not unknown
        complete = [end for end in ends if end["end"] == "issued" and not end["missing"]]
        if complete and len(carried) < job["count"]:
            result.troubles.append("a complete key has fewer coupons")
        result.troubles += [f"ended in {end['why']}" for end in ends if end["end"] == "failed"]

    def _carried(self, job: dict[str, Any]) -> Iterator[str]:
        """Return the codes of the customer's coupons that carry the job's key, by the sandbox's own read-back.

        Without a key, they are those that the customer did not have before.
        """
        customer = customer_id(job)
        query: dict[str, str | int] = {
            "issuedToIds": customer,
            "includeIssualDetails": "true",
            "coupon_code_case": "AS_IT_IS",
        }
        rows = self._web.get(spec.READ_BACK_PATH, params=query).raise_for_status().json()["data"]
        if job["way"] == BY_LISTS:
            return (row["code"] for row in rows if row["code"] not in job["before"])
        wire = wire_key(job["key"])
        return (row["code"] for row in rows if row["couponIssualDetails"].get("sourceId") == wire)

    async def _audited(self, jobs: list[dict[str, Any]]) -> int:
        """Return the number of keys that `audit` finds with a surplus."""
        surplus = 0
        async with client_for(self._url) as client:
            for job in jobs:
                try:
                    audit = await client.audit(job["key"], Mobile(job["mobile"]), journal=journal_at(self._journal))
                except (CannotTell, NotReadable):
                    continue
                surplus += bool(audit.surplus)
        return surplus


class Caller:
    """A child process that settles jobs, restarted after each kill until every job has an outcome."""

    def __init__(self, url: str, journal: str, folder: Path, number: int, jobs: list[dict[str, Any]]) -> None:
        self._url, self._journal, self._jobs = url, journal, jobs
        self._keys, self._ends = folder / f"keys-{number}.json", folder / f"ends-{number}.jsonl"
        self._ends.unlink(missing_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._kill_at = 0.0
        self.kills = 0
        self.running = False
        self.troubles: list[str] = []

    def start(self) -> None:
        """Start the process on the jobs without an outcome."""
        done = {end["key"] for end in self.ends()}
        left = [job for job in self._jobs if job["key"] not in done]
        self.running = bool(left)
        if not left:
            return
        self._keys.write_text(json.dumps(left), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "qa.issue_once_caller", self._url, self._journal]
        self._process = subprocess.Popen([*command, str(self._keys), str(self._ends), str(SETTLE)], cwd=ROOT)
        self._kill_at = 0.0

    def look(self, chance: random.Random | None) -> None:
        """Check whether the process ended; with `chance`, kill it at random moments, a number of times."""
        if self._process is None or not self.running:
            return
        status = self._process.poll()
        if status is not None:
            if status not in (0, -9):
                self.troubles.append(f"a caller ended with status {status}")
                self.running = False
                return
            self.start()
        elif chance is not None and self.kills < KILLS:
            now = time.monotonic()
            self._kill_at = self._kill_at or now + chance.uniform(0.3, 1.2)
            if now >= self._kill_at:
                self._process.kill()
                self._process.wait()
                self.kills += 1

    def end(self) -> None:
        """Stop the process if it still runs: the cell took too long."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self.troubles.append("a caller did not come to an end")

    def ends(self) -> list[dict[str, Any]]:
        """Return the outcomes so far; a line that a kill cut off is left out."""
        text = self._ends.read_text(encoding="utf-8") if self._ends.exists() else ""
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def main(arguments: Sequence[str]) -> int:
    """Run the proof."""
    parser = argparse.ArgumentParser(prog="python -m qa.issue_once", description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=10_000, help="keys in all cells together")
    parser.add_argument("--cell", default="", help="only cells whose name contains this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write the result into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    chosen = [cell for cell in cells() if options.cell in cell.name]
    keys_per_store = max(1, -(-options.keys // len(chosen)))
    results = dict(_results(chosen, keys_per_store, options.seed))
    print(text := page(results))
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 0 if all(holds(cell, result) for cell, result in results.items()) else 1


def _results(chosen: Sequence[Cell], keys: int, seed: int) -> Iterator[tuple[Cell, Result]]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    with ExitStack() as stack:
        databases = stack.enter_context(running_postgres(QUICK)) if any(c.journal != "SQLite" for c in chosen) else ""
        for place, cell in enumerate(chosen, 1):
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "seed.toml").write_text(seed_text(keys), encoding="utf-8")
                journal = str(folder / "journal.db") if cell.journal == "SQLite" else databases
                started = time.monotonic()
                with running_sandbox(["--seed", str(folder / "seed.toml")]) as url:
                    result = Proof(url, folder, journal, chance).run(cell, keys)
            verdict = "held" if holds(cell, result) else "BROKEN"
            print(f"[{place}/{len(chosen)}] {cell.name}: {verdict}, {time.monotonic() - started:.1f} s", flush=True)
            yield cell, result


def holds(cell: Cell, result: Result) -> bool:
    """Return True if the promise held; rows that break its assumption are only shown."""
    if cell.calls in BROKEN:
        return not result.foreign and not result.troubles
    settled = cell.lists.startswith(CUT) or result.settled >= SETTLED * result.keys
    return settled and not (result.too_many or result.foreign or result.false_none or result.troubles)


def page(results: dict[Cell, Result]) -> str:
    """Return the result as a page."""
    total = Result()
    lines = []
    for cell, result in results.items():
        if cell.calls not in BROKEN:
            for name in ("keys", "settled", "cannot_tell", "too_many", "foreign", "false_none", "kills"):
                setattr(total, name, getattr(total, name) + getattr(result, name))
        surplus = str(result.surplus_found) if cell.calls in BROKEN else ""
        counts = (result.keys, result.settled, result.too_many, result.foreign, result.false_none, result.kills)
        lines.append(
            f"| {cell.name} | {' | '.join(map(str, counts))} | {surplus} | {'; '.join(set(result.troubles))} |"
        )
    return (
        "# issue_once under faults\n\nWritten by `python -m qa.issue_once --write`.\n\n"
        f"{total.keys} keys, {total.kills} callers killed: {total.too_many} with too many coupons, {total.foreign}"
        f" with foreign codes claimed, {total.false_none} with a false refusal; {total.settled} settled,"
        f" {total.cannot_tell} cannot tell.\n\n"
        "| way | calls | lists | callers | journal | keys | settled | too many | foreign | false none | kills |"
        " audit finds | troubles |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
