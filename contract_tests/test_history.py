"""Random sequences of calls over several series and customers, compared with a model of their limits."""

from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from coupon_contract.suite.lost_responses import LostResponses
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.states import COUNTED
from coupon_contract.suite.target import Customer

REFUSED = {state.name: state.refusals for state in COUNTED if state.counts == "customer"}
EXAMPLES = 12
STEPS = 12
MOST_OF_CALL = 3  # coupons
SEQUENCES = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,  # a slow response is not a violation
    database=None,  # a verdict must not depend on earlier runs
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


class History(RuleBasedStateMachine):
    """Issues coupons; `exhausted` says which customer (index) was refused by which limited series.

    Problems are raised after the sequence: Hypothesis repeats a step that raises, but the target's state has changed by
    then. No draw depends on a response, because Hypothesis replays prefixes and rejects different choices.
    """

    api: ClassVar[Api]
    problems: ClassVar[list[str]]
    refusals: ClassVar[list[str]]  # states
    lost: ClassVar[LostResponses]

    def __init__(self) -> None:
        super().__init__()
        self.exhausted: dict[tuple[str, int], bool] = {}

    @property
    def customers(self) -> tuple[Customer, ...]:
        """The customers that no other test uses up; the last one is reserved for parallel calls."""
        return self.api.run.target.known[:-1]

    @rule(state=st.sampled_from(sorted(REFUSED)), count=st.integers(1, MOST_OF_CALL), data=st.data())
    def issue_limited(self, state: str, count: int, data: st.DataObject) -> None:
        """A customer that was refused stays refused, whichever identifier names it, however many are asked for."""
        customer, name = self._somebody(data)
        refused_before = self.exhausted.get((state, customer), False)
        answer = self._issue(state, customer, name, count if refused_before else 1)
        if answer is not None and refused_before:
            self._still_refused(state, answer)
        elif answer is not None and answer.refused_with(*REFUSED[state]):
            self.exhausted[state, customer] = True
            self.refusals.append(state)

    @rule(count=st.integers(1, MOST_OF_CALL), data=st.data())
    def issue_ordinary(self, count: int, data: st.DataObject) -> None:
        """Issue from another series in between."""
        customer, name = self._somebody(data)
        self._issue("ordinary", customer, name, count)

    def _still_refused(self, state: str, answer: Outcome) -> None:
        if answer.coupons:  # other clauses report other problems
            self.problems.append(f"{state}: refused before, now answered with {answer}")

    def _somebody(self, data: st.DataObject) -> tuple[int, str]:
        customer = data.draw(st.integers(0, len(self.customers) - 1))
        return customer, data.draw(st.sampled_from(sorted(self.customers[customer])))

    def _issue(self, state: str, customer: int, name: str, count: int) -> Outcome | None:
        """Return the response; None if the target lacks the state, a problem was recorded, or the response was lost."""
        series = self.api.run.target.series.get(state)
        if series is None or self.problems:
            return None
        return self.lost.send(lambda: self.api.issue(series, {name: self.customers[customer][name]}, count))


def history_of(api: Api) -> type[History]:
    """Return a state machine class for this run."""
    return type("HistoryOfThisRun", (History,), {"api": api, "problems": [], "refusals": [], "lost": LostResponses()})


@pytest.mark.clause("history-adds-up")
@pytest.mark.disposable
@pytest.mark.sends(EXAMPLES * STEPS, EXAMPLES * STEPS * MOST_OF_CALL)
def test_every_sequence_of_calls_adds_up(api: Api, run: Run, pytestconfig: pytest.Config) -> None:
    if len(run.target.known) < 2 or not set(REFUSED) & set(run.target.series):
        raise NotOffered("two customers.known, and series.one-per-customer or series.limited-per-customer")
    machine = history_of(api)
    run_state_machine_as_test(seed(pytestconfig.getoption("--seed"))(machine), settings=SEQUENCES)
    if not machine.problems:
        machine.lost.check()
    if run.transport.stopped and not machine.problems:
        raise NotObserved(run.transport.stopped)
    if not machine.refusals:
        raise NotOffered("series.limited-per-customer with a limit that a few calls use up")

    assert not machine.problems, machine.problems[0]
