"""Requests that are not processed: bodies, content types, methods and paths. And what is never our fault."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coupon_contract import spec
from tests.sandbox.conftest import ABIJITH, ORDINARY, Api, codes

UNUSABLE = "Invalid input. Please check request body parameters or input xml/json."
SETTINGS = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


WRONG_VALUES: dict[str, list[Any]] = {
    "seriesId": [[415446, 535521], [415446], "415446", "", True, 415446.5, {}, 1e-300],
    "count": ["2", True, False, [2], 2.5, {}],
    "customer": [
        *([], "11223569865", 1, False, [ABIJITH]),
        *({"mobile": 11223569865}, {"mobile": None}, {"email": []}, {"externalId": 3873472}, {"externalId": True}),
    ],
    "metadata": [[], "x", 1, False, {"sourceId": "x" * 51}, {"notes": "x" * 251}, {"reason": 1}],
}
WRONG_FIELDS = [{name: value} for name, values in WRONG_VALUES.items() for value in values]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=json.dumps)
def test_a_wrong_type_is_400(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.post({**ORDINARY, **wrong})

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"status": False, "code": 400, "message": UNUSABLE}]}


BROKEN_BODIES = {
    "empty": b"",
    "no json": b"{",
    "documented list": b'{"seriesId": 415446,535521, "count": 2, "customer": {"mobile": "11223569865"}}',
    "array": b"[]",
    "string": b'"{}"',
    "null": b"null",
    "two values": b"{}{}",
    "NaN": b'{"seriesId": 415446, "count": NaN, "customer": {"mobile": "11223569865"}}',
    "Infinity": b'{"seriesId": 415446, "x": -Infinity, "customer": {"mobile": "11223569865"}}',
    "repeated key": b'{"seriesId": 1, "seriesId": 415446, "customer": {"mobile": "11223569865"}}',
    "repeated deep key": b'{"seriesId": 415446, "customer": {"mobile": "1", "mobile": "11223569865"}}',
    "not utf-8": b'{"seriesId": 415446, "customer": {"mobile": "\xff"}}',
    "raw surrogate": b'{"seriesId": 415446, "customer": {"mobile": "\xed\xa0\x80"}}',
    "utf-16": '{"seriesId": 415446}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "deep": b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and open": b"[" * 1_000_000,
    "quotes": b'"' + b'\\"' * 500_000,
    "absurd exponent": b'{"count": 1e99999999999999999999}',
    "too big": b'{"x": "' + b"x" * 1024 * 1024 + b'"}',
}


@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
def test_a_broken_body_is_400(api: Api, body: bytes) -> None:
    assert api.post(body).status_code == 400


@pytest.mark.parametrize("count", [b"1e400", b"1e999999999", b"9" * 100_000])
def test_an_enormous_count_is_677(api: Api, count: bytes) -> None:
    assert codes(api.post(b'{"seriesId": 1, "count": ' + count + b"}").json()) == [677]


def test_brackets_in_texts_are_no_depth(api: Api) -> None:
    assert api.issue(415446, note="[" * 1000 + '\\"{' * 1000)["successCount"] == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "", "application/jsonp", "text/json"])
def test_another_content_type_is_415(api: Api, content_type: str) -> None:
    answer = api.post(json.dumps(ORDINARY).encode(), headers={"Content-Type": content_type})

    assert answer.status_code == 415


def test_a_body_without_content_type_is_415(api: Api) -> None:
    assert api.request("POST", spec.ISSUE_PATH, content=b"{}").status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;x"])
def test_json_with_parameters_is_taken(api: Api, content_type: str) -> None:
    answer = api.post(json.dumps(ORDINARY).encode(), headers={"Content-Type": content_type})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"), [(spec.ISSUE_PATH, "POST"), (spec.TOKEN_PATH, "POST"), (spec.READ_BACK_PATH, "GET")]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "OTHER"])
def test_another_method_is_405(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.request(method, path)

    assert answer.status_code == 405
    assert allowed in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize("path", ["/v2", "/v2/coupon/issue", spec.ISSUE_PATH + "/", "/v2/coupon/"])
def test_an_unknown_path_is_404(api: Api, path: str) -> None:
    answer = api.request("POST", path, json=ORDINARY)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, 404)


PATHS = [
    *(("POST", spec.ISSUE_PATH), ("POST", spec.TOKEN_PATH), ("GET", spec.READ_BACK_PATH)),
    *(("GET", path) for path in ("/", "/docs", "/docs/openapi.json", "/metrics", "/healthz", "/__sandbox/state")),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize("more", ["%0A", "%0D%0A", "%00", "%7F", "%C2%85"])
def test_a_path_with_a_control_character_is_404(api: Api, method: str, path: str, more: str) -> None:
    answer = api.request(method, path + more, headers={"Host": "127.0.0.1"})

    assert answer.status_code == 404


def test_credentials_that_were_sent_to_a_path_that_is_none_are_not_kept(api: Api) -> None:
    answer = api.post({"key": "sandbox-key", "secret": "sandbox-secret"}, spec.TOKEN_PATH + "%0A", auth=None)
    (note,) = api.app.shortcut.observer.request_log.notes

    assert (note.status, note.request, note.answer) == (404, b"", answer.content)


def test_a_defect_of_ours_is_a_bare_500(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.service.issue_in", lambda *_: 1 / 0)
    answer = api.post(ORDINARY)

    assert answer.status_code == 500
    assert answer.json() == {"errors": [{"status": False, "code": 500, "message": "Internal error."}]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
likely = st.sampled_from([415446, 18426, 96004, 50020, 50060, 0, 1, 2, 500, 501, 2**63, 1.5, "1", ABIJITH, {}])


@SETTINGS
@given(st.binary())
def test_random_bytes_are_never_our_fault(api: Api, body: bytes) -> None:
    assert api.post(body).status_code == 400


@SETTINGS
@given(
    st.dictionaries(
        st.sampled_from(["seriesId", "seriesIds", "count", "customer", "metadata", "x"]),
        likely | json_values | st.dictionaries(st.sampled_from(["mobile", "externalId", "notes"]), json_values),
    )
)
def test_random_objects_are_never_our_fault(api: Api, body: dict[str, Any]) -> None:
    answer = api.post(json.dumps(body).encode())

    assert answer.status_code in {200, 400}
