"""Plays the vectors for clients that issue once: the platform of vector `some-id` has the base URL `<address>/some-id`.

The lists of a customer's coupons are the looks of the vector, one after the other and the last one again and again,
each in either order. Read-back has the issual details. An issuing call is answered with coupons ISSUED-1, ISSUED-2, …:
a client that ends with so many of them has taken the step `issue`.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from coupon_contract import spec

Json = Any
KEY = "KEY"  # in the vectors, the key that the client sends; `key` is the same in another letter case
ISSUED_ID = 900_000_000  # above every id of the vectors
NEWEST_FIRST = "DESC"


class Platform:
    """The lists of one vector, with the key as the client sends it."""

    def __init__(self, vector: Mapping[str, Json], key: str) -> None:
        self._looks, self._keys = vector["looks"], {KEY: key, KEY.lower(): key.swapcase()}
        self._served = Counter[str]()  # looks, by the order that was asked for
        self._lock = Lock()

    def listed(self, query: Mapping[str, str]) -> tuple[int, Mapping[str, str], Json]:
        """Return a page of the customer's coupons: status, headers and body. Its first page is a look of its own."""
        order, offset, limit = query.get("sort_order", NEWEST_FIRST), int(query.get("offset", 0)), int(query["limit"])
        with self._lock:
            self._served[order] += not offset
            look = self._looks[min(self._served[order], len(self._looks)) - 1]
        if "coupons" not in look:
            return look["status"], {}, {}
        coupons = look["newest_first" if order == NEWEST_FIRST else "coupons"]
        rows = [{"id": one["id"], "code": one["code"], "seriesId": one["series"]} for one in coupons]
        pagination = {"total": look["total"], **look.get("members", {})}
        page = {"pagination": pagination, "customers": [{"id": 1, "coupons": rows[offset:][:limit]}]}
        return 200, look.get("headers", {}), {"entity": page, "warnings": [], "errors": look.get("errors", [])}

    def read_back(self, ids: Sequence[str]) -> Json:
        """Return the coupons with these ids, of any look, with their issual details."""
        known = {str(one["id"]): one for look in self._looks for one in look.get("coupons", ())}
        return {"data": [self._row(known[number]) for number in ids if number in known], "warnings": [], "errors": []}

    def _row(self, coupon: Mapping[str, Json]) -> Json:
        row = {"code": coupon["code"], "seriesId": coupon["series"]}
        if "source_id" not in coupon:
            return row
        source = coupon["source_id"]
        return row | {"couponIssualDetails": {"sourceId": self._keys.get(source, source)}}


def issued(body: bytes) -> Json:
    """Return the response to an issuing call: all of the coupons that it asks for."""
    count = json.loads(body).get("count", 1)
    coupons = [{"code": f"ISSUED-{number}", "couponId": ISSUED_ID + number} for number in range(1, count + 1)]
    counts = {"totalCount": count, "successCount": count, "failureCount": 0}
    return {"coupons": coupons, **counts, "errors": [], "warnings": []}


class _Player(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    platforms: Mapping[str, Platform]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = parse_qs(address.query, keep_blank_values=True)
        id, path = self._parts(address.path)
        platform = self.platforms.get(id)
        if platform and path == spec.CUSTOMER_COUPONS_PATH:
            self._answer(*platform.listed({"limit": "100"} | {name: values[-1] for name, values in query.items()}))
        elif platform and path == spec.READ_BACK_PATH:
            self._answer(200, {}, platform.read_back(query.get("couponIds", ())))
        else:
            self._answer(404, {}, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        id, path = self._parts(self.path)
        if id in self.platforms and path == spec.ISSUE_PATH:
            self._answer(200, {}, issued(body))
        else:
            self._answer(404, {}, {})

    @staticmethod
    def _parts(path: str) -> tuple[str, str]:
        """Return the id of the vector and the path below its base URL."""
        id, slash, rest = path.removeprefix("/").partition("/")
        return id, slash + rest

    def _answer(self, status: int, headers: Mapping[str, str], content: Json) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def server(vectors: Sequence[Json], key: str = KEY, port: int = 0) -> ThreadingHTTPServer:
    """Return a server on loopback that plays these vectors once; the caller runs and closes it."""
    platforms = {vector["id"]: Platform(vector, key) for vector in vectors}
    return ThreadingHTTPServer(("127.0.0.1", port), type("Player", (_Player,), {"platforms": platforms}))
