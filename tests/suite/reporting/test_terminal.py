"""The terminal report of a run that fails: short, numbered, and with what to do next."""

import re
from pathlib import Path

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.reporting import junit
from coupon_contract.suite.reporting.results import DEFAULT_FILE
from coupon_contract.suite.reporting.terminal import LINES, WIDTH, print_verdict
from coupon_contract.suite.run import Run
from coupon_contract.suite.target import Deviation
from coupon_contract.suite.verdict import Observation, Seen, decide
from tests.suite.conftest import TARGET, body, example, exchange
from tests.suite.reporting.test_results import BEGIN, TEST, TOO_MANY, failure, found, run

ISSUED = example("Issued")
TRACEBACK = b"<h1>Traceback</h1>\nFile /app/server.py\nKeyError: 447700900123 of me@example.com with PLANTED"


def printed(seen: Run, results: Path | None = DEFAULT_FILE) -> list[str]:
    lines: list[str] = []
    verdict = decide(spec.clauses(), seen.observations, seen.target.deviations)
    print_verdict(verdict, seen, lines.append, results=results)
    return lines


def all_failing() -> Run:
    """A run in which every clause failed in two ways."""
    seen = run()
    for number, clause in enumerate(spec.clauses(), 1):
        asked = exchange(body(count=number), ISSUED)
        seen.observe(
            clause, "answered with a refusal with 756; expected a refusal with 677", evolve(asked, number=number)
        )
        seen.observe(clause, "answered with HTTP 500; expected no HTTP 5xx", evolve(asked, number=number))
    return seen


def test_a_run_that_fails_everywhere_fits_two_screens() -> None:
    assert len(printed(all_failing())) <= LINES


def test_what_could_not_be_observed_comes_with_what_it_needs() -> None:
    seen = run(TOO_MANY)
    seen.asked = frozenset({"permission"})
    seen.observations += [
        Observation("permission", Seen.NOT_OFFERED, "5 customers.known"),
        Observation("permission", Seen.NOT_OBSERVED),
    ]

    assert "not observed: permission; why: a test needs 5 customers.known, which is not offered" in printed(seen)


def test_no_line_of_a_failure_is_wider_than_a_terminal_but_its_commands() -> None:
    long = [line for line in printed(all_failing()) if len(line) > WIDTH]

    assert all(
        line.lstrip().startswith(("replay:", "again:", "send a failure again:", "export ", "curl ", "--", "-"))
        for line in long
    )


@pytest.mark.parametrize("number", [2, 3, 4, 5, 20, 60, 101])
@pytest.mark.parametrize("of_each", [1, 2, 7])
def test_every_failure_is_printed_with_its_number_or_counted(number: int, of_each: int) -> None:
    seen = run()
    for clause in [*spec.clauses()][: -(-number // of_each)]:
        for kind in ("one", "two", "three", "four", "five", "six", "seven")[:of_each]:
            seen.observe(clause, f"a problem of kind {kind}")
    text = "\n".join(printed(seen))
    named = re.findall(r"^#\d+ .*?(?: \(and (\d+) more of this clause\)|(?=:))", text, re.MULTILINE)
    counted = re.findall(r"^and (\d+) failures? more, of \d+ clauses?: reports/results.html$", text, re.MULTILINE)

    assert len(named) + sum(int(more or 0) for more in (*named, *counted)) == len(seen.failures)


def test_the_place_of_the_commands_that_are_not_printed_is_said() -> None:
    seen = run(TOO_MANY)
    seen.observe("permission", "a problem", TOO_MANY)

    assert "the request of each failure, as commands for a shell: reports/results.html" in printed(seen)


def test_the_text_of_a_clause_is_printed_to_its_end() -> None:
    text = " ".join(" ".join(printed(run(TOO_MANY))).split())

    assert spec.clauses()["count-too-high"].text in text


def test_clauses_that_are_not_offered_are_named_under_what_they_need() -> None:
    seen = run(TOO_MANY)
    lacking = {"series-expired": "series.expired", "partial-explained": "series.few", "permission": "series.few"}
    seen.observations += [Observation(clause, Seen.NOT_OFFERED, key) for clause, key in lacking.items()]
    lines = printed(seen)
    of_few = ", ".join(clause for clause in spec.clauses() if lacking.get(clause) == "series.few")

    assert {f"   series.few: {of_few}", "   series.expired: series-expired"} <= {*lines}


SELECTED = frozenset({"count-too-high"})


def test_the_last_line_of_a_selection_is_the_verdict_on_the_clauses_asked_for() -> None:
    seen = run(TOO_MANY)
    seen.asked = SELECTED
    seen.observe("permission", "a problem")

    assert printed(seen)[-1] == (
        "asked for: count-too-high failed; seen on the way: 1 other clause failed (permission), so the exit status is 1"
    )


def test_failures_of_clauses_that_nobody_asked_for_come_last_and_say_so() -> None:
    seen = run(TOO_MANY)
    seen.asked = SELECTED
    basic = next(iter(spec.clauses()))
    seen.observe(basic, "a problem")
    numbered = [line for line in printed(seen) if line.startswith("#")]

    assert numbered[0].startswith("#1 MUST count-too-high: ")
    assert numbered[1].startswith(f"#2 seen on the way, MUST {basic}: ")


def test_the_table_of_a_selection_has_the_clauses_asked_for_alone() -> None:
    seen = run()
    seen.asked = SELECTED
    seen.observations += [Observation(clause, Seen.HELD, test=TEST) for clause in ("count-too-high", "permission")]
    lines = printed(seen)

    assert [line for line in lines if re.search(r"MUST +permission", line)] == []
    assert lines[-1].startswith("asked for: count-too-high passed; seen on the way: ")


def test_a_status_in_place_of_coupons_is_no_value_of_coupons() -> None:
    seen = run()
    seen.observe("count-too-low", "answered with 2 coupons; expected HTTP 400, or a refusal with 677 or 756")
    lines = printed(seen)

    assert "   - HTTP 400, or a refusal with 677 or 756  (expected)" in lines
    assert "   + coupons: 2 coupons  (actual)" in lines


def test_both_sides_stand_under_each_other_with_their_field() -> None:
    lines = printed(run(TOO_MANY))
    place = next(number for number, line in enumerate(lines) if line.startswith("   - "))

    assert lines[place : place + 2] == [
        "   - errors[].code: a refusal with 677  (expected)",
        "   + errors[].code: a refusal with 756  (actual)",
    ]


def test_a_failure_has_the_number_of_the_results_and_the_command_that_sends_it_again() -> None:
    number = failure(found(run(TOO_MANY)), "count-too-high")["number"]
    text = "\n".join(printed(run(TOO_MANY)))

    assert f"#{number} MUST count-too-high: " in text
    assert f"replay: make replay CASE={number}" in text


def test_results_in_another_place_are_named_where_a_failure_is_sent_again() -> None:
    text = "\n".join(printed(run(TOO_MANY), Path("found/results.json")))

    assert "replay: make replay CASE='found/results.json#" in text


def test_terminal_results_and_junit_count_the_same_failures() -> None:
    seen = all_failing()
    results = found(seen)
    (said,) = re.findall(r"^(\d+) failures of (\d+) clauses", "\n".join(printed(seen)), re.MULTILINE)
    (written,) = re.findall(r'<testsuites [^>]*failures="(\d+)"', junit.render(results))

    assert int(said[0]) == results["verdict"]["failures"] == len(results["failures"]) == int(written)
    assert int(said[1]) == results["verdict"]["counts"]["failed"]


def test_a_listed_deviation_is_shown_and_not_counted() -> None:
    listed = evolve(TARGET, deviations={"count-too-high": Deviation("answers 756", BEGIN.date())})
    text = "\n".join(printed(run(TOO_MANY, target=listed)))

    assert "known deviation, MUST count-too-high" in text
    assert "no failure; clauses: " in text


def test_a_server_error_shows_its_first_lines_masked() -> None:
    text = "\n".join(printed(run(exchange(body(), TRACEBACK, 500, (("Content-Type", "text/html"),)))))

    assert "answer: Traceback" in text
    assert not [planted for planted in ("447700900123", "me@example.com", "PLANTED") if planted in text]


def test_a_duplicate_names_the_earlier_exchange() -> None:
    asked = exchange(body(), ISSUED)
    text = "\n".join(printed(run(asked, evolve(asked, number=7))))

    assert f"a couponId that exchange {asked.number} had got already" in text


def test_a_limit_names_the_calls_that_prove_it_together() -> None:
    series = TARGET.series["limited-per-customer"]
    coupons = [{"code": f"C{number}", "couponId": number} for number in range(1, 9)]
    calls = [
        exchange(
            body(seriesId=series.id, count=count),
            ISSUED | {"coupons": coupons[first : first + count], "totalCount": count, "successCount": count},
        )
        for first, count in ((0, 3), (3, 2), (5, 1))
    ]
    seen = run(*(evolve(call, number=number) for number, call in enumerate(calls, 4)))

    assert [(call.exchange, call.coupons) for call in seen.failures[-1].calls] == [(4, 3), (5, 2), (6, 1)]
    assert "proof: exchanges 4 (3 coupons), 5 (2 coupons), 6 (1 coupon)" in "\n".join(printed(seen))


def test_without_a_page_request_and_answer_are_shown() -> None:
    text = "\n".join(printed(run(TOO_MANY), None))

    assert "curl -X POST" in text
    assert '{"errors": [{' in text


def test_a_run_without_failures_has_a_line_for_each_clause() -> None:
    seen = run()
    seen.observations += [Observation(clause, Seen.HELD, test=TEST) for clause in spec.clauses()]
    lines = printed(seen)

    assert [clause for clause in spec.clauses() if not any(f" {clause} " in f"{line} " for line in lines)] == []
