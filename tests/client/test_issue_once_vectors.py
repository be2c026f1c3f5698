"""The vectors for clients that issue once (spec/vectors/issue-once.yaml), played to our own client."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from coupon_client import CannotTell, CouponClient, boot_clock
from coupon_client.issuance import Issuance
from coupon_client.issue_once import _parameters, wire_key, with_key
from coupon_client.journal_entry import Attempt, Entry
from coupon_client.sender import utc_now
from coupon_contract.cli.play_issue_once import server
from scripts.vectors import issue_once
from tests.client.conftest import ABIJITH, TILL

VECTORS = issue_once()
SERIES = 415446
KEY = "a key of the vectors"


class Memory:
    """A journal in memory, in which the platform is checked."""

    def __init__(self, text: str) -> None:
        self.text = text

    def lock(self, key: str) -> str:
        return self.text if key == wire_key(KEY) else '{"keys": "returned", "coupon": ["CHECK", 1]}'

    def write(self, key: str, text: str) -> None:
        self.text = text

    def unlock(self, key: str) -> None:
        """Nobody else wants it."""


@pytest.fixture(scope="module")
def platforms() -> Iterator[str]:
    """The address of a player of all vectors."""
    with server(VECTORS, wire_key(KEY)) as player:
        thread = Thread(target=player.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{player.server_port}"
        player.shutdown()
        thread.join()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_client_takes_the_next_step_of_the_vector(
    vector: dict[str, Any], platforms: str, no_waiting: list[float]
) -> None:
    metadata = with_key(None, "source_id", wire_key(KEY))
    issuance = Issuance(SERIES, vector["count"], ABIJITH, metadata, utc_now())
    entry = Entry("", _parameters(issuance, f"{platforms}/{vector['id']}"))
    entry.attempt = Attempt(boot_clock.now(), 0.0) if vector["attempt"] else None
    entry.known, entry.named = set(vector["known"]), set(vector["named"])
    with CouponClient(f"{platforms}/{vector['id']}", TILL) as client:
        try:
            result = client.issue_once(KEY, SERIES, ABIJITH, vector["count"], journal=Memory(entry.text()), settle=1)
            new = [code for code in result.codes if code.startswith("ISSUED-")]
            step: dict[str, Any] = (
                {"do": "issue", "count": len(new)} if new else {"do": "return", "codes": list(result.codes)}
            )
        except CannotTell:
            step = {"do": "cannot-tell"}

    assert step == vector["next"]
