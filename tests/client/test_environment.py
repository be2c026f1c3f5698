"""Clients whose settings come from environment variables."""

import asyncio
from typing import Any

import pytest

from coupon_client import AsyncCouponClient, CouponClient, InvalidRequest, Issued, OAuth, TillAuth, Timeouts
from coupon_client.exchange import Progress, Request, Response
from coupon_client.testing import Script, answered, issued
from tests.client.conftest import ABIJITH, NOWHERE

WITH_TILL = {"COUPON_BASE_URL": NOWHERE, "COUPON_TILL": "till.canary", "COUPON_TILL_PASSWORD": "password-canary"}
WITH_OAUTH = {"COUPON_BASE_URL": NOWHERE, "COUPON_OAUTH_KEY": "key-canary", "COUPON_OAUTH_SECRET": "secret-canary"}
TOKEN = answered(200, {"data": {"accessToken": "t1", "ttlSeconds": 600}})
LIMITED = answered(429, {}, {"retry-after": "0"})


class Seen(Script):
    """A script, with the time limits of its requests."""

    def __init__(self, *endings: Any) -> None:
        super().__init__(*endings)
        self.timeouts: list[Timeouts] = []

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        self.timeouts.append(timeouts)
        return super().send(request, timeouts, progress)


def without(variables: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in names}


def refusal(variables: dict[str, str], **settings: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        CouponClient.from_env(environ=variables, **settings)
    assert "canary" not in f"{caught.value} {caught.value!r} {caught.value.args!r}"
    return str(caught.value)


def test_the_credentials_of_a_till_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WITH_TILL.items():
        monkeypatch.setenv(name, value)
    ours, explicit = Script(issued()), Script(issued())
    CouponClient.from_env(transport=ours).issue(1, ABIJITH)
    CouponClient(NOWHERE, TillAuth("till.canary", "password-canary"), transport=explicit).issue(1, ABIJITH)

    assert ours.requests == explicit.requests


def test_the_credentials_of_an_oauth_client_are_those_of_the_environment() -> None:
    ours, explicit = Script(TOKEN, issued()), Script(TOKEN, issued())
    CouponClient.from_env(environ=WITH_OAUTH, transport=ours).issue(1, ABIJITH)
    CouponClient(NOWHERE, OAuth("key-canary", "secret-canary"), transport=explicit).issue(1, ABIJITH)

    assert ours.requests == explicit.requests


def test_a_client_for_tasks_takes_them_too() -> None:
    client = AsyncCouponClient.from_env(environ=WITH_TILL, transport=Script(issued()))

    assert isinstance(asyncio.run(client.issue(1, ABIJITH)), Issued)


def test_limits_and_the_name_of_the_program_are_those_of_the_environment(no_waiting: list[float]) -> None:
    limits = {"COUPON_TOTAL_TIMEOUT": "7.5", "COUPON_RATE_LIMIT_RETRIES": "1", "COUPON_APP": "shop/1.2"}
    script = Seen(LIMITED, issued())
    CouponClient.from_env(environ=WITH_TILL | limits, transport=script).issue(1, ABIJITH)

    assert script.timeouts == [Timeouts(total=7.5)] * 2
    assert script.requests[0].headers["User-Agent"].endswith(" shop/1.2")


def test_arguments_win_over_the_environment() -> None:
    variables = {"COUPON_BASE_URL": "no url", "COUPON_RETRIES": "no number", "COUPON_TOTAL_TIMEOUT": "-1"}
    script = Script(issued())
    settings: dict[str, Any] = {"base_url": NOWHERE, "auth": TillAuth("a", "b"), "retries": 0, "timeouts": Timeouts()}
    client = CouponClient.from_env(environ=variables, transport=script, **settings)

    assert isinstance(client.issue(1, ABIJITH), Issued)


def test_all_missing_variables_are_named_at_once() -> None:
    text = refusal({})

    assert all(name in text for name in (*WITH_TILL, *WITH_OAUTH))


@pytest.mark.parametrize("variables", [WITH_TILL, WITH_OAUTH])
@pytest.mark.parametrize("left_out", range(3))
def test_a_missing_or_empty_variable_is_named_alone(variables: dict[str, str], left_out: int) -> None:
    name = list(variables)[left_out]
    for text in (refusal(without(variables, name)), refusal(variables | {name: ""})):
        assert f"{name} is not set" in text
        assert text.count("COUPON_") == 1


def test_the_credentials_of_a_till_and_of_oauth_at_once_are_refused() -> None:
    assert "not both" in refusal(WITH_TILL | WITH_OAUTH)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("COUPON_TOTAL_TIMEOUT", value) for value in ("0", "-1", "nan", "inf", "1e9", "canary", "1,5")],
        *[("COUPON_RETRIES", value) for value in ("-1", "1.5", "canary", "\u0663", "9" * 5_000)],
        ("COUPON_RATE_LIMIT_RETRIES", "canary"),
        ("COUPON_TILL", "canary:1"),
        ("COUPON_TILL_PASSWORD", "canary\0"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    assert name in refusal(WITH_TILL | {name: value})


def test_all_values_that_cannot_be_used_are_named_at_once() -> None:
    bad = {"COUPON_TOTAL_TIMEOUT": "canary", "COUPON_RETRIES": "canary", "COUPON_TILL": "canary:1"}
    text = refusal(without(WITH_TILL, "COUPON_BASE_URL") | bad)

    assert all(name in text for name in (*bad, "COUPON_BASE_URL"))


@pytest.mark.parametrize(("name", "value"), [("COUPON_BASE_URL", "https://u:canary@host"), ("COUPON_APP", "canary\n")])
def test_an_address_or_a_name_that_cannot_be_one_is_refused_without_its_value(name: str, value: str) -> None:
    assert ("base_url" if name == "COUPON_BASE_URL" else "app") in refusal(WITH_TILL | {name: value})


def test_a_setting_that_no_client_has_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        CouponClient.from_env(environ=WITH_TILL, colour="red")


def test_no_secret_of_the_environment_is_shown() -> None:
    client = CouponClient.from_env(environ=WITH_TILL, transport=Script())

    assert "canary" not in f"{client!r} {vars(client)!r} {vars(client._calls)!r}"
