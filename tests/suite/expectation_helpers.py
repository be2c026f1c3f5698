import json
from typing import Any

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.expect import expect
from coupon_contract.suite.matchers import Matcher
from tests.suite.conftest import (
    EMAIL,
    MOBILE,
    TARGET,
)

Json = Any
UNKNOWN = {"mobile": "10000000000"}
TWO_CUSTOMERS = MOBILE | EMAIL


def raw(text: str) -> bytes:
    """The ordinary body with a text in place of its `@`."""
    return text.replace("@", json.dumps(MOBILE)).encode()


def _kinds(asked_for: Request) -> tuple[Matcher, ...]:
    expectation = expect(asked_for, TARGET)
    assert expectation is not None
    return expectation.matchers
