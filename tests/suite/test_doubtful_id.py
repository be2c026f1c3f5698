import pytest

from coupon_contract.suite.doubtful_id import doubtful_id
from tests.suite.conftest import EMAIL, TARGET, body, entry, example, exchange, of_series

ISSUED = example("Issued")
UNKNOWN = {"mobile": TARGET.unknown["mobile"]}


@pytest.mark.parametrize(
    ("clause", "sent", "got", "key"),
    [
        ("series-expired", of_series("expired"), ISSUED, "series.expired = 71300"),
        ("series-expired", of_series("expired"), {"errors": [entry(707)]}, "series.expired = 71300"),
        ("series-unknown", of_series("invalid"), ISSUED, "series.invalid = 999999999"),
        ("one-per-customer", of_series("one-per-customer"), ISSUED, "series.one-per-customer = 96004"),
        ("issues-what-was-asked", of_series("ordinary"), {"errors": [entry(713)]}, "series.ordinary = 415446"),
        ("any-identifier", body(customer=EMAIL), {"errors": [entry(701)]}, "customers.known[1].email"),
        ("customer-unknown", body(customer=UNKNOWN), ISSUED, "customers.unknown.mobile"),
    ],
)
def test_an_answer_that_another_id_would_rightly_get_names_the_id(
    clause: str, sent: object, got: object, key: str
) -> None:
    assert doubtful_id(clause, exchange(sent, got), TARGET) == key


@pytest.mark.parametrize(
    ("clause", "sent", "got"),
    [
        ("issues-what-was-asked", of_series("ordinary"), {"errors": [entry(756)]}),
        ("coupon-shape", of_series("expired"), ISSUED),
        ("customer-unknown", body(customer=UNKNOWN), {"errors": [entry(707)]}),
        ("series-expired", of_series("expired"), b"<no>"),
        ("unusable-body", b"[", ISSUED),
    ],
)
def test_any_other_problem_names_no_id(clause: str, sent: object, got: object) -> None:
    assert doubtful_id(clause, exchange(sent, got), TARGET) == ""


def test_a_status_of_its_own_names_no_id() -> None:
    assert doubtful_id("series-expired", exchange(of_series("expired"), {"errors": []}, 404), TARGET) == ""
