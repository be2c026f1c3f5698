from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.reporting.html import render
from coupon_contract.suite.reporting.terminal import print_verdict
from coupon_contract.suite.root_causes import in_order, root_causes
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import decide
from tests.suite.conftest import TARGET, body, entry, example, exchange, fake_wire, of_series
from tests.suite.oracle_cases import blamed
from tests.suite.reporting.test_results import found, run

Json = Any
BOM = b"\xef\xbb\xbf"
UNKNOWN = body(customer={"mobile": "10000000000"})
REFUSALS = {
    "series-expired": (of_series("expired"), 713),
    "series-unknown": (of_series("invalid"), 707),
    "customer-unknown": (UNKNOWN, 701),
    "count-too-high": (body(count=501), 677),
}


def snake_case(value: Json) -> Json:
    names = {"couponId": "coupon_id", "totalCount": "total_count", "couponConfig": "coupon_config"}
    if isinstance(value, dict):
        return {names.get(name, name): snake_case(item) for name, item in value.items()}
    return [*map(snake_case, value)] if isinstance(value, list) else value


def refused(number: int, status: int = 200, before: bytes = b"") -> Exchange:
    """An expired series, refused with a code and a status."""
    text = b'{"errors":[{"status":false,"code":%d,"message":"why"}]}' % number
    return exchange(of_series("expired"), before + text, status)


ISSUED = body(count=2)


@pytest.mark.parametrize(
    ("answer", "clauses"),
    [
        (exchange(ISSUED, example("Issued"), 201), {"documented-status"}),
        (exchange(ISSUED, BOM + b"{}"), {"json-answer", "clear-outcome"}),
        (refused(713, before=BOM), {"json-answer"}),
        (refused(713, 404), {"documented-status"}),
        (exchange(ISSUED, b"<h1>Sorry</h1>", 502), {"no-server-error"}),
        (exchange(of_series("expired"), b"[]"), {"json-answer"}),
        (exchange(ISSUED, {"errors": []}), {"clear-outcome"}),
        (refused(713, 400), {"series-expired"}),
        (refused(707, 201), {"documented-status", "series-expired"}),
    ],
)
def test_one_mistake_in_an_answer_is_reported_by_the_most_basic_clause(answer: Exchange, clauses: set[str]) -> None:
    assert blamed(answer) == clauses


def causes(*exchanges: Exchange) -> list[tuple[str, set[str]]]:
    return [(cause.text, set(cause.clauses)) for cause in root_causes(run(*exchanges))]


def test_refusals_with_another_status_share_one_cause() -> None:
    seen = [exchange(sent, {"errors": [entry(code)]}, 400) for sent, code in REFUSALS.values()]

    assert causes(*seen) == [("refusals came as HTTP 400", set(REFUSALS))]


def test_coupons_with_another_status_are_a_cause() -> None:
    assert causes(exchange(ISSUED, example("Issued"), 201)) == [("coupons came as HTTP 201", {"documented-status"})]


def test_a_byte_order_mark_is_a_cause() -> None:
    assert causes(refused(713, before=BOM)) == [("a byte order mark stands before the JSON", {"json-answer"})]


def test_fields_in_snake_case_are_one_cause_of_several_clauses() -> None:
    (text, clauses), *rest = causes(exchange(ISSUED, snake_case(example("Issued"))))

    assert text.startswith("fields have other names than documented, such as coupon_")
    assert (clauses >= {"companions-of-coupons", "coupon-shape"}, rest) == (True, [])


def test_custom_fields_may_have_any_name() -> None:
    issued = example("Issued")
    issued["customer"]["profiles"][0]["fields"] = {"coupon_id": "1"}
    issued["coupons"][0]["couponId"] = "1"

    assert causes(exchange(ISSUED, issued)) == []


def test_a_code_in_place_of_another_is_a_cause_if_several_clauses_share_it() -> None:
    wrong = {"errors": [entry(701)]}
    seen = run(exchange(of_series("invalid"), wrong), exchange(of_series("externally-managed"), wrong))
    seen.fitting.add("customers.known[0].mobile")

    assert [(cause.text, set(cause.clauses)) for cause in root_causes(seen)] == [
        ("requests were refused with 701 in place of 707", {"series-unknown", "series-externally-managed"})
    ]


def test_a_cause_holds_the_clauses_that_could_not_be_observed_because_of_it() -> None:
    seen = run(refused(713, 404))
    seen.consequences["documented-status"] = {"series-expired"}
    (cause,) = root_causes(seen)

    assert str(cause) == "2 clauses share: refusals came as HTTP 404"


def test_a_failure_of_its_own_has_no_shared_cause() -> None:
    assert causes(exchange(body(count=501), {"errors": [entry(756)]})) == []


def test_failures_of_basic_clauses_come_first() -> None:
    clauses = ["placeholders-present", "ambiguous-json", "series-unknown", "json-answer"]
    failures = [Failure(clause, "a problem", "a test") for clause in clauses]

    assert [failure.clause for failure in in_order(failures)] == [
        "json-answer",
        "series-unknown",
        "ambiguous-json",
        "placeholders-present",
    ]


def test_a_cause_names_its_failures_as_the_results_number_them() -> None:
    written = found(run(exchange(of_series("expired"), {"errors": [entry(713)]}, 400), refused(713, before=BOM)))
    clauses = {failure["number"]: failure["clause"] for failure in written["failures"]}

    assert [{clauses[number] for number in cause["failures"]} for cause in written["root_causes"]] == [
        {"json-answer"},
        {"series-expired"},
    ]


def test_the_terminal_names_causes_before_failures() -> None:
    seen = run(*(exchange(sent, {"errors": [entry(code)]}, 400) for sent, code in REFUSALS.values()))
    lines: list[str] = []
    print_verdict(decide(spec.clauses(), seen.observations, {}), seen, lines.append)

    assert lines[0] == "root cause: 4 clauses share: refusals came as HTTP 400"


def test_the_page_names_causes_before_failures() -> None:
    page = render(found(run(refused(713, 404))))

    assert 0 < page.index("refusals came as HTTP 404") < page.index('id="failure-1"')


def seen_by_a_test(*answers: Exchange) -> Run:
    """A run whose present test got these answers."""
    waiting = [answer.response for answer in answers]
    seen = Run.against(TARGET, Transport(TARGET, fake_wire(lambda _: waiting.pop(0))))
    seen.begin("a test")
    for answer in answers:
        seen.send(answer.request)
    return seen


def test_a_test_that_fails_on_an_unreadable_answer_fails_because_of_the_basic_clause() -> None:
    assert seen_by_a_test(refused(713, 404)).cause_of("valid-is-processed") == "documented-status"


def test_a_test_of_one_request_fails_because_of_the_clause_of_its_outcome() -> None:
    seen = seen_by_a_test(exchange(of_series("invalid"), {"errors": [entry(701)]}))

    assert seen.cause_of("ambiguous-json") == "series-unknown"


@pytest.mark.parametrize("clause", ["series-unknown", "documented-code"])
def test_no_clause_explains_itself_or_a_more_basic_one(clause: str) -> None:
    assert seen_by_a_test(exchange(of_series("invalid"), {"errors": [entry(701)]})).cause_of(clause) == ""


def test_an_earlier_answer_of_a_test_explains_nothing() -> None:
    seen = seen_by_a_test(refused(713, 404), exchange(ISSUED, example("Issued")))

    assert seen.cause_of("valid-is-processed") == ""


def test_a_wrong_shape_does_not_explain_a_wrong_outcome() -> None:
    seen = seen_by_a_test(exchange(ISSUED, snake_case(example("Issued"))))

    assert seen.cause_of("read-back-lists-issued") == ""
