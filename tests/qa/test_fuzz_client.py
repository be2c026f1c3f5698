"""A short run of the client's fuzz, and a client that it must find out."""

import json
import re
from typing import Any

import pytest

from qa import fuzz_client

CASES, FEW = 1_000, 800  # of the right client, and of each wrong one
NEVER = re.compile("(?!)")  # matches nothing


def test_a_short_run_finds_nothing() -> None:
    kinds, ends, examples = fuzz_client.run(CASES, seed=3)

    assert (kinds.total(), examples) == (0, [])
    assert {"issued", "partly-issued", "refused", "outcome-unknown", "rejected", "not-authenticated"} <= set(ends)
    assert {"reconcile: WereIssued", "reconcile: NotIssued", "reconcile: CannotTell"} <= set(ends)
    assert {"find: found", "find: NotReadable"} <= set(ends)


def raises(*_: object, **__: object) -> Any:
    raise json.JSONDecodeError("x", "CANARY", 0)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("listing.complete", lambda *_: None, "wrong end"),
        ("list_signs.TOTALS", NEVER, "wrong end"),
        ("list_signs.COUNTS", NEVER, "wrong end"),
        ("list_signs.PAGES", NEVER, "wrong end"),
        ("list_signs.CONTINUED", NEVER, "wrong end"),
        ("list_signs.STALE_WARNING", NEVER, "wrong end"),
        ("list_signs.CACHE_HIT", NEVER, "wrong end"),
        ("masking.is_usual", lambda _: True, "leak"),
        ("call_rules.masked", lambda body, _: body.decode(errors="replace"), "leak"),
        ("transport._decompressed", lambda body, _: (body, ""), "wrong end"),
        ("call_rules.shown_request_id", lambda _, response: response.headers.get("x-request-id"), "leak"),
        ("call_rules.found_in", raises, "foreign exception"),
    ],
)
def test_a_client_that_is_wrong_in_one_way_is_found_out(
    name: str, value: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"coupon_client.{name}", value)
    kinds, _, _ = fuzz_client.run(FEW, seed=3)

    assert kinds[kind] > 0
