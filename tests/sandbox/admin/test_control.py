"""The control API: what it changes, and that it is as its document says."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from coupon_contract import spec
from coupon_contract.sandbox import Seed, create_app
from coupon_contract.sandbox.admin.control import DOCUMENT
from coupon_contract.sandbox.runtime_settings import NAME
from coupon_contract.sandbox.seed import UploadedCodes
from qa.with_sandbox import running_sandbox
from tests.sandbox.conftest import ABIJITH, Api, codes

KEY = "a control key"


def call(api: Api, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
    """A control call from this machine."""
    options.setdefault("auth", None)
    headers = {"Host": "127.0.0.1", **options.pop("headers", {})}
    if body is not None:
        headers["Content-Type"], options["content"] = "application/json", json.dumps(body)
    return api.request(method, f"/__sandbox{path}", headers=headers, **options)


def done(api: Api, method: str, path: str, body: Any = None) -> Any:
    answer = call(api, method, path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


# --- the clock --------------------------------------------------------------------------------------------------------


def test_a_series_expires_when_the_clock_is_set_beyond_it(api: Api) -> None:
    series = done(api, "POST", "/series", {"expires": "2030-01-01T00:00:00Z"})["id"]
    before = api.issue(series)
    done(api, "PUT", "/clock", {"now": "2030-01-01T00:00:00Z"})

    assert "coupons" in before
    assert codes(api.issue(series)) == [713]


def test_the_clock_goes_on_from_where_it_is_set(api: Api) -> None:
    done(api, "PUT", "/clock", {"now": "2030-01-01T00:00:00+02:00"})
    api.clock.now += 1.5

    assert done(api, "GET", "/state")["now"] == "2029-12-31T22:00:01.500Z"


def test_the_clock_is_advanced_and_moved_back(api: Api) -> None:
    done(api, "POST", "/clock/advance", {"seconds": 3600})
    state = done(api, "POST", "/clock/advance", {"seconds": -60.5})

    assert state["clock_offset_ms"] == 3_539_500


def test_the_clock_returns_to_real_time(api: Api) -> None:
    done(api, "POST", "/clock/advance", {"seconds": 3600})

    assert done(api, "DELETE", "/clock")["clock_offset_ms"] == 0


def test_a_token_expires_by_the_clock(api: Api) -> None:
    token = {"X-CAP-API-OAUTH-TOKEN": api.token().json()["data"]["accessToken"]}
    done(api, "POST", "/clock/advance", {"seconds": 3600})

    assert api.request("GET", spec.READ_BACK_PATH, auth=None, headers=token).status_code == 401


@pytest.mark.parametrize("seconds", [3_162_240_000, -3_162_240_000])
def test_the_clock_stays_within_a_hundred_years(api: Api, seconds: int) -> None:
    done(api, "POST", "/clock/advance", {"seconds": seconds})

    assert call(api, "POST", "/clock/advance", {"seconds": seconds}).status_code == 400


# --- faults, variants, hazards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["coupon-id-as-text", "never-stored"])
def test_a_fault_is_switched_on_and_off(api: Api, name: str) -> None:
    def wrong() -> bool:
        coupon = api.issue(415446)["coupons"][0]
        found = api.read_back(couponCodes=coupon["code"]).json()["data"]
        return isinstance(coupon["couponId"], str) or not found

    first = wrong()
    done(api, "PUT", "/behaviour", {"name": name})
    second = wrong()
    done(api, "DELETE", "/behaviour")

    assert (first, second, wrong()) == (False, True, False)


def test_a_behaviour_that_does_not_exist_changes_nothing(api: Api) -> None:
    done(api, "PUT", "/behaviour", {"name": "coupon-id-as-text"})

    assert call(api, "PUT", "/behaviour", {"name": "nonsense"}).status_code == 404
    assert done(api, "GET", "/state")["behaviour"] == "coupon-id-as-text"


def test_every_behaviour_is_listed(api: Api) -> None:
    from coupon_contract.sandbox.faults import FAULTS, VARIANTS

    assert {one["name"] for one in done(api, "GET", "/behaviours")["data"]} == FAULTS.keys() | VARIANTS.keys()


def stored(api: Api) -> int:
    return len(api.read_back(issuedToIds="555567088").json()["data"])


@pytest.mark.parametrize(("when", "issued"), [("before", 0), ("after", 2)])
def test_an_error_comes_before_or_after_issuing(api: Api, when: str, issued: int) -> None:
    done(api, "PUT", "/hazards", {"error_rate": 1, "error_when": when})
    answer = api.post({"seriesId": 415446, "count": 2, "customer": ABIJITH})
    done(api, "DELETE", "/hazards")

    assert answer.status_code == 503
    assert stored(api) == issued


def test_errors_on_either_side_look_the_same(api: Api) -> None:
    answers = []
    for when in ("before", "after"):
        done(api, "PUT", "/hazards", {"error_rate": 1, "error_when": when})
        answers.append(api.post({"seriesId": 415446, "customer": ABIJITH}))

    assert answers[0].content == answers[1].content
    assert answers[0].headers == answers[1].headers


def test_an_answer_comes_late(api: Api) -> None:
    done(api, "PUT", "/hazards", {"min_latency_ms": 30})
    api.issue(415446)

    assert done(api, "GET", "/requests")["data"][0]["milliseconds"] >= 30


def test_a_latency_that_ends_before_it_begins_is_refused(api: Api) -> None:
    assert call(api, "PUT", "/hazards", {"min_latency_ms": 30, "max_latency_ms": 20}).status_code == 400


# --- series and customers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "count", "code"),
    [
        ({"limit_per_customer": 1}, 2, 5004),
        ({"limit_per_customer": 3}, 4, 5002),
        ({"limit_in_all": 7, "already_issued": 7}, 1, 5001),
        ({"uploaded": {}}, 1, 5005),
        ({"uploaded": {"codes": ["A"]}}, 2, 5006),
        ({"generic_code": "G"}, 2, 5004),
        ({"expires": "2020-01-01T00:00:00Z"}, 1, 713),
        ({"externally_managed": True}, 1, 707),
    ],
)
def test_a_series_is_added_in_any_state(api: Api, series: Any, count: int, code: int) -> None:
    added = done(api, "POST", "/series", series)["id"]

    assert codes(api.issue(added, count=count)) == [code]


@pytest.mark.parametrize(("path", "body"), [("/series", {"uploaded": {"count": 3}}), ("/reset", None)])
def test_uploaded_codes_are_made_beside_the_event_loop(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str, body: Any
) -> None:
    makers = set()

    def make(_: UploadedCodes) -> tuple[str, ...]:
        makers.add(threading.current_thread())
        return ("A", "B", "C")

    monkeypatch.setattr("coupon_contract.sandbox.seeding.uploaded_codes", make)
    done(api, "POST", path, body)

    assert makers
    assert threading.main_thread() not in makers


def test_a_customer_is_added_and_gets_coupons(api: Api) -> None:
    added = done(api, "POST", "/customers", {"identifiers": {"mobile": "4915100000001"}})

    assert api.issue(415446, {"mobile": "4915100000001"})["customer"]["id"] == added["id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/series", {"id": 415446}),
        ("/customers", {"id": 555567088, "identifiers": {"mobile": "1"}}),
        ("/customers", {"identifiers": {"externalId": "3873472"}}),
    ],
)
def test_what_is_taken_is_not_added_again(api: Api, path: str, body: Any) -> None:
    before = done(api, "GET", path)

    assert call(api, "POST", path, body).status_code == 409
    assert done(api, "GET", path) == before


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/series", {"limit_per_user": 1}, "limit_per_user: is not a key here; did you mean limit_per_customer?"),
        ("/series", {"id": "1"}, "id: must be a whole number, not a text in quotes"),
        ("/series", {"generic_code": "G", "uploaded": {}}, "only one kind of codes"),
        ("/customers", {}, "identifiers: is missing; write a table"),
        ("/customers", {"identifiers": {}}, "identifiers: must not be empty"),
        ("/customers", {"identifiers": {"mobile": ""}}, "identifiers.mobile: must not be empty"),
        ("/customers", {"identifiers": {"mobile": "\0"}}, "identifiers.mobile: holds NUL"),
        ("/customers", {"identifiers": {"mobile": "\ud800"}}, "identifiers.mobile: holds NUL or half a character"),
        ("/clock/advance", {}, "seconds: is missing"),
    ],
)
def test_a_mistake_is_told(api: Api, path: str, body: Any, told: str) -> None:
    answer = call(api, "POST", path, body)

    assert answer.status_code == 400
    assert told in answer.json()["message"]


def test_only_json_is_taken(api: Api) -> None:
    answer = call(api, "POST", "/series", headers={"Content-Type": "text/plain"}, content=b"{}")

    assert answer.status_code == 415


# --- resets and requests ----------------------------------------------------------------------------------------------


def test_a_reset_brings_the_seed_back(api: Api) -> None:
    seeded = done(api, "GET", "/series")
    api.issue(50020, count=5)
    added = done(api, "POST", "/series", {})["id"]
    done(api, "POST", "/clock/advance", {"seconds": 60})
    state = done(api, "POST", "/reset")

    assert (state["clock_offset_ms"], stored(api)) == (0, 0)
    assert [(one["id"], one["issued"]) for one in done(api, "GET", "/series")["data"]] == [
        (one["id"], one["issued"]) for one in seeded["data"]
    ]
    assert codes(api.issue(added)) == [707]
    assert len(api.issue(50020, count=5)["coupons"]) == 5


def test_a_reset_forgets_the_requests(api: Api) -> None:
    api.issue(415446)
    done(api, "POST", "/reset")

    assert done(api, "GET", "/requests") == {"data": []}


def test_requests_after_a_moment_are_listed_alone(api: Api) -> None:
    api.issue(415446)
    first = done(api, "GET", "/requests")["data"][0]
    api.issue(71300)

    assert [view["outcome"] for view in done(api, "GET", f"/requests?after={first['at']!r}")["data"]] == ["refused 713"]


@pytest.mark.parametrize("after", ["x", "nan", "", "1,5"])
def test_a_moment_that_is_no_number_is_refused(api: Api, after: str) -> None:
    assert call(api, "GET", f"/requests?after={after}").status_code == 400


@pytest.mark.parametrize(
    ("on", "body", "off"),
    [("/behaviour", {"name": "xml-401"}, "/behaviour"), ("/hazards", {"error_rate": 1}, "/hazards")],
)
def test_what_is_switched_off_is_not_kept(api: Api, on: str, body: dict[str, Any], off: str) -> None:
    done(api, "PUT", on, body)
    done(api, "DELETE", off)

    assert not api.app.state.sandbox.store.setting(NAME)


def test_the_contract_can_be_had_in_place_of_the_command_line_s_fault(seed: Seed) -> None:
    api = Api(create_app(seed, behaviour="coupon-id-as-text"))
    done(api, "DELETE", "/behaviour")

    assert done(api, "GET", "/state")["behaviour"] is None


def test_a_mistyped_name_is_told_the_likeliest(api: Api) -> None:
    answer = call(api, "PUT", "/behaviour", {"name": "coupon-id-as-txt"})

    assert "did you mean coupon-id-as-text?" in answer.json()["message"]


# --- several workers --------------------------------------------------------------------------------------------------


@pytest.fixture
def both(open_api: Callable[..., Api], database: str) -> tuple[Api, Api]:
    """Two workers on one database."""
    return open_api(database), open_api(database)


def test_a_change_holds_at_every_worker_when_it_is_answered(both: tuple[Api, Api]) -> None:
    one, other = both
    seen = []
    for seconds in (60, 60, -60):
        done(one, "POST", "/clock/advance", {"seconds": seconds})
        seen.append(done(other, "GET", "/state")["clock_offset_ms"])

    assert seen == [60_000, 120_000, 60_000]


def test_a_fault_holds_at_every_worker(both: tuple[Api, Api]) -> None:
    one, other = both
    done(one, "PUT", "/behaviour", {"name": "coupon-id-as-text"})

    assert isinstance(other.issue(415446)["coupons"][0]["couponId"], str)


def test_a_change_outlives_a_restart(open_api: Callable[..., Api], database: str) -> None:
    first = open_api(database)
    done(first, "PUT", "/hazards", {"error_rate": 1})
    first.close()

    assert open_api(database).post({}).status_code == 503


def test_a_reset_holds_at_every_worker(both: tuple[Api, Api]) -> None:
    one, other = both
    last = other.issue(50020, count=5)["coupons"][-1]["couponId"]
    done(other, "PUT", "/behaviour", {"name": "coupon-id-as-text"})
    done(one, "POST", "/reset")
    again = other.issue(50020, count=5)["coupons"]

    assert [coupon["couponId"] for coupon in again] == [last + nth for nth in range(1, 6)]


# --- the document -----------------------------------------------------------------------------------------------------

CONTROL = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
SCHEMA = schemathesis.openapi.from_dict(CONTROL)
CHECKS = [  # not positive_data_acceptance: a document cannot say that an id is taken
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


def test_the_document_is_valid_openapi() -> None:
    validate(CONTROL)


def test_the_document_has_every_route(api: Api) -> None:
    mount = next(route for route in api.app.routes if route.path == "/__sandbox")
    routed = {(route.path, method) for route in mount.routes for method in route.methods - {"HEAD"}}

    assert routed == {(path, method.upper()) for path, item in CONTROL["paths"].items() for method in item}


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running_sandbox(["--control-key", KEY]) as url:
        yield url


@SCHEMA.parametrize()
@settings(max_examples=20, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_it_answers_as_its_document_says(case: "schemathesis.Case[Any]", served: str) -> None:
    response = case.call(base_url=f"{served}/__sandbox", headers={"X-Sandbox-Key": KEY})

    case.validate_response(response, checks=CHECKS)
