"""Requests made by Schemathesis. They are judged by the oracle: a refusal is a right answer to a wrong request."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.expect import expect
from coupon_contract.suite.generated_requests import requests
from coupon_contract.suite.lost_responses import LostResponses
from coupon_contract.suite.matchers import HttpStatus, Matcher
from coupon_contract.suite.plan import GENERATED, OPEN
from coupon_contract.suite.problem import alternatives, counted, unlike
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved


def _for_all(run: Run, pytestconfig: pytest.Config, mode: GenerationMode, look: Callable[[Request], None]) -> None:
    """Look at generated requests: the same ones for the same seed, whatever earlier runs found.

    What could not be observed is kept for the end: raised inside, Hypothesis would take it for a finding.
    """
    lost = LostResponses()

    def look_once(request: Request) -> None:
        if not run.transport.stopped:
            lost.send(lambda: look(request))

    wanted = settings(
        max_examples=pytestconfig.getoption("--generated"),
        deadline=None,  # a slow response is not a violation
        database=None,  # a verdict must not depend on earlier runs
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    test = given(requests(mode, run.target))(look_once)
    seed(pytestconfig.getoption("--seed"))(wanted(test))()
    lost.check()
    if run.transport.stopped:
        raise NotObserved(run.transport.stopped)


def fits_400(matcher: Matcher) -> bool:
    """Return True if HTTP 400 is one of the accepted statuses."""
    return isinstance(matcher, HttpStatus) and 400 in matcher.statuses


@pytest.mark.clause("valid-is-processed")
@pytest.mark.disposable
@pytest.mark.sends(GENERATED, OPEN)
def test_every_allowed_request_is_processed(api: Api, run: Run, pytestconfig: pytest.Config) -> None:
    statuses: set[int] = set()

    def look(request: Request) -> None:
        answer = api.send(request)
        expectation = expect(request, run.target)
        certain = expectation is not None and not any(fits_400(kind) for kind in expectation.matchers)
        if certain:
            statuses.add(answer.status)

    _for_all(run, pytestconfig, GenerationMode.POSITIVE, look)

    if not statuses:
        raise NotObserved("no generated request was one that every server must take; generate more of them")
    assert statuses == {200}, unlike(
        f"allowed requests were answered with HTTP {alternatives(sorted(statuses))}", "HTTP 200 for each"
    )


@pytest.mark.clause("invalid-issues-nothing")
@pytest.mark.disposable
@pytest.mark.sends(GENERATED, OPEN)
def test_no_rejected_request_issues_coupons(api: Api, run: Run, pytestconfig: pytest.Config) -> None:
    issued: list[bool] = []

    def look(request: Request) -> None:
        answer = api.send(request)
        expectation = expect(request, run.target)
        if expectation is not None and expectation.flaws and len({fault.clause for fault in expectation.flaws}) > 1:
            issued.append(bool(answer.coupons))

    _for_all(run, pytestconfig, GenerationMode.NEGATIVE, look)

    if not issued:
        raise NotObserved("no generated request had more than one fault; generate more of them")
    assert not any(issued), unlike(f"{counted(sum(issued), 'request')} with more than one fault got coupons", "none")
