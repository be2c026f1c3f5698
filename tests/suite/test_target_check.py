"""The check of a target file, against a small server that knows series and customers of its own."""

import json
from typing import Any

import pytest
from attrs import evolve, field, frozen

from coupon_contract.suite.plan import check_cost
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.states import STATES
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.suite.target_check import CheckedId, IdWord, check_ids, wrong_ids
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import TARGET, Sent, entry, example, fake_wire, response

Json = Any
ANN: Customer = {"mobile": "11223569865", "email": "Ann@example.com"}
BEN: Customer = {"mobile": "11223569866", "email": "Ben@example.com", "externalId": "42"}
STATES_OF = {1: "ordinary", 2: "uploaded", 3: "expired", 4: "few-codes-left", 5: "race-in-all"}


@frozen
class Server:
    """A right server: the states of its series by id, and its customers. `changes` replaces answers by code."""

    series: dict[int, str] = field(factory=lambda: dict(STATES_OF))
    customers: tuple[Customer, ...] = (ANN, BEN)
    customer_first: bool = False
    changes: dict[int, int] = field(factory=dict)
    issued: list[int] = field(factory=list)

    def respond(self, sent: Sent) -> Any:
        asked = json.loads(sent.body)
        return response(self._answer(asked["seriesId"], asked["customer"]))

    def _answer(self, series_id: int, reference: Customer) -> Json:
        customer = next((one for one in self.customers if reference.items() <= one.items()), None)
        checks = [(707, series_id not in self.series), (701, customer is None)]
        for code, fails in reversed(checks) if self.customer_first else checks:
            if fails:
                return self._refusal(code)
        state = STATES[self.series[series_id]]
        if state.cap == 0:
            return self._refusal(state.refusals[0])
        self.issued.append(series_id)
        issued = example("Issued")
        issued["coupons"] = [{"code": f"C{len(self.issued)}", "couponId": len(self.issued)}]
        identifiers = [{"type": kind, "value": text} for kind, text in (customer or {}).items()]
        issued["customer"]["profiles"][0] |= {"identifiers": identifiers, "identifiersAll": identifiers}
        return issued | {"totalCount": 1, "successCount": 1, "failureCount": 0}

    def _refusal(self, code: int) -> Json:
        return {"errors": [entry(self.changes.get(code, code))]}


def target(known: tuple[Customer, ...] = (ANN, BEN), **series: int) -> Target:
    ids = {state: number for number, state in STATES_OF.items()} | {"invalid": 99}
    ids |= {state.replace("_", "-"): number for state, number in series.items()}
    numbers = {"few-codes-left": 3, "race-in-all": 5}
    described = {state: Series(STATES[state], number, numbers.get(state)) for state, number in ids.items()}
    return evolve(TARGET, known=known, unknown={"mobile": "10000000000"}, series=described)


def checked(described: Target, server: Server) -> dict[str, CheckedId]:
    with Transport(described, fake_wire(server.respond)) as transport:
        return {entry.key: entry for entry in check_ids(Run.against(described, transport))}


def wrong(described: Target, server: Server) -> list[str]:
    with Transport(described, fake_wire(server.respond)) as transport:
        return [entry.key for entry in wrong_ids(Run.against(described, transport))]


def test_every_id_of_a_right_file_fits() -> None:
    assert {entry.word for entry in checked(target(), Server()).values()} == {IdWord.FITS}


@pytest.mark.parametrize("state", ["ordinary", "uploaded", "few-codes-left", "race-in-all"])
def test_a_series_refused_with_707_is_wrong_where_another_one_issues(state: str) -> None:
    described = target()
    typo = evolve(described.series[state], id=77)

    assert wrong(evolve(described, series={**described.series, state: typo}), Server()) == [f"series.{state}"]


def test_a_server_that_looks_for_customers_first_is_asked_with_a_known_one() -> None:
    assert wrong(target(uploaded=77), Server(customer_first=True)) == ["series.uploaded"]


def test_a_series_of_few_coupons_keeps_them_on_a_server_that_looks_for_customers_first() -> None:
    server = Server(customer_first=True)
    checked(target(), server)

    assert 4 not in server.issued


def test_a_series_that_a_test_uses_up_is_not_asked_for_coupons() -> None:
    server = Server(customer_first=True)

    assert checked(target(), server)["series.race-in-all"].word is IdWord.OPEN
    assert 5 not in server.issued


def test_a_series_of_few_coupons_keeps_them_on_a_server_that_looks_for_series_first() -> None:
    server = Server()
    checked(target(), server)

    assert 4 not in server.issued


def test_where_no_series_issues_nothing_is_wrong() -> None:
    assert wrong(target(ordinary=77, uploaded=78), Server()) == []


def test_an_expired_series_that_issues_is_doubtful() -> None:
    answers = checked(target(expired=2, uploaded=1, ordinary=2), Server())

    assert answers["series.expired"].word is IdWord.DOUBTFUL


def test_an_expired_series_refused_with_707_is_doubtful_because_the_server_may_be_wrong() -> None:
    assert checked(target(), Server(changes={713: 707}))["series.expired"].word is IdWord.DOUBTFUL


def test_a_series_that_is_to_be_invalid_and_issues_is_doubtful() -> None:
    assert checked(target(invalid=2), Server())["series.invalid"].word is IdWord.DOUBTFUL


@pytest.mark.parametrize("kind", ["mobile", "email"])
def test_an_identifier_refused_with_701_is_wrong_where_another_one_of_its_type_is_found(kind: str) -> None:
    typo = {**ANN, kind: BEN[kind].replace("6", "7").replace("Ben", "Bern")}

    assert wrong(target((typo, BEN)), Server()) == [f"customers.known[0].{kind}"]


def test_a_customer_with_one_identifier_that_is_not_found_is_wrong() -> None:
    assert wrong(target(({"mobile": "11223569000"}, BEN)), Server()) == ["customers.known[0].mobile"]


def test_an_identifier_is_doubtful_where_no_other_one_of_its_type_is_found() -> None:
    answers = checked(target((ANN, {**BEN, "externalId": "43"})), Server())

    assert answers["customers.known[1].externalId"].word is IdWord.DOUBTFUL


@frozen
class ForgetfulServer(Server):
    """A wrong server: it does not find a customer by e-mail, and answers the address all the same."""

    lost: str = ""

    def respond(self, sent: Sent) -> Any:
        if json.loads(sent.body)["customer"].get("email") == self.lost:
            return response(self._refusal(701))
        return super().respond(sent)


def test_an_identifier_that_the_server_itself_answers_is_right() -> None:
    server = ForgetfulServer(lost=ANN["email"])

    assert checked(target(), server)["customers.known[0].email"].word is IdWord.DOUBTFUL


def test_an_unknown_customer_who_is_found_is_doubtful() -> None:
    server = Server(customers=(ANN, BEN, {"mobile": "10000000000"}))

    assert checked(target(), server)["customers.unknown.mobile"].word is IdWord.DOUBTFUL


def test_identifiers_are_looked_for_without_issuing_where_a_series_refuses() -> None:
    server = Server()
    checked(target((ANN, BEN, *({"mobile": f"1122356990{n}"} for n in range(3)))), server)

    assert len(server.issued) <= 2


def test_a_judgement_spends_a_tenth_of_the_budget_on_the_check() -> None:
    assert check_cost(evolve(target(), max_coupons=50)).coupons == 5


def test_the_check_sends_no_more_than_it_costs() -> None:
    described = evolve(target(), max_coupons=50)
    with Transport(described, fake_wire(Server().respond)) as transport:
        check_ids(Run.against(described, transport))

    assert transport.sent == 5


def test_the_check_ends_after_three_lost_responses() -> None:
    server, seen = Server(), []

    def lost_after_the_first(sent: Sent) -> Any:
        seen.append(sent)
        if len(seen) > 1:
            raise NotObserved("no answer")
        return server.respond(sent)

    with Transport(target(), fake_wire(lost_after_the_first)) as transport:
        check_ids(Run.against(target(), transport))

    assert transport.sent == 4


def test_no_identifier_is_shown() -> None:
    shown = " ".join(map(str, checked(target(({"mobile": "11223569000"}, BEN)), Server()).values()))

    assert not [text for text in ("11223569000", *BEN.values()) if len(text) > 2 and text in shown]
