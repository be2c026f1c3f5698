"""One request, one answer: the cases of cases/*.yaml."""

import pytest

from contract_tests.accept import any_fits, describe
from contract_tests.cases import Case, load
from contract_tests.run import Api, Run


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
