"""The calls for every program: new sandboxes (calls.toml), the vectors, and two responses that never arrive."""

import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

from coupon_contract import spec
from coupon_contract.cli.program import named
from coupon_contract.cli.vector_player import server
from coupon_contract.sandbox.auth import password_hash
from coupon_contract.sandbox.seed import load_seed
from interop.program import Call
from qa.with_sandbox import running_sandbox
from scripts import vectors

Json = Any
CALLS = Path(__file__).with_name("calls.toml")
TIMEOUT_MS = 10_000
IMPATIENT_MS = 300
LATE_SECONDS = 2.0
NO_ANSWER = "no-answer"
LATE_ANSWER = "late-answer"


@contextmanager
def sandbox_calls() -> Iterator[list[Call]]:
    """Yield the calls of calls.toml while their sandboxes run; every sandbox is new."""
    seed = load_seed()
    passwords = {till.user: password_hash(till.password) for till in seed.tills}
    user = next(till.user for till in seed.tills if till.access)
    calls = []
    with ExitStack() as sandboxes:
        for group in tomllib.loads(CALLS.read_text(encoding="utf-8"))["sandbox"]:
            url = sandboxes.enter_context(running_sandbox(group["arguments"]))
            for entry in group["calls"]:
                who = {"user": entry.get("user", user)}
                who["password"] = entry.get("password", passwords.get(who["user"], ""))
                calls.append(Call(entry["name"], _input(url, entry["request"]) | who, entry["right"]))
        yield calls


def _input(url: str, request: Json, timeout_ms: int = TIMEOUT_MS) -> dict[str, Json]:
    return {"url": url, "user": "till", "password": "", "timeoutMs": timeout_ms, "request": request}


@contextmanager
def vector_calls() -> Iterator[tuple[list[Call], Counter[str]]]:
    """Yield the decoding vectors as calls of a player, and a count of the arrived calls by name."""
    decoding, seen = vectors.decoding(), Counter[str]()
    names = {vector["id"]: vector["name"] for vector in decoding}
    with server(decoding) as player:
        player.RequestHandlerClass = _counting(player.RequestHandlerClass, names, seen)
        thread = Thread(target=player.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{player.server_port}"
        try:
            yield [*(_vector_call(url, vector) for vector in decoding), *_silent_calls(url, decoding[0])], seen
        finally:
            player.shutdown()
            thread.join()


def _vector_call(url: str, vector: Json) -> Call:
    expected = {"end": vector["end"]} | named(vector)
    return Call(vector["name"], _input(f"{url}/{vector['id']}", vector["request"]), expected)


def _silent_calls(url: str, vector: Json) -> list[Call]:
    right = {"end": "outcome-unknown"}
    return [
        Call(NO_ANSWER, _input(f"{url}/{NO_ANSWER}", vector["request"]), right),
        Call(LATE_ANSWER, _input(f"{url}/{LATE_ANSWER}", vector["request"], IMPATIENT_MS), right),
    ]


def _counting(player: Any, names: dict[str, str], seen: Counter[str]) -> type[BaseHTTPRequestHandler]:
    """Return the player's handler, which also counts calls and has two more endings: no response, and a late one."""

    class Counting(player):  # type: ignore[misc]
        def do_POST(self) -> None:
            id = self.path.removesuffix(spec.ISSUE_PATH).strip("/")
            seen[names.get(id, id)] += 1
            if id == NO_ANSWER:
                self.close_connection = True
                return
            if id == LATE_ANSWER:
                time.sleep(LATE_SECONDS)
            with suppress(ConnectionError):  # the client has given up before a late response
                super().do_POST()

    return Counting


def external_id_calls() -> list[Call]:
    """Return the pairs of external ids, for the comparison of each program."""
    return [
        Call(
            f"{pair['left']} and {pair['right']}",
            {"left": pair["left"], "right": pair["right"]},
            {"same": pair["same"]},
        )
        for pair in vectors.external_ids()
    ]


def sent_again(calls: Sequence[Call], seen: Counter[str]) -> list[str]:
    """Return a line for each call that did not arrive exactly once: a client never sends twice."""
    return [f"{call.name}: arrived {seen[call.name]} times" for call in calls if seen[call.name] != 1]
