"""Throws generated and broken requests at the sandbox: no 5xx, no stack trace, no memory that only grows.

    python -m qa.fuzz [--requests N] [--broken N] [--decoder SECONDS] [--seed N] [--write]

--requests are made by Schemathesis from the document, for all operations, valid and invalid; --broken are requests with
damaged bytes, on sockets of their own; --decoder lets atheris, which is installed for that, look for bodies that our
decoder does not survive. --write puts the result into bench/fuzz.md. Exit status: 0 all of it held, 1 it did not.
"""

import argparse
import random
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import requests
import schemathesis
from attrs import define, field
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from coupon_contract import spec
from coupon_contract.cli.sandbox_process import address_of, started_sandbox
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.progress import Progress
from coupon_contract.sandbox import load_seed
from coupon_contract.sandbox.auth import password_hash
from qa.commit import tested_commit
from qa.load import http_request, is_whole

PAGE = Path(__file__).parent.parent / "bench" / "fuzz.md"
ATHERIS = "atheris==3.0.0"  # the last version for Python 3.11
CHUNK = 500  # examples of one property; Hypothesis slows down with more
WARM = 0.1  # share of the requests before the first look at memory
MOST_GROWTH = 64.0  # MB that the sandbox may grow by afterwards
TIMEOUT = 60.0
BODIES = (
    b'{"seriesId": 415446, "count": 2, "customer": {"mobile": "11223569865"}, "metadata": {"notes": "a"}}',
    b'{"seriesId": 50020, "count": 2.0, "customer": {"externalId": "000003873472", "email": "a@b.c"}}',
)
STRANGERS = 10  # one request in so many has generated credentials
CREDENTIALS = ("Authorization", TOKEN_HEADER)
TRACES = (b"Traceback", b'File "/', b"site-packages")
TOKENS = (
    b"\0",
    b"\r\n",
    b"\r\n\r\n",
    b'"',
    b"\\",
    b"{",
    b"[" * 70,
    b"]",
    b"1e999",
    b"-",
    b"9" * 50,
    b"\xff",
    b"\\ud800",
)


@define
class Findings:
    """The responses, counted, and every problem in them."""

    statuses: Counter[str] = field(factory=Counter)
    troubles: Counter[str] = field(factory=Counter)
    memory: list[float] = field(factory=list)

    def see(self, status: int | None, body: bytes) -> None:
        """Check a response; None stands for a connection that was closed without one."""
        self.statuses[str(status or "closed")] += 1
        if status is not None and status >= 500:
            self.troubles[f"HTTP {status}"] += 1
        if any(trace in body for trace in TRACES):
            self.troubles["a stack trace in a response"] += 1

    @property
    def sent(self) -> int:
        """The number of requests so far."""
        return self.statuses.total()

    @property
    def growth(self) -> float:
        """The growth of memory after the first look, in MB."""
        return max(self.memory) - self.memory[0] if self.memory else 0.0


def credentials() -> tuple[str, str]:
    """Return a till that may issue."""
    till = load_seed().tills[0]
    return till.user, password_hash(till.password)


def resident(pid: int) -> float:
    """Return the memory of a process, in MB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class Till(requests.auth.HTTPBasicAuth):
    """The credentials of a till, for requests without any."""

    def __call__(self, request: Any) -> Any:
        if "Authorization" not in request.headers:
            request = super().__call__(request)
        return request


# --- from the document ----------------------------------------------------------------------------------------------


def generated(url: str, amount: int, start: int, findings: Findings, look: Callable[[], None]) -> None:
    """Send `amount` requests that Schemathesis generates, in chunks with their own seeds."""
    document = schemathesis.openapi.from_path(spec.DOCUMENT)
    operations = [(path, method) for path in document for method in document[path]]
    with requests.Session() as session:
        session.auth = Till(*credentials())
        number, before = start, findings.sent
        while findings.sent - before < amount:
            path, method = operations[number % len(operations)]
            mode = GenerationMode.NEGATIVE if number % 2 else GenerationMode.POSITIVE
            strategy = document[path][method].as_strategy(generation_mode=mode)
            probe(strategy, session, url, number, min(CHUNK, amount - (findings.sent - before)), findings)
            number += 1
            look()


def probe(strategy: Any, session: requests.Session, url: str, number: int, amount: int, findings: Findings) -> None:
    """Send one chunk."""

    @seed(number)
    @settings(
        max_examples=amount,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def send(case: Any) -> None:
        arguments = case.as_transport_kwargs(base_url=url)
        for name in () if findings.sent % STRANGERS == 0 else CREDENTIALS:  # most requests should pass authentication
            arguments["headers"].pop(name, None)
        try:
            answer = session.request(**arguments, timeout=TIMEOUT, allow_redirects=False)
        except requests.ConnectionError:
            findings.see(None, b"")
        else:
            findings.see(answer.status_code, answer.content)

    send()


# --- broken bytes ---------------------------------------------------------------------------------------------------


def broken(url: str, amount: int, chance: random.Random, findings: Findings, look: Callable[[], None]) -> None:
    """Send requests with damaged bytes, each on its own connection."""
    whole = whole_requests()
    where = httpx.URL(url)
    for number in range(amount):
        findings.see(*answer_to(damaged(chance.choice(whole), chance), where.host, where.port or 0))
        if number % CHUNK == 0:
            look()


def whole_requests() -> list[bytes]:
    """Return a valid request for every operation."""
    user, password = credentials()
    headers = {"Host": "x", "Connection": "close", "Content-Type": "application/json"}
    headers["Authorization"] = requests.auth._basic_auth_str(user, password)
    read = f"GET {spec.READ_BACK_PATH}?couponIds=1&couponIds=2&issuedToIds=555567088&couponCodes=a HTTP/1.1\r\n"
    header_lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return [
        *(http_request(spec.ISSUE_PATH, headers, body) for body in BODIES),
        http_request(spec.TOKEN_PATH, headers, b'{"key": "sandbox-key", "secret": "sandbox-secret"}'),
        f"{read}{header_lines}\r\n".encode(),
    ]


def damaged(request: bytes, chance: random.Random) -> bytes:
    """Return the request with a few places changed, doubled, dropped or filled with odd bytes."""
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(request) + 1)
        end = min(len(request), place + chance.choice((0, 1, 1, 8, 64)))
        piece = request[place:end]
        put = chance.choice((b"", piece * 2, chance.choice(TOKENS), chance.randbytes(chance.randint(1, 8))))
        request = request[:place] + put + request[end:]
    return request


def answer_to(request: bytes, host: str, port: int) -> tuple[int | None, bytes]:
    """Return status and bytes of the first response; None when the connection is closed without one."""
    received = b""
    with socket.create_connection((host, port), TIMEOUT) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while not is_whole(received) and (piece := connection.recv(65536)):
                received += piece
        except OSError:
            pass
    status = received.removeprefix(b"HTTP/1.1 ")[:3]
    return (int(status) if status.isdigit() else None), received


# --- the decoder ----------------------------------------------------------------------------------------------------


def decoder(seconds: int) -> list[str]:
    """Return the bodies that crash our decoder, as found by atheris in that time. Installs atheris."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder]
        subprocess.run([*pip, ATHERIS], check=True)
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, body in enumerate(BODIES):
            (corpus / str(number)).write_bytes(body)
        limits = [f"-max_total_time={seconds}", "-max_len=4096"]
        command = [sys.executable, "-m", "qa.fuzz_decoder", folder, str(corpus), *limits]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    log = [line for line in lines if line.startswith(("Done", "#")) or "Exception" in line or "ERROR" in line]
    return log[-3:] if done.returncode == 0 else ["the decoder fell", *log[-12:], *lines[-12:]]


# --- all of it ------------------------------------------------------------------------------------------------------


def fuzz(options: argparse.Namespace) -> Findings:
    """Send everything to a sandbox of our own."""
    findings = Findings()
    with started_sandbox() as process:
        url = address_of(process)
        warm = WARM * (options.requests + options.broken)

        def look() -> None:
            if findings.sent >= warm:
                findings.memory.append(resident(process.pid))
            step.advance(f"requests, {sum(findings.troubles.values())} troubles", by=findings.sent - step.done)

        with Progress("fuzz").step("sent", total=options.requests + options.broken) as step:
            broken(url, options.broken, random.Random(options.seed), findings, look)  # noqa: S311 - no secrets
            generated(url, options.requests, options.seed, findings, look)
            look()
        findings.see(*answer_to(whole_requests()[0], "127.0.0.1", httpx.URL(url).port or 0))
        if process.poll() is not None:
            findings.troubles["the sandbox ended"] += 1
    if findings.growth > MOST_GROWTH:
        findings.troubles[f"memory grew by more than {MOST_GROWTH:.0f} MB"] += 1
    return findings


def page(options: argparse.Namespace, findings: Findings, decoded: Sequence[str], seconds: float, commit: str) -> str:
    """Return bench/fuzz.md."""
    lines = [
        "# Fuzzed requests",
        "",
        f"Written by `python -m qa.fuzz --write` at commit {commit} with the seed {options.seed},",
        f"in {seconds:.0f} seconds:",
        f"{options.requests} requests made by Schemathesis from the document, for all operations, half of them meant",
        f"to be invalid, and {options.broken} with damaged bytes, all to one sandbox.",
        "",
        "| answer | requests |",
        "|---|---|",
        *(f"| {status} | {times} |" for status, times in sorted(findings.statuses.items())),
        "",
        f"Troubles: {', '.join(f'{times} times {name}' for name, times in findings.troubles.items()) or 'none'}.",
    ]
    if findings.memory:
        first, most, last = findings.memory[0], max(findings.memory), findings.memory[-1]
        figures = f"{first:.0f} MB after the first tenth, then at most {most:.0f} MB, {last:.0f} MB at the end"
        lines += ["", f"Memory of the sandbox: {figures}."]
    if decoded:
        lines += ["", f"{ATHERIS} on the decoder for {options.decoder} seconds:", "", "```", *decoded, "```"]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, print the result, and write the page with --write."""
    options = parser().parse_args(arguments)
    warnings.simplefilter("ignore")  # Schemathesis warns about its own requests
    start, commit = time.monotonic(), tested_commit()
    findings = fuzz(options)
    decoded = decoder(options.decoder) if options.decoder else []
    text = page(options, findings, decoded, time.monotonic() - start, commit)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    return 1 if findings.troubles or decoded[:1] == ["the decoder fell"] else 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").partition("\n")[0])
    cli.add_argument("--requests", type=int, default=20_000, metavar="N", help="generated ones (default: 20000)")
    cli.add_argument("--broken", type=int, default=80_000, metavar="N", help="damaged ones (default: 80000)")
    cli.add_argument("--decoder", type=int, default=0, metavar="SECONDS", help="of atheris (default: none)")
    cli.add_argument("--seed", type=int, default=1, metavar="N", help="of what is random (default: 1)")
    cli.add_argument("--write", action="store_true", help="write bench/fuzz.md")
    return cli


if __name__ == "__main__":
    sys.exit(main())
