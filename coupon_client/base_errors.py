"""The errors that know nothing of a call; coupon_client.errors has all of them."""

from __future__ import annotations

from typing import Any, Self

from coupon_client.error_response import ResponseState, restored
from coupon_client.value import Hidden


class CouponClientError(Exception):
    """Base class of all errors of this package. `request_id` is the server's id of the request, if it sent one.

    `response` is the response that led to the error, an `ErrorResponse`, or None if there is none. It holds what the
    server sent, codes and the customer too. `args` are the arguments of the constructor, in a form that JSON can carry.
    """

    def __init__(self, text: str, request_id: str | None = None, response: ResponseState = None) -> None:
        self._text = text
        self.request_id = request_id
        self.response = restored(response)
        given = (text, request_id, self._response_state())
        super().__init__(*(given if self.response else given[:2] if request_id is not None else given[:1]))

    def _response_state(self) -> Hidden | None:
        return None if self.response is None else self.response.to_dict()

    def __str__(self) -> str:
        return self._text if self.request_id is None else f"{self._text} (request id {self.request_id})"

    def __repr__(self) -> str:  # `args` may hold coupon codes
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:  # workers and queues pickle the outcome of a call
        state = {name: value for name, value in self.__dict__.items() if name != "since"}
        return type(self), self.args, state or None

    def __copy__(self) -> Self:
        copy = type(self)(*self.args)  # all that it holds is immutable, and `since` is still of this process
        copy.__dict__.update(self.__dict__)
        return copy

    def __deepcopy__(self, _: dict[int, Any]) -> Self:
        return self.__copy__()


class NothingIssued(CouponClientError):
    """No coupon was issued by this call."""


class InvalidRequest(NothingIssued, ValueError):
    """The request is invalid and was not sent; the text says what to write instead."""
