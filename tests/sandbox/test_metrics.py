"""/metrics and /healthz."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families as parsed

from coupon_contract import spec
from coupon_contract.sandbox.metrics import BUCKETS, Metrics
from coupon_contract.sandbox.store import StoreBusy
from qa.with_sandbox import running_sandbox
from tests.sandbox.conftest import BASIC, Api


def figures(text: str) -> dict[tuple[str, ...], float]:
    """Every sample: its name and the values of its labels."""
    return {(one.name, *one.labels.values()): one.value for family in parsed(text) for one in family.samples}


def of(api: Api) -> dict[tuple[str, ...], float]:
    return figures(api.request("GET", "/metrics").text)


def test_requests_are_counted_by_what_became_of_them(api: Api) -> None:
    api.issue(415446, count=3)
    api.issue(50060, count=9)
    api.issue(1)
    api.post({}, auth=("nobody", "nothing"))
    api.post(b"[")
    api.token()
    api.read_back(issuedToIds="1")
    api.request("GET", "/nowhere")
    counted = {key[1:]: value for key, value in of(api).items() if key[0] == "coupon_sandbox_requests_total"}

    assert counted == dict.fromkeys(
        [
            *(("issue", "issued"), ("issue", "partly-issued"), ("issue", "refused"), ("issue", "http-401")),
            *(("issue", "http-400"), ("token", "done"), ("read-back", "done"), ("other", "http-404")),
        ],
        1.0,
    )


def test_coupons_and_latencies_are_counted(api: Api) -> None:
    api.issue(415446, count=3)
    api.issue(50060, count=9)
    found = of(api)

    assert found["coupon_sandbox_coupons_issued_total",] == 6
    assert found["coupon_sandbox_request_seconds_count", "issue"] == 2


def test_latencies_are_counted_where_they_belong() -> None:
    metrics, ours = Metrics(), Histogram("h", "h", buckets=BUCKETS, registry=CollectorRegistry())
    times = [0.0, 0.0005, 0.00051, 0.3, 2.5, 4.9, 5.0, 5.1, 1000.0]
    for seconds in times:
        metrics.count("/", 200, None, seconds)
        ours.observe(seconds)
    (expected,) = ours.collect()
    told = next(one for one in parsed(metrics.text().decode()) if one.name == "coupon_sandbox_request_seconds")
    kinds = ("_bucket", "_sum", "_count")

    assert [one.value for one in told.samples if one.name.endswith(kinds)] == [
        one.value for one in expected.samples if one.name.endswith(kinds)
    ]


def test_looking_is_not_counted(api: Api) -> None:
    for path in ("/", "/docs", "/metrics", "/healthz", "/__sandbox/state"):
        api.request("GET", path)

    assert not [key for key in of(api) if key[0] == "coupon_sandbox_requests_total"]


def test_no_metric_tells_an_id_a_code_or_a_customer(api: Api) -> None:
    code = api.issue(415446)["coupons"][0]["code"]
    text = api.request("GET", "/metrics").text

    assert not any(secret in text for secret in ("415446", "11223569865", code))


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[str]:
    with running_sandbox(["--workers", "2", "--database", str(tmp_path / "coupons.db")]) as url:
        yield url


def test_workers_add_up_what_they_count(workers: str) -> None:
    for _ in range(20):  # each on a connection of its own, so that both workers have some
        body = {"seriesId": 415446, "customer": {"mobile": "11223569865"}}
        httpx.post(workers + spec.ISSUE_PATH, json=body, auth=BASIC, timeout=30).raise_for_status()
    time.sleep(1.5)
    seen = [figures(httpx.get(f"{workers}/metrics").text)["coupon_sandbox_coupons_issued_total",] for _ in range(6)]

    assert seen == [20.0] * 6


def test_it_is_healthy_while_the_store_answers(api: Api) -> None:
    assert api.request("GET", "/healthz", auth=None).status_code == 200


def test_it_is_not_healthy_when_the_store_does_not_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise StoreBusy

    monkeypatch.setattr(type(api.app.state.sandbox.store), "setting", fails)

    assert api.request("GET", "/healthz").status_code == 503
