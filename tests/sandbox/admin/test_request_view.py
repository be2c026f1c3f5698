"""How a request is sent again: with which credentials, with which command, and when not at all."""

import json
import shlex
from typing import Any

import pytest
from msgspec.structs import replace

from coupon_contract import spec
from coupon_contract.sandbox import Seed
from coupon_contract.sandbox.admin.request_view import A_TOKEN, CUT_OFF, repetition
from coupon_contract.sandbox.auth import password_hash
from tests.sandbox.conftest import ABIJITH, Api
from tests.sandbox.request_views import VIEW

URL = "http://127.0.0.1:8000"
DIGEST = password_hash("sandbox-password")


@pytest.mark.parametrize(
    ("changes", "sender"),
    [
        ({}, ("till.sandbox", DIGEST)),
        ({"till": "till.no-access", "caller": "till till.no-access", "status": 403}, ("till.no-access", DIGEST)),
        ({"till": None, "caller": A_TOKEN}, ("till.sandbox", DIGEST)),
        ({"status": 401}, ("", "")),
        ({"till": None, "caller": "no till of the seed", "status": 401}, ("", "")),
        ({"till": None, "caller": "no credentials", "status": 401}, ("", "")),
    ],
    ids=["till", "no-access", "token", "wrong-password", "unknown-till", "nobody"],
)
def test_a_request_is_sent_again_with_the_credentials_that_are_known(seed: Seed, changes: Any, sender: Any) -> None:
    again = repetition(URL, seed, replace(VIEW, **changes))

    assert again is not None
    assert (again.user, again.password) == sender
    assert ("-u" in shlex.split(again.command)) == bool(sender[0])


def test_the_command_holds_the_request_as_it_was(seed: Seed) -> None:
    view = replace(VIEW, request='{"a":\t"it\'s $HOME"}\n', content_type="application/json; charset=utf-8")
    again = repetition(URL, seed, view)

    assert again is not None
    assert shlex.split(again.command) == [
        *("curl", "-X", "POST", "-u", f"till.sandbox:{DIGEST}", "-H", f"Content-Type: {view.content_type}"),
        *("--data-raw", view.request, URL + spec.ISSUE_PATH),
    ]


def test_the_command_of_a_body_without_media_type_sends_none(seed: Seed) -> None:
    again = repetition(URL, seed, replace(VIEW, content_type=""))

    assert again is not None
    assert "Content-Type:" in shlex.split(again.command)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": spec.TOKEN_PATH, "request": ""},
        {"path": "/nowhere"},
        {"request": "{}" + CUT_OFF},
        {"request": "\ufffd"},
        {"request": "{}\0"},
        {"request": "{}\r\n"},
        {"method": "TRACE"},
        {"method": "GET"},
        {"path": spec.READ_BACK_PATH + "?9" + CUT_OFF, "method": "GET", "request": ""},
    ],
    ids=["credentials", "unknown-path", "long", "no-utf-8", "nul", "cr", "method", "get-with-body", "long-query"],
)
def test_a_request_that_was_not_kept_as_it_was_is_not_sent_again(seed: Seed, changes: Any) -> None:
    assert repetition(URL, seed, replace(VIEW, **changes)) is None


def latest(api: Api) -> dict[str, Any]:
    """The last request as the control API shows it."""
    headers = {"Host": "127.0.0.1"}
    view: dict[str, Any] = api.request("GET", "/__sandbox/requests", auth=None, headers=headers).json()["data"][0]
    return view


def body_of_the_last_request(api: Api) -> str:
    text: str = latest(api)["request"]
    return text


@pytest.mark.parametrize(
    "options",
    [{"auth": ("till.sandbox", "wrong")}, {"headers": {"Content-Type": "text/plain"}}],
    ids=["wrong-password", "no-json"],
)
def test_a_body_that_was_rejected_unread_is_cut_off(api: Api, options: Any) -> None:
    api.post({"seriesId": 415446}, **options)

    assert body_of_the_last_request(api) == CUT_OFF


def test_the_query_of_a_read_back_is_whole(api: Api) -> None:
    ids = ",".join(map(str, range(10**8, 10**8 + 300)))
    api.read_back(couponIds=ids)

    assert latest(api)["path"].count(str(10**8 + 299)) == 1
    assert not latest(api)["path"].endswith(CUT_OFF)


def test_a_query_that_was_cut_off_says_so(api: Api) -> None:
    api.read_back(couponIds="9" * 5_000)

    assert latest(api)["path"].endswith("9" + CUT_OFF)


def test_the_response_to_a_read_back_is_whole(api: Api) -> None:
    coupon = api.issue(415446)["coupons"][0]
    api.read_back(couponIds=coupon["couponId"])

    assert [listed["code"] for listed in json.loads(latest(api)["answer"])["data"]] == [coupon["code"]]


@pytest.mark.parametrize(
    ("path", "kind"),
    [(spec.READ_BACK_PATH, "read-back"), (spec.CUSTOMER_COUPONS_PATH, "read-back"), ("/nowhere", "other")],
)
def test_each_request_has_a_kind(api: Api, path: str, kind: str) -> None:
    api.request("GET", path)

    assert latest(api)["kind"] == kind


def test_a_body_that_was_read_is_whole(api: Api) -> None:
    api.issue(415446)

    assert json.loads(body_of_the_last_request(api)) == {"seriesId": 415446, "customer": ABIJITH}
