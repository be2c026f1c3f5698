"""The gate rates each kind of change, and asks for the version that SemVer asks for."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import changes
from scripts.changes import Change, __main__, versions

Json = Any
Edit = Callable[[Json], object]
TABLE_ROW = {"code": 5007, "partialCode": 680, "name": "NEW_LIMIT", "when": "A new limit.", "messages": []}


def schema(document: Json, name: str) -> Json:
    return document["components"]["schemas"][name]


def field(document: Json, name: str, member: str) -> Json:
    return schema(document, name)["properties"][member]


def operation(document: Json) -> Json:
    return document["paths"][spec.ISSUE_PATH]["post"]


def new_code(document: Json) -> None:
    for name, key in (("IssuanceErrorCode", "code"), ("IssuanceWarningCode", "partialCode")):
        schema(document, name)["enum"].append(TABLE_ROW[key])
        schema(document, name)["x-enum-varnames"].append(TABLE_ROW["name"])
        schema(document, name)["x-enum-descriptions"].append(TABLE_ROW["when"])
    schema(document, "IssuanceErrorCode")["x-error-table"].append(TABLE_ROW)


def lost_code(document: Json) -> None:
    for member in ("enum", "x-enum-varnames", "x-enum-descriptions", "x-error-table"):
        schema(document, "IssuanceErrorCode")[member].pop()


def renamed_code(document: Json) -> None:
    schema(document, "IssuanceErrorCode")["x-enum-varnames"][0] = "TOO_MANY"
    schema(document, "IssuanceErrorCode")["x-error-table"][0]["name"] = "TOO_MANY"


def lost_field(document: Json) -> None:
    del schema(document, "Coupon")["properties"]["couponId"]
    schema(document, "Coupon")["required"].remove("couponId")


FIXTURES: dict[str, tuple[str, Edit]] = {
    "a new code": ("additive", new_code),
    "a new optional field of the request": (
        "additive",
        lambda d: schema(d, "IssuanceRequest")["properties"].update(channel={"type": "string", "description": "New."}),
    ),
    "a new optional field of the response": (
        "additive",
        lambda d: schema(d, "Coupon")["properties"].update(expiry={"type": "string", "description": "New."}),
    ),
    "a new operation": (
        "additive",
        lambda d: d["paths"].update({"/v2/coupon/cancel": {"post": {**operation(d), "operationId": "cancel"}}}),
    ),
    "a larger maximum in the request": ("additive", lambda d: field(d, "IssuanceRequest", "count").update(maximum=900)),
    "a field of the request that is no longer mandatory": (
        "additive",
        lambda d: schema(d, "IssuanceRequest")["required"].remove("customer"),
    ),
    "another description": ("documentation", lambda d: field(d, "Coupon", "code").update(description="Other.")),
    "another example": ("documentation", lambda d: field(d, "Coupon", "code").update(examples=["1"])),
    "another documented body": (
        "documentation",
        lambda d: d["components"]["examples"]["Issued"]["value"]["coupons"][0].update(code="1"),
    ),
    "another summary of an operation": ("documentation", lambda d: operation(d).update(summary="Other")),
    "a message of a code": (
        "documentation",
        lambda d: schema(d, "IssuanceErrorCode")["x-error-table"][0]["messages"].append("Other."),
    ),
    "a code that is gone": ("breaking", lost_code),
    "a code of another name": ("breaking", renamed_code),
    "a code with another partial code": (
        "breaking",
        lambda d: schema(d, "IssuanceErrorCode")["x-error-table"][6].update(partialCode=627),
    ),
    "a documented code that no longer proves a refusal": (
        "breaking",
        lambda d: schema(d, "IssuanceErrorCode")["x-error-table"][0].update(withoutCoupons="in-doubt"),
    ),
    "a code of the platform that no longer proves a refusal": (
        "breaking",
        lambda d: schema(d, "IssuanceErrorCode")["x-platform-codes"].pop(0),
    ),
    "a code of the platform that proves a refusal": (
        "additive",
        lambda d: schema(d, "IssuanceErrorCode")["x-platform-codes"][4].update(withoutCoupons="refused"),
    ),
    "a field of the response that is gone": ("breaking", lost_field),
    "a field of the response that may be missing": (
        "breaking",
        lambda d: schema(d, "Coupon")["required"].remove("code"),
    ),
    "a field of the request that became mandatory": (
        "breaking",
        lambda d: schema(d, "IssuanceRequest")["required"].append("count"),
    ),
    "a smaller maximum in the request": (
        "breaking",
        lambda d: field(d, "IssuanceRequest", "count").update(maximum=100),
    ),
    "another type": ("breaking", lambda d: field(d, "Coupon", "couponId").update(type="string", format="uuid")),
    "a narrower integer": ("breaking", lambda d: field(d, "Coupon", "couponId").update(format="int32")),
    "an operation that is gone": ("breaking", lambda d: d["paths"].pop(spec.READ_BACK_PATH)),
    "a response that is gone": ("breaking", lambda d: operation(d)["responses"].pop("429")),
    "another path": (
        "breaking",
        lambda d: d["paths"].update({"/v3/coupon/issue/multiple": d["paths"].pop(spec.ISSUE_PATH)}),
    ),
    "another operation id": ("breaking", lambda d: operation(d).update(operationId="issueCoupons")),
    "credentials that are no longer taken": ("breaking", lambda d: d["security"].pop()),
    "a companion of coupons that may be missing": (
        "breaking",
        lambda d: schema(d, "IssuanceResponse")["dependentRequired"]["coupons"].remove("warnings"),
    ),
    "a refusal without errors": ("breaking", lambda d: schema(d, "IssuanceResponse").pop("then")),
    "a condition that asks for more": (
        "breaking",
        lambda d: schema(d, "IssuanceResponse")["then"]["properties"]["errors"].update(minItems=2),
    ),
    "an error whose status may be true": ("breaking", lambda d: field(d, "IssuanceError", "status").pop("not")),
    "a judge that is narrower": (
        "breaking",
        lambda d: field(d, "CustomerProfile", "autoUpdateTime").update({"x-judged-as": {"format": "date"}}),
    ),
    "a judge that looks at one field more": (
        "breaking",
        lambda d: field(d, "FoundCoupon", "validTill").update({"x-judged-as": {"format": "date-time"}}),
    ),
}


def edited(edit: Edit, version: str = "0.1.0") -> Json:
    document = copy.deepcopy(spec.document())
    edit(document)
    document["info"]["version"] = version
    return document


@pytest.mark.parametrize("name", FIXTURES)
def test_a_change_is_rated(name: str) -> None:
    kind, edit = FIXTURES[name]
    found = changes.between(spec.document(), edited(edit))

    assert found
    assert found[0].kind == kind, found


def test_nothing_changed_is_no_change() -> None:
    assert changes.between(spec.document(), edited(lambda _: None, "7.0.0")) == []


def test_an_item_of_a_list_is_named_with_its_list() -> None:
    found = changes.between(spec.document(), edited(lambda d: operation(d)["tags"].append("more")))

    was, is_now = '["Issuance"]', '["Issuance", "more"]'
    assert [change.text for change in found] == [f"`tags` of `POST {spec.ISSUE_PATH}` was `{was}` and is `{is_now}`."]


OTHER_HOST = [{"url": "https://eu.api.capillarytech.com:8443/v2"}, {"url": "https://other.invalid"}]


def test_other_servers_are_one_change_for_callers_without_the_live_host() -> None:
    (found,) = changes.between(edited(lambda d: d.update(servers=OTHER_HOST)), spec.document())

    assert "capillary" not in found.text
    assert ".com" not in found.text
    assert "set the address of your deployment" in found.text
    assert (found.place, found.kind, found.who) == ("/servers", "breaking", ("callers",))


def test_a_schema_in_place_of_a_reference_is_one_change() -> None:
    before = edited(
        lambda d: schema(d, "FoundCoupon")["properties"].update(detailedInfo={"$ref": "#/components/schemas/Coupon"})
    )
    found = changes.between(before, spec.document())

    assert [change.text for change in found] == [
        "`FoundCoupon.detailedInfo` was a `Coupon` and is of type `string`: read it as what it is now."
    ]


EARLIER = yaml.safe_load((spec.DIRECTORY / "releases" / "0.1.0" / "openapi.yaml").read_text(encoding="utf-8"))


def test_whoever_has_to_act_on_a_change_since_0_1_0_reads_what_was_and_what_is() -> None:
    found = [change for change in changes.between(EARLIER, spec.document()) if change.who]

    assert found
    assert [change.text for change in found if re.search(r"was (?:modified|removed|added)\.$", change.text)] == []


def test_a_field_named_like_a_keyword_is_no_text() -> None:
    before, after = copy.deepcopy(spec.document()), copy.deepcopy(spec.document())
    field(after, "CouponConfig", "description").update(type="integer", format="int64")

    assert changes.between(before, after)[0].kind == "breaking"


MUST, SHOULD = ({"text": "It holds.", "level": level, "ledger": ["x"]} for level in ("MUST", "SHOULD"))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ({}, {"new": MUST}, "breaking"),
        ({}, {"new": SHOULD}, "additive"),
        ({"old": MUST}, {}, "additive"),
        ({"one": SHOULD}, {"one": MUST}, "breaking"),
        ({"one": MUST}, {"one": SHOULD}, "documentation"),
        ({"one": MUST}, {"one": MUST | {"text": "It holds always."}}, "breaking"),
        ({"one": MUST}, {"other": MUST}, "breaking"),
        ({"one": MUST}, {"one": MUST | {"ledger": ["x", "y"]}}, "documentation"),
    ],
)
def test_a_change_of_a_clause_is_rated(before: Json, after: Json, kind: str) -> None:
    assert [change.kind for change in changes.between_clauses(before, after)] == [kind]


@pytest.mark.parametrize(
    ("before", "kinds", "needed"),
    [
        ("1.2.3", [], "1.2.3"),
        ("1.2.3", ["documentation"], "1.2.4"),
        ("1.2.3", ["additive", "documentation"], "1.3.0"),
        ("1.2.3", ["breaking", "additive"], "2.0.0"),
        ("0.2.3", ["documentation"], "0.2.4"),
        ("0.2.3", ["additive"], "0.2.4"),
        ("0.2.3", ["breaking"], "0.3.0"),
    ],
)
def test_the_version_that_is_needed(before: str, kinds: list[Any], needed: str) -> None:
    found = [Change(kind, "/", "") for kind in kinds]

    assert versions.needed(versions.parsed(before), found) == versions.parsed(needed)


@pytest.fixture
def _version_0_1_0(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the repository's document be of version 0.1.0, whatever it is of."""
    ours = edited(lambda _: None, "0.1.0")
    monkeypatch.setattr(spec, "document", lambda: ours)


def gate(document: Json, tmp_path: Path) -> int:
    """Compare the repository's document with another one, as `make diff BASE=file` does."""
    file = tmp_path / "base.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return __main__.main([str(file)])


@pytest.mark.usefixtures("_version_0_1_0")
def test_a_breaking_change_without_a_new_version_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = gate(edited(new_code), tmp_path)  # against this base, a code is gone
    shown = capsys.readouterr()

    assert status == 1
    assert "`5007` (NEW_LIMIT) was removed." in shown.out
    assert "need 0.2.0 or newer" in shown.err


@pytest.mark.usefixtures("_version_0_1_0")
def test_a_breaking_change_with_the_version_for_it_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = gate(edited(new_code, "0.0.9"), tmp_path)

    assert (status, "0.0.9 → 0.1.0" in capsys.readouterr().out) == (0, True)


@pytest.mark.parametrize("argument", ["no-such-tag", "README.md", "", "--help"])
def test_a_base_that_cannot_be_used_is_a_usage_error(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main([argument]) == 4
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("clauses", "status", "shown"),
    [
        (None, 0, "Nothing changed."),
        ("", 0, "New MUST: Without a count, exactly one coupon is issued. (`clause count-omitted`)"),
        ("[", 4, "clauses.toml: is not TOML"),
    ],
)
@pytest.mark.usefixtures("_version_0_1_0")
def test_a_file_is_compared_with_the_clauses_beside_it(
    clauses: str | None, status: int, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if clauses is not None:
        (tmp_path / "clauses.toml").write_text(clauses, encoding="utf-8")

    assert gate(edited(lambda _: None, "0.1.0" if clauses is None else "0.0.9"), tmp_path) == status
    assert shown in "".join(capsys.readouterr())


def test_a_commit_is_compared_with_its_clauses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {path: (ROOT / path).read_text("utf-8") for path in ("spec/openapi.yaml", "spec/clauses.toml")}
    files["spec/clauses.toml"] = re.sub(r"\[count-omitted\]\n(.+\n)+", "", files["spec/clauses.toml"])
    monkeypatch.setattr(__main__, "_at", lambda _, path: files[path])
    status = __main__.main(["v0.1.0"])

    assert status == 1
    assert (
        "New MUST: Without a count, exactly one coupon is issued. (`clause count-omitted`)" in capsys.readouterr().out
    )
