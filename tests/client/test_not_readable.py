"""NotReadable for a list of coupons: it has the server's codes, and none of its texts."""

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coupon_client import CannotTell, CouponClient, Mobile, NotReadable, SqliteJournal
from coupon_client.testing import InProcessSandbox, answered, lost
from tests.client.conftest import ABIJITH, TILL, client_of

NOBODY = Mobile("4915199999999")
SEVERAL = {"errors": [{"code": 701, "message": "CANARY 4915199999999"}, {"code": 4915199999999, "message": "CANARY"}]}
WARNED = {"data": [], "errors": [], "warnings": [{"code": 1234, "message": "CANARY"}]}


@pytest.fixture
def client() -> CouponClient:
    sandbox = InProcessSandbox()
    return CouponClient(sandbox.base_url, TILL, transport=sandbox)


def test_a_customer_who_does_not_exist_is_named_by_the_servers_code(
    client: CouponClient, no_waiting: list[float]
) -> None:
    with pytest.raises(NotReadable, match=r"\(code 701\)") as caught:
        client.find("order-1", NOBODY)

    assert [problem.code for problem in caught.value.errors] == [701]


def test_issue_once_for_a_customer_who_does_not_exist_says_so(
    client: CouponClient, no_waiting: list[float], tmp_path: Path
) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    client.check_keys(415446, ABIJITH, journal=journal)
    with pytest.raises(CannotTell, match=r"\(code 701\); nothing was sent"):
        client.issue_once("order-1", 415446, NOBODY, journal=journal)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_codes_are_in_the_text_unless_they_may_be_identifiers_and_texts_never(status: int) -> None:
    client, _ = client_of(answered(status, SEVERAL))
    with pytest.raises(NotReadable) as caught:
        client.read_back(1)

    assert "(code 701, …)" in str(caught.value)
    assert "CANARY" not in f"{caught.value} {caught.value!r}"
    assert [message for _, message in caught.value.errors] == ["CANARY 4915199999999", "CANARY"]


HEADERS = {"X-Cap-RequestID": "r-17", "Retry-After": "7"}
READS: dict[str, Callable[[CouponClient], object]] = {
    "read_back": lambda client: client.read_back(1),
    "find": lambda client: client.find("order-1", ABIJITH),
    "revoke": lambda client: client.revoke(1, ["A1"]),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
@pytest.mark.parametrize(("status", "body"), [(429, {}), (503, b"<html>"), (200, b"{"), (200, [5])])
def test_what_cannot_be_read_has_the_status_the_request_id_and_the_time_to_wait(
    read: Callable[[CouponClient], object], status: int, body: Any, no_waiting: list[float]
) -> None:
    client, _ = client_of(*[answered(status, body, HEADERS)] * 6)
    with pytest.raises(NotReadable, match=r"\(request id r-17\)$") as caught:
        read(client)

    assert (caught.value.status, caught.value.request_id, caught.value.retry_after) == (status, "r-17", 7)


def test_a_lost_response_has_no_status() -> None:
    client, _ = client_of(lost)
    with pytest.raises(NotReadable) as caught:
        client.read_back(1)

    assert (caught.value.status, caught.value.request_id, caught.value.retry_after) == (None, None, None)


def test_a_read_back_whose_request_id_is_the_customers_shows_none() -> None:
    client, _ = client_of(answered(500, {}, {"x-request-id": "for-5550001112223"}))
    with pytest.raises(NotReadable) as caught:
        client.read_back(5550001112223)

    assert caught.value.request_id is None


def test_a_list_with_warnings_has_their_codes() -> None:
    client, _ = client_of(answered(200, WARNED))
    with pytest.raises(NotReadable, match=r"\(code 1234\)") as caught:
        client.read_back(1)

    assert (caught.value.errors, caught.value.warnings) == ((), ((1234, "CANARY"),))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": "x"}', b'{"data": 5}'])
def test_a_response_without_codes_has_none(body: bytes) -> None:
    client, _ = client_of(answered(200, body))
    with pytest.raises(NotReadable) as caught:
        client.read_back(1)

    assert "code" not in str(caught.value)
    assert caught.value.errors == ()


def test_revoking_without_a_readable_result_has_the_codes() -> None:
    client, _ = client_of(answered(500, {"entity": {"errors": [{"code": 2003, "message": "CANARY"}]}}))
    with pytest.raises(NotReadable, match=r"HTTP 500.*\(code 2003\)"):
        client.revoke(1, ["A1"])


@pytest.mark.parametrize(
    "way",
    [
        copy.deepcopy,
        lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - our own bytes
        lambda error: type(error)(*json.loads(json.dumps(error.args))),
    ],
    ids=["deepcopy", "pickle", "Celery's JSON"],
)
def test_the_codes_survive_copying(way: Any) -> None:
    client, _ = client_of(answered(400, SEVERAL, HEADERS))
    with pytest.raises(NotReadable) as caught:
        client.read_back(1)
    copied = way(caught.value)

    assert (str(copied), vars(copied)) == (str(caught.value), vars(caught.value))
