"""The response that an exception is about, in a form that survives pickling and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

from coupon_client.value import Hidden, Value

if TYPE_CHECKING:
    from coupon_client.exchange import Response

LONGEST_TEXT = 65_536  # bytes of the body, more than 500 coupons take
LONGEST_VALUE = 4_096  # characters of a header
MOST_HEADERS = 100


class ErrorResponse(Value):
    """The response of the server that led to an exception: HTTP `status`, `headers` and `text`.

    Names of headers are in lower case. `text` is the decompressed body as UTF-8, with U+FFFD for what is none, up to
    65,536 bytes. Up to 100 headers are kept, and 4,096 characters of each. Headers and text hold what the server sent,
    codes and the customer too: representations hide them.
    """

    __slots__ = __match_args__ = ("status", "headers", "text")
    hidden = ("headers", "text")

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status: Final = status
        self.headers: Final[Mapping[str, str]] = Hidden(headers)
        self.text: Final = text

    @classmethod
    def bounded(cls, response: Response) -> Self:
        """Return what is kept of a response."""
        headers = {name: value[:LONGEST_VALUE] for name, value in list(response.headers.items())[:MOST_HEADERS]}
        return cls(response.status, headers, bytes(response.body[:LONGEST_TEXT]).decode("utf-8", "replace"))

    def to_dict(self) -> Hidden:
        """Return the values in a form that JSON can carry."""
        return Hidden(status=self.status, headers=self.headers, text=self.text)

    def __hash__(self) -> int:  # a mapping has no hash
        return hash((type(self), self.status, self.text))


ResponseState = ErrorResponse | Mapping[str, Any] | None


def restored(state: ResponseState) -> ErrorResponse | None:
    """Return a response, or that of `to_dict`, also after it went through JSON."""
    return ErrorResponse(**state) if isinstance(state, Mapping) else state
