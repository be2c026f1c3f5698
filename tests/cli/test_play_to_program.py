"""`coupon-contract play-vectors FILE -- PROGRAM`, with programs that are right or wrong in one way."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from coupon_contract.__main__ import main
from scripts import vectors

Json = Any
DECODING = [vector for vector in vectors.decoding() if vector["id"] in {
    "issued-as-documented", "the-connection-is-cut-behind-the-first-coupon", "201-with-coupons", "an-empty-200",
}]  # fmt: skip
PROGRAM = """
import http.client, json, sys
from urllib.parse import urlsplit

TWICE, EXPECTED = {twice!r}, json.loads({expected!r})

def send(told):
    place = urlsplit(told["url"])
    connection = http.client.HTTPConnection(place.netloc)
    connection.request("POST", place.path + "/v2/coupon/issue/multiple", json.dumps(told["request"]))
    try:
        connection.getresponse().read()
    except http.client.HTTPException:
        pass

for line in sys.stdin:
    told = json.loads(line)
    if "url" in told:
        for _ in range(1 + (told["name"] == TWICE)):
            send(told)
    print(json.dumps({{"name": told["name"], **EXPECTED.get(told["name"], {{}})}}))
"""


def right() -> dict[str, Json]:
    """The report of each vector, as the vector has it."""
    keys = ("end", "codes", "ids", "errors", "warnings", "details")
    return {vector["id"]: {key: vector[key] for key in keys if key in vector} for vector in DECODING}


def play(folder: Path, reports: Json, twice: str = "", kind: str = "decoding", content: Json = DECODING) -> int:
    file, program = folder / f"{kind}.json", folder / "program.py"
    file.write_text(json.dumps({"kind": kind, "vectors": content}), encoding="utf-8")
    program.write_text(PROGRAM.format(twice=twice, expected=json.dumps(reports)), encoding="utf-8")
    return main(["play-vectors", str(file), "--", sys.executable, str(program)])


def test_a_right_program_has_no_wrong_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert play(tmp_path, right()) == 0
    assert capsys.readouterr().out == "4 vectors: 4 right, 0 safe, 0 wrong\n"


@pytest.mark.parametrize(
    ("id", "change", "says"),
    [
        ("issued-as-documented", {"end": "refused"}, "end is 'refused', not 'issued'"),
        ("issued-as-documented", {"codes": ["3084294818"]}, "codes is ['3084294818'], not"),
        ("issued-as-documented", {"ids": []}, "ids is [], not"),
        ("an-empty-200", {"end": "refused"}, "end is 'refused', not 'outcome-unknown'"),
        ("the-connection-is-cut-behind-the-first-coupon", {"codes": ["5686061236"]}, "codes is ['5686061236'], not"),
    ],
)
def test_a_wrong_report_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], id: str, change: Json, says: str
) -> None:
    reports = right()
    reports[id] |= change

    assert play(tmp_path, reports) == 1
    shown = capsys.readouterr().out
    assert f"WRONG  {id}: {says}" in shown
    assert shown.endswith("4 vectors: 3 right, 0 safe, 1 wrong\n")


def test_a_safe_end_is_noted_and_not_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = right()
    reports["201-with-coupons"]["end"] = "issued"

    assert play(tmp_path, reports) == 0
    assert capsys.readouterr().out == (
        "safe   201-with-coupons: issued is safe; outcome-unknown is better\n4 vectors: 3 right, 1 safe, 0 wrong\n"
    )


def test_a_library_that_hands_over_nothing_of_a_cut_body_may_report_no_codes(tmp_path: Path) -> None:
    reports = right()
    reports["the-connection-is-cut-behind-the-first-coupon"]["codes"] = []

    assert play(tmp_path, reports) == 0


def test_a_call_that_is_sent_twice_is_wrong_whatever_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert play(tmp_path, right(), twice="an-empty-200") == 1
    assert capsys.readouterr().out == (
        "WRONG  an-empty-200: arrived 2 times\n4 vectors: 4 right, 0 safe, 0 wrong, 1 not sent once\n"
    )


@pytest.mark.parametrize(("same", "status"), [(True, 0), (False, 1)])
def test_pairs_of_external_ids_are_compared_by_the_program(tmp_path: Path, same: bool, status: int) -> None:
    pair = {"left": "7", "right": "007", "same": True}

    assert play(tmp_path, {"'7' and '007'": {"same": same}}, kind="external-ids", content=[pair]) == status


def test_a_program_that_fails_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "decoding.json"
    file.write_text(json.dumps({"kind": "decoding", "vectors": DECODING}), encoding="utf-8")

    assert main(["play-vectors", str(file), "--", sys.executable, "-c", "raise SystemExit('it broke')"]) == 3
    assert "it broke" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "command", "says"),
    [
        ("decoding", [], "give the program after --"),
        ("decoding", ["no-such-program"], "no-such-program: no such program"),
        ("issue-once", ["true"], "is not played to a program"),
    ],
)
def test_a_program_that_cannot_be_played_to_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, command: list[str], says: str
) -> None:
    file = tmp_path / "vectors.json"
    entries = DECODING if kind == "decoding" else vectors.issue_once()
    file.write_text(json.dumps({"kind": kind, "vectors": entries}), encoding="utf-8")

    with pytest.raises(SystemExit) as ended:
        main(["play-vectors", str(file), "--", *command])

    assert ended.value.code == 4
    assert says in capsys.readouterr().err
