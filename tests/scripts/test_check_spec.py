"""Every check finds the defect that it is for, and nothing in the real files."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import spec
from scripts import check_spec

Json = Any
Check = Callable[[Json], Iterator[str]]

ISSUE = ("paths", spec.ISSUE_PATH, "post")
SCHEMAS = ("components", "schemas")

DEFECTS: dict[str, tuple[Check, tuple[str | int, ...], Json, str]] = {
    "a response without a description": (
        check_spec.document_is_valid,
        (*ISSUE, "responses", "200", "description"),
        None,
        "responses/200",
    ),
    "a field that OpenAPI does not have": (check_spec.document_is_valid, ("opanapi",), "3.1.0", "opanapi"),
    "a $ref to nowhere": (
        check_spec.references_are_alive,
        (*SCHEMAS, "IssuanceRequest", "properties", "customer", "$ref"),
        "#/components/schemas/Custommer",
        "#/components/schemas/Custommer",
    ),
    "a $ref to another file": (
        check_spec.references_are_alive,
        (*SCHEMAS, "IssuanceRequest", "properties", "customer", "$ref"),
        "other.yaml#/Customer",
        "other.yaml#/Customer",
    ),
    "an example of a response that does not fit": (
        check_spec.examples_are_valid,
        ("components", "examples", "Issued", "value", "totalCount"),
        "2",
        "issued",
    ),
    "an example with an undocumented code": (
        check_spec.examples_are_valid,
        ("components", "examples", "RefusedSeriesInvalid", "value", "errors", 0, "code"),
        708,
        "seriesInvalid",
    ),
    "an example of a request that does not fit": (
        check_spec.examples_are_valid,
        ("components", "examples", "RequestWithEmail", "value", "seriesId"),
        "415446",
        "withEmail",
    ),
    "an example of a field that does not fit": (
        check_spec.examples_are_valid,
        (*SCHEMAS, "Coupon", "properties", "couponId", "examples"),
        ["7"],
        "couponId",
    ),
    "an example of a parameter that does not fit": (
        check_spec.examples_are_valid,
        ("paths", spec.READ_BACK_PATH, "get", "parameters", 0, "example"),
        ["x"],
        "parameters/0",
    ),
    "an example that nothing uses": (
        check_spec.examples_are_used,
        ("components", "examples", "Lost"),
        {"value": {}},
        "Lost",
    ),
    "a field without a description": (
        check_spec.fields_are_described,
        (*SCHEMAS, "Coupon", "properties", "colour"),
        {"type": "string"},
        "Coupon.colour",
    ),
    "a field with an empty description": (
        check_spec.fields_are_described,
        (*SCHEMAS, "Coupon", "properties", "code", "description"),
        "",
        "Coupon.code",
    ),
}


def changed(path: tuple[str | int, ...], value: Json) -> Json:
    """The document with one value put somewhere, or taken away where it is None."""
    document = copy.deepcopy(spec.document())
    node: Any = document
    for part in path[:-1]:
        node = node[part]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


@pytest.mark.parametrize(("check", "path", "value", "named"), DEFECTS.values(), ids=DEFECTS)
def test_a_defect_of_the_document_is_named(check: Check, path: tuple[str | int, ...], value: Json, named: str) -> None:
    assert [problem for problem in check(changed(path, value)) if named in problem]


@pytest.mark.parametrize("check", dict.fromkeys(check for check, *_ in DEFECTS.values()))
def test_the_document_is_without_problems(check: Check) -> None:
    assert list(check(spec.document())) == []


# --- codes ----------------------------------------------------------------------------------------------------------

ROWS, OTHERS = spec.error_table(), spec.platform_codes()


@pytest.mark.parametrize(
    ("rows", "others", "named"),
    [
        ((*ROWS, evolve(ROWS[0], name="OTHER")), OTHERS, "677 stands 2 times"),
        ((*ROWS, evolve(ROWS[0], code=1)), OTHERS, "COUNT_OUT_OF_RANGE stands 2 times"),
        (ROWS, (*OTHERS, evolve(OTHERS[0], code=713)), "713 stands 2 times"),
        (ROWS, (*OTHERS, evolve(OTHERS[0], code=702)), "702 stands 2 times"),
        ((evolve(ROWS[0], without_coupons="maybe"),), (), "without_coupons of 677 is not one of refused"),
        ((), (evolve(OTHERS[0], without_coupons=""),), "without_coupons of 712 is not one of refused"),
    ],
    ids=["a code twice", "a name twice", "of both tables", "a partial code", "other proof", "no proof"],
)
def test_a_defect_of_the_codes_is_named(
    rows: tuple[spec.ErrorRow, ...], others: tuple[spec.PlatformCode, ...], named: str
) -> None:
    (problem,) = check_spec.codes_prove_one_thing(rows, others)

    assert named in problem


def test_a_misspelt_key_of_a_code_is_an_error() -> None:
    with pytest.raises(TypeError, match="partial"):
        spec.ErrorRow(code=1, partial=2, without_coupons="refused", name="N", when="W", messages=())  # type: ignore[call-arg]


# --- ledger and clauses ---------------------------------------------------------------------------------------------

ENTRY = next(iter(spec.ledger().values()))
CLAUSE = next(iter(spec.clauses().values()))


@pytest.mark.parametrize(
    "place",
    [
        "/components/schemas/Nothing",
        "/components/schemas/IssuanceErrorCode/x-error-table/99",
        "/components/schemas/IssuanceErrorCode/x-error-table/first",
        "/paths/v2/coupon",
        "/info/title/of/it",
    ],
)
def test_a_place_that_the_document_lacks_is_named(place: str) -> None:
    problems = list(check_spec.ledger_places_are_alive({"x": evolve(ENTRY, places=(place,))}, spec.document()))

    assert any(place in problem for problem in problems)


def test_an_entry_that_nothing_rests_on_is_named() -> None:
    problems = list(check_spec.ledger_places_are_alive({"x": evolve(ENTRY, id="lost", places=())}, spec.document()))

    assert any("lost" in problem for problem in problems)


def test_the_places_of_the_ledger_are_alive() -> None:
    assert list(check_spec.ledger_places_are_alive(spec.ledger(), spec.document())) == []


@pytest.mark.parametrize(
    "change", [{"level": "must"}, {"level": "WILL"}, {"ledger": ()}, {"ledger": ("no-such-entry",)}]
)
def test_a_clause_without_level_or_ground_is_named(change: dict[str, Any]) -> None:
    problems = list(check_spec.clauses_are_grounded({"x": evolve(CLAUSE, id="lost", **change)}, spec.ledger()))

    assert any("lost" in problem for problem in problems)


def test_the_clauses_are_grounded() -> None:
    assert list(check_spec.clauses_are_grounded(spec.clauses(), spec.ledger())) == []


def test_a_clause_that_no_test_cites_is_named() -> None:
    assert any("lost" in problem for problem in check_spec.clauses_are_tested(["kept", "lost"], ["kept"]))


def test_a_citation_of_no_clause_is_named() -> None:
    assert any("lost" in problem for problem in check_spec.clauses_are_tested(["kept"], ["kept", "lost"]))


def test_clauses_that_are_all_cited_are_without_problems() -> None:
    assert list(check_spec.clauses_are_tested(["one", "two"], ["two", "one"])) == []


# --- all of it ------------------------------------------------------------------------------------------------------


def test_the_repository_is_without_problems() -> None:
    assert list(check_spec.problems()) == []


def test_what_the_suite_cites_are_slugs() -> None:
    cited = check_spec.cited_clauses()

    assert [clause for clause in cited if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", clause)] == []
