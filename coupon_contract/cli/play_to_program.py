"""Plays vectors for clients to a program, and says what it gets wrong: coupon-contract play-vectors FILE -- PROGRAM.

The program reads calls from standard input, one JSON object a line, and prints a report for each (docs/vectors.md).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

from attrs import frozen

from coupon_contract import terminal
from coupon_contract.cli.program import Call, ProgramFailed, ask, judge, named
from coupon_contract.cli.vector_player import server
from coupon_contract.suite.problem import counted

Json = Any
TIMEOUT_MS = 10_000
SECONDS_IN_ALL = 600.0
RIGHT, WRONG, COULD_NOT = 0, 1, 3


@frozen
class Played:
    """A vector as a call, and the other ends that lose no money."""

    call: Call
    safe: Sequence[str] = ()
    cut: bool = False


def decoding(vectors: Sequence[Json], command: Sequence[str]) -> int:
    """Play the responses, print what is wrong, and return the exit status: 0 right, 1 wrong, 3 the program failed."""
    with _playing(vectors) as (address, arrived):
        played = [_response(address, vector) for vector in vectors]
        return _judged(played, command, lambda: _arrivals(vectors, arrived))


def external_ids(pairs: Sequence[Json], command: Sequence[str]) -> int:
    """Ask for each pair whether it is the same external id, and return the exit status in the same way."""
    told = [({key: pair[key] for key in ("left", "right")}, {"same": pair["same"]}) for pair in pairs]
    calls = [Call(f"{given['left']!r} and {given['right']!r}", given, best) for given, best in told]
    return _judged([Played(call) for call in calls], command, list)


@contextmanager
def _playing(vectors: Sequence[Json]) -> Iterator[tuple[str, Counter[str]]]:
    arrived = Counter[str]()
    with server(vectors, arrived=arrived) as player:
        thread = Thread(target=player.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{player.server_port}", arrived
        finally:
            player.shutdown()
            thread.join()


def _response(address: str, vector: Json) -> Played:
    told = {"url": f"{address}/{vector['id']}", "user": "till", "password": "", "timeoutMs": TIMEOUT_MS}
    call = Call(vector["id"], told | {"request": vector["request"]}, {"end": vector["end"]} | named(vector))
    return Played(call, vector["safe"], "cut" in vector["answer"])


def _judged(played: Sequence[Played], command: Sequence[str], further: Callable[[], Sequence[str]]) -> int:
    try:
        reports = ask(command, [one.call for one in played], SECONDS_IN_ALL)
    except ProgramFailed as problem:
        terminal.write_error(f"play-vectors: {command[0]}: {problem}")
        return COULD_NOT
    problems, notes = [], []
    for one in played:
        report = reports.get(one.call.name)
        wrong = judge(_asked(one, report), report).problem
        if wrong and report and report.get("end") in one.safe:
            notes.append(f"{one.call.name}: {report['end']} is safe; {one.call.best['end']} is better")
        elif wrong:
            problems.append(wrong)
    summary = f"{counted(len(played), 'vector')}: {len(played) - len(problems) - len(notes)} right, {len(notes)} safe"
    again = further()
    for line in [*(f"safe   {note}" for note in notes), *(f"WRONG  {problem}" for problem in [*problems, *again])]:
        terminal.write(line)
    terminal.write(f"{summary}, {len(problems)} wrong" + (f", {len(again)} not sent once" if again else ""))
    return WRONG if problems or again else RIGHT


def _asked(one: Played, report: Json) -> Call:
    """Return the call; of a body that is cut off, some HTTP libraries hand over nothing, so that there are no codes."""
    if not one.cut or not report or report.get("codes"):
        return one.call
    return Call(one.call.name, one.call.input, {key: value for key, value in one.call.best.items() if key != "codes"})


def _arrivals(vectors: Sequence[Json], arrived: Mapping[str, int]) -> list[str]:
    """Return a line for each vector whose call did not arrive once, and for requests that went elsewhere."""
    times = {vector["id"]: arrived.get(vector["id"], 0) for vector in vectors}
    lines = [f"{id}: arrived {counted(number, 'time')}" for id, number in times.items() if number != 1]
    elsewhere = sum(arrived.values()) - sum(times.values())
    return lines + ([f"{counted(elsewhere, 'request')} to other paths: a redirect was followed"] if elsewhere else [])
