"""The sandbox in this process, whose responses are lost, cut off or never sent on purpose."""

from coupon_client.exchange import NeverSent, Request, Response
from coupon_client.testing import InProcessSandbox

SERIES = 415446


class Disturbed(InProcessSandbox):
    """The sandbox in this process; `issuing` decides on each issue request whether and how it goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.issuing: list[str | BaseException] = []  # what happens to the next issue requests
        self.requests: list[Request] = []

    async def _answer(self, request: Request) -> Response:
        """The sandbox's response, or what the next entry of `issuing` makes of it."""
        if "__sandbox" in request.url:
            return await super()._answer(request)
        self.requests.append(request)
        kind = self.issuing.pop(0) if request.url.endswith("/multiple") and self.issuing else "answered"
        if isinstance(kind, BaseException):
            raise kind
        if kind == "never sent":
            raise NeverSent("ConnectionRefusedError")
        if kind == "lost before":
            raise TimeoutError
        if kind == "rejected":
            return Response(429, {}, b"")
        response = await super()._answer(request)
        if kind == "lost after":
            raise TimeoutError
        if kind == "cut":
            return Response(200, response.headers, response.body[: len(response.body) // 2])
        return response

    @property
    def issue_requests(self) -> int:
        """How many requests to issue were made."""
        return sum(request.url.endswith("/multiple") for request in self.requests)
