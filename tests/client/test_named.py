"""Nothing that a response names is lost (ledger response-text, coupon-ids)."""

import gzip
import json
from typing import Any

import pytest

from coupon_client import Issued, NotReadable, OutcomeUnknown, Rejected
from coupon_client.exchange import Response
from coupon_client.testing import Script, answered
from tests.client.conftest import ABIJITH, Issue, client_of, of
from tests.wire import answer, server

Json = Any
BODY = json.dumps({"coupons": [{"code": "A1", "couponId": 1}, {"code": "B2", "couponId": 2}], "errors": []}).encode()


def codes(end: Any) -> list[str]:
    return [coupon.code for coupon in of(end, OutcomeUnknown).coupons]


def members(*texts: bytes) -> bytes:
    return answer(b"".join(map(gzip.compress, texts)), "Content-Encoding: gzip")


def sent(issue: Issue, wire: bytes) -> Any:
    with server(lambda connection: connection.sendall(wire)) as (url, _):
        return issue(url)


@pytest.mark.parametrize("cut", [1, 40, len(BODY) - 1])
def test_a_gzip_response_of_two_members_is_unknown_and_names_the_coupons_of_both(issue: Issue, cut: int) -> None:
    assert codes(sent(issue, members(BODY[:cut], BODY[cut:]))) == ["A1", "B2"]


def test_a_gzip_response_whose_second_member_contradicts_the_first_is_unknown(issue: Issue) -> None:
    refusal = json.dumps({"errors": [{"status": False, "code": 707, "message": "x"}]}).encode()

    assert codes(sent(issue, members(BODY, refusal))) == ["A1", "B2"]


def test_a_gzip_response_with_something_behind_it_is_unknown(issue: Issue) -> None:
    packed = gzip.compress(BODY) + b"tail"

    assert codes(sent(issue, answer(packed, "Content-Encoding: gzip"))) == ["A1", "B2"]


def test_a_connection_that_is_cut_within_the_body_loses_no_coupon_that_came(issue: Issue) -> None:
    end = sent(issue, answer(BODY[:-2], length=len(BODY)))

    assert codes(end) == ["A1", "B2"]
    assert end.status == 200


def test_a_rejection_that_is_cut_proves_nothing(issue: Issue) -> None:
    of(sent(issue, answer(b"{}", status="400 Bad Request", length=100)), OutcomeUnknown)


def test_a_rejection_in_one_gzip_member_is_believed(issue: Issue) -> None:
    packed = answer(gzip.compress(b"{}"), "Content-Encoding: gzip", status="400 Bad Request")

    of(sent(issue, packed), Rejected)


@pytest.mark.parametrize("end_of_text", range(len(BODY)))
def test_every_code_that_stands_before_a_cut_is_named(end_of_text: int) -> None:
    client, _ = client_of(answered(200, BODY[:end_of_text]))
    with pytest.raises(OutcomeUnknown) as caught:
        client.issue(1, ABIJITH, 2)

    assert codes(caught.value) == [code for code in ("A1", "B2") if f'"{code}"'.encode() in BODY[:end_of_text]]


@pytest.mark.parametrize("id", ["1e400", "-1e400", "9" * 5000, "1.5", "1e-400", '"7"', "null", "true", "[]"])
@pytest.mark.parametrize("other", ["2", "1e400", "9" * 400])
def test_no_id_loses_a_coupon(issue: Issue, id: str, other: str) -> None:
    body = f'{{"coupons": [{{"code": "A1", "couponId": {id}}}, {{"code": "B2", "couponId": {other}}}], "errors": []}}'

    assert of(issue(transport=Script(answered(200, body.encode()))), Issued).codes == ("A1", "B2")


@pytest.mark.parametrize("code", ["{C0", "[1]", '{"code": "X"}', "[", "{}", '["A"]'])
@pytest.mark.parametrize("more", [{}, {"x": "\ud800"}], ids=["read quickly", "read in full"])
def test_a_code_that_looks_like_json_is_a_code(issue: Issue, code: str, more: Json) -> None:
    body = {"coupons": [{"code": code, "couponId": 1}, {"code": "B2", "couponId": 2}], **more}

    assert of(issue(transport=Script(answered(200, body))), Issued).codes == (code, "B2")


def test_a_code_that_looks_like_json_is_named_where_the_outcome_is_unknown(issue: Issue) -> None:
    body = {"coupons": [{"code": "{C0", "couponId": 1}, {"code": "B2", "couponId": 2}], "successCount": 9}

    assert codes(issue(transport=Script(answered(200, body)))) == ["{C0", "B2"]


def test_an_id_that_a_double_rounds_is_kept(issue: Issue) -> None:
    body = BODY.replace(b'"couponId": 2', b'"couponId": 9007199254740993')

    assert of(issue(transport=Script(answered(200, body))), Issued).coupons[1].id == 9007199254740993


def test_a_read_back_that_is_cut_is_not_readable() -> None:
    client, _ = client_of(lambda _: Response(200, {}, b'{"data": []}', "a flaw"))

    with pytest.raises(NotReadable, match="a flaw"):
        client.read_back(1)


@pytest.mark.parametrize("text", [b"[" * 300_000, b'{"a":' * 200_000, b"\xff" * 1000, b'"' * 1001])
def test_a_text_that_is_hostile_to_readers_is_unknown(text: bytes) -> None:
    client, _ = client_of(answered(200, text))

    with pytest.raises(OutcomeUnknown):
        client.issue(1, ABIJITH, 2)


def test_an_id_of_too_many_digits_is_none_also_beside_its_negative(issue: Issue) -> None:
    coupons = [{"code": "A1", "couponId": 10**41}, {"code": "B2", "couponId": -(10**41)}]
    end = issue(transport=Script(answered(200, {"coupons": coupons})))

    assert [coupon.id for coupon in of(end, Issued).coupons] == [None, None]
