"""Answers gone wrong on the wire as well: compressed, in chunks, with lengths that do not fit."""

import gzip
import socket
import zlib
from collections.abc import Callable, Iterator
from random import Random

import pytest
from attrs import evolve

from coupon_client import OutcomeUnknown
from tests.client.conftest import Issue
from tests.client.mutations import Answer, answers
from tests.client.test_mutations import right_end
from tests.wire import server

NUMBER = 2_000
BODILESS = (*range(100, 200), 204, 205, 304)

Wire = tuple[bytes, Answer | None]  # what is sent, and what a reader must make of it; None where it is broken


def head(case: Answer, *headers: str) -> bytes:
    kind = [f"Content-Type: {value}" for value in case.headers.values()]
    return "\r\n".join([f"HTTP/1.1 {case.status} Reason", *kind, *headers, "", ""]).encode()


def plain(case: Answer, _: Random) -> Wire:
    return head(case, f"Content-Length: {len(case.body)}") + case.body, case


def till_the_end(case: Answer, _: Random) -> Wire:
    return head(case) + case.body, case


def gzipped(case: Answer, _: Random) -> Wire:
    body = gzip.compress(case.body)
    return head(case, "Content-Encoding: gzip", f"Content-Length: {len(body)}") + body, case


def deflated(case: Answer, _: Random) -> Wire:
    return head(case, "Content-Encoding: deflate") + zlib.compress(case.body), case


def cut_gzip(case: Answer, random: Random) -> Wire:
    body = gzip.compress(case.body)
    return head(case, "Content-Encoding: gzip") + body[: random.randrange(1, len(body))], None


def chunked(case: Answer, _: Random) -> Wire:
    return head(case, "Transfer-Encoding: chunked") + chunks(case.body) + b"0\r\n\r\n", case


def cut_chunks(case: Answer, random: Random) -> Wire:
    body = chunks(case.body)
    return head(case, "Transfer-Encoding: chunked") + body[: random.randint(0, len(body))], None


def too_long(case: Answer, random: Random) -> Wire:
    return head(case, f"Content-Length: {len(case.body) + random.randint(1, 99)}") + case.body, None


def too_short(case: Answer, random: Random) -> Wire:
    left = random.randint(0, max(len(case.body) - 1, 0))
    cut = evolve(case, body=case.body[:left], value=None, readable=False)
    return head(case, f"Content-Length: {left}") + case.body, cut


WIRES: tuple[Callable[[Answer, Random], Wire], ...] = (
    *(plain, till_the_end, gzipped, deflated, cut_gzip, chunked, cut_chunks, too_long, too_short),
)


def chunks(body: bytes) -> bytes:
    return b"".join(
        b"%x\r\n%b\r\n" % (len(body[at : at + 100]), body[at : at + 100]) for at in range(0, len(body), 100)
    )


def cases() -> Iterator[tuple[Answer, Wire]]:
    random = Random(7)  # noqa: S311 - repeatable on purpose
    for case in answers(NUMBER, 7):
        if case.status not in BODILESS:
            yield case, random.choice(WIRES)(case, random)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "coupon_client")


def test_every_answer_on_the_wire_ends_as_the_rules_say(issue: Issue) -> None:
    sent = list(cases())
    waiting = iter(sent)

    def serve(connection: socket.socket) -> None:
        connection.sendall(next(waiting)[1][0])

    wrong = []
    with server(serve) as (url, requests):
        for case, (_, meant) in sent:
            end = issue(url, count=case.asked, retries=2)
            if not isinstance(end, OutcomeUnknown if meant is None else right_end(meant)):
                wrong.append((case, meant, end))

    assert not wrong, wrong[:2]
    assert len(requests) == len(sent)
