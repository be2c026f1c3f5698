"""Who may issue. Every refusal here is also one that must issue nothing."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.coupon_lists import TRIES, CustomerList, offered, query_of, unless_busy
from coupon_contract.suite.credentials import COOKIE_ALONE
from coupon_contract.suite.exchange import NotJson, Request, Response, dumps, loads
from coupon_contract.suite.permitted import IN_CHUNKS
from coupon_contract.suite.response_reader import Outcome, read
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.schema import mismatches
from coupon_contract.suite.skips import BrokenOff, NeverSent, NotObserved, NotOffered, NoToken
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries
from coupon_contract.suite.transport import token_request

NO_CODE = "no-coupon-has-this-code"  # so that a server that lets everybody in shows and revokes nothing
NOT_LISTED = 401, 403  # 403 of a server that lists coupons to nobody, which read-back-shape reports
NO_LENGTH = 411, 501  # of a server that takes no body in chunks (RFC 9110, 15.5.12; RFC 9112, 6.1)
WRONG = ("unknown-till", "wrong-password", "upper-case-digest", "empty-password")
NEARLY = ("part-of-digest", "digest-and-more")


def _issue_as(who: str, api: Api, series: OfferedSeries, customers: OfferedCustomers) -> Outcome:
    return api.issue(series.ordinary, customers.any, 1, who=who)


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 1)
def test_a_request_without_credentials_is_answered_with_401(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = _issue_as("nobody", api, series, customers)

    assert answer.status == 401, f"answered with {answer}; expected HTTP 401"


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 1)
def test_an_unusable_body_without_credentials_is_answered_with_401_or_400(api: Api) -> None:
    answer = api.post(b"not JSON", who="nobody")

    assert answer.status in (400, 401), f"answered with {answer}; expected HTTP 400 or 401"


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 1)
def test_a_body_in_chunks_without_credentials_is_answered_with_401(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    """Send past the oracle: a server that takes no body in chunks says so with a status of its own."""
    body = dumps({"seriesId": series.ordinary.id, "count": 1, "customer": customers.any})
    answer = read(api.exchange(Request(headers=IN_CHUNKS, body=body, who="nobody")))

    assert answer.status in (401, *NO_LENGTH), f"answered with {answer}; expected HTTP 401"


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 1)
def test_the_cookie_of_an_earlier_answer_is_no_credential(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    try:
        answer = _issue_as(COOKIE_ALONE, api, series, customers)
    except NotOffered:  # no response sets a cookie, so none is a credential
        return

    assert answer.status == 401, f"answered with {answer}; expected HTTP 401"


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(2, 2)
def test_credentials_hold_for_one_request_and_not_for_its_connection(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    try:
        with api.connected(keep=True):
            first, second = (_issue_as(who, api, series, customers) for who in ("caller", "nobody"))
    except (BrokenOff, NeverSent):
        raise NotOffered("connections that stay open for a second request") from None

    words = f"a request without credentials, behind {first}, was answered with {second}; expected HTTP 401"

    assert second.status == 401, words


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("companion", ["read-back", "customer-coupons"])
def test_no_coupons_are_listed_without_credentials(
    api: Api, run: Run, customers: OfferedCustomers, companion: str
) -> None:
    response = _companion_as("nobody", companion, api, run, customers)

    assert response.status in NOT_LISTED, f"answered with HTTP {response.status}"


def _companion_as(who: str, companion: str, api: Api, run: Run, customers: OfferedCustomers) -> Response:
    """Send a request for a list as somebody. Raises NotOffered and Busy."""
    offered(run, companion)
    if companion == "read-back":
        return unless_busy(api, evolve(query_of(run, "couponCodes", NO_CODE), who=who))
    return unless_busy(api, CustomerList(api, customers.any).request(1, 0, who=who))


@pytest.mark.clause("credentials-wrong")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("companion", ["read-back", "customer-coupons"])
def test_no_coupons_are_listed_with_a_wrong_password(
    api: Api, run: Run, customers: OfferedCustomers, companion: str
) -> None:
    response = _companion_as("wrong-password", companion, api, run, customers)

    assert response.status in NOT_LISTED, f"answered with HTTP {response.status}"


@pytest.mark.clause("token-invented")
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("companion", ["read-back", "customer-coupons"])
def test_no_coupons_are_listed_with_an_invented_token(
    api: Api, run: Run, customers: OfferedCustomers, companion: str
) -> None:
    _oauth(run)
    response = _companion_as("invented-token", companion, api, run, customers)

    assert response.status in NOT_LISTED, f"answered with HTTP {response.status}"


@pytest.mark.clause("token-expired")
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("companion", ["read-back", "customer-coupons"])
def test_no_coupons_are_listed_with_an_expired_token(
    api: Api, run: Run, customers: OfferedCustomers, companion: str
) -> None:
    _oauth(run)
    response = _companion_as("expired-token", companion, api, run, customers)

    assert response.status in NOT_LISTED, f"answered with HTTP {response.status}"


@pytest.mark.clause("credentials-missing")
@pytest.mark.disposable
@pytest.mark.sends(1, 0)
def test_nothing_is_revoked_without_credentials(api: Api, run: Run, series: OfferedSeries) -> None:
    status = _revoking_as("nobody", api, run, series).status

    assert status == 401, f"answered with HTTP {status}"


@pytest.mark.clause("credentials-wrong")
@pytest.mark.disposable
@pytest.mark.sends(1, 0)
def test_nothing_is_revoked_with_a_wrong_password(api: Api, run: Run, series: OfferedSeries) -> None:
    status = _revoking_as("wrong-password", api, run, series).status

    assert status == 401, f"answered with HTTP {status}"


@pytest.mark.clause("token-invented")
@pytest.mark.disposable
@pytest.mark.sends(1, 0)
def test_nothing_is_revoked_with_an_invented_token(api: Api, run: Run, series: OfferedSeries) -> None:
    _oauth(run)
    status = _revoking_as("invented-token", api, run, series).status

    assert status == 401, f"answered with HTTP {status}"


@pytest.mark.clause("token-expired")
@pytest.mark.disposable
@pytest.mark.sends(1, 0)
def test_nothing_is_revoked_with_an_expired_token(api: Api, run: Run, series: OfferedSeries) -> None:
    _oauth(run)
    status = _revoking_as("expired-token", api, run, series).status

    assert status == 401, f"answered with HTTP {status}"


def _revoking_as(who: str, api: Api, run: Run, series: OfferedSeries) -> Response:
    offered(run, "revoke")
    body = dumps({"couponSeriesId": series.ordinary.id, "couponCodes": [NO_CODE]})
    return unless_busy(api, Request("POST", spec.REVOKE_PATH, body=body, who=who))


@pytest.mark.clause("credentials-wrong")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("who", WRONG)
def test_wrong_credentials_are_answered_with_401(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, who: str
) -> None:
    answer = _issue_as(who, api, series, customers)

    assert answer.status == 401, f"{who} was answered with {answer}; expected HTTP 401"


@pytest.mark.clause("credentials-wrong")
@pytest.mark.disposable  # elsewhere, so many wrong passwords may lock the till
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("who", NEARLY)
def test_a_digest_that_is_nearly_right_is_answered_with_401(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, who: str
) -> None:
    answer = _issue_as(who, api, series, customers)

    assert answer.status == 401, f"{who} was answered with {answer}; expected HTTP 401"


@pytest.mark.clause("credentials-wrong")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("who", ["not-base64", pytest.param("bearer", marks=pytest.mark.disposable)])
def test_credentials_that_cannot_be_read_are_answered_with_401_or_400(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, who: str
) -> None:
    answer = _issue_as(who, api, series, customers)

    assert answer.status in (400, 401), f"{who} was answered with {answer}; expected HTTP 400 or 401"


@pytest.mark.clause("credentials-plain-password")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 1)
def test_the_plain_password_is_answered_with_401(api: Api, series: OfferedSeries, customers: OfferedCustomers) -> None:
    answer = _issue_as("plain-password", api, series, customers)

    assert answer.status == 401, f"answered with {answer}; expected HTTP 401"


@pytest.mark.clause("permission")
@pytest.mark.sends(1, 1)
def test_a_till_without_permission_is_answered_with_403(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = _issue_as("no-access", api, series, customers)

    assert answer.status == 403, f"answered with {answer}; expected HTTP 403"


@pytest.mark.clause("token-granted")
@pytest.mark.sends(2, 2)
def test_a_granted_token_issues_coupons_more_than_once(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    try:
        _token(api.run)
        answers = [_issue_as("oauth", api, series, customers) for _ in range(2)]
    except NoToken as problem:  # the target file declares tokens
        raise AssertionError(str(problem)) from None

    for answer in answers:
        assert answer.issued(1), f"answered with {answer}; expected 1 coupon"


@pytest.mark.clause("token-granted")
@pytest.mark.sends(2, 0)
@pytest.mark.parametrize("companion", ["read-back", "customer-coupons"])
def test_coupons_are_listed_with_a_granted_token(
    api: Api, run: Run, customers: OfferedCustomers, companion: str
) -> None:
    _oauth(run)
    try:
        response = _companion_as("oauth", companion, api, run, customers)
    except NoToken as problem:  # reported by the test of issuing with a token
        raise NotObserved(str(problem)) from None

    assert response.status == 200, f"answered with HTTP {response.status}; expected HTTP 200"


def _token(run: Run) -> None:
    """Get a token. Raises AssertionError if the target cuts TRIES requests for one off: its file declares tokens."""
    for _ in range(TRIES - 1):
        with suppress(BrokenOff):
            run.transport.token()
            return
    try:
        run.transport.token()
    except BrokenOff as problem:
        raise AssertionError(f"{TRIES} requests for a token in a row got nothing else: {problem}") from None


@pytest.mark.clause("token-shape")
@pytest.mark.sends(1, 0)
def test_a_token_comes_with_its_lifetime_in_the_documented_shape(run: Run) -> None:
    _oauth(run)
    with suppress(NoToken):  # token-granted reports it, and the response may have the documented shape
        run.transport.token()
    granting = run.last = run.transport.granting
    if granting is None or granting.response.status != 200:
        raise NotObserved("the target granted no token")
    try:
        loads(granting.response.body)
    except NotJson:
        raise AssertionError("the response with the token is not JSON") from None
    problems = {mismatch.words for mismatch in mismatches("TokenResponse", granting.response.body)}

    assert not problems, "; ".join(sorted(problems))


WRONG_CLAIMS: dict[str, Callable[[str, str], tuple[str, ...]]] = {
    "key": lambda key, secret: (key + "x", secret),
    "secret": lambda key, secret: (key, secret + "x"),
    "empty secret": lambda key, _: (key, ""),
    "nothing": lambda *_: (),
}


@pytest.mark.clause("token-refused")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("wrong", WRONG_CLAIMS)
def test_wrong_key_or_secret_gets_no_token(api: Api, run: Run, wrong: str) -> None:
    claim = WRONG_CLAIMS[wrong](*_oauth(run))
    request = token_request(*claim) if claim else Request(path=spec.TOKEN_PATH, body=dumps({}), who="nobody")

    status = api.exchange(request).response.status

    assert status in (400, 401), f"answered with HTTP {status}; expected HTTP 400 or 401"


@pytest.mark.clause("token-invented")
@pytest.mark.sends(1, 1)
def test_an_invented_token_is_answered_with_401(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _oauth(run)
    answer = _issue_as("invented-token", api, series, customers)

    assert answer.status == 401, f"answered with {answer}; expected HTTP 401"


@pytest.mark.clause("token-invented")
@pytest.mark.disposable
@pytest.mark.sends(1, 1)
def test_an_empty_token_is_answered_with_401_or_400(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _oauth(run)
    answer = _issue_as("empty-token", api, series, customers)

    assert answer.status in (400, 401), f"answered with {answer}; expected HTTP 400 or 401"


@pytest.mark.clause("token-invented")
@pytest.mark.disposable
@pytest.mark.sends(2, 1)
@pytest.mark.parametrize("who", ["part-of-token", "token-and-more"])
def test_a_token_that_is_nearly_a_granted_one_is_answered_with_401(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers, who: str
) -> None:
    _oauth(run)
    try:
        answer = _issue_as(who, api, series, customers)
    except NoToken as problem:  # token-granted
        raise NotObserved(str(problem)) from None

    assert answer.status == 401, f"{who} was answered with {answer}; expected HTTP 401"


@pytest.mark.clause("token-expired")
@pytest.mark.sends(1, 1)
def test_an_expired_token_is_answered_with_401(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _oauth(run)
    answer = _issue_as("expired-token", api, series, customers)

    assert answer.status == 401, f"answered with {answer}; expected HTTP 401"


def _oauth(run: Run) -> tuple[str, str]:
    if "oauth" not in run.target.features or "oauth" not in run.target.auth:
        raise NotOffered("features.oauth with auth.oauth")
    return run.target.auth["oauth"]
