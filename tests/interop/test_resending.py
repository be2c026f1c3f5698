import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from interop import resending
from interop.language import Language
from interop.resending import AGAIN, CLOSE, CLOSE_KEPT, FOLLOWS, ONCE, RESET, Arrival, behaviour, observe

SENT, FOLLOWED, AS_GET = Arrival("POST", False), Arrival("POST", True), Arrival("GET", True)
NAIVE = """
import http.client, os, sys
from urllib.parse import urlsplit
address = urlsplit(os.environ["COUPON_URL"])
connection = http.client.HTTPConnection(address.netloc)
for _ in range(int(os.environ["COUPON_CALLS"])):
    for path in (address.path, address.path):
        try:
            connection.request("POST", path, b"{}")
            response = connection.getresponse()
            response.read()
            if response.status == 200:
                break
            if response.status == 302:
                connection.request("GET", response.headers["Location"])
                connection.getresponse().read()
                break
        except (http.client.HTTPException, OSError):
            connection.close()
"""


@pytest.mark.parametrize(
    ("arrived", "number", "word"),
    [
        ([SENT], 1, ONCE),
        ([SENT, SENT], 2, ONCE),
        ([SENT, SENT], 1, AGAIN),
        ([SENT, SENT, SENT], 2, AGAIN),
        ([SENT, FOLLOWED], 1, AGAIN),
        ([SENT, AS_GET], 1, FOLLOWS),
        ([SENT, SENT, AS_GET], 1, AGAIN),
        ([], 1, None),
        ([SENT], 2, None),
    ],
)
def test_a_behaviour_follows_from_the_requests_that_arrived(
    arrived: list[Arrival], number: int, word: str | None
) -> None:
    assert behaviour(arrived, number) == word


def test_the_defaults_of_a_client_are_seen_in_every_situation(fake: Callable[..., Language]) -> None:
    observed, problems = observe(fake(defaults=["python3", "-c", NAIVE]))

    assert (observed, problems) == (dict.fromkeys(resending.SITUATIONS, AGAIN) | {"302": FOLLOWS}, [])


def test_a_client_that_sends_nothing_is_a_problem_in_every_situation(fake: Callable[..., Language]) -> None:
    _, problems = observe(fake(defaults=["true"]))

    assert problems == [
        f"defaults in situation {situation}: not every call arrived" for situation in resending.SITUATIONS
    ]


@pytest.mark.parametrize(
    ("situation", "error"), [(RESET, ConnectionResetError), (CLOSE, http.client.RemoteDisconnected)]
)
def test_a_connection_ends_without_a_response(situation: str, error: type[Exception]) -> None:
    with resending.serve() as (url, _):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request("POST", f"/{situation}", b"{}")
        with pytest.raises(error) as raised:
            connection.getresponse()

    assert raised.type is error


def test_a_kept_connection_ends_at_the_second_call() -> None:
    with resending.serve() as (url, arrivals):
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        connection.request("POST", f"/{CLOSE_KEPT.replace(' ', '-')}", b"{}")
        connection.getresponse().read()
        connection.request("POST", f"/{CLOSE_KEPT.replace(' ', '-')}", b"{}")
        with pytest.raises(http.client.RemoteDisconnected):
            connection.getresponse()

    assert len(arrivals[CLOSE_KEPT]) == 2


def test_documented_settings_that_send_again_are_told() -> None:
    arrivals = {situation: [SENT] * number for situation, number in resending.CALLS.items()} | {"307": [SENT, FOLLOWED]}

    assert resending.sent_again(arrivals) == [f"situation 307: {AGAIN}"]
