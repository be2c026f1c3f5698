"""Times decoding of a response with 500 coupons, from bytes to coupons, in processor seconds."""

import importlib
import json
import statistics
import time
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from coupon_api.models import IssuanceResponse

from bench.fixed_response_server import issued
from bench.ratios import Goal, Table, in_turns, timed
from coupon_client import response_reader
from coupon_client.exchange import Response

PROCESSES, ROUNDS, DECODINGS = 9, 40, 5
COUPONS = 500
TO_JSON = 1.50  # goal
TO_OTHER = 1 / 3  # goal


def decoding() -> Table:
    """Return the table of all decoders. Only this client checks the response for contradictions.

    Each figure is a median of several processes, because the ratios differ between processes by some percent.
    """
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        runs = pool.map(in_this_process, range(PROCESSES), chunksize=1)
    figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    return Table(f"a response with {COUPONS} coupons", figures, goals())


def in_this_process(_: int) -> dict[str, float]:
    """Return the seconds of each decoder."""
    package = importlib.import_module("openapi_client")
    body = issued(COUPONS)
    reply = Response(200, {}, body)
    ways: dict[str, Callable[[], Any]] = {
        "json.loads": lambda: json.loads(body)["coupons"],
        "coupon_client": lambda: end(reply).codes,
        "coupon_client, an object per coupon": lambda: end(reply).coupons,
        "stock generated model": lambda: IssuanceResponse.from_dict(json.loads(body)).coupons,
        "openapi-generator's model": lambda: package.IssuanceResponse.from_json(body.decode()).coupons,
    }
    assert [len(way()) for way in ways.values()] == [COUPONS] * len(ways)  # noqa: S101 - an error is not a measurement
    return in_turns({name: timed(way, DECODINGS, time.process_time) for name, way in ways.items()}, ROUNDS)


def end(reply: Response) -> Any:
    """Decode a response with this client."""
    return response_reader.end(COUPONS, reply)


def goals() -> list[Goal]:
    """Return the goals of this client, the second for coupons as objects too."""
    others = "openapi-generator's model"
    rows = ("coupon_client", "coupon_client, an object per coupon")
    return [Goal(rows[0], "json.loads", TO_JSON), *(Goal(row, others, TO_OTHER) for row in rows)]
