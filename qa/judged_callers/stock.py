"""Callers that trust their library: python -m qa.judged_callers.stock naive|generated|session|renewing.

naive: a loop that tries again after every error. generated: the client of openapi-python-client, with its defaults.
session: httpx with redirects and errors as exceptions, as many programs use it. renewing: new credentials and the same
request after every 401, as authentication hooks do it.
"""

import base64
import json
import os
import sys
from typing import Any

import httpx
from coupon_api import AuthenticatedClient
from coupon_api.api.issuance import issue_multiple_coupons
from coupon_api.models import CustomerReference, IssuanceRequest, IssuanceResponse

URL, USER, PASSWORD = (os.environ[f"COUPON_{name}"] for name in ("URL", "USER", "PASSWORD"))
MOBILE, SERIES, COUNT = (os.environ[f"COUPON_{name}"] for name in ("MOBILE", "SERIES", "COUNT"))
BODY = {"seriesId": int(SERIES), "customer": {"mobile": MOBILE}, "count": int(COUNT)}
TRIES = 3


def send(*, follow: bool) -> dict[str, Any]:
    """Send the request; raise for a status that is an error."""
    path = f"{URL}/v2/coupon/issue/multiple"
    response = httpx.post(path, json=BODY, auth=(USER, PASSWORD), follow_redirects=follow).raise_for_status()
    content: dict[str, Any] = response.json()
    return content


def naive() -> dict[str, Any]:
    """Try again after every error, also one in the body."""
    for _ in range(TRIES):
        try:
            content = send(follow=False)
            if not content.get("errors"):
                return reported(content)
        except (httpx.HTTPError, ValueError):
            continue
    return {"end": "nothing-issued"}


def session() -> dict[str, Any]:
    """Send once, follow redirects, and take every error for a failure."""
    try:
        return reported(send(follow=True))
    except (httpx.HTTPError, ValueError):
        return {"end": "nothing-issued"}


def renewing() -> dict[str, Any]:
    """Send the request once more after a 401, whatever it says; everything else that fails is unknown."""
    for remaining in (1, 0):
        try:
            return reported(send(follow=False))
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.UNAUTHORIZED or not remaining:
                break
        except (httpx.HTTPError, ValueError):
            break
    return {"end": "unknown"}


def generated() -> dict[str, Any]:
    """Call the generated client as its documentation does, and believe what it decodes."""
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with AuthenticatedClient(base_url=URL, token=token, prefix="Basic") as client:
        answer = issue_multiple_coupons.sync(
            client=client, body=IssuanceRequest(int(SERIES), CustomerReference(mobile=MOBILE), count=int(COUNT))
        )
    if not isinstance(answer, IssuanceResponse):
        return {"end": "nothing-issued"}
    return reported(answer.to_dict())


def reported(content: dict[str, Any]) -> dict[str, Any]:
    """Return the report of a body, from its list of coupons alone."""
    codes = [coupon["code"] for coupon in content.get("coupons") or []]
    return {
        "end": "issued" if len(codes) == int(COUNT) else "partly-issued" if codes else "nothing-issued",
        "codes": codes,
    }


if __name__ == "__main__":
    print(json.dumps({"naive": naive, "session": session, "generated": generated, "renewing": renewing}[sys.argv[1]]()))
