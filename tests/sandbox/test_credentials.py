"""Who may call: tills and tokens."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from tests.sandbox.conftest import BASIC, ORDINARY, Api

UNUSABLE = "Invalid input. Please check request body parameters or input xml/json."
UNAUTHENTICATED = "Authentication failed. Please check username and password."

# --- credentials ------------------------------------------------------------------------------------------------------


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


WRONG_HEADERS = {
    "none": [],
    "plain password": [("Authorization", basic("till.sandbox:sandbox-password"))],
    "upper-case digest": [("Authorization", basic(":".join((BASIC[0], BASIC[1].upper()))))],
    "wrong password": [("Authorization", basic("till.sandbox:" + "0" * 32))],
    "unknown till": [("Authorization", basic("nobody:" + BASIC[1]))],
    "no colon": [("Authorization", basic("till.sandbox"))],
    "no base64": [("Authorization", "Basic %%%")],
    "no utf-8": [("Authorization", "Basic /////w==")],
    "scheme only": [("Authorization", "Basic")],
    "other scheme": [("Authorization", "Bearer " + BASIC[1])],
    "empty": [("Authorization", "")],
    "two, one wrong": [("Authorization", basic(":".join(BASIC))), ("Authorization", basic("nobody:x"))],
    "invented token": [(TOKEN_HEADER, "invented")],
    "expired token": [(TOKEN_HEADER, "sandbox-token-that-expired")],
    "empty token": [(TOKEN_HEADER, "")],
    "right till, wrong token": [("Authorization", basic(":".join(BASIC))), (TOKEN_HEADER, "invented")],
    "token that is not ASCII": [(TOKEN_HEADER, b"\xff\xfe")],
}


@pytest.mark.parametrize("headers", WRONG_HEADERS.values(), ids=WRONG_HEADERS.keys())
def test_missing_or_wrong_credentials_are_401(api: Api, headers: list[tuple[str, str]]) -> None:
    answer = api.request("POST", spec.ISSUE_PATH, json=ORDINARY, auth=None, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.json() == {"errors": [{"status": False, "code": 401, "message": UNAUTHENTICATED}]}


def test_a_wrong_till_beside_a_right_token_is_401(api: Api) -> None:
    token = api.token().json()["data"]["accessToken"]

    assert api.post(ORDINARY, auth=("nobody", "x"), headers={TOKEN_HEADER: token}).status_code == 401


def test_the_scheme_is_not_case_sensitive(api: Api) -> None:
    headers = {"Authorization": basic(":".join(BASIC)).replace("Basic", "bASIC")}

    assert api.post(ORDINARY, auth=None, headers=headers).status_code == 200


def test_a_till_without_access_is_403(api: Api) -> None:
    answer = api.post(ORDINARY, auth=("till.no-access", BASIC[1]))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 403)


@pytest.mark.parametrize(
    ("auth", "content_type", "expected"),
    [
        (None, "text/plain", 401),
        (("till.no-access", BASIC[1]), "text/plain", 403),
        (BASIC, "text/plain", 415),
        (BASIC, "application/json", 400),
    ],
)
def test_credentials_come_before_content_type_before_body(
    api: Api, auth: Any, content_type: str, expected: int
) -> None:
    assert api.post(b"{", auth=auth, headers={"Content-Type": content_type}).status_code == expected


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_key_and_secret_get_a_token_that_issues(api: Api) -> None:
    granted = api.token().json()
    answer = api.post(ORDINARY, auth=None, headers={TOKEN_HEADER: granted["data"]["accessToken"]})

    assert answer.json()["successCount"] == 1
    assert (granted["data"]["ttlSeconds"], granted["errors"]) == (3600, None)


@pytest.mark.parametrize(("seconds", "expected"), [(3599, 200), (3600, 401)])
def test_a_token_expires_by_the_clock(api: Api, seconds: int, expected: int) -> None:
    token = api.token().json()["data"]["accessToken"]
    api.clock.now += seconds

    assert api.post(ORDINARY, auth=None, headers={TOKEN_HEADER: token}).status_code == expected


@pytest.mark.parametrize("claim", [{"secret": "wrong"}, {"key": "wrong"}, {"secret": ""}, {"secret": "\ud800"}])
def test_a_wrong_key_or_secret_is_401(api: Api, claim: dict[str, str]) -> None:
    answer = api.token(**claim)

    assert answer.status_code == 401
    assert answer.json() == {"data": None, "errors": [{"code": 401, "message": UNAUTHENTICATED}]}


@pytest.mark.parametrize("claim", [{"secret": 1}, {"key": None}, {"key": ["sandbox-key"]}])
def test_an_unusable_request_for_a_token_is_400(api: Api, claim: dict[str, Any]) -> None:
    answer = api.token(**claim)

    assert answer.status_code == 400
    assert answer.json() == {"data": None, "errors": [{"code": 400, "message": UNUSABLE}]}


def test_a_restart_keeps_coupons_and_tokens(tmp_path: Path, open_api: Callable[..., Api]) -> None:
    before = open_api(tmp_path / "coupons.db")
    coupon = before.issue(415446)["coupons"][0]
    token = before.token().json()["data"]["accessToken"]
    before.close()
    after = open_api(tmp_path / "coupons.db")
    answer = after.request(
        "GET", "/v2/coupon", params={"couponIds": 1237263304}, auth=None, headers={TOKEN_HEADER: token}
    )

    assert [entry["code"] for entry in answer.json()["data"]] == [coupon["code"]]
