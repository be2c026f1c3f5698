"""Reads recordings in the HAR format (HTTP Archive 1.2), one entry at a time, as browsers and proxies write them.

Of a request only the method, the path, the Content-Type and the body are kept: no credentials, cookies or addresses.
"""

import base64
import binascii
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import ijson
from attrs import field, frozen

from coupon_contract import spec
from coupon_contract.suite.exchange import Exchange, Headers, Request, Response

Json = Any
LARGEST_BODY = 2_000_000  # bytes; 500 coupons take a twentieth
NO_CALLER = (401, 403)  # these statuses do not show whether the credentials were right
LIMITED = 429  # the request was not run (ledger rate-limit)


class HarError(Exception):
    """The file is not a recording that can be read. The text names the file, and nothing of its content."""


@frozen
class LeftOut:
    """An entry of the operation that shows nothing, and why."""

    reason: str


@frozen
class Recorded:
    """An exchange of the operation, and a digest that is the same for two copies of one entry."""

    exchange: Exchange = field(repr=False)
    digest: bytes = field(repr=False)


def recorded(file: Path) -> Iterator[Recorded | LeftOut]:
    """Yield each call of the operation in a recording, in its order. Raises HarError, also in the middle of a file."""
    try:
        with file.open("rb") as opened:
            _skip_mark(opened)
            for number, entry in enumerate(ijson.items(opened, "log.entries.item", use_float=True), 1):
                if _is_operations(entry):
                    yield _read(entry, number)
    except OSError as problem:
        raise HarError(f"{file}: cannot be read ({problem.strerror})") from None
    except (ijson.JSONError, ValueError, OverflowError, RecursionError):
        raise HarError(f"{file}: is not JSON, or is cut off; record it again, and save it whole") from None


def _skip_mark(opened: BinaryIO) -> None:
    """Skip a byte order mark, which some tools write."""
    if opened.read(3) != b"\xef\xbb\xbf":
        opened.seek(0)


def _is_operations(entry: Json) -> bool:
    request = _object(entry, "request")
    try:
        path = urlsplit(str(request.get("url"))).path
    except ValueError:
        return False
    return request.get("method") == "POST" and path.endswith(spec.ISSUE_PATH)


def _read(entry: dict[str, Json], number: int) -> Recorded | LeftOut:
    request, response = _object(entry, "request"), _object(entry, "response")
    status, content, sent = response.get("status"), _object(response, "content"), _object(request, "postData")
    if type(status) is not int or not 100 <= status < 1000:
        return LeftOut("no response was recorded")
    if status == LIMITED:
        return LeftOut("the rate was limited (HTTP 429)")
    body, request_body = _body(content), _body(sent)
    if request_body is None or (not request_body and _whole(request.get("bodySize")) > 0):
        return LeftOut("the body of the request was not recorded")
    if body is None or len(body) < _whole(content.get("size")) or (not body and status == 200):
        return LeftOut("the body of the response was not recorded, or not whole")
    if max(len(body), len(request_body)) > LARGEST_BODY:
        return LeftOut(f"a body of more than {LARGEST_BODY} bytes")
    who = "nobody" if status in NO_CALLER else "caller"
    call = Request(headers=_content_type(request, sent), body=request_body, who=who)
    milliseconds = entry.get("time")
    seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) else 0.0
    answer = Response(status, _content_type(response, content), body, max(0.0, seconds))
    parts = (str(entry.get("startedDateTime")).encode(), str(milliseconds).encode(), request_body, body)
    return Recorded(Exchange(number, call, answer), blake2b(b"\0".join(parts), digest_size=8).digest())


def _body(holder: dict[str, Json]) -> bytes | None:
    """Return the bytes of a body, empty if there is none; None if it was not kept or cannot be decoded."""
    text = holder.get("text")
    if text is None:
        return None if _whole(holder.get("size")) > 0 or holder.get("params") else b""
    if not isinstance(text, str):
        return None
    if holder.get("encoding") == "base64":
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None
    return text.encode("utf-8", "surrogatepass")


def _content_type(message: dict[str, Json], content: dict[str, Json]) -> Headers:
    """Return the Content-Type headers of a message, or the type that the recorder noted beside its body."""
    listed = message.get("headers")
    named = [
        (str(header.get("name")), str(header.get("value")))
        for header in (listed if isinstance(listed, list) else ())
        if isinstance(header, dict) and str(header.get("name")).lower() == "content-type"
    ]
    noted = content.get("mimeType")
    return tuple(named) or ((("Content-Type", noted),) if isinstance(noted, str) and noted else ())


def _object(holder: Json, name: str) -> dict[str, Json]:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _whole(value: Json) -> int:
    return value if type(value) is int else 0
