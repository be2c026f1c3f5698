import pytest

from coupon_contract.suite.matchers import Anything, IssuedExactly, Matcher, any_fits, describe, http, partly, refused
from coupon_contract.suite.response_reader import Outcome
from tests.suite.conftest import coupons, refusal, status


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (http(400, 415), status(415)),
        (refused(756, 677), refusal(677)),
        (refused(707), refusal(701, 707)),
        (IssuedExactly(2), coupons(2)),
        (partly(3, 5006), coupons(3, 5006)),
        (partly(3, 5006), coupons(1, 5006)),
        (partly(1, 5004), coupons(1, twins=(679,))),
        (partly(1, 5005, 5006), coupons(1, 5005)),
        (partly(1, 5004), coupons(1)),  # partial-explained says so, as in the next two
        (partly(1, 5004), coupons(1, 679)),
        (partly(1, 5004), coupons(1, twins=(5004,))),
        (Anything(), coupons(1)),
        (Anything(), refusal(707)),
        (Anything(), status(400)),
        (Anything(), status(500)),  # no-server-error says so
    ],
)
def test_an_answer_fits_its_kind(kind: Matcher, answer: Outcome) -> None:
    assert kind.fits(answer)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (http(400), status(401)),
        (http(400), refusal(707)),
        (refused(756), refusal(707)),
        (refused(707), coupons(1, 707)),
        (refused(400), status(400)),
        (IssuedExactly(2), coupons(1)),
        (IssuedExactly(2), coupons(3)),
        (IssuedExactly(1), refusal(707)),
        (partly(1, 5004), coupons(2, 5004)),
        (partly(1, 5004), refusal(5004)),
        (partly(1, 5004), coupons(1, 5002)),
        (partly(1, 5004), coupons(1, twins=(678,))),
        (partly(0, 5002), coupons(1, 5002)),
    ],
)
def test_an_answer_does_not_fit_another_kind(kind: Matcher, answer: Outcome) -> None:
    assert not kind.fits(answer)


def test_one_kind_that_fits_is_enough() -> None:
    assert any_fits([http(400), refused(707)], refusal(707))


def test_no_kind_fits_nothing() -> None:
    assert not any_fits([], coupons(1))


def test_kinds_in_words_name_each_once() -> None:
    words = describe([http(415, 400), refused(677), http(400, 415), IssuedExactly(2), partly(1, 5004)])

    assert words == "HTTP 400 or 415, or a refusal with 677, or 2 coupons, or 1 coupon with 5004"
