"""Spans of OpenTelemetry: the outcome as an attribute, and nothing that names a customer, a code or a credential."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from coupon_client import AsyncCouponClient, CouponClient, Email, Mobile, NotReadable, OutcomeUnknown, SqliteJournal
from coupon_client.testing import InProcessSandbox, answered, issued, listed, lost, never_sent, refused
from tests.client.conftest import ABIJITH, TILL, Issue, client_of
from tests.wire import BODY, answer, once, server


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], tuple[ReadableSpan, ...]]]:
    """The spans that ended since the test began."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter.get_finished_spans
    instrumentor.uninstrument()


def named(span: ReadableSpan, name: str) -> Any:
    return (span.attributes or {}).get(name)


@pytest.mark.parametrize(
    ("ending", "outcome", "more"),
    [
        (issued("A1", "B2"), "issued", {"coupon.issued": 2}),
        (issued(given=1), "partly-issued", {"coupon.issued": 1}),
        (refused(707), "refused", {"coupon.code": 707}),
        (answered(401, {}), "not-authenticated", {"coupon.status": 401}),
        (answered(429, {}), "rejected", {"coupon.status": 429}),
        (answered(503, {}, {"x-request-id": "r-1"}), "outcome-unknown", {"coupon.request_id": "r-1"}),
        (lost, "outcome-unknown", {}),
        (never_sent, "not-sent", {}),
    ],
)
def test_the_span_of_a_call_has_its_outcome(
    issue: Issue, spans: Any, ending: Any, outcome: str, more: dict[str, Any]
) -> None:
    from coupon_client.testing import Script

    issue(transport=Script(ending))
    (span,) = spans()

    assert span.name == "coupon_client.issue"
    wanted = {"coupon.outcome": outcome, "coupon.series_id": 415446, "coupon.requested": 2, **more}
    assert {name: named(span, name) for name in wanted} == wanted
    assert span.status.is_ok == (outcome in ("issued", "partly-issued"))
    assert not span.events  # which would hold texts of exceptions


def settle(client: CouponClient, journal: SqliteJournal) -> None:
    client.check_keys(415446, ABIJITH, journal=journal, settle=0)
    client.issue_once("order-1", 415446, ABIJITH, 2, journal=journal, settle=0)
    client.issue_once("order-2", 50060, ABIJITH, 5, journal=journal, settle=0)
    codes = [coupon.code for coupon in client.find("order-1", ABIJITH)]
    client.audit("order-1", ABIJITH, journal=journal)
    client.read_back(555567088)
    client.revoke(415446, codes)
    with pytest.raises(NotReadable):
        client.find("order-1", Mobile("4915199999999"))


def test_every_method_has_a_span_with_its_outcome(spans: Any, tmp_path: Path, no_waiting: list[float]) -> None:
    sandbox = InProcessSandbox()
    settle(CouponClient(sandbox.base_url, TILL, transport=sandbox), SqliteJournal(tmp_path / "journal.db"))

    found = [(span.name.removeprefix("coupon_client."), named(span, "coupon.outcome")) for span in spans()]
    assert found == [
        *(("check_keys", "keys-returned"), ("issue_once", "issued"), ("issue_once", "partly-issued")),
        *(("find", "found"), ("audit", "found"), ("read_back", "found"), ("revoke", "revoked")),
        ("find", "not-readable"),
    ]
    assert [named(span, "coupon.issued") for span in spans()][1:3] == [2, 3]
    assert [span.status.is_ok for span in spans()] == [True] * 7 + [False]
    assert "11223569865" not in "".join(span.to_json() for span in spans())


@pytest.mark.parametrize(
    ("lists", "outcome"),
    [([listed()] * 2, "not-issued"), ([listed(("A1", 1))], "were-issued"), ([answered(503, {})], "cannot-tell")],
)
def test_the_span_of_a_reconciliation_has_the_verdict(spans: Any, lists: Any, outcome: str) -> None:
    client, _ = client_of(listed(), lost, *lists)
    before = client.read_back(7)
    with pytest.raises(OutcomeUnknown) as caught:
        client.issue(1, ABIJITH)
    client.reconcile(caught.value, before=before, settle=0, exclusive=True)

    assert named(spans()[-1], "coupon.outcome") == outcome


def test_ctrl_c_is_an_interrupted_call(spans: Any) -> None:
    def stop(_: Any) -> Any:
        raise KeyboardInterrupt

    client, _ = client_of(stop)
    with pytest.raises(KeyboardInterrupt):
        client.issue(1, ABIJITH)

    assert [named(span, "coupon.outcome") for span in spans()] == ["interrupted"]


SECRETS = ["5550001112223", "canary@example.com", "canary%40example.com", "A1", "B2", "sandbox-password"]


def test_no_span_holds_a_customer_a_code_or_a_credential_in_threads(spans: Any) -> None:
    with server(once(answer(BODY))) as (url, requests), CouponClient(url, TILL) as client:
        client.issue(415446, Mobile("5550001112223"), 2)
        for customer in (Mobile("5550001112223"), Email("canary@example.com")):
            with pytest.raises(NotReadable):
                client.find("order-1", customer)
        with pytest.raises(NotReadable):
            client.read_back(5550001112223)

    shown = "".join(span.to_json() for span in spans())
    assert len(spans()) > 4
    methods = {f"coupon_client.{name}" for name in ("issue", "find", "read_back")}
    assert {span.name for span in spans()} == methods | {"POST", "GET"}
    assert not [secret for secret in SECRETS if json.dumps(secret)[1:-1] in shown]
    assert b"GET /v2/customers/coupons?mobile=5550001112223&" in b"".join(requests)  # what is sent has the query
    assert b"?email=canary%40example.com&" in b"".join(requests)
    assert b"GET /v2/coupon?issuedToIds=5550001112223&coupon_code_case=AS_IT_IS HTTP/1.1" in b"".join(requests)


def test_no_span_holds_a_customer_in_tasks(spans: Any) -> None:
    async def look(url: str) -> None:
        async with AsyncCouponClient(url, TILL) as client:
            with pytest.raises(NotReadable):
                await client.find("order-1", Mobile("5550001112223"))

    with server(once(answer(BODY))) as (url, requests):
        asyncio.run(look(url))

    assert spans()
    assert "5550001112223" not in "".join(span.to_json() for span in spans())
    assert b"?mobile=5550001112223&" in requests[0]


def test_a_proxy_that_forwards_gets_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(once(answer(BODY))) as (url, requests):
        monkeypatch.setattr("coupon_client.transport.proxy_bypass", lambda _: False)
        with CouponClient("http://localhost", TILL, proxy=url) as client, pytest.raises(NotReadable):
            client.read_back(7)

    assert requests[0].startswith(
        b"GET http://localhost/v2/coupon?issuedToIds=7&coupon_code_case=AS_IT_IS HTTP/1.1\r\n"
    )


def test_a_program_without_opentelemetry_never_imports_it() -> None:
    program = (
        "import sys; from coupon_client import *; from coupon_client.testing import *; "
        "CouponClient('https://x.invalid', TillAuth('a', 'b'), transport=Script(issued())).issue(1, Mobile('1')); "
        "print([name for name in sys.modules if 'opentelemetry' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout == "[]\n"


class Broken:
    """A tracer that fails as it is used, at the beginning of a span or at its end."""

    def __init__(self, at: str) -> None:
        self.at = at

    def start_as_current_span(self, *_: Any, **__: Any) -> Any:
        if self.at == "begin":
            raise RuntimeError
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        raise RuntimeError

    def set_attributes(self, _: Any) -> None:
        raise RuntimeError


@pytest.mark.parametrize("at", ["begin", "end"])
def test_a_tracer_that_fails_changes_no_outcome(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "get_tracer", lambda *_: Broken(at))
    client, _ = client_of(issued("A1"))

    assert client.issue(1, ABIJITH).codes == ("A1",)
