from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from coupon_contract import spec
from coupon_contract.suite.budget import series_mentioned
from coupon_contract.suite.exchange import JSON_HEADERS, NotJson, Request, loads
from coupon_contract.suite.generated_requests import FREE_COUNT, requests
from coupon_contract.suite.schema import validator
from coupon_contract.suite.target import Target
from tests.suite.conftest import TARGET

Json = Any

POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
EXAMPLES = 80
BOTH = pytest.mark.parametrize("mode", [POSITIVE, NEGATIVE], ids=["positive", "negative"])
VALIDATOR = validator({"$ref": "#/components/schemas/IssuanceRequest"}, dict(spec.document()))


def generated(
    mode: GenerationMode, seeded: int = 0, target: Target = TARGET, examples: int = EXAMPLES
) -> list[Request]:
    """Requests of one seed."""
    found: list[Request] = []

    def note(request: Request) -> None:
        found.append(request)

    wanted = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(seeded)(wanted(given(requests(mode, target))(note)))()
    return found


@pytest.fixture(scope="module")
def by_mode() -> dict[GenerationMode, list[Request]]:
    return {mode: generated(mode) for mode in (POSITIVE, NEGATIVE)}


def _allowed(request: Request) -> bool:
    try:
        return VALIDATOR.is_valid(loads(request.body))
    except NotJson:
        return False


def _values(requests: list[Request], field: str) -> list[Json]:
    bodies = []
    for request in requests:
        try:
            bodies.append(loads(request.body))
        except NotJson:
            continue
    return [body[field] for body in bodies if isinstance(body, dict) and field in body]


def test_most_positive_bodies_are_allowed_by_the_document(by_mode: dict[GenerationMode, list[Request]]) -> None:
    allowed = sum(map(_allowed, by_mode[POSITIVE]))

    assert allowed > 0.9 * len(by_mode[POSITIVE])


def test_most_negative_bodies_are_rejected_by_the_document(by_mode: dict[GenerationMode, list[Request]]) -> None:
    allowed = sum(map(_allowed, by_mode[NEGATIVE]))

    assert allowed < 0.2 * len(by_mode[NEGATIVE])


@BOTH
def test_generated_requests_ask_for_the_targets_series(
    by_mode: dict[GenerationMode, list[Request]], mode: GenerationMode
) -> None:
    described = {series.id for series in TARGET.series.values()}
    asked_for = [value for value in _values(by_mode[mode], "seriesId") if isinstance(value, int) and value in described]

    assert len(asked_for) > 0.1 * EXAMPLES


@BOTH
def test_generated_requests_name_the_targets_customers(
    by_mode: dict[GenerationMode, list[Request]], mode: GenerationMode
) -> None:
    described = [{name: text} for one in (*TARGET.known, TARGET.unknown) for name, text in one.items()]
    named = [value for value in _values(by_mode[mode], "customer") if value in described]

    assert len(named) > 0.1 * EXAMPLES


def test_some_positive_requests_ask_for_a_series_or_a_customer_that_is_not_the_targets(
    by_mode: dict[GenerationMode, list[Request]],
) -> None:
    described = {series.id for series in TARGET.series.values()}

    assert [value for value in _values(by_mode[POSITIVE], "seriesId") if value not in described]


def test_series_whose_codes_run_out_are_left_to_their_own_tests(
    by_mode: dict[GenerationMode, list[Request]],
) -> None:
    numbered = {series.id for series in TARGET.series.values() if series.number}

    assert numbered.isdisjoint(_values(by_mode[POSITIVE], "seriesId"))


@BOTH
@pytest.mark.parametrize("seeded", [3, 6])
def test_no_generated_request_names_a_series_that_another_test_uses_up(mode: GenerationMode, seeded: int) -> None:
    used_up = {series.id for series in TARGET.series.values() if series.state.claimed or series.number}

    assert not [one for one in generated(mode, seeded, examples=150) if series_mentioned(one) & used_up]


@BOTH
@pytest.mark.parametrize("small", [0, 1])
def test_no_generated_request_names_a_claimed_series_whose_id_generators_like(mode: GenerationMode, small: int) -> None:
    race = evolve(TARGET.series["race-one-per-customer"], id=small)
    target = evolve(TARGET, series={**TARGET.series, race.state.name: race})

    assert not [one for one in generated(mode, target=target) if small in series_mentioned(one)]


@BOTH
def test_counts_that_issue_are_small(by_mode: dict[GenerationMode, list[Request]], mode: GenerationMode) -> None:
    counts = [value for value in _values(by_mode[mode], "count") if isinstance(value, int)]

    assert not [value for value in counts if FREE_COUNT < value <= 500]


@BOTH
def test_generated_requests_are_ordinary_calls_of_the_operation(
    by_mode: dict[GenerationMode, list[Request]], mode: GenerationMode
) -> None:
    rest = {(request.method, request.path, request.headers, request.who) for request in by_mode[mode]}

    assert rest == {("POST", spec.ISSUE_PATH, JSON_HEADERS, "caller")}


@BOTH
def test_the_same_seed_gives_the_same_bodies(
    by_mode: dict[GenerationMode, list[Request]], mode: GenerationMode
) -> None:
    assert generated(mode) == by_mode[mode]


def test_another_seed_gives_other_bodies(by_mode: dict[GenerationMode, list[Request]]) -> None:
    assert generated(POSITIVE, 1) != by_mode[POSITIVE]
