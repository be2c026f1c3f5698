import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from coupon_contract.paths import ROOT
from coupon_contract.suite.budget import series_mentioned
from coupon_contract.suite.exchange import Request, Response, dumps
from coupon_contract.suite.plan import Allowance, Cost, OverPlan
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.states import STATES
from coupon_contract.suite.target import Series, Target
from coupon_contract.suite.transport import Forbidden, Transport
from tests.suite.conftest import fake_wire, response

RUNS = 10_000
Answering = Callable[[int], Response]


class CountingServer:
    """Issues what it is asked for, counts it, and answers as badly as `answering` likes.

    It takes an array of series, and issues as much from each.
    """

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.issued = 0

    @property
    def wire(self) -> Any:
        """What a gate sends on."""
        return fake_wire(lambda request: self.issue(request.body))

    def issue(self, content: bytes) -> Response:
        """Issue what a body asks for."""
        asked = re.search(rb'"count":\[?"?(\d+)', content)
        series = re.search(rb'"seriesId":\[([^\]]*)', content)
        issued = (max(1, int(asked[1])) if asked else 1) * (series[1].count(b",") + 1 if series else 1)
        self.issued += issued
        return self.answering(issued)


def coupons(count: int) -> list[dict[str, Any]]:
    return [{"code": f"A{number}", "couponId": number} for number in range(count)]


def right(issued: int) -> Response:
    return response({"coupons": coupons(issued), "errors": []})


def lying(issued: int) -> Response:
    return response({"errors": [{"status": False, "code": 677, "message": "no"}]})


def failing(issued: int) -> Response:
    return response(b"", 500)


def unusable(issued: int) -> Response:
    return response(b"<html>")


def limiting(issued: int) -> Response:
    return response(b"", 429, (("Retry-After", "0"),))


def redirecting(issued: int) -> Response:
    return response(b"", 307, (("Location", "http://127.0.0.1:1/v2/coupon/issue/multiple"),))


def silent(issued: int) -> Response:
    raise NotObserved("no response from the target, after the coupons were issued")


SERVERS: list[Answering] = [right, lying, failing, unusable, limiting, redirecting, silent]


def target(budget: int | None, disposable: bool = False) -> Target:
    return Target(
        name="counting",
        base_url="http://127.0.0.1:1",
        disposable=disposable,
        max_coupons=budget,
        auth={"till": ("till", "password")},
        expired_token=None,
        features=frozenset(),
        known=({"mobile": "1"},),
        unknown={},
        series={"ordinary": Series(STATES["ordinary"], 7)},
        deviations={},
    )


def any_request(dice: random.Random) -> Request:
    count: Any = dice.choice([1, 1, 2, 3, 5, 17, 50, 501, 0, -1, "2", "30", None, 2.0, [4]])
    body: dict[str, Any] = {"seriesId": dice.choice([7, 7, 7, [7], [7, 7, 7]]), "customer": {"mobile": "1"}}
    if dice.random() < 0.8:
        body["count"] = count
    text = dumps(body)
    return Request(body=text[:-1] if dice.random() < 0.1 else text)


def coupons_of_one_run(seed: int) -> tuple[int, int]:
    dice = random.Random(seed)  # noqa: S311 - a repeatable choice, not a secret
    budget = dice.randint(0, 50)
    server = CountingServer(dice.choice(SERVERS))
    transport = Transport(target(budget), server.wire)
    for _ in range(dice.randint(1, 30)):
        try:
            transport.send(any_request(dice))
        except NotObserved:
            continue
    return server.issued, budget


def test_no_run_issues_more_coupons_than_its_budget_whatever_the_server_answers() -> None:
    runs = [coupons_of_one_run(seed) for seed in range(RUNS)]

    assert not [run for run in runs if run[0] > run[1]]


def test_runs_do_spend_their_budget() -> None:
    assert sum(coupons_of_one_run(seed)[0] > 0 for seed in range(200)) > 100


def test_a_server_that_issues_more_than_it_is_asked_for_closes_the_gate() -> None:
    transport = Transport(target(50), CountingServer(lambda _: right(2)).wire)
    transport.send(Request(body=dumps({"seriesId": 7, "count": 1})))

    with pytest.raises(NotObserved, match="issues more than it is asked for"):
        transport.send(Request(body=dumps({"seriesId": 7, "count": 1})))


def test_a_series_that_the_target_file_does_not_name_is_refused_before_it_is_sent() -> None:
    server = CountingServer(right)
    transport = Transport(target(50), server.wire)

    with pytest.raises(Forbidden, match="series 8"):
        transport.send(Request(body=dumps({"seriesId": 8, "count": 1})))
    assert server.issued == 0


def test_a_disposable_target_may_be_asked_for_any_series() -> None:
    transport = Transport(target(None, disposable=True), CountingServer(right).wire)

    assert transport.send(Request(body=dumps({"seriesId": 8}))).response.status == 200


@pytest.mark.parametrize(
    ("body", "mentioned"),
    [
        (b'{"seriesId": 7}', {7}),
        (b'{"seriesId": [7, 8]}', {7, 8}),
        (b'{"seriesIds": "9"}', {9}),
        (b'{"seriesId": {"id": 7}}', set()),
        (b'{"seriesId": 7.5, "count": 3}', {7}),
        (b"seriesId=12&count=1", {12}),
        (b'{"count": 3}', set()),
    ],
)
def test_the_series_that_a_body_mentions_are_found(body: bytes, mentioned: set[int]) -> None:
    assert series_mentioned(Request(body=body)) >= mentioned


def test_a_test_that_sends_more_than_it_declares_is_stopped() -> None:
    transport = Transport(target(50), CountingServer(right).wire)
    transport.allowance = Allowance(Cost.declared(requests=1, coupons=1))
    transport.send(Request(body=dumps({"seriesId": 7})))

    with pytest.raises(OverPlan):
        transport.send(Request(body=dumps({"seriesId": 7})))


@contextmanager
def counting_over_http() -> Iterator[tuple[str, list[int]]]:
    """A server that issues whatever it is asked for and says that it refused; yields its address and the counts."""
    counts: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.endswith("/multiple"):
                counts.append(len(json.loads(CountingServer(right).issue(body).body)["coupons"]))
            answer = lying(0).body
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", counts
    finally:
        server.shutdown()
        server.server_close()


TARGET_FILE = """
name = "counting"
base_url = "{url}"
disposable = false
max_coupons = {budget}
[auth]
till = {{user = "till", password = "password"}}
[customers]
known = [{{mobile = "1"}}]
[series]
ordinary = 7
"""


@pytest.mark.parametrize(("budget", "seconds"), [(0, None), (13, None), (25, 1.2), (40, 1.4), (50, 1.6)])
def test_a_run_keeps_its_budget_also_when_it_is_killed(budget: int, seconds: float | None, tmp_path: Path) -> None:
    with counting_over_http() as (url, counts):
        (tmp_path / "target.toml").write_text(TARGET_FILE.format(url=url, budget=budget), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", str(ROOT / "contract_tests"), "--target", "target.toml"]
        command += ["-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
        run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, env=os.environ | {"COLUMNS": "200"})  # noqa: S603
        if seconds:
            time.sleep(seconds)
            run.send_signal(signal.SIGKILL)
        run.wait(60)

    assert sum(counts) <= budget
