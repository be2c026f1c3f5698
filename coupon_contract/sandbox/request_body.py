"""Reads headers and bodies from ASGI messages, within bounds."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from coupon_contract.sandbox.json_body import Unusable
from coupon_contract.sandbox.request_log import SHOWN, note_of

MAX_BODY = 1024 * 1024  # bytes


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header, in the order of arrival; `name` in lower case."""
    return [value.decode("latin-1") for header, value in scope["headers"] if header == name]


async def json_body(scope: Scope, receive: Receive) -> bytes:
    """Return the body if it is declared as JSON and is not too big; bytes over the limit are never kept.

    Raises HTTPException 415, Unusable, or ClientDisconnect.
    """
    content_types = header_values(scope, b"content-type")
    if content_types and not is_json(content_types[0]):
        raise HTTPException(415)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if body and not content_types:
            raise HTTPException(415)
        if len(body) > MAX_BODY:
            raise Unusable
    if note := note_of(scope):
        note.request = bytes(body[:SHOWN])
    return bytes(body)


def is_json(content_type: str) -> bool:
    """Return True if the media type is `application/json`, with any parameters."""
    return content_type.partition(";")[0].strip().lower() == "application/json"
