"""One caller of the proof `qa.issue_once`: issues for each key of a file, and writes each end as a JSON line.

    python -m qa.issue_once_caller URL JOURNAL KEYS ENDS SETTLE

JOURNAL is a path or a PostgreSQL URL. KEYS holds a JSON list of {"key", "mobile", "count", "way", "calls"}; `calls` is
how often a key without an outcome is called again. ENDS is appended to, so that the parent may kill this process at any
moment. Exit status 0 once every key has an end.
"""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coupon_client import (
    AsyncCouponClient,
    CannotTell,
    CouponClientError,
    Journal,
    Mobile,
    NothingIssued,
    NotIssued,
    NotReadable,
    OutcomeUnknown,
    PostgresJournal,
    Refused,
    SqliteJournal,
    TillAuth,
    Timeouts,
    WereIssued,
)

SERIES = 415446
TOGETHER = 16  # keys at a time
TIMEOUTS = Timeouts(connect=1.0, read=1.0, total=1.0)
AUTH = TillAuth("till.sandbox", "sandbox-password")


def journal_at(place: str) -> Journal:
    """Return the journal at a path or URL."""
    return PostgresJournal(place) if place.startswith("postgresql://") else SqliteJournal(place)


def client_for(url: str) -> AsyncCouponClient:
    """Return the client of a caller."""
    return AsyncCouponClient(url, AUTH, timeouts=TIMEOUTS)


async def settled(client: AsyncCouponClient, journal: Journal, job: dict[str, Any], settle: float) -> dict[str, Any]:
    """Call with the same key until it is settled, as the documentation says. Return the outcome."""
    why = ""
    for _ in range(job["calls"]):
        try:
            result = await client.issue_once(
                job["key"], SERIES, Mobile(job["mobile"]), job["count"], journal=journal, settle=settle, patience=120
            )
        except Refused as error:
            return {"end": "refused", "code": error.code}
        except (CannotTell, OutcomeUnknown) as error:
            why = str(error)
        except NothingIssued as error:
            why = f"{type(error).__name__}"
        except CouponClientError as error:
            return {"end": "failed", "why": type(error).__name__}
        else:
            return {"end": "issued", "codes": result.codes, "missing": result.missing}
    return {"end": "cannot-tell", "why": why}


async def reconciled(client: AsyncCouponClient, job: dict[str, Any], settle: float) -> dict[str, Any]:
    """Call once, with the key or without, and reconcile an unknown outcome. Return the outcome."""
    by_key = job["way"] == "reconcile by key"
    try:
        before = None if by_key else await client.read_back(customer_id(job))
        issued = await client.issue(SERIES, Mobile(job["mobile"]), job["count"], key=job["key"] if by_key else None)
    except NotReadable:
        return {"end": "cannot-tell", "why": "no list before the call"}
    except NothingIssued:
        return {"end": "refused"}
    except OutcomeUnknown as unknown:
        # The series gives every coupon a code of its own, and without a key nobody else issues.
        match await client.reconcile(unknown, before=before, settle=settle, generic=False, exclusive=not by_key):
            case WereIssued(codes, missing):
                return {"end": "issued", "codes": codes, "missing": missing}
            case NotIssued():
                return {"end": "refused"}
            case CannotTell(why):
                return {"end": "cannot-tell", "why": why}
    return {"end": "issued", "codes": issued.codes, "missing": issued.missing}


def customer_id(job: dict[str, Any]) -> int:
    """Return the id of a job's customer in the proof's seed."""
    return int(job["mobile"][4:]) + 1


async def call(url: str, place: str, jobs: list[dict[str, Any]], ends: Path, settle: float) -> None:
    """Settle every job, several at a time."""
    journal, turn = journal_at(place), asyncio.Semaphore(TOGETHER)
    with ends.open("ab", buffering=0) as file:
        async with client_for(url) as client:

            async def run_job(job: dict[str, Any]) -> None:
                async with turn:
                    once = job["way"] == "issue_once"
                    end = await (settled(client, journal, job, settle) if once else reconciled(client, job, settle))
                    file.write(json.dumps({"key": job["key"], **end}).encode() + b"\n")

            await asyncio.gather(*map(run_job, jobs))


def main(arguments: Sequence[str]) -> int:
    """Run the caller."""
    url, place, keys, ends, settle = arguments
    jobs = json.loads(Path(keys).read_text(encoding="utf-8"))
    asyncio.run(call(url, place, jobs, Path(ends), float(settle)))
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # threads of journals that still wait must not keep the parent waiting
