"""A caller of the standard library alone, right or with one fault: python stub_caller.py FAULT."""

import base64
import http.client
import json
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

CERTAIN = {677, 701, 707, 709, 713, 5001}
NOT_RUN = {400, 401, 429}
RENEWS = ("renews", "renews-always", "renews-on")  # sends once more after a 401; the first of them is right
fault = sys.argv[1]
env = os.environ
count = int(env["COUPON_COUNT"])


def post(url: str, path: str) -> tuple[int, str, bytes]:
    """Send the request once. Raises OSError and HTTPException."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    credentials = base64.b64encode(f"{env['COUPON_USER']}:{env['COUPON_PASSWORD']}".encode()).decode()
    body = {"seriesId": int(env["COUPON_SERIES"]), "customer": {"mobile": env["COUPON_MOBILE"]}, "count": count}
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    if fault == "prints":
        sys.stderr.write(f"debug: {headers}\n")
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    return response.status, response.headers.get("Location", ""), response.read()


def once(members: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object. Raises ValueError for a key that is repeated."""
    made = dict(members)
    if len(made) < len(members):
        raise ValueError("a repeated key")
    return made


def decided(status: int, body: bytes) -> dict[str, object]:
    """Return the report for a response that arrived whole."""
    try:
        content = json.loads(body, object_pairs_hook=dict if fault == "trusts" else once)
    except ValueError:
        return {"end": "unknown"}
    codes = [coupon["code"] for coupon in content.get("coupons", [])]
    errors = {error["code"] for error in content.get("errors", [])}
    if fault == "trusts" and errors and not codes:
        return {"end": "nothing-issued"}
    if status == 200 and codes and content["successCount"] == len(codes):
        shown = codes[:-1] if fault == "forgets" else codes
        return {"end": "issued" if len(codes) == count else "partly-issued", "codes": shown}
    if fault == "believes" and status in NOT_RUN:
        return {"end": "nothing-issued"}
    denied = all(error.get("status") is False for error in content.get("errors", []))
    refused = status == 200 and errors and errors <= CERTAIN and denied
    rejected = status in NOT_RUN and errors <= CERTAIN | NOT_RUN
    nothing = (refused or rejected) and not codes and not content.get("successCount")
    return {"end": "nothing-issued" if nothing else "unknown", "codes": codes}


def called(tries: int, renewals: int) -> dict[str, object]:
    """Call, again as often as the fault says, and return the report."""
    try:
        status, location, body = post(env["COUPON_URL"], "/v2/coupon/issue/multiple")
        if fault == "follows" and location:
            post(location, "/v2/coupon/issue/multiple")
    except ConnectionRefusedError:
        return {"end": "nothing-issued"}
    except (OSError, http.client.HTTPException):
        return called(tries - 1, 0) if tries else {"end": "unknown"}
    report = decided(status, body)
    if status == 401 and renewals and (fault == "renews-always" or report["end"] == "nothing-issued"):
        return called(1 if fault == "renews-on" else 0, renewals - 1)
    return report


def expire(*_: object) -> None:
    """End a call that takes too long as a whole: a timeout of each read would never end a slow response."""
    raise TimeoutError


signal.signal(signal.SIGALRM, expire)
if fault != "hangs":
    signal.setitimer(signal.ITIMER_REAL, float(env["COUPON_TIME_LIMIT"]) / 2)
begun = Path(env["COUPON_STATE"]) / "begun"
report: dict[str, object] = {"end": "unknown"}
if fault == "restarts" or not begun.exists():
    begun.touch()
    report = called(1 if fault == "resends" else 0, 1 if fault in RENEWS else 0)
sys.stdout.write(json.dumps(report) + "\n")
