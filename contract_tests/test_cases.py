"""One request, one answer: the cases of cases/*.yaml."""

import pytest

from coupon_contract.suite.cases import Case, load
from coupon_contract.suite.matchers import any_fits, describe
from coupon_contract.suite.run import Api, Run


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.name.replace(" ", "-"),
            marks=(pytest.mark.clause(case.clause), pytest.mark.sends(1, case.coupons)),
        )
        for case in load()
    ],
)
def test_case(api: Api, run: Run, case: Case) -> None:
    answer = api.send(case.request_for(run.target))

    assert any_fits(case.accept, answer), f"answered with {answer}; expected {describe(case.accept)}"
