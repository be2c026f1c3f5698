import http.client
import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from coupon_contract import spec
from coupon_contract.cli.vector_player import playing
from scripts import vectors

DECODING = vectors.decoding()
WHOLE = next(vector for vector in DECODING if vector["end"] == "issued")
CUT = next(vector for vector in DECODING if "cut" in vector["answer"])
PATIENCE = 5.0  # seconds; a socket that stays open ends in a timeout


def received(address: str, head: str) -> bytes:
    """Everything that the player sends until it closes the connection."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE) as connection:
        connection.sendall(head.encode() + b"Content-Length: 2\r\n\r\n{}")
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("version", "header"), [("1.1", "Connection: close\r\n"), ("1.1", "Connection: Close\r\n"), ("1.0", "")]
)
@pytest.mark.parametrize("vector", [WHOLE, CUT], ids=["whole", "cut"])
def test_the_connection_ends_where_the_client_asked_for_it(vector: dict[str, str], version: str, header: str) -> None:
    with playing(DECODING) as address:
        head = f"POST /{vector['id']}{spec.ISSUE_PATH} HTTP/{version}\r\nHost: localhost\r\n{header}"

        assert received(address, head).startswith(b"HTTP/1.1 200 ")


def test_a_connection_goes_on_behind_a_whole_response() -> None:
    with playing(DECODING) as address, closing(http.client.HTTPConnection(urlsplit(address).netloc)) as connection:
        statuses = []
        for _ in range(2):
            connection.request("POST", f"/{WHOLE['id']}{spec.ISSUE_PATH}", b"{}")
            response = connection.getresponse()
            statuses.append((response.status, connection.sock is None))
            response.read()

    assert statuses == [(200, False), (200, False)]
