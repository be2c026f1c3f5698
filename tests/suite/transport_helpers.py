from collections.abc import Callable
from typing import Any

from attrs import evolve

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.target import Target
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import (
    TARGET,
    Reply,
    Seen,
    always,
    serving,
)

Json = Any
TOKEN = {"data": {"accessToken": "granted", "ttlSeconds": 60}, "errors": None}


def at(url: str, **changes: Any) -> Target:
    """The sandbox's target at this address."""
    return evolve(TARGET, base_url=url, **changes)


def sent(asked: Request, target: Target = TARGET, reply: Callable[[Seen], Reply] | None = None) -> list[Seen]:
    """What a server sees of one request."""
    with serving(reply or always({})) as stub, Transport(evolve(target, base_url=stub.url)) as transport:
        transport.send(asked)
    return stub.seen
