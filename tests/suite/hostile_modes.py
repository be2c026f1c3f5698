"""The ways in which a server misbehaves, or only looks as if it did: one entry of MODES for each kind.

Every mode sends what a right server has answered, changed on the way. `status` is the exit status that tells the truth
about it; where that is 1, `clause` is a clause that has to fail.
"""

import gzip
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from attrs import frozen

from coupon_contract import spec
from tests.suite.hostile_server import Reply, Serve

CONFORMANT, NOT_CONFORMANT, COULD_NOT_JUDGE = 0, 1, 3
SOON = 5  # seconds for a whole run, where the mode would take all of them
FEW = "one-response or count-too-high or issues-what-was-asked or token-granted or read-back-shape"  # clauses
READ_BACK = "read-back-shape or read-back-lists-issued"
LONG = 600  # seconds for a whole run, where the mode takes no time
MEGABYTE = 1_000_000
PAUSE = 0.05  # seconds between two pieces of a trickle
COUPONS_WITHIN_COUPONS = '{"coupons":[' * 400 + "]}" * 400  # as deep as readers go
BIDI = "\u202e\u2066\u200f\u2028\u2029"
CONTROL = "\x1b[2J\x1b[1;32mconformant\x07\x9b2J\x85" + BIDI


@frozen
class Mode:
    """One way to serve. `seconds` bounds the run, `only` selects clauses, `greet` treats a connection at its start."""

    serve: Serve
    status: int
    clause: str = ""
    seconds: int = LONG
    only: str = FEW
    greet: Callable[[socket.socket], bool] = lambda _: True


def right(connection: socket.socket, reply: Reply) -> None:
    """Send the response of the sandbox as it is."""
    connection.sendall(reply.whole())


def sends(make: Callable[[Reply], bytes]) -> Serve:
    """Send what a function makes of each response."""
    return lambda connection, reply: connection.sendall(make(reply))


def ends_with(make: Callable[[Reply], bytes]) -> Serve:
    """Send what a function makes of each response, and close: the end of the connection is the end of the body."""

    def serve(connection: socket.socket, reply: Reply) -> None:
        connection.sendall(make(reply))
        connection.shutdown(socket.SHUT_RDWR)

    return serve


def pours(make: Callable[[Reply], Iterator[bytes]], pause: float = 0.0) -> Serve:
    """Send pieces until the reader goes away."""

    def serve(connection: socket.socket, reply: Reply) -> None:
        for piece in make(reply):
            connection.sendall(piece)
            time.sleep(pause)

    return serve


def trickles(make: Callable[[Reply], Iterator[bytes]]) -> Serve:
    """Send pieces slowly, until the reader goes away."""
    return pours(make, PAUSE)


def after(first: bytes, piece: bytes) -> Callable[[Reply], Iterator[bytes]]:
    """Some bytes, and then others without end."""

    def pieces(_: Reply) -> Iterator[bytes]:
        yield first
        while True:
            yield piece

    return pieces


def of_issuing(serve: Serve) -> Serve:
    """Serve the issuing operation so, once it has answered a few requests, and everything else rightly."""
    return lambda connection, reply: (serve if reply.issues and reply.number > 3 else right)(connection, reply)


def of_read_back(serve: Serve) -> Serve:
    """Serve read-back so, and everything else rightly."""
    return lambda connection, reply: (serve if reply.path == spec.READ_BACK_PATH else right)(connection, reply)


def of_tokens(serve: Serve) -> Serve:
    """Serve tokens so, and everything else rightly."""
    return lambda connection, reply: (serve if reply.path == spec.TOKEN_PATH else right)(connection, reply)


def saying(body: bytes, status: int = 200) -> Serve:
    """Answer calls of the issuing operation with this body."""
    return of_issuing(sends(lambda reply: reply.having(body, status).whole()))


def packed(encoding: str, pack: Callable[[bytes], bytes], body: bytes | None = None) -> Serve:
    """Send responses of the issuing operation packed, with a name for the encoding."""

    def serve(connection: socket.socket, reply: Reply) -> None:
        small = pack(reply.body if body is None else body)
        connection.sendall(reply.having(small).whole(f"Content-Encoding: {encoding}"))

    return of_issuing(serve)


@cache
def bomb(window: int) -> bytes:
    """Three hundred megabytes of nothing, packed."""
    packer = zlib.compressobj(1, zlib.DEFLATED, window)
    return b"".join([packer.compress(bytes(MEGABYTE)) for _ in range(300)]) + packer.flush()


def closes(connection: socket.socket, reply: Reply) -> None:
    """Close the connection without a word."""


def resets(connection: socket.socket, reply: Reply) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def sleeps(connection: socket.socket, reply: Reply) -> None:
    """Say nothing for as long as the reader is there."""
    while connection.recv(1):
        continue


def in_chunks(reply: Reply) -> bytes:
    """A response in chunks of five bytes, with extensions and trailers."""
    pieces = [reply.body[start : start + 5] for start in range(0, len(reply.body), 5)]
    chunks = b"".join(b"%x;note=a\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return reply.head("Transfer-Encoding: chunked", framed=False) + chunks + b"0\r\nX-Trailer: 1\r\n\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SECOND = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"errors":[]}'


def many(item: str, member: str, size: int = 2 * MEGABYTE - 1000) -> bytes:
    """An object with one list, as large as a response may be."""
    return f'{{"{member}":[{",".join([item] * (size // (len(item) + 1)))}]}}'.encode()


def keys(size: int) -> bytes:
    """An object with many members."""
    return json.dumps({f"key{index}": index for index in range(size // 18)}).encode()


def edited(edit: Callable[[Any], None]) -> Serve:
    """Change the JSON of responses of the issuing operation that are 200."""

    def serve(connection: socket.socket, reply: Reply) -> None:
        body = json.loads(reply.body) if reply.status == 200 else None
        if body:
            edit(body)
        connection.sendall((reply.having(json.dumps(body, ensure_ascii=False).encode()) if body else reply).whole())

    return of_issuing(serve)


def says(text: str) -> Callable[[Any], None]:
    """Put a text into every message."""

    def edit(body: Any) -> None:
        for error in body.get("errors") or ():
            error["message"] = text

    return edit


def coupon_codes(text: str) -> Callable[[Any], None]:
    """Put a text that is neither a code nor a distinct number into every coupon's id."""

    def edit(body: Any) -> None:
        for coupon in body.get("coupons", ()):
            coupon["couponId"] = text

    return edit


def one_more(body: Any) -> None:
    """Issue one coupon more than was asked for, by the look of it."""
    if body.get("coupons"):
        body["coupons"] = [*body["coupons"], {"code": "EXTRA", "couponId": 1}]


def limits(every: int, wait: str, body: bytes = b"") -> Serve:
    """Answer with 429 now and then."""

    def serve(connection: socket.socket, reply: Reply) -> None:
        limited = reply.number > 3 and not reply.number % every
        head = f"Retry-After: {wait}"
        connection.sendall(reply.having(body, 429).whole(head) if limited else reply.whole())

    return serve


def declared_as(content_type: str) -> Serve:
    """Declare 200 responses of the issuing operation as something else."""

    def make(reply: Reply) -> bytes:
        return reply.whole().replace(b"application/json", content_type.encode("latin-1"), 1)

    return of_issuing(sends(make))


def read_back_of(body: bytes) -> Serve:
    """Answer read-back with this body."""
    return of_read_back(sends(lambda reply: reply.having(body, 200).whole()))


def tokens_of(token: Any) -> Serve:
    """Grant this token."""
    body = json.dumps({"data": {"accessToken": token, "ttlSeconds": 60}, "errors": None}).encode()
    return of_tokens(sends(lambda reply: reply.having(body, 200).whole()))


def greets_at_once(connection: socket.socket) -> bool:
    """Send a response before any request came, and close."""
    connection.sendall(SECOND)
    return False


def closes_idle(connection: socket.socket) -> bool:
    """Close a connection on which no request comes at once."""
    connection.settimeout(0.5)
    try:
        waiting = bool(connection.recv(1, socket.MSG_PEEK))
    except TimeoutError:
        return False
    connection.settimeout(30)
    return waiting


def hangs_up(connection: socket.socket) -> bool:
    """Close a new connection."""
    return False


TIME = {
    "silence": Mode(of_issuing(sleeps), COULD_NOT_JUDGE, seconds=SOON),
    "silence-from-the-start": Mode(sleeps, COULD_NOT_JUDGE, seconds=SOON),
    "status-line-trickle": Mode(of_issuing(trickles(after(b"HTTP/1.1 200 ", b"O"))), COULD_NOT_JUDGE, seconds=SOON),
    "header-trickle": Mode(of_issuing(trickles(after(OK, b"X: y\r\n"))), COULD_NOT_JUDGE, seconds=SOON),
    "body-trickle": Mode(of_issuing(trickles(after(OK + b"\r\n", b" "))), COULD_NOT_JUDGE, seconds=SOON),
    "chunk-trickle": Mode(of_issuing(trickles(after(CHUNKED, b"1\r\n \r\n"))), COULD_NOT_JUDGE, seconds=SOON),
    "chunk-extension-trickle": Mode(of_issuing(trickles(after(CHUNKED + b"1;", b"a"))), COULD_NOT_JUDGE, seconds=SOON),
    "trailer-trickle": Mode(
        of_issuing(trickles(after(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"))), COULD_NOT_JUDGE, seconds=SOON
    ),
    "interim-trickle": Mode(
        of_issuing(trickles(after(b"", b"HTTP/1.1 102 Processing\r\n\r\n"))), COULD_NOT_JUDGE, seconds=SOON
    ),
    "read-back-trickle": Mode(
        of_read_back(trickles(after(OK + b"\r\n", b" "))), COULD_NOT_JUDGE, seconds=SOON, only=READ_BACK
    ),
    "always-limited": Mode(limits(1, "3600"), COULD_NOT_JUDGE, seconds=SOON),
}

FLOODS = {
    "interim-flood": Mode(of_issuing(pours(after(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 99))), COULD_NOT_JUDGE),
    "status-line-flood": Mode(of_issuing(pours(after(b"HTTP/1.1 200 ", b"O" * 65_536))), COULD_NOT_JUDGE),
    "header-flood": Mode(of_issuing(pours(after(OK, b"X: y\r\n" * 9_999))), COULD_NOT_JUDGE),
    "long-header-flood": Mode(of_issuing(pours(after(OK + b"X: ", b"y" * 65_536))), COULD_NOT_JUDGE),
    "body-flood": Mode(of_issuing(pours(after(OK + b"\r\n", b" " * 65_536))), COULD_NOT_JUDGE),
    "chunk-flood": Mode(  # each response takes seconds to read
        of_issuing(pours(after(CHUNKED, b"4\r\n    \r\n" * 9_999))), COULD_NOT_JUDGE, only="issues-what-was-asked"
    ),
    "trailer-flood": Mode(
        of_issuing(pours(after(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n" * 9_999))), COULD_NOT_JUDGE
    ),
    "gzip-bomb": Mode(packed("gzip", lambda _: bomb(31)), COULD_NOT_JUDGE),
    "deflate-bomb": Mode(packed("deflate", lambda _: bomb(15)), COULD_NOT_JUDGE),
    "brotli-bomb": Mode(packed("br", lambda _: b"\x8b" * 8_000), COULD_NOT_JUDGE),
    "stacked-encodings": Mode(packed("gzip, gzip", lambda _: gzip.compress(bomb(31))), COULD_NOT_JUDGE),
    "encodings-in-two-headers": Mode(
        packed("gzip\r\nContent-Encoding: gzip", lambda _: gzip.compress(bomb(31))), COULD_NOT_JUDGE
    ),
    "read-back-flood": Mode(of_read_back(pours(after(OK + b"\r\n", b" " * 65_536))), COULD_NOT_JUDGE, only=READ_BACK),
}

FRAMING = {
    "closed": Mode(of_issuing(closes), COULD_NOT_JUDGE),
    "closed-at-once": Mode(right, COULD_NOT_JUDGE, greet=hangs_up),
    "reset": Mode(of_issuing(resets), COULD_NOT_JUDGE),
    "cut-body": Mode(of_issuing(sends(lambda reply: reply.whole()[:-1])), COULD_NOT_JUDGE),
    "cut-chunks": Mode(of_issuing(sends(lambda reply: in_chunks(reply)[:-9])), COULD_NOT_JUDGE),
    "huge-length": Mode(of_issuing(sends(lambda reply: reply.head(length=10**15) + reply.body)), COULD_NOT_JUDGE),
    "negative-length": Mode(of_issuing(sends(lambda reply: reply.head(length=-1))), COULD_NOT_JUDGE),
    "two-lengths": Mode(
        of_issuing(sends(lambda reply: reply.whole(f"Content-Length: {len(reply.body) - 1}"))), COULD_NOT_JUDGE
    ),
    "huge-chunk": Mode(of_issuing(sends(lambda _: CHUNKED + b"f" * 30 + b"\r\n{}")), COULD_NOT_JUDGE),
    "no-http": Mode(of_issuing(sends(lambda _: b"SSH-2.0-OpenSSH_9.2\r\n")), COULD_NOT_JUDGE),
    "no-head": Mode(of_issuing(sends(lambda reply: reply.body)), COULD_NOT_JUDGE),
    "http-2": Mode(of_issuing(sends(lambda _: b"\0\0\x12\x04\0\0\0\0\0" + bytes(18))), COULD_NOT_JUDGE),
    "switching-protocols": Mode(
        of_issuing(sends(lambda _: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n")), COULD_NOT_JUDGE
    ),
    "gzip-that-is-none": Mode(packed("gzip", lambda body: body), COULD_NOT_JUDGE),
    "gzip-cut": Mode(packed("gzip", lambda body: gzip.compress(body)[:-9]), COULD_NOT_JUDGE),
    "control-characters-in-a-header": Mode(declared_as("text/html\x1b[2J"), NOT_CONFORMANT, "json-answer"),
    "unsolicited-response": Mode(right, NOT_CONFORMANT, "clear-outcome", greet=greets_at_once),
    "second-response": Mode(of_issuing(sends(lambda reply: reply.whole() + SECOND)), NOT_CONFORMANT, "one-response"),
    "same-response-twice": Mode(of_issuing(sends(lambda reply: reply.whole() * 2)), NOT_CONFORMANT, "one-response"),
    "bytes-behind": Mode(of_issuing(sends(lambda reply: reply.whole() + b"\0")), NOT_CONFORMANT, "one-response"),
    "flood-behind": Mode(
        of_issuing(pours(lambda reply: after(reply.whole(), b" " * 65_536)(reply))), NOT_CONFORMANT, "one-response"
    ),
}

CONTENT = {
    "numbers-for-coupons": Mode(saying(many("1", "coupons")), NOT_CONFORMANT, "coupon-shape"),
    "empty-coupons": Mode(saying(many("{}", "coupons")), NOT_CONFORMANT, "coupon-shape"),
    "lists-for-coupons": Mode(saying(many("[]", "coupons")), NOT_CONFORMANT, "coupon-shape"),
    "coupons-of-wrong-types": Mode(
        saying(many('{"code":1,"couponId":"1"}', "coupons")), NOT_CONFORMANT, "coupon-shape"
    ),
    "errors-of-wrong-types": Mode(saying(many('{"code":"1"}', "errors")), NOT_CONFORMANT, "error-shape"),
    "numbers-for-errors": Mode(saying(many("7", "errors")), NOT_CONFORMANT, "error-shape"),
    "unknown-members": Mode(saying(many("{}", "more")), NOT_CONFORMANT, "clear-outcome"),
    "two-hundred-thousand-keys": Mode(saying(keys(1_900_000)), NOT_CONFORMANT, "clear-outcome"),
    "coupons-within-coupons": Mode(saying(many(COUPONS_WITHIN_COUPONS, "coupons")), NOT_CONFORMANT, "coupon-shape"),
    "read-back-of-another-list": Mode(
        read_back_of(b'{"entity":' + many("[]", "data", 19 * MEGABYTE) + b"}"),
        NOT_CONFORMANT,
        "read-back-shape",
        only=READ_BACK,
    ),
    "deep-nesting": Mode(saying(b"[" * 900_000 + b"]" * 900_000), NOT_CONFORMANT, "json-answer"),
    "huge-number": Mode(saying(b'{"totalCount":' + b"9" * 1_900_000 + b"}"), NOT_CONFORMANT, "clear-outcome"),
    "long-ids": Mode(edited(coupon_codes("x" * 1_900_000)), NOT_CONFORMANT, "coupon-shape"),
    "one-coupon-more": Mode(edited(one_more), NOT_CONFORMANT, "never-more-than-asked"),
    "server-errors": Mode(saying(b"<h1>Sorry</h1>" * 100_000, 500), NOT_CONFORMANT, "no-server-error"),
    "redirects": Mode(
        of_issuing(sends(lambda reply: reply.having(b"", 307).whole("Location: /v2/coupon/issue/multiple"))),
        NOT_CONFORMANT,
        "documented-status",
    ),
    "c1-in-a-header": Mode(declared_as("text/html\x9b2J\x9b1;32m\x85"), NOT_CONFORMANT, "json-answer"),
    "long-content-type": Mode(declared_as("text/" + "x" * 60_000), NOT_CONFORMANT, "json-answer"),
    "read-back-of-empty-objects": Mode(
        read_back_of(many("{}", "data", 19 * MEGABYTE)), NOT_CONFORMANT, "read-back-shape", only=READ_BACK
    ),
    "read-back-of-numbers": Mode(
        read_back_of(many("7", "data", 19 * MEGABYTE)), NOT_CONFORMANT, "read-back-shape", only=READ_BACK
    ),
    "read-back-of-one-item": Mode(
        read_back_of(b'{"data":[' + many("7", "x", 19 * MEGABYTE) + b"]}"),
        NOT_CONFORMANT,
        "read-back-shape",
        only=READ_BACK,
    ),
    "lists-within-lists": Mode(saying(many("[" * 400 + "]" * 400, "coupons")), NOT_CONFORMANT, "coupon-shape"),
    "read-back-of-many-coupons": Mode(
        read_back_of(many('{"code":"ABCDEFGH","couponId":1,"seriesId":415446}', "coupons", 17 * MEGABYTE)),
        NOT_CONFORMANT,
        "read-back-shape",
        only=READ_BACK,
    ),
    "read-back-of-objects-within-objects": Mode(
        read_back_of(many('{"x":' * 400 + "1" + "}" * 400, "data", 17 * MEGABYTE)),
        NOT_CONFORMANT,
        "read-back-shape",
        only=READ_BACK,
    ),
    "token-that-controls": Mode(tokens_of("t" + CONTROL), NOT_CONFORMANT),
    "token-of-a-megabyte": Mode(tokens_of("t" * 1_900_000), NOT_CONFORMANT, "token-granted"),
    "limit-that-names-a-coupon": Mode(limits(4, "0", b'{"coupons":[{"code":"A","couponId":1}]}'), COULD_NOT_JUDGE),
}

RIGHT = {
    "right": Mode(right, CONFORMANT),
    "chunks": Mode(sends(in_chunks), CONFORMANT),
    "until-the-end": Mode(ends_with(lambda reply: reply.head(framed=False) + reply.body), CONFORMANT),
    "interim-responses": Mode(
        sends(lambda reply: b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 3 + reply.whole()), CONFORMANT
    ),
    "gzip": Mode(packed("gzip", gzip.compress), CONFORMANT),
    "deflate": Mode(packed("deflate", zlib.compress), CONFORMANT),
    "idle-connections-closed": Mode(right, CONFORMANT, greet=closes_idle),
    "limited-every-40th": Mode(limits(40, "0"), CONFORMANT),
    "cookies": Mode(sends(lambda reply: reply.whole(*[f"Set-Cookie: c{n}=v" for n in range(100)])), CONFORMANT),
    "controlling-messages": Mode(edited(says(CONTROL)), CONFORMANT),
    "long-messages": Mode(edited(says("y" * 1_500_000)), CONFORMANT),
}

MODES: dict[str, Mode] = {**RIGHT, **TIME, **FLOODS, **FRAMING, **CONTENT}
