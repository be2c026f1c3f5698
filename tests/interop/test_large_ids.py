import json
import re
from collections.abc import Callable

import pytest

from interop import table
from interop.language import Language
from interop.large_ids import IDS, LOST, REFUSED, RIGHT, ROUNDED, observe, word
from scripts import vectors

ID, OTHER = 2**53 + 1, 2**53 + 3
READS = """
import json, os, urllib.request
request = urllib.request.Request(os.environ["COUPON_URL"] + "/v2/coupon/issue/multiple", b"{}")
coupons = json.load(urllib.request.urlopen(request))["coupons"]
print(json.dumps({"end": "issued", "ids": [READ(coupon["couponId"]) for coupon in coupons]}))
"""
RIGHTLY, AS_DOUBLES, NOT_AT_ALL = "str", "lambda id: str(int(float(id)))", "lambda id: 1 / 0"


def report(**members: object) -> str:
    return "started\n" + json.dumps({"end": "issued"} | members)


@pytest.mark.parametrize(
    ("output", "exit_status", "expected"),
    [
        (report(ids=[str(ID), str(OTHER)]), 0, RIGHT),
        (report(ids=[str(ID - 1), str(OTHER)]), 0, ROUNDED),
        (report(ids=[str(OTHER), str(ID)]), 0, ROUNDED),
        (report(ids=[str(ID)]), 0, ROUNDED),
        (report(ids=["9.007199254740992e15", str(OTHER)]), 0, ROUNDED),
        (report(end="unknown"), 0, REFUSED),
        ("", 1, REFUSED),
        (report(end="nothing-issued", ids=[]), 0, LOST),
        (report(codes=["A1", "A2"]), 0, LOST),
    ],
)
def test_a_word_follows_from_the_report_of_the_program(output: str, exit_status: int, expected: str) -> None:
    assert word(output, exit_status, (ID, OTHER)) == expected


@pytest.mark.parametrize(
    ("read", "words"),
    [(RIGHTLY, (RIGHT, RIGHT)), (AS_DOUBLES, (ROUNDED, ROUNDED)), (NOT_AT_ALL, (REFUSED, REFUSED))],
    ids=["whole numbers", "doubles", "an exception"],
)
def test_a_client_is_observed_with_each_id(fake: Callable[..., Language], read: str, words: tuple[str, str]) -> None:
    observed, problems = observe(fake(defaults=["python3", "-c", f"READ = {read}\n{READS}"]))

    assert (observed, problems) == (dict(zip(IDS, words, strict=True)), [])


def test_a_client_that_cannot_be_started_is_a_problem(fake: Callable[..., Language]) -> None:
    _, problems = observe(fake(defaults=["build/no-such-program"]))

    assert ["no-such-program" in problem for problem in problems] == [True] * len(IDS)


def test_the_vectors_that_the_page_names_have_an_id_of_each_kind() -> None:
    """All vectors are played to each helper, and the ids of those that end in `issued` are compared."""
    named = re.findall(r"`(ids-that-[a-z0-9-]+)`", table.PAGE.read_text(encoding="utf-8"))
    played = {vector["id"]: vector for vector in vectors.decoding()}
    ids = [int(id) for name in named for id in played[name]["ids"]]

    assert {played[name]["end"] for name in named} == {"issued"}
    assert [kind for kind, id in IDS.items() if id not in ids] == []
