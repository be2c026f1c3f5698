"""Who may issue. Every refusal here is also one that must issue nothing."""

import pytest

from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotOffered, NoToken
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries
from coupon_contract.suite.transport import token_request

WRONG = ("unknown-till", "wrong-password", "upper-case-digest", "empty-password")


def _issue_as(who: str, api: Api, series: OfferedSeries, customers: OfferedCustomers) -> Outcome:
    return api.issue(series.ordinary, customers.any, 1, who=who)


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 1)
def test_a_request_without_credentials_is_answered_with_401(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = _issue_as("nobody", api, series, customers)

    assert answer.status == 401, f"answered with {answer}"


@pytest.mark.clause("credentials-missing")
@pytest.mark.sends(1, 1)
def test_an_unusable_body_without_credentials_is_answered_with_401_or_400(api: Api) -> None:
    answer = api.post(b"not JSON", who="nobody")

    assert answer.status in (400, 401), f"answered with {answer}"


@pytest.mark.clause("credentials-wrong")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("who", WRONG)
def test_wrong_credentials_are_answered_with_401(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, who: str
) -> None:
    answer = _issue_as(who, api, series, customers)

    assert answer.status == 401, f"{who} was answered with {answer}"


@pytest.mark.clause("credentials-wrong")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 1)
def test_credentials_that_cannot_be_read_are_answered_with_401_or_400(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = _issue_as("not-base64", api, series, customers)

    assert answer.status in (400, 401), f"answered with {answer}"


@pytest.mark.clause("credentials-plain-password")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 1)
def test_the_plain_password_is_answered_with_401(api: Api, series: OfferedSeries, customers: OfferedCustomers) -> None:
    answer = _issue_as("plain-password", api, series, customers)

    assert answer.status == 401, f"answered with {answer}"


@pytest.mark.clause("permission")
@pytest.mark.sends(1, 1)
def test_a_till_without_permission_is_answered_with_403(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = _issue_as("no-access", api, series, customers)

    assert answer.status == 403, f"answered with {answer}"


@pytest.mark.clause("token-granted")
@pytest.mark.sends(1, 1)
def test_a_granted_token_issues_a_coupon(api: Api, series: OfferedSeries, customers: OfferedCustomers) -> None:
    try:
        answer = _issue_as("oauth", api, series, customers)
    except NoToken as problem:  # the target file declares tokens
        raise AssertionError(str(problem)) from None

    assert answer.issued(1), f"answered with {answer}"


@pytest.mark.clause("token-refused")
@pytest.mark.logs_in_wrongly
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("wrong", ["key", "secret", "nothing"])
def test_wrong_key_or_secret_gets_no_token(api: Api, run: Run, wrong: str) -> None:
    key, secret = _oauth(run)
    request = token_request(key + "x" * (wrong == "key"), secret + "x" * (wrong == "secret"))
    if wrong == "nothing":
        request = Request(path=request.path, body=dumps({}), who="nobody")

    status = api.exchange(request).response.status

    assert status in (400, 401), f"answered with HTTP {status}"


@pytest.mark.clause("token-invented")
@pytest.mark.sends(1, 1)
def test_an_invented_token_is_answered_with_401(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _oauth(run)
    answer = _issue_as("invented-token", api, series, customers)

    assert answer.status == 401, f"answered with {answer}"


@pytest.mark.clause("token-expired")
@pytest.mark.sends(1, 1)
def test_an_expired_token_is_answered_with_401(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _oauth(run)
    answer = _issue_as("expired-token", api, series, customers)

    assert answer.status == 401, f"answered with {answer}"


def _oauth(run: Run) -> tuple[str, str]:
    if "oauth" not in run.target.features or "oauth" not in run.target.auth:
        raise NotOffered("features.oauth with auth.oauth")
    return run.target.auth["oauth"]
