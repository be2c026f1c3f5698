"""Load: what it sends, what it adds up, and that no number of workers exceeds the budget."""

import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

from bench.traffic import Tally, report, requests, share
from coupon_contract.paths import ROOT
from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.exchange import Exchange, Request, Response, dumps, loads
from coupon_contract.suite.oracle import Oracle
from coupon_contract.suite.states import REFUSING
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_file import load
from qa.with_sandbox import running_sandbox

LOCUST = [str(Path(sys.executable).parent / "locust"), "-f", str(ROOT / "bench" / "locustfile.py")]
DEADLINE = 90  # seconds
SANDBOX = load("http://127.0.0.1:1")
LIMITED = evolve(SANDBOX, max_coupons=100)
COUPON = {"couponId": 5, "code": "A"}


@pytest.mark.parametrize(("budget", "workers"), [(0, 3), (1, 3), (7, 3), (61, 2), (1000, 7)])
def test_the_parts_of_a_budget_add_up_to_it(budget: int, workers: int) -> None:
    parts = [share(budget, workers, place) or 0 for place in range(workers)]

    assert sum(parts) == budget
    assert max(parts) - min(parts) <= 1


def test_no_budget_has_no_parts() -> None:
    assert share(None, 3, 0) is None


def sent(target: Target, coupons: int = 2) -> list[tuple[str, Request]]:
    return list(islice(requests(target, coupons, random.Random(1)), 400))  # noqa: S311 - no secret


def test_every_state_that_the_target_has_is_asked_for() -> None:
    names = {name for name, _ in sent(SANDBOX)}

    assert names >= {"ordinary", "too-many", "limited-per-customer", "one-per-customer", *REFUSING}


def test_no_request_costs_a_budget_more_than_what_it_may_issue() -> None:
    assert max(most_coupons(request) for _, request in sent(LIMITED)) == 2


def test_only_series_of_the_target_are_asked_for() -> None:
    known = {series.id for series in SANDBOX.series.values()}

    assert {loads(request.body)["seriesId"] for _, request in sent(SANDBOX)} <= known


def exchange(state: str, coupons: list[Any], customer: int = 0) -> Exchange:
    body = {"seriesId": SANDBOX.series[state].id, "customer": dict(SANDBOX.known[customer])}
    answer = Response(200, (("Content-Type", "application/json"),), dumps({"coupons": coupons, "errors": []}))
    return Exchange(1, Request(body=dumps(body)), answer)


def tally(*exchanges: Exchange) -> Tally:
    """What one worker saw."""
    found, oracle = Tally(), Oracle(SANDBOX)
    for one in exchanges:
        answer, findings = oracle.judge(one)
        found.note(answer, findings, SANDBOX)
    return found


def together(*tallies: Tally) -> list[str]:
    """What a master finds over-issued, from what workers sent it."""
    total = Tally()
    for one in tallies:
        total.add(Tally.of_message(one.as_message()))
    return total.over_issued(SANDBOX)


def some(count: int, first: int) -> list[Any]:
    return [{"couponId": first + nth, "code": f"C{first + nth}"} for nth in range(count)]


def test_a_coupon_that_two_workers_were_given_is_found() -> None:
    one, other = (tally(exchange("ordinary", [COUPON])) for _ in range(2))

    assert together(one, other) == ["2 coupon ids or codes were given twice"]


def test_one_code_of_a_generic_series_is_right() -> None:
    one, other = (tally(exchange("generic", [{"couponId": nth, "code": "SAME"}])) for nth in range(2))

    assert together(one, other) == []


@pytest.mark.parametrize(
    ("state", "limit"), [("limited-per-customer", 5), ("one-per-customer", 1), ("few-codes-left", 3)]
)
def test_a_limit_that_workers_exceed_together_is_found(state: str, limit: int) -> None:
    within = [tally(exchange(state, some(1, nth))) for nth in range(limit)]
    beyond = tally(exchange(state, some(1, 100)))

    assert together(*within) == []
    assert together(*within, beyond) == [f"{state}: {limit + 1} coupons, limit {limit}"]


def test_customers_have_a_limit_each() -> None:
    assert together(*(tally(exchange("one-per-customer", some(1, nth), nth)) for nth in range(3))) == []


def test_a_message_holds_no_coupon_code_and_no_customer() -> None:
    message = str(tally(exchange("ordinary", [{"couponId": 1237263304, "code": "SECRET"}])).as_message())

    assert not re.search("SECRET|1237263304|" + "|".join(SANDBOX.known[0].values()), message)


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (Tally(), 3),
        (Tally(answers=Counter({"coupons": 1})), 0),
        (Tally(answers=Counter({"coupons": 1}), violated=Counter({"x: y": 1})), 1),
        (Tally(answers=Counter({"coupons": 1}), seen=Counter({"hash": 2})), 1),
    ],
)
def test_the_exit_status_tells_the_truth(seen: Tally, status: int) -> None:
    assert report(seen, SANDBOX, None, 0)[1] == status


# --- with Locust ------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [*LOCUST, "--headless", "--only-summary", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)  # noqa: S603


def test_a_run_against_the_sandbox_finds_every_answer_right() -> None:
    with running_sandbox() as url:
        done = run("--target", url, "-u", "4", "-r", "4", "-t", "3s")
        issued = sum(one["issued"] for one in httpx.get(f"{url}/__sandbox/series").json()["data"])

    assert done.returncode == 0, done.stdout + done.stderr
    assert "every response was right" in done.stdout
    assert f"coupons issued: {issued - 1995};" in done.stdout  # the seed counts 1995 as issued before


def test_a_run_against_a_fault_fails_and_names_the_clause() -> None:
    with running_sandbox(["--fault", "coupon-id-as-text"]) as url:
        done = run("--target", url, "-u", "2", "-r", "2", "-t", "3s")

    assert done.returncode == 1
    assert re.search(r"VIOLATED: \d+ times coupon-shape: ", done.stdout)


TARGET = """
name = "limited"
base_url = "{url}"
disposable = false
max_coupons = 41
auth = {{till = {{user = "till.sandbox", password = "sandbox-password"}}}}
customers = {{known = [{{mobile = "11223569865"}}]}}
series = {{ordinary = 415446, invalid = 999999999}}
"""


@contextmanager
def workers(target: Path, port: str, count: int) -> Iterator[None]:
    command = [*LOCUST, "--worker", "--master-port", port, "--target", str(target)]
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(count)]  # noqa: S603
    try:
        yield
    finally:
        for process in started:
            process.terminate()
            process.wait(DEADLINE)


def test_two_workers_end_when_the_budget_is_used_up_and_never_exceed_it(tmp_path: Path, free_port: str) -> None:
    target = tmp_path / "limited.toml"
    with running_sandbox() as url:
        target.write_text(TARGET.format(url=url))
        with workers(target, free_port, 2):
            master = ["--master", "--expect-workers", "2", "--master-bind-host", "127.0.0.1"]
            master += ["--master-bind-port", free_port]
            done = run(*master, "--target", str(target), "-u", "6", "-r", "6", "-t", "60s")
        issued = len(httpx.get(f"{url}/__sandbox/issued", params={"series_id": 415446}).json()["data"])

    assert done.returncode == 0, done.stdout + done.stderr
    assert 0 < issued <= 41
    assert f"coupons issued: {issued}; counted against the budget: " in done.stdout


@pytest.fixture
def free_port() -> str:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "say what to load: --target FILE"),
        (["--target", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--target", "http://127.0.0.1:1", "--coupons", "501"], "--coupons: write 1 to 500"),
    ],
)
def test_what_cannot_be_loaded_is_told(arguments: list[str], told: str) -> None:
    done = run(*arguments, "-t", "1s")

    assert done.returncode == 4
    assert told in done.stderr


def test_a_target_that_does_not_answer_cannot_be_judged() -> None:
    done = run("--target", "http://127.0.0.1:1", "-u", "1", "-t", "2s", "--pace", "5")

    assert done.returncode == 3
    assert "no response from the target" in done.stdout
