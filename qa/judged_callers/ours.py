"""Our client: python -m qa.judged_callers.ours plain|oauth|once.

`oauth` fetches a token, and sends once more after a 401. `once` is issue_once with a journal in COUPON_STATE.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from coupon_client import (
    CannotTell,
    CouponClient,
    Mobile,
    NothingIssued,
    OAuth,
    OutcomeUnknown,
    SqliteJournal,
    TillAuth,
    Timeouts,
)

OTHER = Mobile("11223569866")  # whose coupon proves that keys come back
SETTLE = 1.5  # seconds; the cases issue at most half a second late
TRIES = 3


def plain(client: CouponClient) -> dict[str, Any]:
    """Issue without a key."""
    result = client.issue(SERIES, CUSTOMER, COUNT)
    return {"end": "partly-issued" if result.missing else "issued", "codes": result.codes}


def once(client: CouponClient) -> dict[str, Any]:
    """Issue with the key, again with the same one while the outcome is open, as docs/issue-once.md says."""
    state = Path(os.environ["COUPON_STATE"])
    journal, checked = SqliteJournal(state / "journal.db"), state / "keys-checked"
    if not checked.exists():
        client.check_keys(SERIES, OTHER, journal=journal, settle=SETTLE)
        checked.touch()
    for remaining in reversed(range(TRIES)):
        try:
            result = client.issue_once(
                os.environ["COUPON_KEY"], SERIES, CUSTOMER, COUNT, journal=journal, settle=SETTLE
            )
        except (CannotTell, OutcomeUnknown):
            if not remaining:
                raise
        else:
            return {"end": "partly-issued" if result.missing else "issued", "codes": result.codes}
    raise AssertionError


def report(kind: str) -> dict[str, Any]:
    """Return the report of a call."""
    scheme = OAuth if kind == "oauth" else TillAuth
    credentials = scheme(os.environ["COUPON_USER"], os.environ["COUPON_PASSWORD"])
    patience = Timeouts(total=float(os.environ["COUPON_TIME_LIMIT"]) / 4)
    try:
        with CouponClient(os.environ["COUPON_URL"], credentials, timeouts=patience) as client:
            return once(client) if kind == "once" else plain(client)
    except NothingIssued:
        return {"end": "nothing-issued"}
    except OutcomeUnknown as unknown:
        return {"end": "unknown", "codes": [coupon.code for coupon in unknown.coupons]}
    except CannotTell:
        return {"end": "unknown"}


if __name__ == "__main__":
    SERIES, COUNT = int(os.environ["COUPON_SERIES"]), int(os.environ["COUPON_COUNT"])
    CUSTOMER = Mobile(os.environ["COUPON_MOBILE"])
    print(json.dumps(report(sys.argv[1])))
