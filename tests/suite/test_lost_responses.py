"""A test of many requests goes on after lost responses, and has not looked when it loses too many."""

import pytest

from coupon_contract.suite.lost_responses import LostResponses
from coupon_contract.suite.skips import NotObserved, NotOffered


def _lose() -> int:
    raise NotObserved("no response")


def _after(answered: int, unanswered: int) -> LostResponses:
    lost = LostResponses()
    for _ in range(unanswered):
        lost.send(_lose)
    for _ in range(answered):
        lost.send(lambda: 200)
    return lost


def test_requests_after_a_lost_response_are_sent() -> None:
    lost = _after(0, 1)

    assert lost.send(lambda: 200) == 200


@pytest.mark.parametrize("unanswered", [0, 1, 15])
def test_a_tenth_of_the_responses_may_be_lost(unanswered: int) -> None:
    _after(150 - unanswered, unanswered).check()


@pytest.mark.parametrize("unanswered", [16, 150])
def test_more_than_a_tenth_lost_is_not_observed(unanswered: int) -> None:
    with pytest.raises(NotObserved, match=f"{unanswered} of 150 requests had no result, the first: no response"):
        _after(150 - unanswered, unanswered).check()


def test_what_the_target_does_not_offer_stays_so() -> None:
    lost = LostResponses()

    def not_offered() -> None:
        raise NotOffered("auth.oauth")

    lost.send(not_offered)
    with pytest.raises(NotOffered):
        lost.check()
