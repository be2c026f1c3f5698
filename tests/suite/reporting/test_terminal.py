"""The terminal report of a run that fails: short, numbered, and with what to do next."""

import re
from pathlib import Path

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


def test_no_line_of_a_failure_is_wider_than_a_terminal_but_its_commands() -> None:
    long = [line for line in printed(all_failing()) if len(line) > WIDTH]

    assert all(
        line.lstrip().startswith(("replay:", "again:", "send a failure again:", "export ", "curl ", "--", "-"))
        for line in long
    )


def test_both_sides_stand_under_each_other_with_their_field() -> None:
    lines = printed(run(TOO_MANY))
    place = next(number for number, line in enumerate(lines) if "count-too-high" in line)

    assert lines[place + 1 : place + 3] == [
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
