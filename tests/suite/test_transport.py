import pytest

from coupon_contract import spec
from coupon_contract.suite.exchange import Request
from coupon_contract.suite.skips import BrokenOff, NotObserved
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import (
    always,
    body,
    request,
    serving,
)
from tests.suite.transport_helpers import at, sent


def test_a_request_is_sent_once_and_as_it_is() -> None:
    (seen,) = sent(request(body()))

    assert (seen.method, seen.path, seen.body, seen.headers["content-type"]) == (
        "POST",
        spec.ISSUE_PATH,
        request(body()).body,
        "application/json",
    )


def test_a_request_without_a_content_type_is_sent_without_one() -> None:
    (seen,) = sent(Request("GET", spec.READ_BACK_PATH, headers=()))

    assert "content-type" not in seen.headers


def test_the_path_of_the_base_url_stays_in_front() -> None:
    with serving(always({})) as stub, Transport(at(stub.url + "/proxy")) as transport:
        transport.send(request(body()))

    assert stub.seen[0].path == "/proxy" + spec.ISSUE_PATH


def test_an_exchange_holds_status_headers_and_body_as_sent() -> None:
    with serving(always(b"<no>", 418, (("X-Odd", "1"),))) as stub, Transport(at(stub.url)) as transport:
        response = transport.send(request(body())).response

    assert (response.status, response.body, response.header("x-odd")) == (418, b"<no>", "1")


def test_exchanges_are_numbered_from_one() -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        numbers = [transport.send(request(body())).number for _ in range(3)]

    assert numbers == [1, 2, 3]


@pytest.mark.parametrize(("keep", "kind"), [(True, "kept"), (False, "parallel")])
def test_an_exchange_holds_how_it_was_sent(keep: bool, kind: str) -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        with transport.connected(keep=keep):
            among_others = transport.send(request(body()))
        alone = transport.send(request(body()))

    assert (among_others.connection, alone.connection) == (kind, "own")


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(number: int) -> None:
    with serving(always({})) as elsewhere:
        seen = sent(request(body()), reply=always(b"", number, (("Location", elsewhere.url + spec.ISSUE_PATH),)))

    assert (len(seen), elsewhere.seen) == (1, [])


def test_a_request_without_an_answer_is_not_sent_again() -> None:
    with (
        serving(lambda _: None) as stub,
        Transport(at(stub.url)) as transport,
        pytest.raises(NotObserved, match="no response"),
    ):
        transport.send(request(body()))

    assert len(stub.seen) == 1


def test_a_connection_that_breaks_later_is_no_reason_to_send_again() -> None:
    with (
        serving(lambda seen: None if b'"count":2' in seen.body else (200, (), b"{}")) as stub,
        Transport(at(stub.url)) as transport,
    ):
        transport.send(request(body()))
        with pytest.raises(NotObserved):
            transport.send(request(body(count=2)))

    assert len(stub.seen) == 2


@pytest.mark.parametrize("number", [500, 502, 503])
def test_no_status_but_429_makes_it_send_again(number: int) -> None:
    seen = sent(request(body()), reply=always(b"", number, (("Retry-After", "0"),)))

    assert len(seen) == 1


def test_nobody_at_the_address_is_no_answer() -> None:
    with Transport(at("http://127.0.0.1:1")) as transport, pytest.raises(NotObserved, match="nothing listens there"):
        transport.send(request(body()))


def test_the_error_of_a_request_without_an_answer_names_no_address() -> None:
    with Transport(at("http://planted.invalid:1")) as transport, pytest.raises(NotObserved) as raised:
        transport.send(request(body()))

    assert "planted" not in str(raised.value)


def test_a_connection_that_ends_in_place_of_an_answer_is_told_from_one_that_is_slow() -> None:
    with serving(lambda _: None) as stub, Transport(at(stub.url)) as transport, pytest.raises(BrokenOff):
        transport.send(request(body()))


def test_proxies_and_netrc_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(always({})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        seen = sent(request(body()))

    assert (len(seen), proxy.seen) == (1, [])
