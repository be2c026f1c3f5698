"""Programs of a few lines, as texts, for tests of the judge."""

import sys

CALL = """
import http.client, json, os, sys
from pathlib import Path

def call(mobile=os.environ["COUPON_MOBILE"]):
    body = {"seriesId": 1, "customer": {"mobile": mobile}, "count": int(os.environ["COUPON_COUNT"])}
    connection = http.client.HTTPConnection(os.environ["COUPON_URL"].partition("//")[2], timeout=5)
    connection.request("POST", "/v2/coupon/issue/multiple", json.dumps(body))
    connection.getresponse().read()
"""


def program(lines: str) -> list[str]:
    """Return the command of a program that may use `call`, `json`, `os`, `sys` and `Path`."""
    return [sys.executable, "-c", CALL + lines]
