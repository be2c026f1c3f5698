import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve

from coupon_contract import spec
from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.cases import DIRECTORY, Case, CaseError, expanded, load
from coupon_contract.suite.expect import expect
from coupon_contract.suite.matchers import (
    AnyRefusal,
    Anything,
    HttpStatus,
    IssuedExactly,
    IssuedPartly,
    Matcher,
    RefusedWith,
    any_fits,
    describe,
)
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.skips import NotOffered
from coupon_contract.suite.states import STATES
from tests.suite.conftest import TARGET, coupons, refusal, status

Json = Any

CASES = load()
each_case = pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])

GOOD = {"name": "a case", "clause": "count-too-high", "request": {"count": 501}, "accept": [{"refused": [677]}]}


def answers(kind: Matcher) -> list[Outcome]:
    """One answer for each thing that the kind accepts."""
    match kind:
        case HttpStatus(statuses):
            return [status(number) for number in sorted(statuses)]
        case RefusedWith(codes):
            return [refusal(code) for code in sorted(codes)]
        case IssuedExactly(count):
            return [coupons(count)]
        case IssuedPartly(most, codes):
            return [coupons(number, code) for code in sorted(codes) for number in {1, most}]
        case AnyRefusal() | Anything():
            return []


def _written(tmp_path: Path, *entries: Json) -> Path:
    (tmp_path / "odd.yaml").write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return tmp_path


# --- the cases that there are ---------------------------------------------------------------------------------------


def test_every_file_of_cases_is_loaded() -> None:
    written = [entry["name"] for path in DIRECTORY.iterdir() for entry in yaml.safe_load(path.read_text("utf-8"))]

    assert sorted(written) == sorted(case.name for case in CASES)


@each_case
def test_a_case_belongs_to_a_clause(case: Case) -> None:
    assert case.clause in spec.clauses()


@each_case
def test_the_sandbox_target_offers_what_a_case_needs(case: Case) -> None:
    text = case.request_for(TARGET).body.decode("utf-8", "surrogatepass")

    assert not any(f"${kind}" in text for kind in ("series", "known", "unknown"))


@each_case
def test_a_case_accepts_documented_codes_and_statuses_only(case: Case) -> None:
    codes = {row.code for row in spec.error_table()} | {712}  # ledger series-expired-code
    operation = spec.document()["paths"][spec.ISSUE_PATH]["post"]["responses"]
    documented = {
        "codes": all(
            matcher.codes <= codes for matcher in case.accept if isinstance(matcher, RefusedWith | IssuedPartly)
        ),
        "statuses": all(
            set(map(str, matcher.statuses)) < set(operation)
            for matcher in case.accept
            if isinstance(matcher, HttpStatus)
        ),
    }

    assert documented == {"codes": True, "statuses": True}


@each_case
def test_a_case_accepts_something_and_not_everything(case: Case) -> None:
    tried = [coupons(1), coupons(2), coupons(500), refusal(9999), status(400), status(500), coupons(1, 9999)]

    assert case.accept
    assert not all(any_fits(case.accept, answer) for answer in tried)


@each_case
def test_the_oracle_accepts_whatever_a_case_accepts(case: Case) -> None:
    expectation = expect(case.request_for(TARGET), TARGET)
    assert expectation is not None
    refused = [
        str(answer)
        for matcher in case.accept
        for answer in answers(matcher)
        if not any_fits(expectation.matchers, answer)
    ]

    assert refused == [], f"the oracle expects {describe(expectation.matchers)}"


@each_case
def test_a_case_accepts_whatever_the_oracle_is_certain_of(case: Case) -> None:
    expectation = expect(case.request_for(TARGET), TARGET)
    assert expectation is not None
    decides = spec.clauses()[case.clause].level == "MUST"  # the oracle may not make a SHOULD a MUST
    matchers = () if Anything() in expectation.matchers or not decides else expectation.matchers
    refused = [str(answer) for matcher in matchers for answer in answers(matcher) if not any_fits(case.accept, answer)]

    assert refused == [], f"the case expects {describe(case.accept)}"


@pytest.mark.parametrize("name", [name for name in spec.document()["components"]["examples"] if "Request" in name])
def test_a_documented_request_is_a_case(name: str) -> None:
    assert f"documented {name}" in {case.name for case in CASES}


# --- placeholders ---------------------------------------------------------------------------------------------------


def _body(request: Json) -> Json:
    return json.loads(Case("a case", "a clause", request, ()).request_for(TARGET).body)


@pytest.mark.parametrize("state", STATES)
def test_a_series_stands_for_its_id(state: str) -> None:
    assert _body({"seriesId": f"$series.{state}"}) == {"seriesId": TARGET.series[state].id}


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_a_known_customer_stands_for_a_reference(identifier: str) -> None:
    reference = _body({"customer": f"$known.{identifier}"})["customer"]

    assert any(reference.items() <= customer.items() for customer in TARGET.known)


@pytest.mark.parametrize("identifier", IDENTIFIERS)
def test_an_unknown_customer_stands_for_a_reference(identifier: str) -> None:
    reference = _body({"customer": f"$unknown.{identifier}"})["customer"]

    assert reference == {identifier: TARGET.unknown[identifier]}


def test_placeholders_in_a_text_are_replaced_where_they_stand() -> None:
    case = Case("a case", "a clause", '[$series.ordinary,$series.generic.5,"$series.ordinary",$known]', ())

    assert case.request_for(TARGET).body == b'[415446,18426.5,"415446",{"mobile": "11223569865"}]'


def test_placeholders_in_lists_are_replaced() -> None:
    assert _body([["$series.ordinary"], {"a": "$series.generic"}]) == [[415446], {"a": 18426}]


@pytest.mark.parametrize("text", ["$serie.ordinary", "series.ordinary", "costs $5"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert _body({"a": text}) == {"a": text}


@pytest.mark.parametrize(
    ("placeholder", "key"),
    [
        ("$series.generic", "series.generic"),
        ("$known.email", "customers.known with email"),
        ("$unknown.mobile", "customers.unknown.mobile"),
    ],
)
@pytest.mark.parametrize("form", [lambda text: {"a": text}, lambda text: f'{{"a": {text}}}'], ids=["object", "text"])
def test_what_the_target_lacks_is_not_offered(placeholder: str, key: str, form: Any) -> None:
    poor = evolve(TARGET, series={}, known=({"mobile": "1"},), unknown={})

    with pytest.raises(NotOffered, match=key):
        Case("a case", "a clause", form(placeholder), ()).request_for(poor)


# --- cases that cannot be used --------------------------------------------------------------------------------------


def test_a_good_case_is_read(tmp_path: Path) -> None:
    (case,) = load(_written(tmp_path, GOOD))

    assert (case.name, case.clause, describe(case.accept)) == ("a case", "count-too-high", "a refusal with 677")


@pytest.mark.parametrize(
    ("accept", "words"),
    [
        ({"issued": 2}, "2 coupons"),
        ({"http": [400, 415]}, "HTTP 400 or 415"),
        ({"partly": 3, "by": [5005, 5006]}, "1 to 3 coupons with 5005 or 5006"),
    ],
)
def test_every_kind_of_answer_can_be_written(tmp_path: Path, accept: Json, words: str) -> None:
    (case,) = load(_written(tmp_path, GOOD | {"accept": [accept]}))

    assert describe(case.accept) == words


BAD_ANSWERS: list[Json] = [
    {},
    {"refuse": [677]},
    {"refused": 677},
    {"refused": ["677"]},
    {"refused": []},
    {"issued": "2"},
    {"issued": True},
    {"partly": 1},
    {"by": [5004]},
    {"http": 400},
    {"http": ["400"]},
    {"issued": 1, "refused": [677]},
    {"refused": [677], "http": [400]},
    "issued",
]
BAD_ENTRIES: dict[str, Json] = {
    "a key too many": GOOD | {"why": "because"},
    "a key too few": {key: value for key, value in GOOD.items() if key != "clause"},
    "a text": "a case",
    "nothing": None,
    "no responses": GOOD | {"accept": []},
    "answers that are not a list": GOOD | {"accept": {"issued": 1}},
    **{f"the response {answer}": GOOD | {"accept": [answer]} for answer in BAD_ANSWERS},
}


@pytest.mark.parametrize("entry", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_a_case_that_cannot_be_used_names_its_file(tmp_path: Path, entry: Json) -> None:
    with pytest.raises(CaseError, match=r"odd\.yaml"):
        load(_written(tmp_path, entry))


@pytest.mark.parametrize("text", ["", "a: [", "name: a case", "- name: [a, b"])
def test_a_file_that_holds_no_list_of_cases_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(CaseError, match=r"odd\.yaml"):
        load(tmp_path)


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="a case: two cases"):
        load(_written(tmp_path, GOOD, GOOD))


def test_refused_any_is_every_documented_code() -> None:
    assert expanded({"refused": "any"}) == {"refused": [row.code for row in spec.error_table()]}
