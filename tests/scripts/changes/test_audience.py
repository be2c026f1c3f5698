"""Each kind of change names those who must act on it, and the record of changes says so."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from coupon_contract import spec
from scripts import changes, release_versions, spec_rules
from scripts.changes import Change, __main__, audience, record
from tests.scripts.changes.test_changes import FIXTURES, edited

Json = Any
EVERYBODY, JUDGED = audience.EVERYBODY, audience.JUDGED
WHO = {
    "a new code": JUDGED,
    "a new optional field of the request": ("implementers",),
    "a new optional field of the response": (),
    "a new operation": (),
    "a larger maximum in the request": ("implementers",),
    "a field of the request that is no longer mandatory": ("implementers",),
    "another description": (),
    "a message of a code": (),
    "a code of the platform that proves a refusal": (),
    "a code that is gone": EVERYBODY,
    "a field of the response that is gone": EVERYBODY,
    "a field of the request that became mandatory": EVERYBODY,
    "another type": EVERYBODY,
    "an operation that is gone": EVERYBODY,
    "a judge that is narrower": JUDGED,
    "a judge that looks at one field more": JUDGED,
}


@pytest.mark.parametrize("name", WHO)
def test_a_change_names_those_who_must_act(name: str) -> None:
    _, edit = FIXTURES[name]
    found = changes.between(spec.document(), edited(edit))

    assert {who for change in found for who in change.who} == set(WHO[name]), found


def test_a_stricter_clause_concerns_implementers_and_testers() -> None:
    must = {"text": "It holds.", "level": "MUST", "ledger": ["x"]}
    (found,) = changes.between_clauses({}, {"new": must})

    assert found.who == JUDGED


@pytest.mark.parametrize("after", [{}, {"one": {"text": "It holds.", "level": "SHOULD", "ledger": ["x"]}}])
def test_a_milder_clause_asks_nothing_of_anybody(after: Json) -> None:
    before = {"one": {"text": "It holds.", "level": "MUST", "ledger": ["x"]}}

    assert [change.who for change in changes.between_clauses(before, after)] == [()]


def test_an_entry_of_the_record_has_kind_place_text_and_who() -> None:
    made = record.of([("0.1.0", [Change("breaking", "/a", "It is gone.", EVERYBODY)])], "0.2.0")

    entry = {"kind": "breaking", "place": "/a", "text": "It is gone.", "who": list(EVERYBODY)}
    assert made == {"version": "0.2.0", "since": [{"version": "0.1.0", "changes": [entry]}]}


def test_the_record_offers_no_live_host() -> None:
    change = Change("breaking", "/servers/0", "Server `https://eu.api.capillarytech.com` was removed.")

    assert not spec_rules.LIVE_HOST.search(json.dumps(record.of([("0.1.0", [change])], "0.2.0")))


def test_diff_writes_the_record_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, written = tmp_path / "base.yaml", tmp_path / "changes.json"
    version = "0.0.9"
    base.write_text(yaml.safe_dump(edited(FIXTURES["another type"][1], version), sort_keys=False), encoding="utf-8")
    status = __main__.main([str(base), "--json", str(written)])
    (since,) = json.loads(written.read_text(encoding="utf-8"))["since"]

    assert (status, since["version"]) == (0, version), capsys.readouterr().err
    assert {tuple(change["who"]) for change in since["changes"]} == {EVERYBODY}


@pytest.mark.parametrize("options", [["--json"], ["--jsn", "x"], ["--json", "x", "y"]])
def test_an_option_that_diff_does_not_know_is_a_usage_error(options: list[str], tmp_path: Path) -> None:
    assert __main__.main([str(tmp_path / "base.yaml"), *options]) == 4


def test_the_page_on_upgrades_lists_for_each_audience_what_it_has_to_do() -> None:
    breaking = Change("breaking", "/a", "It is gone.", JUDGED)
    harmless = Change("documentation", "/b", "b was modified.")
    page = release_versions.with_changes("# Upgrade\n", record.of([("0.1.0", [breaking, harmless])], "0.2.0"))
    sections = dict(zip(audience.EVERYBODY, page.split("### ")[1:], strict=True))

    assert "Nothing." in sections["callers"]
    assert "`/a`: It is gone." in sections["implementers"]
    assert "`/a`: It is gone." in sections["testers"]
    assert "/b" not in page


def test_the_versions_before_this_one_are_compared() -> None:
    assert release_versions.earlier(["0.10.0", "0.9.0", "0.2.0"], "0.10.0") == ["0.9.0", "0.2.0"]
