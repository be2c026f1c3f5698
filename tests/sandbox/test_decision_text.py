"""Why a request was answered as it was: the table is held to the rules themselves."""

from typing import Any

import pytest
from attrs import evolve
from msgspec.structs import replace

from coupon_contract import spec
from coupon_contract.sandbox import issuing
from coupon_contract.sandbox.decision_text import GRANTED, STATUSES, explain
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.issuing import REASONS, IssueRequest, Series, Situation
from coupon_contract.sandbox.records import Coupon
from coupon_contract.sandbox.request_log import Note
from coupon_contract.sandbox.service import Issued, Refused

NOTE = Note(1, 0.0, "POST", spec.ISSUE_PATH, b"", [])
SERIES = Series(1)
REQUEST = IssueRequest(1, 1, ())


def refused(**changes: Any) -> Problem | None:
    """What `decide` says of one coupon more than there is a reason to give."""
    series = replace(SERIES, **changes)
    return issuing.decide(2, Situation(series, 1, 0, 1_000)).problem


RAISED = {
    "check_request": {
        issuing.check_request(evolve(REQUEST, series_id=None)),
        issuing.check_request(evolve(REQUEST, count=0)),
        issuing.check_request(evolve(REQUEST, count=501)),
    },
    "check_series": {issuing.check_series(Situation(None, 1, 0, 0))},
    "check_customer": {issuing.check_customer(Situation(SERIES, None, 0, 0))},
    "check_expiry": {issuing.check_expiry(Situation(replace(SERIES, expires_at=0), 1, 0, 0))},
    "check_already_has": {issuing.check_already_has(Situation(replace(SERIES, limit_per_customer=1), 1, 1, 0))},
    "bounds": {
        refused(generic_code="G"),
        refused(limit_in_all=1),
        refused(limit_in_all=0),
        refused(codes_left=0),
        refused(codes_left=1),
    },
    "per_customer_bound": {refused(limit_per_customer=1), refused(limit_per_customer=0)},
}


def test_each_problem_is_put_down_to_the_rule_that_raises_it() -> None:
    named = {problem: reason.rule for problem, reason in REASONS.items()}

    assert named == {found: rule for rule, problems in RAISED.items() for found in problems}


def test_every_documented_problem_is_explained() -> None:
    documented = {problem(row.code, nth) for row in spec.error_table() for nth in range(max(1, len(row.messages)))}

    assert documented == set(REASONS)


def test_every_clause_that_is_named_is_one_that_provokes_the_code() -> None:
    for raised, reason in REASONS.items():
        assert raised.code in spec.clauses()[reason.clause].provokes


def test_every_other_clause_that_is_named_exists() -> None:
    named = {GRANTED.clause, *(clause for _, clause, _ in STATUSES.values() if clause)}

    assert named <= spec.clauses().keys()


@pytest.mark.parametrize("rule", sorted({reason.rule for reason in (*REASONS.values(), GRANTED)}))
def test_every_rule_that_is_named_is_a_function_of_issuance(rule: str) -> None:
    assert callable(getattr(issuing, rule))


COUPON = Coupon("A", 1)
ISSUED = Issued(1, (COUPON,), ("", ""), None)
REFUSES = b'{"entity":null,"warnings":[],"errors":[{"status":false,"code":701,"message":"Customer not found"}]}'


@pytest.mark.parametrize(
    ("note", "outcome"),
    [
        (evolve(NOTE, status=200, outcome=ISSUED), "issued 1"),
        (evolve(NOTE, status=200, outcome=Issued(2, (COUPON,), ("", ""), problem(5006))), "1 of 2, 5006"),
        (evolve(NOTE, status=200, outcome=Refused(problem(707))), "refused 707"),
        (evolve(NOTE, status=200, path=spec.READ_BACK_PATH, answer=b'{"data":[],"errors":[]}'), "done"),
        (evolve(NOTE, status=200, path=spec.READ_BACK_PATH, answer=b'{"data":[{"code":"A'), "done"),
        (evolve(NOTE, status=401), "HTTP 401"),
        (evolve(NOTE, status=418), "HTTP 418"),
        (evolve(NOTE, status=503, hazard="503 after it was processed", outcome=Refused(problem(707))), "HTTP 503"),
        (evolve(NOTE, status=502, hazard="502 before it was processed"), "HTTP 502"),
        (evolve(NOTE, status=200, hazard="748 before it was processed"), "failed, 748"),
        (evolve(NOTE, status=200, hazard="lost after it was processed and 5 ms late", outcome=ISSUED), "no response"),
        (evolve(NOTE, status=200, hazard="5 ms late", outcome=ISSUED), "issued 1"),
        (evolve(NOTE, status=200, outcome=Refused(Problem(999, "a fault's own"))), "refused 999"),
    ],
)
def test_every_outcome_has_a_word(note: Note, outcome: str) -> None:
    assert explain(note).outcome == outcome


@pytest.mark.parametrize("path", [spec.READ_BACK_PATH, spec.CUSTOMER_COUPONS_PATH, spec.REVOKE_PATH])
def test_a_refusal_of_any_operation_within_http_200_is_one(path: str) -> None:
    reason = explain(evolve(NOTE, status=200, path=path, answer=REFUSES))

    assert (reason.outcome, reason.tone, reason.words) == ("refused 701", "bad", "Customer not found")


@pytest.mark.parametrize(
    ("total", "failed", "outcome", "tone"),
    [(2, 0, "revoked 2", "good"), (2, 1, "revoked 1 of 2", "part"), (2, 2, "revoked 0 of 2", "bad")],
)
def test_codes_that_were_not_revoked_are_counted(total: int, failed: int, outcome: str, tone: str) -> None:
    answer = f'{{"entity":{{"totalCount":{total},"failedCount":{failed}}},"warnings":[],"errors":[]}}'.encode()
    reason = explain(evolve(NOTE, status=200, path=spec.REVOKE_PATH, answer=answer))

    assert (reason.outcome, reason.tone) == (outcome, tone)


@pytest.mark.parametrize(
    "answer", [b"[]", b'{"errors":7}', b'{"errors":[{"code":"x"}]}', b'{"entity":7}', b"\xff", b""]
)
def test_a_response_that_a_fault_made_is_no_trouble(answer: bytes) -> None:
    assert explain(evolve(NOTE, status=200, path=spec.REVOKE_PATH, answer=answer)).outcome == "done"


@pytest.mark.parametrize("status", [400, 401, 404, 405, 413, 415, 500, 503])
def test_a_response_with_another_status_is_never_marked_as_done(status: int) -> None:
    for path in (spec.ISSUE_PATH, spec.READ_BACK_PATH, spec.CUSTOMER_COUPONS_PATH, spec.REVOKE_PATH, "/nowhere"):
        assert explain(evolve(NOTE, status=status, path=path)).tone == "off"
