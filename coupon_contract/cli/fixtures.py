"""Asks for fresh series before a run, as the target file's [fixtures] says: by a command, or by a POST to a URL.

Only `coupon-contract judge --fixtures` does so, never the suite itself, nor replay.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from coupon_contract import isolation
from coupon_contract.suite.target import Fixtures
from coupon_contract.suite.target_file import TargetError, load, with_series

MOST_SECONDS = 60
MOST_BYTES = 100_000
FORM = 'one JSON object of series by state, such as {"race-in-all": {"id": 50011, "left": 5}}'


@contextmanager
def fresh_series(argument: str) -> Iterator[str]:
    """Yield the name of a file with fresh series for a target. The file is deleted when the block ends.

    Raises TargetError if the target has no [fixtures], or their response cannot be used.
    """
    target = load(argument)
    if target.fixtures is None:
        raise TargetError(f'{argument}: fixtures: is missing; write [fixtures] with command = ["…"] or url = "…"')
    source = f"{argument}: fixtures"
    answer = (
        _of_url(target.fixtures, source)
        if target.fixtures.url
        else _of_command(target.fixtures, Path(argument).parent, source)
    )
    with_series(target, _table(answer, source), source)
    with TemporaryDirectory(prefix="coupon-contract-") as folder:
        file = Path(folder, "series.json")
        file.write_bytes(answer)
        yield str(file)


def _of_command(fixtures: Fixtures, folder: Path, source: str) -> bytes:
    try:
        ended = subprocess.run(
            fixtures.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=MOST_SECONDS,
            cwd=folder,
            env=isolation.given(os.environ),
            check=False,
        )
    except OSError as problem:
        raise TargetError(f"{source}.command: cannot be run ({problem.strerror})") from None
    except subprocess.TimeoutExpired:
        raise TargetError(f"{source}.command: did not end within {MOST_SECONDS} seconds") from None
    if ended.returncode:
        raise TargetError(f"{source}.command: ended with status {ended.returncode}")
    return ended.stdout


def _of_url(fixtures: Fixtures, source: str) -> bytes:
    try:
        response = httpx.post(fixtures.url, timeout=MOST_SECONDS, trust_env=False)
    except httpx.HTTPError as problem:
        raise TargetError(f"{source}.url: no response ({type(problem).__name__})") from None
    if not response.is_success:
        raise TargetError(f"{source}.url: answered with HTTP {response.status_code}")
    return response.content


def _table(answer: bytes, source: str) -> dict[str, Any]:
    try:
        table = json.loads(answer) if len(answer) <= MOST_BYTES else None
    except ValueError:
        table = None
    if not isinstance(table, dict):
        raise TargetError(f"{source}: unusable response; it must be {FORM}")
    return table
