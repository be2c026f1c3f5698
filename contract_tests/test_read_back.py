"""The companion that lists what was issued."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from secrets import token_hex
from time import sleep
from typing import Any

import pytest

from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.coupon_lists import (
    LOOKS,
    OTHERS,
    TRIES,
    ReadBack,
    answered,
    codes_of,
    missing_of,
    query_of,
    wrong_type,
)
from coupon_contract.suite.exchange import JSON_HEADERS, Headers, NotJson, Request, dumps
from coupon_contract.suite.listing import Coupon, TooLong, coupon_of, items
from coupon_contract.suite.problem import counted, unlike
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.schema import MOST_MISMATCHES, mismatches
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

Json = Any
LOGS_IN_WRONGLY = "a wrong password"
PART = 200_000  # bytes of a read-back response that are validated at once
AT_ONCE = 500  # coupons, in a longer one
MOST_WRONG_PARTS = 3  # of a long list, after which the rest is not validated
TEXT: Headers = (("Content-Type", "text/plain"),)


def _request(
    series: Json, customer: Json, key: str, count: Json = 1, *, who: str = "caller", kind: Headers = JSON_HEADERS
) -> Request:
    body = {"seriesId": series, "count": count, "customer": customer, "metadata": {"sourceId": key}}
    return Request(headers=kind, body=dumps(body), who=who)


def _new_key() -> str:
    """Return a sourceId that marks the coupons of one request."""
    return f"contract-test-{token_hex(8)}"


REFUSALS: dict[str, Callable[[OfferedSeries, OfferedCustomers, str], Request]] = {
    "count 0": lambda series, customers, key: _request(series.ordinary.id, customers.last, key, 0),
    "count as an array": lambda series, customers, key: _request(series.ordinary.id, customers.last, key, [1]),
    "an array of series": lambda series, customers, key: _request([series.ordinary.id], customers.last, key),
    "a body cut short": lambda series, customers, key: Request(
        body=_request(series.ordinary.id, customers.last, key).body[:-1]
    ),
    "an expired series": lambda series, customers, key: _request(series.expired.id, customers.last, key),
    "a series at its maximum": lambda series, customers, key: _request(series.limited_in_all.id, customers.last, key),
    "a series without codes": lambda series, customers, key: _request(series.no_codes_left.id, customers.last, key),
    "an externally managed series": lambda series, customers, key: _request(
        series.externally_managed.id, customers.last, key
    ),
    "no credentials": lambda series, customers, key: _request(series.ordinary.id, customers.last, key, who="nobody"),
    LOGS_IN_WRONGLY: lambda series, customers, key: _request(
        series.ordinary.id, customers.last, key, who="wrong-password"
    ),
    "text/plain": lambda series, customers, key: _request(series.ordinary.id, customers.last, key, kind=TEXT),
}


def _one_and_refused(kind: str, target: Target) -> int:
    """Return the most coupons that both requests could issue. Raises NotOffered."""
    return 1 + most_coupons(REFUSALS[kind](OfferedSeries(target), OfferedCustomers(target), ""))


@pytest.fixture(scope="module")
def read_back(api: Api, run: Run) -> ReadBack:
    """Read-back of the target."""
    return ReadBack(api, run)


def _issued(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, count: int, **more: Json
) -> tuple[Json, list[Coupon]]:
    """Issue, and return the customer's id and the coupons. Raises NotObserved if none was issued."""
    return _customer_and_coupons(api.issue(series.ordinary, customers.last, count, **more))


def _customer_and_coupons(answer: Outcome) -> tuple[Json, list[Coupon]]:
    try:
        coupons = [coupon_of(entry) for entry in answer.coupons if isinstance(entry, dict)]
        customer = answer.body["customer"]["id"]
    except (TypeError, KeyError):
        raise NotObserved("no coupon was issued to read back") from None
    if any(coupon.code in (None, "") for coupon in coupons):
        raise NotObserved("coupons were issued without a code to look for")  # coupon-shape
    return customer, coupons


def _inquery_of(value: Json) -> Json:
    """Return an id as digits, however the response wrote it (clause integers-plain)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _mismatches_of_list(body: bytes) -> set[str]:
    """Return the first mismatches of a read-back response, as texts. A long list is validated in parts."""
    if len(body) <= PART:
        return {mismatch.words for mismatch in mismatches("FoundCoupons", body)}
    problems: set[str] = set()
    try:
        left = items(body)
        wrong = 0
        while wrong < MOST_WRONG_PARTS and (part := list(islice(left, AT_ONCE))):
            words = {mismatch.words for mismatch in mismatches("FoundCoupons", dumps({"data": part}))}
            problems |= words
            wrong += bool(words)
    except TooLong:
        pass
    except NotJson:
        problems.add("the response is not a JSON object with a list as data")
    return set(sorted(problems)[:MOST_MISMATCHES])


@pytest.mark.clause("read-back-shape")
@pytest.mark.sends(1 + TRIES, 1)
def test_read_back_answers_the_documented_shape(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, _ = _issued(api, series, customers, 1)
    response = answered(api, query_of(run, "issuedToIds", customer))

    assert response.status == 200, f"answered with HTTP {response.status}; expected HTTP 200"
    assert not (wrong := wrong_type(response)), wrong
    assert not (problems := _mismatches_of_list(response.body)), "; ".join(sorted(problems))


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.sends(5 + 2 * LOOKS, 4)
def test_coupons_of_a_customer_grow_by_exactly_those_issued(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, first = _issued(api, series, customers, 1)
    listed, _ = read_back.wait_for(first, "issuedToIds", customer)
    before, key = read_back.recent(customer, customers.last), _new_key()
    _, coupons = _issued(api, series, customers, 3, metadata={"sourceId": key})
    after, _ = read_back.wait_for(coupons, "issuedToIds", customer)
    new = codes_of(after) - codes_of(listed)

    assert codes_of(coupons) <= new, f"not listed as new: {missing_of(coupons, new)} of the second call"
    unnamed = read_back.unnamed(customer, customers.last, before, key)
    assert not unnamed, f"{counted(len(unnamed))} listed that no response contained; expected none"


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.sends(1 + LOOKS, 2)
@pytest.mark.parametrize(("parameter", "key"), [("couponIds", "id"), ("couponCodes", "code")])
def test_a_coupon_is_found_by_its_id_and_by_its_code(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers, parameter: str, key: str
) -> None:
    _, coupons = _issued(api, series, customers, 2)
    values = [_inquery_of(getattr(coupon, key)) for coupon in coupons]
    if 0 in values:
        raise NotObserved("the coupons that were issued have 0 as couponId")  # coupon-ids-filled
    found, _ = read_back.wait_for(coupons, parameter, *values)
    in_series = [coupon for coupon in found if coupon.series_id == series.ordinary.id]

    missing = codes_of(coupons) - codes_of(in_series)

    assert not missing, f"{parameter} does not find {missing_of(coupons, codes_of(in_series))}"
    assert codes_of(in_series) == codes_of(coupons), f"{parameter} finds coupons of the series that it does not name"


def _with_letters(api: Api, series: OfferedSeries, customers: OfferedCustomers) -> str:
    """Issue from the first series whose codes have letters, and return a code. Raises NotOffered."""
    for state in ("ordinary", "uploaded", "generic"):
        if state in api.run.target.series:
            _, coupons = _customer_and_coupons(api.issue(series.in_state(state), customers.last, 1))
            codes = [coupon.code for coupon in coupons if isinstance(coupon.code, str)]
            if lettered := next((code for code in codes if code.isascii() and code.upper() != code.lower()), None):
                return lettered
    raise NotOffered("series.uploaded or series.generic with letters in its codes")


@pytest.mark.clause("read-back-any-case")
@pytest.mark.sends(3 + 3 * LOOKS, 3)
def test_a_coupon_is_found_by_its_code_in_any_letter_case(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    code = _with_letters(api, series, customers)
    coupon = Coupon(code)
    listed, _ = read_back.wait_for([coupon], "couponCodes", code)
    if not codes_of([coupon]) <= codes_of(listed):
        read_back.not_listed()

    for spelling in (code.upper(), code.lower()):
        found, _ = read_back.wait_for([coupon], "couponCodes", spelling)
        assert codes_of([coupon]) <= codes_of(found), "a code in another letter case is not found"


@pytest.mark.clause("read-back-as-issued")
@pytest.mark.sends(4 + LOOKS, 3)
def test_codes_are_listed_as_they_were_issued_when_asked_for(
    api: Api, read_back: ReadBack, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    code = _with_letters(api, series, customers)
    listed, _ = read_back.wait_for([Coupon(code)], "couponCodes", code)
    if not codes_of([Coupon(code)]) <= codes_of(listed):
        read_back.not_listed()
    found = read_back.listed(query_of(run, "couponCodes", code, case="AS_IT_IS"))

    assert code in {coupon.code for coupon in found}, "the code is listed in another letter case"


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=[
                pytest.mark.sends(5 + LOOKS, partial(_one_and_refused, kind)),
                *([pytest.mark.logs_in_wrongly] if kind == LOGS_IN_WRONGLY else []),
            ],
        )
        for kind in REFUSALS
    ],
)
def test_a_refused_request_leaves_nothing_behind(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers, kind: str
) -> None:
    key = _new_key()
    refused = REFUSALS[kind](series, customers, key)
    customer, fresh = _issued(api, series, customers, 1)
    before, seconds = read_back.before(customer, customers.last, fresh)
    api.send(refused)
    sleep(seconds)
    new = read_back.unnamed(customer, customers.last, before, key)

    assert not new, f"{kind}: {counted(len(new))} that no response contained; expected none"


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.closes_the_run
@pytest.mark.sends(6 + LOOKS, lambda target: 2 + ("one-per-customer" in target.series))
@pytest.mark.parametrize("state", ["one-per-customer", "limited-per-customer"])
def test_a_refusal_of_a_series_that_is_used_up_leaves_nothing_behind(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers, state: str
) -> None:
    """A limit that no test has used up yet stays as it is, because other runs may need it."""
    used_up = series.in_state(state)
    if state == "one-per-customer":
        who = customers.last
        api.issue(used_up, who, 1)
    else:
        who = _refused(api, used_up)
    customer, fresh = _customer_and_coupons(api.issue(series.ordinary, who, 1))
    before, seconds = read_back.before(customer, who, fresh)
    key = _new_key()
    answer = api.issue(used_up, who, 1, metadata={"sourceId": key})
    sleep(seconds)
    new = read_back.unnamed(customer, who, before, key)

    assert not new, f"after {answer}: {counted(len(new))} that no response contained; expected none"


def _refused(api: Api, series: Series) -> Customer:
    """Return a known customer whom the series has refused because it is used up. Raises NotOffered."""
    for (series_id, index), codes in api.run.oracle.history.refused.items():
        if series_id == series.id and index is not None and codes & set(series.state.refusals):
            return dict([next(iter(api.run.target.known[index].items()))])
    raise NotOffered(f"series.{series.state.name} that an earlier test has used up")


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.disposable
@pytest.mark.sends(5 + LOOKS, 502)
def test_a_count_above_500_leaves_nothing_behind(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, fresh = _issued(api, series, customers, 1)
    before, seconds = read_back.before(customer, customers.last, fresh)
    key = _new_key()
    api.issue(series.ordinary, customers.last, 501, metadata={"sourceId": key})
    sleep(seconds)

    assert not read_back.unnamed(customer, customers.last, before, key), "coupons exist that no response contained"


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.sends(4 + LOOKS, 3)
def test_a_request_beyond_a_limit_leaves_only_what_its_answer_names(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, fresh = _issued(api, series, customers, 1)
    before, seconds = read_back.before(customer, customers.last, fresh)
    answer = api.issue(series.generic, customers.last, 2)  # the only limit that no earlier call uses up
    sleep(seconds)
    new = read_back.recent(customer, customers.last).total - before.total
    if new > len(answer.coupons) and not read_back.is_alone:
        raise NotObserved(OTHERS)

    assert new <= len(answer.coupons), unlike(
        f"{counted(new)} listed as new after {answer}", f"at most {len(answer.coupons)}"
    )


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.sends(2 + LOOKS, 2)
def test_coupons_of_another_customer_are_not_listed(
    api: Api, read_back: ReadBack, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    if len(run.target.known) < 2:
        raise NotOffered("two customers.known")
    # The list of the customer with the most coupons would grow with every run.
    other, own = (api.issue(series.ordinary, who, 1) for who in (customers.any, customers.last))
    (customer, fresh), (_, others) = _customer_and_coupons(own), _customer_and_coupons(other)
    listed, _ = read_back.wait_for(fresh, "issuedToIds", customer)

    assert codes_of(listed).isdisjoint(codes_of(others)), "a coupon of another customer is listed"


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.disposable
@pytest.mark.sends(2 + LOOKS, 2)
def test_two_coupons_with_the_code_that_all_share_are_both_listed(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answers = [api.issue(series.generic, customers.last, 1) for _ in range(2)]
    coupons = [coupon_of(coupon) for answer in answers for coupon in answer.coupons if isinstance(coupon, dict)]
    ids = {_inquery_of(coupon.id) for coupon in coupons if coupon.id}
    if len(ids) != len(answers):
        raise NotObserved("the generic series issued no two coupons with ids of their own")
    listed, _ = read_back.wait_for(coupons, "couponIds", *ids)

    assert len(listed) == len(ids), f"{counted(len(listed))} listed for two ids; expected 2"


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.disposable
@pytest.mark.sends(2 + LOOKS, 2)
def test_a_coupon_for_two_customers_at_once_is_listed_for_the_one_in_the_response(
    api: Api, read_back: ReadBack, run: Run, series: OfferedSeries
) -> None:
    """A server may take either of them, or refuse the request (ledger several-identifiers)."""
    answer = api.issue(series.ordinary, _two_customers(run.target.known), 1)
    if not answer.coupons:
        return
    customer, fresh = _customer_and_coupons(answer)
    code = fresh[0].code
    listed, _ = read_back.wait_for(fresh, "couponCodes", code)
    if not codes_of(fresh) <= codes_of(listed):
        read_back.not_listed()
    owned = read_back.listed(query_of(run, "couponCodes", code, more=(("issuedToIds", str(customer)),)))

    assert codes_of(fresh) <= codes_of(owned), "a coupon is not listed for the customer in the response to its request"


def _two_customers(known: Sequence[Customer]) -> Customer:
    """Return a reference that names two customers by identifiers of different types. Raises NotOffered."""
    for first in known[0].items():
        for customer in known[1:]:
            if others := [pair for pair in customer.items() if pair[0] != first[0]]:
                return dict([first, others[0]])
    raise NotOffered("two customers.known with identifiers of different types")


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.disposable
@pytest.mark.sends(4 + LOOKS, 2)
def test_parameters_of_different_names_narrow_the_list(
    api: Api, read_back: ReadBack, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    if len(run.target.known) < 2:
        raise NotOffered("two customers.known")
    other, own = (api.issue(series.ordinary, who, 1) for who in (customers.any, customers.last))
    (customer, fresh), (stranger, _) = _customer_and_coupons(own), _customer_and_coupons(other)
    code = fresh[0].code
    listed, _ = read_back.wait_for(fresh, "couponCodes", code)
    if not codes_of(fresh) <= codes_of(listed):
        read_back.not_listed()
    by_both = {
        who: codes_of(read_back.listed(query_of(run, "couponCodes", code, more=(("issuedToIds", str(who)),))))
        for who in (customer, stranger)
    }

    assert codes_of(fresh) <= by_both[customer], "a coupon is not found by its code and its customer together"
    assert len(by_both[customer]) == 1, "coupons are found that have the customer, and another code"
    assert by_both[stranger].isdisjoint(codes_of(fresh)), "a coupon is found by its code together with another customer"


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.disposable
@pytest.mark.sends(5 + LOOKS, 1)
def test_a_part_of_a_code_or_id_finds_no_coupon(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _, coupons = _issued(api, series, customers, 1)
    code, number = str(coupons[0].code), str(_inquery_of(coupons[0].id))
    if min(len(code), len(number)) < 2:
        raise NotObserved("code or id have no parts")
    listed, _ = read_back.wait_for(coupons, "couponCodes", code)
    if not codes_of(coupons) <= codes_of(listed):
        read_back.not_listed()
    found = {
        part: codes_of(read_back.look(name, part))
        for name, whole in (("couponCodes", code), ("couponIds", number))
        for part in (whole[:-1], whole[1:])
    }
    parts = sum(not codes_of(coupons).isdisjoint(codes) for codes in found.values())

    assert not parts, f"a coupon is found by {counted(parts, 'part')} of its code or its id; expected none"
