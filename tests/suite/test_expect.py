"""What a request may be answered, row by row from the ledger, the error table and the clauses."""

import pytest
from attrs import frozen

from coupon_contract.suite.expect import expect
from coupon_contract.suite.matchers import any_fits
from coupon_contract.suite.response_reader import Outcome
from tests.suite.conftest import (
    MOBILE,
    OMIT,
    TARGET,
    body,
    coupons,
    of_series,
    refusal,
    request,
    status,
)
from tests.suite.expectation_helpers import TWO_CUSTOMERS, UNKNOWN, Json, _kinds, raw

UNLISTED = {"mobile": "4711815"}
LONG = {"sourceId": "x" * 51}


@frozen
class Row:
    """A request, the clause to name, and answers that the contract allows and forbids."""

    sent: Json
    clause: str
    allowed: list[Outcome]
    forbidden: list[Outcome]


REFUSED_BY_SERIES = [coupons(1), refusal(701), status(400)]
UNUSABLE = ([status(400)], [coupons(1), refusal(701), refusal(756), status(401), status(500)])
NO_CUSTOMER = ([refusal(701), refusal(756), status(400)], [coupons(1), refusal(707), status(404)])
NOT_INTEGER = ([status(400), refusal(677), refusal(756)], [coupons(1), coupons(2), refusal(707), status(500)])
ROWS = {
    # ordinary requests
    "one coupon": Row(body(), "issues-what-was-asked", [coupons(1)], [coupons(2), refusal(707), status(400)]),
    "seven coupons": Row(body(count=7), "issues-what-was-asked", [coupons(7)], [coupons(6, 5006), coupons(8)]),
    "500 coupons": Row(body(count=500), "count-maximum", [coupons(500)], [refusal(677), coupons(499)]),
    "uploaded codes": Row(of_series("uploaded", 3), "issues-what-was-asked", [coupons(3)], [refusal(5005), coupons(1)]),
    "metadata": Row(
        body(metadata={"sourceType": "x" * 50, "notes": "x" * 250}),
        "",
        [coupons(1), status(400)],  # metadata-taken is a SHOULD; the oracle may not make it a MUST
        [coupons(2), refusal(707)],
    ),
    "metadata-too-long": Row(body(metadata=LONG), "", [status(400), refusal(756), refusal(707)], [coupons(2)]),
    "unknown-fields": Row(body(colour="blue"), "", [coupons(1), status(400)], [coupons(2), refusal(707)]),
    "unknown-fields in customer": Row(
        body(customer={"id": 7} | MOBILE), "", [coupons(1), status(400)], [coupons(2), refusal(707)]
    ),
    # seriesId
    "series missing": Row(
        body(seriesId=OMIT), "series-missing", [refusal(756)], [coupons(1), refusal(707), refusal(677), status(400)]
    ),
    "series-id-name": Row(
        body(seriesId=OMIT, seriesIds=415446), "series-missing", [refusal(756)], [coupons(1), refusal(707)]
    ),
    "series-id-array": Row(body(seriesId=[415446, 535521]), "series-not-integer", *UNUSABLE),
    "series-id-array of one": Row(body(seriesId=[415446]), "series-not-integer", *UNUSABLE),
    "series-id-array without brackets": Row(
        raw('{"seriesId": 415446,535521, "count": 1, "customer": @}'), "unusable-body", *UNUSABLE
    ),
    "series object": Row(body(seriesId={"id": 415446}), "series-not-integer", *UNUSABLE),
    "series-id-truth": Row(
        body(seriesId=True), "series-not-integer", [status(400), refusal(707), refusal(756)], [coupons(1), refusal(701)]
    ),
    "series fraction": Row(body(seriesId=415446.5), "series-not-integer", *UNUSABLE),
    "series words": Row(body(seriesId="ordinary"), "series-not-integer", *UNUSABLE),
    "series empty text": Row(body(seriesId=""), "series-not-integer", *UNUSABLE),
    "series-id-string": Row(body(seriesId="415446"), "", [coupons(1), status(400)], [coupons(2), refusal(756)]),
    "series-id-string unknown": Row(
        body(seriesId="999999999"), "", [refusal(707), status(400)], [coupons(1), refusal(756)]
    ),
    "series-id-string expired": Row(
        body(seriesId="71300"), "series-expired", [refusal(713), status(400)], [coupons(1), refusal(707)]
    ),
    "series-id-string of 300 digits": Row(body(seriesId="9" * 300), "", [refusal(707), status(400)], [coupons(1)]),
    "integral-float series": Row(
        raw('{"seriesId": 415446.0, "customer": @}'), "", [coupons(1), status(400)], [coupons(2), refusal(756)]
    ),
    "series unknown": Row(
        of_series("invalid"), "series-unknown", [refusal(707)], [*REFUSED_BY_SERIES, refusal(756), refusal(713)]
    ),
    "series zero": Row(
        body(seriesId=0), "series-unknown", [refusal(707), refusal(756), status(400)], [coupons(1), refusal(701)]
    ),
    "externally-managed": Row(
        of_series("externally-managed"), "series-externally-managed", [refusal(707)], REFUSED_BY_SERIES
    ),
    "number-out-of-range series": Row(
        body(seriesId=2**63), "numbers-out-of-range", [refusal(707), status(400)], [coupons(1), refusal(677)]
    ),
    "number-out-of-range series of 10,000 digits": Row(
        raw('{"seriesId": %s, "customer": @}' % ("9" * 10_000)),
        "numbers-out-of-range",
        [refusal(707), status(400)],
        [coupons(1), refusal(677)],
    ),
    "number-out-of-range series beyond floats": Row(
        raw('{"seriesId": 1e400, "customer": @}'), "", [refusal(707), status(400)], [coupons(1), refusal(677)]
    ),
    "unlisted series": Row(
        body(seriesId=4711), "", [coupons(1), refusal(707), refusal(713), refusal(5005), status(500)], []
    ),
    # count
    "count-required": Row(
        body(count=OMIT), "count-omitted", [coupons(1)], [coupons(2), refusal(756), refusal(677), status(400)]
    ),
    "count-too-low": Row(
        body(count=0), "count-too-low", [refusal(756), refusal(677)], [coupons(1), refusal(707), status(400)]
    ),
    "count-too-low negative": Row(
        body(count=-(2**31)), "count-too-low", [refusal(756), refusal(677)], [coupons(1), status(400)]
    ),
    "count-too-high": Row(
        body(count=501),
        "count-too-high",
        [refusal(677)],
        [coupons(500), coupons(501), coupons(500, 5006), refusal(756), status(400)],
    ),
    "count-not-integer fraction": Row(body(count=1.5), "count-not-integer", *NOT_INTEGER),
    "count-as-text": Row(
        body(count="2"),
        "count-as-text",
        [coupons(2), status(400), refusal(677), refusal(756)],
        [coupons(1), refusal(707), status(500)],
    ),
    "count-as-text above the maximum": Row(
        body(count="501"), "count-too-high", [refusal(677), status(400)], [coupons(501), refusal(707)]
    ),
    "count-not-integer text": Row(body(count="two"), "count-not-integer", *NOT_INTEGER),
    "count-not-integer true": Row(body(count=True), "count-not-integer", *NOT_INTEGER),
    "count-not-integer array": Row(body(count=[2]), "count-not-integer", *NOT_INTEGER),
    "count-not-integer object": Row(body(count={}), "count-not-integer", *NOT_INTEGER),
    "integral-float count": Row(
        raw('{"seriesId": 415446, "count": 2.0, "customer": @}'),
        "",
        [coupons(2), status(400)],
        [coupons(1), refusal(677)],
    ),
    "integral-float count too high": Row(
        raw('{"seriesId": 415446, "count": 501.0, "customer": @}'),
        "count-too-high",
        [refusal(677), status(400)],
        [coupons(1), coupons(500), refusal(707)],
    ),
    "number-out-of-range count": Row(
        body(count=2**31), "numbers-out-of-range", [refusal(677), status(400)], [coupons(1), coupons(500), refusal(707)]
    ),
    "number-out-of-range count below": Row(
        body(count=-(2**63) - 1),
        "numbers-out-of-range",
        [refusal(677), refusal(756), status(400)],
        [coupons(1), refusal(707)],
    ),
    "number-out-of-range count beyond floats": Row(
        raw('{"seriesId": 415446, "count": 1e400, "customer": @}'),
        "",
        [refusal(677), status(400)],
        [coupons(1), coupons(500), refusal(707)],
    ),
    # json-null
    "body-empty null": Row(None, "unusable-body", [status(400), refusal(756)], [coupons(1), refusal(707), status(500)]),
    "json-null series": Row(
        body(seriesId=None), "null-fields", [refusal(756), status(400)], [coupons(1), refusal(707), refusal(677)]
    ),
    "json-null count": Row(body(count=None), "null-fields", [coupons(1), status(400)], [coupons(2), refusal(707)]),
    "json-null customer": Row(body(customer=None), "customer-missing", *NO_CUSTOMER),
    "json-null identifier": Row(body(customer={"mobile": None}), "customer-missing", *NO_CUSTOMER),
    "json-null identifier beside another": Row(
        body(customer=MOBILE | {"email": None}), "", [coupons(1), status(400)], [coupons(2), refusal(707)]
    ),
    "json-null metadata": Row(body(metadata=None), "", [coupons(1), status(400)], [coupons(2), refusal(707)]),
    # customer
    "missing-customer": Row(body(customer=OMIT), "customer-missing", *NO_CUSTOMER),
    "missing-customer without identifiers": Row(body(customer={}), "customer-missing", *NO_CUSTOMER),
    "missing-customer with an empty identifier": Row(body(customer={"email": ""}), "customer-missing", *NO_CUSTOMER),
    "customer-id alone": Row(
        body(customer={"id": 7}),
        "issues-what-was-asked",
        [coupons(1), refusal(701), refusal(756), status(400), status(403)],
        [coupons(2), refusal(707), status(404)],
    ),
    "customer-id beside another identifier": Row(
        body(customer=MOBILE | {"id": 7}),
        "issues-what-was-asked",
        [coupons(1), refusal(701), status(400)],
        [coupons(2), refusal(756), status(404)],
    ),
    "empty-identifiers": Row(
        body(customer=MOBILE | {"id": "", "email": "", "externalId": ""}),
        "issues-what-was-asked",
        [coupons(1), refusal(701), status(400)],
        [coupons(2), refusal(756), status(404)],
    ),
    "customer as text": Row(body(customer="somebody"), "unusable-body", *UNUSABLE),
    "customer as array": Row(body(customer=[MOBILE]), "unusable-body", *UNUSABLE),
    "identifier-as-number": Row(
        body(customer={"mobile": 11223569865}),
        "issues-what-was-asked",
        [coupons(1), refusal(701), refusal(756), status(400)],
        [coupons(2), refusal(707), status(500)],
    ),
    "customer unknown": Row(
        body(customer=UNKNOWN), "customer-unknown", [refusal(701)], [coupons(1), refusal(707), status(400)]
    ),
    "several-identifiers of one customer": Row(
        body(customer=MOBILE | {"externalId": "3873472"}), "issues-what-was-asked", [coupons(1)], [refusal(701)]
    ),
    "several-identifiers of two customers": Row(
        body(customer=TWO_CUSTOMERS), "", [coupons(1), refusal(701), status(400), status(500)], []
    ),
    "several-identifiers, one of them unknown": Row(
        body(customer=MOBILE | {"email": "nobody@example.com"}),
        "",
        [coupons(1), refusal(701), status(400), status(500)],
        [],
    ),
    "external-id-padding bare": Row(
        body(customer={"externalId": "3873472"}), "issues-what-was-asked", [coupons(1)], [refusal(701), status(400)]
    ),
    "external-id-padding padded": Row(
        body(customer={"externalId": "000003873472"}), "", [coupons(1), refusal(701)], [coupons(2), refusal(707)]
    ),
    "unlisted customer": Row(body(customer=UNLISTED), "", [coupons(1), refusal(701), status(400), status(500)], []),
    # bodies
    "duplicate-keys": Row(
        raw('{"seriesId": 415446, "count": 1, "count": 2, "customer": @}'),
        "",
        [coupons(1), coupons(2), status(400), status(500)],
        [],
    ),
    "body-empty": Row(b"", "unusable-body", [status(400), refusal(756)], [coupons(1), refusal(707), status(500)]),
    "array body": Row([body()], "unusable-body", *UNUSABLE),
    "text body": Row("seriesId", "unusable-body", *UNUSABLE),
    "NaN": Row(raw('{"seriesId": 415446, "count": NaN, "customer": @}'), "unusable-body", *UNUSABLE),
    "huge body": Row(body(colour="x" * 200_000), "", [coupons(1), status(400), status(413)], [status(500)]),
    "huge body that is not JSON": Row(
        b"x" * 200_000, "unusable-body", [status(400), status(403), status(413)], [coupons(1)]
    ),
    "NUL in an unknown field": Row(body(colour="\0"), "", [coupons(1), status(400), status(403)], [coupons(2)]),
    "an unknown field": Row(body(colour="x"), "", [coupons(1), status(400)], [status(403)]),
    # check-order: two flaws
    "two flaws, series and customer": Row(
        of_series("invalid", customer=UNKNOWN),
        "invalid-issues-nothing",
        [refusal(707), refusal(701)],
        [coupons(1), refusal(713), status(400)],
    ),
    "two flaws, series and count": Row(
        body(seriesId=OMIT, count=501),
        "invalid-issues-nothing",
        [refusal(756), refusal(677)],
        [coupons(1), status(400)],
    ),
    "two flaws, type and customer": Row(
        body(seriesId=[415446], customer=UNKNOWN),
        "invalid-issues-nothing",
        [status(400), refusal(701)],
        [coupons(1), refusal(713)],
    ),
    "two flaws, expired and customer": Row(
        of_series("expired", customer=UNKNOWN), "", [refusal(701), refusal(713)], [coupons(1), refusal(707)]
    ),
    "two flaws, expired and count": Row(
        of_series("expired", 501), "", [refusal(677), refusal(713)], [coupons(500), coupons(501), refusal(707)]
    ),
    "two flaws, no codes and customer": Row(
        of_series("no-codes-left", customer=UNKNOWN), "", [refusal(701), refusal(5005)], [coupons(1), refusal(713)]
    ),
    "two flaws, limit in all and count": Row(
        of_series("limited-in-all", 501), "", [refusal(677), refusal(5001)], [coupons(1), refusal(707)]
    ),
    "two flaws, generic and count": Row(
        of_series("generic", 501), "", [refusal(677), refusal(5004)], [coupons(1, 5004), coupons(501)]
    ),
    "a count too high for an unlisted series": Row(
        body(seriesId=4711, count=501), "", [refusal(677), refusal(707)], [coupons(500), coupons(501)]
    ),
    "a count too high for an unlisted customer": Row(
        body(customer=UNLISTED, count=501), "", [refusal(677), refusal(701)], [coupons(500), coupons(501)]
    ),
    # the states of a series
    "generic": Row(of_series("generic"), "", [coupons(1)], [refusal(5004), coupons(2), status(400)]),
    "generic, many": Row(
        of_series("generic", 2),
        "generic-one-at-a-time",
        [coupons(1, 5004), coupons(1, twins=(679,)), refusal(5004)],
        [coupons(2), coupons(1, 5006), coupons(2, 5004), refusal(5006), refusal(709)],
    ),
    "one-per-customer": Row(
        of_series("one-per-customer"), "one-per-customer", [coupons(1), refusal(709)], [coupons(2), refusal(707)]
    ),
    "one-per-customer, many": Row(
        of_series("one-per-customer", 2),
        "one-per-customer-count",
        [coupons(1, 5004), coupons(1, twins=(679,)), refusal(5004), refusal(709)],
        [coupons(2), coupons(1, 5002), coupons(2, 5004), refusal(5002)],
    ),
    "expired": Row(of_series("expired"), "series-expired", [refusal(713), refusal(712)], REFUSED_BY_SERIES),
    "expired, many": Row(of_series("expired", 9), "series-expired", [refusal(713)], [coupons(9), refusal(707)]),
    "limited-per-customer": Row(
        of_series("limited-per-customer"), "limit-per-customer", [coupons(1), refusal(5002)], [refusal(5001)]
    ),
    "limited-per-customer, as many as fit": Row(
        of_series("limited-per-customer", 5),
        "limit-per-customer",
        [coupons(5), coupons(2, 5002), coupons(2, twins=(621,)), refusal(5002)],
        [coupons(4, 5006), coupons(6, 5002), refusal(5004)],
    ),
    "limited-per-customer, more than fit": Row(
        of_series("limited-per-customer", 7),
        "limit-per-customer",
        [coupons(5, 5002), coupons(1, twins=(621,)), refusal(5002)],
        [coupons(7), coupons(6, 5002), coupons(5, 5001)],
    ),
    "limited-in-all": Row(
        of_series("limited-in-all"), "limit-in-all", [refusal(5001)], [coupons(1), refusal(5002), status(400)]
    ),
    "limited-in-all, many": Row(
        of_series("limited-in-all", 9), "limit-in-all", [refusal(5001)], [coupons(9), coupons(1, 5001)]
    ),
    "no-codes-left": Row(
        of_series("no-codes-left"), "no-codes-left", [refusal(5005)], [coupons(1), refusal(5001), status(400)]
    ),
    "no-codes-left, many": Row(
        of_series("no-codes-left", 9), "no-codes-left", [refusal(5005)], [coupons(9), coupons(1, 5005)]
    ),
    "few-codes-left": Row(
        of_series("few-codes-left"), "codes-running-out", [coupons(1), refusal(5005)], [coupons(2), refusal(707)]
    ),
    "few-codes-left, as many as there are": Row(
        of_series("few-codes-left", 3),
        "codes-running-out",
        [coupons(3), coupons(2, 5006)],
        [coupons(2, 5002), coupons(4)],
    ),
    "few-codes-left, more than there are": Row(
        of_series("few-codes-left", 5),
        "codes-running-out",
        [coupons(3, 5006), coupons(3, 5005), coupons(2, twins=(678,)), coupons(1, twins=(702,)), refusal(5005)],
        [coupons(5), coupons(4, 5006), coupons(3, 5002), refusal(5001)],
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_allowed_answer_is_accepted(row: Row) -> None:
    matchers = _kinds(request(row.sent))

    assert [str(answer) for answer in row.allowed if not any_fits(matchers, answer)] == []


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_no_forbidden_answer_is_accepted(row: Row) -> None:
    matchers = _kinds(request(row.sent))

    assert [str(answer) for answer in row.forbidden if any_fits(matchers, answer)] == []


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.clause], ids=[n for n in ROWS if ROWS[n].clause])
def test_the_clause_of_the_request_is_named(row: Row) -> None:
    expectation = expect(request(row.sent), TARGET)

    assert expectation is not None
    assert expectation.clause == row.clause
