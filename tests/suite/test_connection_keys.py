"""The keys of a target file that say how to get there: headers, proxy, certificates, rate."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.preflight import reason_not_to_judge
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.target import Connection, Target
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import TARGET, Seen, always, body, request, serving

ATTRIBUTION = (("X-CAP-API-ATTRIBUTION-ENTITY-TYPE", "TILL"), ("User-Agent", "nightly"))
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"errors": []}'


def test_the_headers_of_the_target_file_are_sent_with_every_request() -> None:
    token = {"data": {"accessToken": "t", "ttlSeconds": 600}}
    with serving(always(token)) as stub, Transport(evolve(TARGET, base_url=stub.url, headers=ATTRIBUTION)) as transport:
        transport.send(request(body()))
        transport.token()

    assert [seen.path for seen in stub.seen] == [spec.ISSUE_PATH, spec.TOKEN_PATH]
    assert all(seen.headers[name.lower()] == value for seen in stub.seen for name, value in ATTRIBUTION)


def test_a_run_sends_no_more_requests_per_second_than_the_target_file_says() -> None:
    with serving(always({})) as stub:
        target = evolve(TARGET, base_url=stub.url, connection=Connection(requests_per_second=20))
        with Transport(target) as transport:
            start = monotonic()
            for _ in range(5):
                transport.send(request(body()))

    assert monotonic() - start >= 4 / 20


def test_calls_of_a_race_wait_for_the_rate_before_they_meet() -> None:
    arrived: list[float] = []

    def note(_: Seen) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        arrived.append(monotonic())
        return 200, (), b"{}"

    with serving(note) as stub:
        target = evolve(TARGET, base_url=stub.url, connection=Connection(requests_per_second=4))
        with Transport(target) as transport:
            barrier = threading.Barrier(3)

            def call() -> None:
                with transport.connected():
                    barrier.wait(30)
                    transport.send(request(body()))

            threads = [threading.Thread(target=call) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    assert max(arrived) - min(arrived) < 1 / 4


# --- a firewall -----------------------------------------------------------------------------------------------------


def reason(status: int, got: bytes) -> str:
    with serving(always(got, status)) as stub:
        target = evolve(TARGET, base_url=stub.url)
        with Transport(target) as transport:
            return reason_not_to_judge(Run.against(target, transport)) or ""


@pytest.mark.parametrize("page", [b"<html><title>Blocked</title></html>", b"\n\n  Request blocked  \nmore", b""])
def test_a_403_that_is_no_json_is_not_taken_for_refused_credentials(page: bytes) -> None:
    shown = reason(403, page)

    assert ("firewall" in shown, "refuses the credentials" in shown) == (True, False)


def test_the_first_line_of_a_firewall_is_shown_masked_and_short() -> None:
    secret = TARGET.auth["till"][1]
    shown = reason(403, f"Blocked {secret} {'x' * 5000}\nsecond line".encode())

    assert "Blocked <secret " in shown
    assert not [text for text in (secret, "second line", "x" * 500) if text in shown]


@pytest.mark.parametrize("status", [401, 403])
def test_json_refuses_the_credentials(status: int) -> None:
    assert "refuses the credentials" in reason(status, b'{"errors": [{"code": 403, "message": "Access denied"}]}')


# --- a proxy --------------------------------------------------------------------------------------------------------


def head(connection: socket.socket) -> bytes:
    """The head of a request."""
    received = b""
    while b"\r\n\r\n" not in received and (piece := connection.recv(65536)):
        received += piece
    return received


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each connection with a function; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.settimeout(10)
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def test_a_request_over_http_goes_to_the_proxy_with_its_whole_address_and_the_credentials_for_it() -> None:
    heads: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heads.append(head(connection))
        connection.sendall(OK)

    with listening(proxy) as port:
        through = Connection(proxy=f"http://me:p%40ss@127.0.0.1:{port}")
        with Transport(evolve(TARGET, base_url="http://target.invalid:81/x", connection=through)) as transport:
            status = transport.send(request(body())).response.status

    assert status == 200
    assert heads[0].startswith(f"POST http://target.invalid:81/x{spec.ISSUE_PATH} HTTP/1.1\r\n".encode())
    assert b"Host: target.invalid:81\r\n" in heads[0]
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in heads[0]


REFUSALS = {
    "407": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    "503": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "bytes ahead of the target's": b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x00\xa5\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_proxy_that_opens_no_tunnel_has_been_sent_nothing_of_the_request(refusal: bytes) -> None:
    heads: list[bytes] = []

    def proxy(connection: socket.socket) -> None:
        heads.append(head(connection))
        connection.sendall(refusal)

    with listening(proxy) as port:
        through = Connection(proxy=f"http://127.0.0.1:{port}")
        target = evolve(TARGET, base_url="https://target.invalid", connection=through)
        with Transport(target) as transport, pytest.raises(NotObserved, match="proxy"):
            transport.send(request(body()))

    assert heads[0].startswith(b"CONNECT target.invalid:443 HTTP/1.1\r\n")
    assert not [word for word in (b"uthorization", b"seriesId", spec.ISSUE_PATH.encode()) if word in heads[0]]


# --- certificates ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that is its own authority, and its key, made by OpenSSL's command."""
    openssl, folder = shutil.which("openssl"), tmp_path_factory.mktemp("certificates")
    assert openssl, "openssl is not there; on Debian: apt-get install openssl"
    make = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    make += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    make += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([openssl, *make], check=True, capture_output=True)  # noqa: S603
    return folder


@contextmanager
def secured(files: Path, *, wants_certificate: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server; yields its port, and the heads of the requests that it gets."""
    context, heads = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), list[bytes]()
    context.load_cert_chain(files / "certificate.pem", files / "key.pem")
    if wants_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(files / "certificate.pem")

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as stream:
            heads.append(head(stream))
            stream.sendall(OK)

    with listening(answer) as port:
        yield port, heads


def at(port: int, connection: Connection) -> Target:
    return evolve(TARGET, base_url=f"https://localhost:{port}", connection=connection)


def test_a_certificate_of_the_authorities_in_the_target_file_is_trusted(files: Path) -> None:
    with (
        secured(files) as (port, _),
        Transport(at(port, Connection(authorities=files / "certificate.pem"))) as transport,
    ):
        assert transport.send(request(body())).response.status == 200


def test_a_certificate_of_another_authority_is_not_trusted(files: Path) -> None:
    with (
        secured(files) as (port, heads),
        Transport(at(port, Connection())) as transport,
        pytest.raises(NotObserved, match="not trusted"),
    ):
        transport.send(request(body()))

    assert heads == []


def test_the_client_certificate_of_the_target_file_is_shown_to_the_target(files: Path) -> None:
    pair = (files / "certificate.pem", files / "key.pem")
    connection = Connection(authorities=files / "certificate.pem", certificate=pair)
    with secured(files, wants_certificate=True) as (port, _), Transport(at(port, connection)) as transport:
        assert transport.send(request(body())).response.status == 200


def test_a_request_over_tls_goes_through_a_tunnel_of_the_proxy(files: Path) -> None:
    tunnels: list[bytes] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files / "certificate.pem", files / "key.pem")

    def proxy(connection: socket.socket) -> None:
        tunnels.append(head(connection))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as stream:
            tunnels.append(head(stream))
            stream.sendall(OK)

    with listening(proxy) as port:
        through = Connection(proxy=f"http://me:pass@127.0.0.1:{port}", authorities=files / "certificate.pem")
        with Transport(evolve(TARGET, base_url="https://localhost", connection=through)) as transport:
            status = transport.send(request(body())).response.status

    assert status == 200
    assert tunnels[0].startswith(b"CONNECT localhost:443 HTTP/1.1\r\n")
    assert (b"Proxy-Authorization" in tunnels[0], b"Proxy-Authorization" in tunnels[1]) == (True, False)
    assert tunnels[1].startswith(f"POST {spec.ISSUE_PATH} HTTP/1.1\r\n".encode())
