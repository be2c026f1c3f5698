"""`coupon-contract sandbox logs URL`: print the requests of a running sandbox, each with the rule that decided it.

The lines come from the control API. They name neither customers nor coupons, so that they may be kept.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import httpx
import msgspec
from msgspec import Struct

from coupon_contract import spec, terminal
from coupon_contract.sandbox.admin.access import KEY_HEADER, KEY_VARIABLE
from coupon_contract.sandbox.admin.request_view import RequestView
from coupon_contract.sandbox.codec import CONTROL_PATH

EVERY = 0.5  # seconds between polls
LAP = 5.0  # seconds that polls overlap, because a worker may share a request late
PATIENCE = 10.0  # seconds for a response
STOPPED = 3  # the exit status when the sandbox ends while it is followed


class Listing(Struct):
    """The response of the control API."""

    data: list[RequestView]


class Unreachable(Exception):
    """No sandbox answers there, or it refuses; the text says which."""


def main(arguments: Sequence[str], key: str | None) -> int:
    """Print the last requests, then new ones until SIGINT; 0 then, 3 if the sandbox ends first, 4 if none answers.

    `key` is the control key of the environment.
    """
    options = parser().parse_args(list(arguments))
    headers = {KEY_HEADER: given} if (given := options.control_key or key) else {}
    printed = False
    try:
        with httpx.Client(base_url=options.url, headers=headers, timeout=PATIENCE, trust_env=False) as client:
            for views in batches(client):
                for view in views:
                    terminal.write(line(view))
                printed = True
                if not options.follow:
                    return 0
                time.sleep(EVERY)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # as by `| head`; the interpreter would flush to the closed pipe again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Unreachable as problem:
        terminal.write_error(f"sandbox logs: {problem}")
    return STOPPED if printed else terminal.USAGE


def parser() -> terminal.Parser:
    """Return the parser of the command line."""
    cli = terminal.Parser(prog="coupon-contract sandbox logs", description=__doc__)
    cli.add_argument("url", metavar="URL", type=address, help="address of the sandbox, which it prints when it starts")
    key = f"the key that the sandbox was started with (better: set {KEY_VARIABLE})"
    cli.add_argument("--control-key", metavar="KEY", help=key)
    stop = "print the requests so far, and end"
    cli.add_argument("--no-follow", dest="follow", action="store_false", help=stop)
    return cli


def address(text: str) -> str:
    """Return the address of a sandbox. Raises argparse.ArgumentTypeError."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise argparse.ArgumentTypeError(f"{text} is not an address such as http://127.0.0.1:8000")
    return str(url).rstrip("/")


def batches(client: httpx.Client) -> Iterator[list[RequestView]]:
    """Yield the requests that are new since the last batch, the earliest first. Raises Unreachable."""
    seen: dict[str, float] = {}
    while True:
        latest = max(seen.values(), default=0.0)
        views = [view for view in requests(client, max(0.0, latest - LAP)) if view.key not in seen]
        seen = {key: at for key, at in seen.items() if at > latest - 2 * LAP}
        seen |= {view.key: view.at for view in views}
        yield sorted(views, key=lambda view: view.at)


def requests(client: httpx.Client, after: float) -> list[RequestView]:
    """Return the requests after a moment (epoch seconds). Raises Unreachable."""
    try:
        response = client.get(f"{CONTROL_PATH}/requests", params={"after": repr(after)})
        if response.status_code == httpx.codes.OK:
            return msgspec.json.decode(response.content, type=Listing).data
        reason = f"HTTP {response.status_code}, {refusal(response)}"
    except httpx.HTTPError:
        reason = "no response"
    except msgspec.DecodeError:
        reason = "the response is not that of a sandbox of this version"
    url = str(client.base_url).rstrip("/")
    raise Unreachable(f"{url}: {reason}; name the address that `coupon-contract sandbox` prints")


def refusal(response: httpx.Response) -> str:
    """Return the message of a response that is no listing, in one line."""
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = "no sandbox"
    return terminal.in_a_line(str(message))


def line(view: RequestView) -> str:
    """Return a request in one line: time, outcome, request, duration, and the rule with its clause and words."""
    at = f"{datetime.fromtimestamp(view.at, UTC):%H:%M:%S.%f}"[:-3]
    clause = f" ({view.clause})" if view.clause else ""
    words = f": {view.words}" if view.words else ""
    purpose = "".join(f"; on purpose: {text}" for text in (view.behaviour, view.hazard) if text)
    text = f"{at}  {view.outcome:<14} {what(view):<34} {view.milliseconds:>8,} ms  {view.rule}{clause}{words}{purpose}"
    return terminal.in_a_line(text, terminal.LONGEST_TEXT)


def what(view: RequestView) -> str:
    """Describe the request without its query and without an unknown path: both may name customers and coupons."""
    path = view.path.partition("?")[0]
    if path not in spec.OPERATIONS:
        return f"{view.method} (an unknown path)"
    return view.what.partition("?")[0]
