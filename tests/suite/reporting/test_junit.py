"""The JUnit file, as a pipeline reads it."""

from typing import Any
from xml.etree import ElementTree

from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.reporting import junit
from coupon_contract.suite.target import Deviation
from coupon_contract.suite.verdict import Observation, Seen
from tests.suite.conftest import TARGET
from tests.suite.reporting.test_results import BEGIN, SESSION, TEST, TOO_MANY, failure, found, run

Json = Any


def suite(results: Json, target: str = "staging.toml") -> ElementTree.Element:
    return ElementTree.fromstring(junit.render(results, target))[0]  # noqa: S314 - ours


def case(of: ElementTree.Element, name: str) -> ElementTree.Element:
    (found_case,) = [entry for entry in of.iter("testcase") if entry.attrib["name"] == name]
    return found_case


def passing(**failed: str) -> Json:
    """Results in which every clause held, but for these."""
    seen = run()
    seen.observations += [Observation(clause, Seen.HELD, test=TEST) for clause in spec.clauses()]
    for clause, problem in failed.items():
        seen.observe(clause.replace("_", "-"), problem)
    return found(seen)


def test_the_suite_has_a_name_and_a_file() -> None:
    attributes = suite(found(run(TOO_MANY))).attrib

    assert (attributes["name"], attributes["file"]) == ("coupon-contract: sandbox", "staging.toml")


def test_a_failed_clause_is_a_failure_with_its_number_and_the_command_that_sends_it_again() -> None:
    results = found(run(TOO_MANY))
    wanted = failure(results, "count-too-high")
    entry = case(suite(results), "count-too-high")

    assert entry.attrib["file"] == "contract_tests/test_cases.py"
    assert entry[0].attrib["message"].startswith(f"#{wanted['number']} answered with a refusal with 756")
    assert f"replay: {wanted['replay']}" in (entry[0].text or "")


def test_a_failure_has_both_sides_first_and_the_beginning_of_the_answer() -> None:
    results = found(run(TOO_MANY))
    failure(results, "count-too-high")["exchange"]["body"] = "x" * 1_000
    lines = (case(suite(results), "count-too-high")[0].text or "").splitlines()

    assert lines[0] == "- expected a refusal with 677"
    assert [line for line in lines if len(line) > 400] == []


def test_a_failed_should_is_no_failure_when_the_exit_status_is_0() -> None:
    results = passing(placeholders_present="couponConfig.info is missing; expected always there")
    written = suite(results)

    assert (results["verdict"]["exit_status"], written.attrib["failures"]) == (0, "0")
    assert case(written, "placeholders-present")[0].tag == "skipped"


def test_a_failed_should_is_counted_beside_a_failed_must() -> None:
    results = passing(placeholders_present="a problem", permission="a problem")

    assert suite(results).attrib["failures"] == str(results["verdict"]["failures"]) == "2"


def test_a_deviation_is_skipped_with_its_date_and_link() -> None:
    listed = {"count-too-high": Deviation("answers 756", BEGIN.date(), "https://tracker.example.com/1")}
    entry = case(suite(found(run(TOO_MANY, target=evolve(TARGET, deviations=listed)))), "count-too-high")

    assert entry[0].tag == "skipped"
    assert all(part in entry[0].attrib["message"] for part in ("2026-08-01", "https://tracker.example.com/1", "756"))


def test_a_run_that_could_not_judge_is_an_error() -> None:
    results = found(run(), 3, evolve(SESSION, reason="no response from the target"))

    assert case(suite(results), "verdict")[0].attrib["message"] == "no response from the target"


def test_characters_that_xml_forbids_are_escaped() -> None:
    seen = run(target=evolve(TARGET, name="a\x00b\x1b[31m"))

    assert "\\x00" in suite(found(seen)).attrib["name"]
