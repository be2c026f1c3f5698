"""The counter-example: a loop that tries again on timeouts asks for 5 coupons and gets 15. The client gets 5."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from coupon_client import CouponClient, OutcomeUnknown, Timeouts, WereIssued
from coupon_client.testing import InProcessSandbox
from tests.client.conftest import ABIJITH, TILL

WANTED = 5
CUSTOMER = 555567088
SERIES = 415446


@pytest.fixture
def slow_sandbox() -> Iterator[str]:
    """A sandbox that answers issuances later than callers wait, and everything else at once."""
    sandbox = InProcessSandbox()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            client = httpx.Client(transport=Forward(sandbox), base_url=sandbox.base_url)
            answer = client.request(self.command, self.path, content=body, headers=dict(self.headers))
            if self.command == "POST":
                over.wait(20)
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = forward

        def log_message(self, *_: object) -> None: ...

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the caller has gone

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()
        thread.join()


class Forward(httpx.BaseTransport):
    """Requests of httpx, answered by the sandbox in this process."""

    def __init__(self, sandbox: InProcessSandbox) -> None:
        self.sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        from coupon_client.exchange import Progress, Request

        sent = Request(request.method, str(request.url), dict(request.headers), request.read())
        reply = self.sandbox.send(sent, Timeouts(), Progress())
        return httpx.Response(reply.status, content=reply.body)


def issued_to_the_customer(url: str) -> int:
    with CouponClient(url, TILL) as client:
        return len(client.read_back(CUSTOMER).coupons)


def naive(url: str) -> None:
    """What people write."""
    headers: dict[str, Any] = dict(TILL._headers)
    body = {"seriesId": SERIES, "count": WANTED, "customer": {"mobile": "11223569865"}}
    for _ in range(3):
        try:
            httpx.post(f"{url}/v2/coupon/issue/multiple", json=body, headers=headers, timeout=1).raise_for_status()
            return
        except httpx.ReadTimeout:
            continue


def test_a_loop_that_tries_again_on_timeouts_gets_15_coupons_for_5(slow_sandbox: str) -> None:
    naive(slow_sandbox)

    assert issued_to_the_customer(slow_sandbox) == 3 * WANTED


def test_the_client_gets_5_and_finds_out_which(slow_sandbox: str) -> None:
    with CouponClient(slow_sandbox, TILL, timeouts=Timeouts(read=1)) as client:
        before = client.read_back(CUSTOMER)
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, WANTED)
        result = client.reconcile(caught.value, before=before, settle=0, exclusive=True)

    assert isinstance(result, WereIssued)
    assert (len(result.codes), issued_to_the_customer(slow_sandbox)) == (WANTED, WANTED)
