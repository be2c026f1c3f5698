from coupon_client import NotSent, OutcomeUnknown
from coupon_client.errors import Rejected
from coupon_client.issuance import Issuance
from coupon_client.sender import utc_now
from qa.fault_proxy import ACTIONS, COUNT, Plan, Result, prove, wrong
from tests.client.conftest import ABIJITH

SIZES = {"request": 400, "answer": 1200}
PLAN = Plan(1, "thread", "cut", "answer", 7)


def unknown() -> OutcomeUnknown:
    return OutcomeUnknown("ReadError", Issuance(415446, COUNT, ABIJITH, None, utc_now()), utc_now())


def test_calls_that_are_cut_reset_or_delayed_end_right_and_issue_no_more_than_asked() -> None:
    results, flaws = prove(every=97)

    assert not flaws
    assert {result.plan.action for result in results} == set(ACTIONS)
    assert sum(result.issued for result in results) > 0


def test_a_wrong_end_is_seen() -> None:
    assert wrong(Result(PLAN, unknown(), COUNT + 1), SIZES) == "4 coupons, 3 asked for"
    assert wrong(Result(PLAN, NotSent("never"), COUNT), SIZES) == "said not sent, and coupons are there"
    assert wrong(Result(PLAN, Rejected("no", 400), 0), SIZES) == "ended in Rejected"
    assert (
        wrong(Result(PLAN._replace(offset=1200), unknown(), COUNT), SIZES) == "ReadError, though the whole answer came"
    )
    assert wrong(Result(PLAN, unknown(), COUNT), SIZES) is None
