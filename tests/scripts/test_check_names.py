"""A field that the document renames is stale in ledger, vectors and sandbox; a code needs ledger, clause and rule."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import paths, spec
from coupon_contract.sandbox.issuing import REASONS
from scripts import check_names, vocabulary

Json = Any
KNOWN = vocabulary.document_fields(spec.document())
ENTRY = spec.ledger()["rate-limit"]
ROWS = spec.error_table()
RAISED = frozenset(problem.code for problem in REASONS)


def with_field(old: str, new: str) -> Json:
    """The document with a field of another name, in schemas and examples alike."""
    return json.loads(json.dumps(spec.document()).replace(f'"{old}"', f'"{new}"'))


@pytest.mark.parametrize(
    ("field", "stale"),
    [
        ("couponId", ["ledger.toml: coupon-id-zero", "decoding.yaml", "records.py"]),
        ("failureCount", ["ledger.toml: counts-undocumented", "decoding.yaml", "sandbox/codec.py"]),
        ("detailedInfo", ["ledger.toml: detailed-info", "sandbox/codec.py"]),
        ("couponSeriesId", ["sandbox/companions.py"]),
        ("commChannels", ["ledger.toml: comm-channels", "decoding.yaml", "sandbox/codec.py"]),
        ("sort_order", ["sandbox/companions.py"]),
    ],
)
def test_a_field_that_is_renamed_in_the_document_is_stale_elsewhere(field: str, stale: list[str]) -> None:
    named = [line for line in check_names.problems(with_field(field, "renamedByATest")) if f"has no {field}" in line]

    assert [place for place in stale if not any(place in line for line in named)] == []


def test_the_repository_has_no_stale_name_and_no_loose_code() -> None:
    assert list(check_names.problems(spec.document())) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Each coupon has a couponID.", "couponID"),
        ("`status_code` is false.", "status_code"),
        ('A shows `{"uid": 7}`.', "uid"),
        ("`customer.profils` is lost", "profils"),
        ("`resend=false` and issueAgain=true", "issueAgain"),
    ],
)
@pytest.mark.parametrize("key", check_names.TEXTS)
def test_a_stale_field_of_any_text_of_the_ledger_is_named(text: str, name: str, key: str) -> None:
    (problem,) = check_names.ledger_names_are_documented({"x": evolve(ENTRY, **dict[str, Any]({key: text}))}, KNOWN)

    assert f"openapi.yaml has no {name}" in problem


@pytest.mark.parametrize("text", ["`null`, `DECATH10`, `x918028464628`", "Ask the customer.", "`customer.id`", "Wi-Fi"])
def test_values_and_words_are_no_stale_fields(text: str) -> None:
    assert list(check_names.ledger_names_are_documented({"x": evolve(ENTRY, evidence=text)}, KNOWN)) == []


@pytest.mark.parametrize(
    ("elsewhere", "said"), [(("seriesId",), "is in openapi.yaml"), (("seriesIds",), "no text names seriesIds")]
)
def test_a_field_that_is_not_from_elsewhere_may_not_be_listed_so(elsewhere: tuple[str, ...], said: str) -> None:
    entry = evolve(ENTRY, evidence="", elsewhere=elsewhere)

    assert [line for line in check_names.ledger_names_are_documented({"x": entry}, KNOWN) if said in line]


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"errors": [], "successTotal": 1}},
        {"text": '{"errors": [], "successTotal": 1}'},
        {"example": "Issued", "set": {"/successTotal": 1}},
        {"example": "Issued", "set": {"/coupons/0": {"code": "A", "successTotal": 1}}},
        {"example": "Issued", "remove": ["/successTotal"]},
    ],
    ids=["json", "text", "set", "within a value", "remove"],
)
def test_a_stale_field_of_a_vector_is_named(answer: Json) -> None:
    (problem,) = check_names.vector_names_are_documented([{"name": "n", "answer": answer}], KNOWN)

    assert "decoding.yaml: n: openapi.yaml has no successTotal" in problem


@pytest.mark.parametrize("unknown", [["errors"], ["never"]])
def test_a_vector_may_not_call_a_field_unknown_that_is_not(unknown: list[str]) -> None:
    vector = {"name": "n", "unknown": unknown, "answer": {"json": {"errors": []}}}

    assert len(list(check_names.vector_names_are_documented([vector], KNOWN))) == 1


@pytest.mark.parametrize(
    "code",
    [
        'def shown():\n    return {"successTotal": 1}\n',
        'def shown(body):\n    return body.get("successTotal")\n',
        'def shown(query):\n    return query.get("successtotal")\n',
        'class Coupon(Struct, rename={"id": "successTotal"}):\n    """A coupon."""\n',
        'def shown():\n    return {"couponId": 1, "successtotal": 1}\n',
    ],
    ids=["written", "read", "read from a query", "renamed", "beside a field"],
)
def test_a_stale_field_of_the_sandbox_is_named_with_its_place(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    module = tmp_path / "codec.py"
    module.write_text(code, encoding="utf-8")
    (problem,) = check_names.sandbox_names_are_documented([module], KNOWN)

    assert problem.lower().endswith("openapi.yaml has no successtotal")
    assert problem.startswith("codec.py:")


@pytest.mark.parametrize(
    ("ledger", "clauses", "raised", "said"),
    [
        ([ENTRY], list(spec.clauses().values()), RAISED, "709: no ledger entry names it"),
        (list(spec.ledger().values()), [], RAISED, "709: no clause provokes it"),
        (list(spec.ledger().values()), list(spec.clauses().values()), RAISED - {709}, "709: no rule of the sandbox"),
    ],
    ids=["ledger", "clause", "rule"],
)
def test_a_code_without_ledger_clause_or_rule_is_named(
    ledger: list[spec.LedgerEntry], clauses: list[spec.Clause], raised: frozenset[int], said: str
) -> None:
    problems = list(check_names.documented_codes_are_settled(ROWS, ledger, clauses, raised))

    assert [line for line in problems if said in line]


def test_a_new_code_is_named_for_each_thing_that_it_lacks() -> None:
    rows = (*ROWS, evolve(ROWS[0], code=5999, name="NEW"))
    clauses = list(spec.clauses().values())
    problems = list(check_names.documented_codes_are_settled(rows, spec.ledger().values(), clauses, RAISED))

    assert len(problems) == 3
    assert all("codes.toml: 5999" in line for line in problems)


def test_a_clause_that_provokes_a_code_of_no_row_is_named() -> None:
    clauses = list(spec.clauses().values())
    problems = list(check_names.documented_codes_are_settled(ROWS[1:], spec.ledger().values(), clauses, RAISED))

    assert problems == ["clauses.toml: count-too-high: provokes 677, which is in no row of codes.toml"]


def test_a_platform_code_that_no_entry_names_is_named() -> None:
    others = (*spec.platform_codes(), spec.PlatformCode(4242, "New", "in-doubt"))

    assert list(check_names.platform_codes_are_settled(others, spec.ledger().values())) == [
        "codes.toml: 4242: no ledger entry names it"
    ]


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("701, 709 and 756", 709, True),
        ("the codes 701 to 756", 709, True),
        ("7xx are never partial", 709, True),
        ("5xxx are partial", 5001, True),
        ("5xxx are partial", 500, False),
        ("7091 or 1709", 709, False),
        ("`709.0` as a number", 709, False),
    ],
)
def test_prose_names_a_code_by_number_range_or_class(text: str, code: int, named: bool) -> None:
    assert vocabulary.names_code(text, code) is named
