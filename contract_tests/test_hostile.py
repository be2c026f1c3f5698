"""Bodies that were made to hurt. None of them may issue a coupon or end in a 5xx."""

from codecs import BOM_UTF8

import pytest

from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.permitted import NOT_UTF_8
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import BrokenOff
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

MEGABYTE = 1_000_000
SMALL = 64_000  # bytes, which nobody minds
ATTEMPTS = 3  # at a response to a body that might have ended the process


def _deep_in_an_unknown_field(target: Target) -> Request:
    body = dumps({"seriesId": target.series["ordinary"].id, "count": 0, "customer": OfferedCustomers(target).any})
    return Request(body=body[:-1] + b', "deep": ' + b"[" * 5_000 + b"]" * 5_000 + b"}")


def _behind_a_byte_order_mark(target: Target) -> Request:
    body = dumps({"seriesId": target.series["ordinary"].id, "count": 1, "customer": OfferedCustomers(target).any})
    return Request(body=BOM_UTF8 + body)


def _post(api: Api, body: bytes) -> Outcome:
    """The response to a body. A process that such a body ends gives none, however often it is sent.

    Whoever sends a large body may be cut off for its size, by whatever stands before the server; and any connection may
    break off once.
    """
    for _ in range(ATTEMPTS):
        try:
            return api.post(body)
        except BrokenOff:
            if len(body) > SMALL:
                raise
    raise AssertionError(f"the connection was closed without a whole answer, {ATTEMPTS} times")


def _nothing_and_no_harm(answer: Outcome) -> bool:
    return answer.kind == "refused" or 400 <= answer.status < 500


@pytest.mark.clause("hostile-body")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("size", [2, 4], ids="{}MB".format)
def test_a_huge_body_is_refused(api: Api, size: int) -> None:
    answer = api.post(b'{"seriesId": "' + b"9" * (size * MEGABYTE) + b'"}')

    assert _nothing_and_no_harm(answer), f"answered with {answer}; expected a refusal or HTTP 4xx"


@pytest.mark.clause("hostile-body")
@pytest.mark.sends(1, 1)
def test_a_body_of_a_hundred_thousand_keys_is_refused(api: Api) -> None:
    answer = api.post(dumps({f"key{index}": index for index in range(100_000)}))

    assert _nothing_and_no_harm(answer), f"answered with {answer}; expected a refusal or HTTP 4xx"


@pytest.mark.clause("hostile-body")
@pytest.mark.sends(ATTEMPTS, ATTEMPTS)
@pytest.mark.parametrize("opening", ["[", '{"a":', '{"seriesId":[{"customer":'], ids=["arrays", "objects", "fields"])
@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_nesting_is_refused(api: Api, opening: str, depth: int) -> None:
    answer = _post(api, opening.encode() * depth)

    assert _nothing_and_no_harm(answer), f"answered with {answer}; expected a refusal or HTTP 4xx"


@pytest.mark.clause("hostile-body")
@pytest.mark.sends(ATTEMPTS, lambda target: ATTEMPTS * most_coupons(_deep_in_an_unknown_field(target)))
def test_deep_nesting_in_an_unknown_field_does_no_harm(api: Api, run: Run) -> None:
    answer = _post(api, _deep_in_an_unknown_field(run.target).body)

    assert _nothing_and_no_harm(answer), f"answered with {answer}; expected a refusal or HTTP 4xx"


@pytest.mark.clause("hostile-body")
@pytest.mark.sends(ATTEMPTS, ATTEMPTS)
@pytest.mark.parametrize("body", NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_bytes_that_are_not_utf_8_are_refused(api: Api, body: bytes) -> None:
    answer = _post(api, body)

    assert _nothing_and_no_harm(answer), f"answered with {answer}; expected a refusal or HTTP 4xx"


@pytest.mark.clause("no-server-error")
@pytest.mark.sends(1, lambda target: most_coupons(_behind_a_byte_order_mark(target)))
def test_a_byte_order_mark_is_no_reason_to_fail(api: Api, run: Run) -> None:
    answer = api.send(_behind_a_byte_order_mark(run.target))

    assert answer.status < 500, f"answered with {answer}; expected no HTTP 5xx"


@pytest.mark.clause("hostile-body")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("identifier", ["mobile", "email", "externalId"])
def test_an_identifier_of_a_hundred_thousand_characters_is_refused(
    api: Api, series: OfferedSeries, identifier: str
) -> None:
    answer = api.issue(series.ordinary, {identifier: "9" * 100_000}, 1)

    assert _nothing_and_no_harm(answer), f"answered with {answer}; expected a refusal or HTTP 4xx"
