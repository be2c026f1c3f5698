"""Starts the judged program for a case, and reads its output and its report."""

import base64
import hashlib
import json
import os
import secrets
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from attrs import field, frozen

from coupon_contract import isolation, paths
from coupon_contract.caller.cases import Case
from coupon_contract.caller.issue_record import IssueRecord, Rehearsal
from coupon_contract.caller.output import Output
from coupon_contract.caller.server import UNKNOWN, Server

Json = Any
SCHEMA = paths.SPEC / "caller-report.schema.json"
LARGEST_OUTPUT = 1_000_000  # bytes that are looked at, of standard output and standard error each
MOBILE = "11223569865"
SERIES = 415446
USER = "till.judge"


@frozen
class Job:
    """The task of the program: coupons to issue, time limit in seconds, and password."""

    count: int = 2
    limit: float = 20.0
    password: str = field(factory=lambda: f"Pw-{secrets.token_hex(12)}", repr=False)

    def environment(self, url: str, key: str, state: Path) -> dict[str, str]:
        """Return the environment variables of the program (docs/judge-callers.md)."""
        return {
            "COUPON_URL": url,
            "COUPON_USER": USER,
            "COUPON_PASSWORD": self.password,
            "COUPON_SERIES": str(SERIES),
            "COUPON_MOBILE": MOBILE,
            "COUPON_COUNT": str(self.count),
            "COUPON_KEY": key,
            "COUPON_STATE": str(state),
            "COUPON_TIME_LIMIT": f"{self.limit:g}",
        }

    def secrets(self) -> tuple[bytes, ...]:
        """Return the texts that no output may hold: the password, its digest, and both as Basic credentials."""
        digest = hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()
        basic = [base64.b64encode(f"{USER}:{value}".encode()) for value in (self.password, digest)]
        return (self.password.encode(), digest.encode(), *basic)


@frozen
class Report:
    """The report of a program: one of the ends of the schema, and its codes; `flaw` says why it is not a report."""

    end: str
    codes: tuple[str, ...] = ()
    flaw: str = ""


@frozen
class CaseResult:
    """The result of a case. `report` is None for a program that did not report.

    `exit_status` and `report` are those of the last start; the status of a killed program is its signal, negative.
    `outputs` are the ends of what each start printed.
    """

    case: Case
    record: IssueRecord
    report: Report | None
    in_time: bool
    secret_shown: bool
    seconds: float
    exit_status: int
    outputs: tuple[Output, ...] = field(repr=False)


@frozen
class _Start:
    """A start that is over. `in_time` is False if the program ran into its time limit, and was killed."""

    stdout: bytes
    stderr: bytes
    seconds: float
    in_time: bool
    exit_status: int


def run_case(command: Sequence[str], case: Case, job: Job, run_id: str, rehearsal: Rehearsal = UNKNOWN) -> CaseResult:
    """Start the program for a case, some cases twice. Raises OSError if it cannot be started."""
    key = f"judge-{run_id}-{hashlib.sha256(case.id.encode()).hexdigest()[:12]}"  # of one length, as requests are
    first: Future[subprocess.Popen[bytes]] = Future()
    killed = threading.Event()

    def kill() -> None:
        killed.set()  # before the kill, which lets the thread that started the program go on
        _kill(first.result())

    with tempfile.TemporaryDirectory(prefix="coupon-contract-caller-", ignore_cleanup_errors=True) as state:
        with Server(case, MOBILE, job.limit, rehearsal, kill) as server:
            environment = {**isolation.given(os.environ), **job.environment(server.url, key, Path(state))}
            starts = [_start(command, environment, job, first.set_result)]
            if case.restart or killed.is_set():
                starts.append(_start(command, environment, job))
        record = server.record
    shown = any(
        secret in output for secret in job.secrets() for start in starts for output in (start.stdout, start.stderr)
    )
    in_time, seconds = all(start.in_time for start in starts), max(start.seconds for start in starts)
    last, outputs = starts[-1], tuple(_outputs(starts))
    return CaseResult(case, record, report_in(last.stdout), in_time, shown, seconds, last.exit_status, outputs)


def _outputs(starts: Sequence[_Start]) -> Iterator[Output]:
    """Yield the streams of each start, named after it where there are two."""
    for number, start in enumerate(starts, 1):
        which = f" of start {number}" if len(starts) > 1 else ""
        yield Output.of(f"standard output{which}", start.stdout)
        yield Output.of(f"standard error{which}", start.stderr)


def _start(
    command: Sequence[str],
    environment: dict[str, str],
    job: Job,
    on_start: Callable[["subprocess.Popen[bytes]"], None] = lambda _: None,
) -> _Start:
    """Start the program and wait for its end, or kill it at its time limit."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
        )
        on_start(process)
        try:
            process.wait(job.limit)
            in_time = True
        except subprocess.TimeoutExpired:
            in_time = False
        finally:
            _kill(process)  # and what it started
            exit_status = process.wait()
        seconds = time.monotonic() - begin
        for file in (stdout, stderr):
            file.seek(0)
        output = stdout.read(LARGEST_OUTPUT), stderr.read(LARGEST_OUTPUT)
        return _Start(*output, seconds, in_time, exit_status)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def report_in(stdout: bytes) -> Report | None:
    """Return the report in an output: its last line that is a JSON object with `end`; None without one."""
    for line in reversed(stdout.splitlines()):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and "end" in value:
            flaw = next(iter(_schema().iter_errors(value)), None)
            if flaw is not None:
                return Report("unknown", flaw="/".join(map(str, flaw.instance_path)) or "the line")
            return Report(value["end"], tuple(value.get("codes", ())))
    return None


@cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), mask="the value")
