"""The vectors for clients that issue once (spec/vectors/issue-once.yaml), played to our own client."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from coupon_client import CannotTell, CouponClient, boot_clock
from coupon_client.call_rules import utc_now
from coupon_client.exchange import Progress, Request, Response, Timeouts
from coupon_client.issuance import Issuance
from coupon_client.issue_once import _parameters, wire_key, with_key
from coupon_client.journal_entry import Attempt, Entry
from scripts.vectors import issue_once
from tests.client.conftest import ABIJITH, NOWHERE, TILL

VECTORS = issue_once()
SERIES = 415446
KEY = "a key of the vectors"


class Memory:
    """A journal in memory, in which the platform is checked."""

    def __init__(self, text: str) -> None:
        self.text = text

    def lock(self, key: str) -> str:
        return self.text if key == wire_key(KEY) else '{"keys": "returned"}'

    def write(self, key: str, text: str) -> None:
        self.text = text

    def unlock(self, key: str) -> None:
        """Nobody else wants it."""


class Issues(BaseException):
    """The client sent a request to issue so many coupons."""


class Lists:
    """A transport that serves the looks of a vector."""

    def __init__(self, looks: list[dict[str, Any]]) -> None:
        self._looks, self._nth = looks, 0

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        if request.method == "POST":
            progress.nothing_left = True
            raise Issues(json.loads(request.body or b"")["count"])
        query = dict(request.query)
        look = self._looks[min(self._nth // 2, len(self._looks) - 1)]
        if urlsplit(request.url).path == "/v2/coupon":
            ids = [int(value) for name, value in request.query if name == "couponIds"]
            listed = [coupon for look in self._looks for coupon in look.get("coupons", ())]
            return _json(200, {"data": [_row(next(c for c in listed if c["id"] == number)) for number in ids]})
        self._nth += 1
        if "coupons" not in look:
            return Response(look["status"], {}, b"")
        coupons = look["newest_first" if query["sort_order"] == "DESC" else "coupons"]
        rows = [{"id": c["id"], "code": c["code"], "seriesId": c["series"]} for c in coupons]
        page = rows[int(query["offset"]) : int(query["offset"]) + int(query["limit"])]
        entity = {"pagination": {"total": look["total"]}, "customers": [{"id": 1, "coupons": page}]}
        return _json(200, {"entity": entity, "errors": look.get("errors", [])}, look.get("headers", {}))

    def close(self) -> None:
        """Nothing is open."""


def _row(coupon: Mapping[str, Any]) -> dict[str, Any]:
    source = coupon.get("source_id")
    wire = wire_key(KEY)
    keyed = {"KEY": wire, "key": wire.upper()}.get(source or "", source)
    details = {} if source is None else {"couponIssualDetails": {"sourceId": keyed}}
    return {"code": coupon["code"], "seriesId": coupon["series"], **details}


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    names = {name.lower(): value for name, value in (headers or {}).items()}
    return Response(status, {"content-type": "application/json", **names}, json.dumps(body).encode())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_client_takes_the_next_step_of_the_vector(vector: dict[str, Any], no_waiting: list[float]) -> None:
    metadata = with_key(None, "source_id", wire_key(KEY))
    entry = Entry("", _parameters(Issuance(SERIES, vector["count"], ABIJITH, metadata, utc_now())))
    entry.attempt = Attempt(boot_clock.now(), 0.0) if vector["attempt"] else None
    entry.known, entry.named = set(vector["known"]), set(vector["named"])
    with CouponClient(NOWHERE, TILL, transport=Lists(vector["looks"])) as client:
        try:
            result = client.issue_once(KEY, SERIES, ABIJITH, vector["count"], journal=Memory(entry.text()), settle=1)
            step: dict[str, Any] = {"do": "return", "codes": list(result.codes)}
        except Issues as issues:
            step = {"do": "issue", "count": issues.args[0]}
        except CannotTell:
            step = {"do": "cannot-tell"}

    assert step == vector["next"]
