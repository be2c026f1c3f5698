"""Realistic new revisions of the page: what is said of each, and which places of the repository are named.

revision.md is the page in the saved Markdown form, with its tables, examples and codes, in our own words.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from attrs import frozen

from scripts.drift import __main__, impact

PAGE = (Path(__file__).parent / "revision.md").read_text(encoding="utf-8")
CODE_TABLE = r"(\| 679 )"
METADATA = """| metadata | Object | Tracking and auditing information. |
| metadata.sourceType | String | Category of the source, at most 50 characters. |
| metadata.sourceId | String | Unique reference id of the source entity, at most 50 characters. |
| metadata.sourceActivity | String | The event, at most 50 characters. |
| metadata.notes | String | At most 250 characters. |
| metadata.reason | String | At most 250 characters. |
"""
EXHAUSTION = (
    "When all coupons of a series have been issued, further issuance fails with an error until codes are uploaded."
)


@frozen(kw_only=True)
class Expected:
    """What is said of one difference, and ids or parts of names that must be among its places."""

    title: str
    step: str = ""
    ledger: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    vectors: tuple[str, ...] = ()
    sandbox: tuple[str, ...] = ()
    document: tuple[str, ...] = ()


@frozen
class Revision:
    """Replacements in the page, by regular expressions, and the differences that they make."""

    edits: tuple[tuple[str, str], ...]
    expected: Sequence[Expected]


REVISIONS = {
    "a code gets another number": Revision(
        ((r"\b709\b", "711"),),
        [
            Expected(
                title="code 709 is now 711",
                step="decide in the ledger whether it means what 709 meant",
                ledger=("resending-series", "partial-column-marker", "check-order"),
                clauses=("one-per-customer", "one-per-customer-count", "never-partial"),
                vectors=("partly issued with the code of a whole refusal",),
                sandbox=("issuing.py check_already_has",),
                document=("/x-error-table/3", "/components/examples/RefusedCustomerHasCoupon"),
            )
        ],
    ),
    "a code is new": Revision(
        ((CODE_TABLE, r"| 680 | 5007 | The channel gives no coupons. |\n\1"),),
        [Expected(title="code 5007 is new", step="spec/codes.toml has no 5007: add a row")],
    ),
    "a code of the platform's list is documented": Revision(
        ((CODE_TABLE, r"| \\* | 748 | Coupon service timed out. |\n\1"),),
        [
            Expected(
                title="code 748 is new",
                step="move 748 from [[platform]] to [[documented]]",
                ledger=("certain-refusals",),
                vectors=("a time-out behind a refusal",),
                document=("/x-platform-codes",),
            )
        ],
    ),
    "a code is gone, with its example": Revision(
        ((r"\| \\\*  *\| 713 .*\n", ""), (r"```json Expired\n(.*\n)*?```\n", "")),
        [
            Expected(
                title="code 713 is gone",
                ledger=("series-expired-code",),
                clauses=("series-expired",),
                sandbox=("issuing.py check_expiry",),
                document=("/x-error-table/4", "/components/examples/RefusedCouponExpired"),
            )
        ],
    ),
    "a message changes": Revision(
        (('Coupon Series ID is invalid"', 'Coupon series does not exist"'),),
        [
            Expected(
                title="the message of 707 was “Coupon Series ID is invalid” and is “Coupon series does not exist”",
                step="the messages of 707 in spec/codes.toml",
                ledger=("message-texts",),
                clauses=("series-unknown", "series-externally-managed"),
                vectors=("refused with several errors",),
                sandbox=("issuing.py check_series",),
                document=("/x-error-table/2", "/components/examples/RefusedSeriesInvalid"),
            )
        ],
    ),
    "a partial code changes": Revision(
        ((r"\| 621 ", "| 627 "),),
        [
            Expected(
                title="the partial code of 5002 was 621 and is 627",
                ledger=("partial-code-columns", "partial-possible"),
                clauses=("limit-per-customer",),
                vectors=("a partial code in warnings beside a refusal",),
                sandbox=("issuing.py per_customer_bound",),
                document=("/x-error-table/7",),
            )
        ],
    ),
    "a field is renamed in table and examples": Revision(
        (("couponId", "voucherId"),),
        [
            Expected(
                title="field `couponId` is now `voucherId`",
                step="the document has no field voucherId",
                ledger=("coupon-id-zero", "resending-series"),
                clauses=("coupon-shape", "coupon-ids-unique"),
                vectors=("a couponId that no double can hold",),
                sandbox=("records.py Coupon", "companions.py revoked"),
                document=("/components/schemas/Coupon/properties/couponId",),
            )
        ],
    ),
    "an object is renamed with all that it holds": Revision(
        (("couponConfig", "seriesConfig"),),
        [
            Expected(
                title="field `couponConfig` is now `seriesConfig`",
                step="the document has no field seriesConfig",
                clauses=("coupon-config-shape", "companions-of-coupons"),
                vectors=("a discount with a fraction",),
                sandbox=("codec.py issued",),
                document=("/components/schemas/IssuanceResponse/properties/couponConfig",),
            )
        ],
    ),
    "a limit changes, in two places": Revision(
        (("issued is 500", "issued is 1000"), ("Maximum 500", "Maximum 1000")),
        [
            Expected(
                title="the limit of `count` was 500 and is 1000",
                ledger=("count-too-high",),
                clauses=("count-maximum", "count-too-high"),
                sandbox=("issuing.py check_request",),
                document=("/components/schemas/IssuanceRequest/properties/count/maximum",),
            )
        ],
    ),
    "a rate limit is stated": Revision(
        ((r"(Rate limit *\| )NA", r"\g<1>100 requests per minute"),),
        [
            Expected(
                title="Rate limit was “NA” and is “100 requests per minute”",
                ledger=("rate-limit",),
                clauses=("documented-status",),
                document=("/components/responses/RateLimited",),
            )
        ],
    ),
    "a field of the request is new": Revision(
        ((r"(\| customer\\\*)", r"| channel | String | Where the coupon is used. |\n\1"),),
        [Expected(title="field `channel` is new", step="the document has no field channel: write a ledger entry")],
    ),
    "a field becomes optional": Revision(
        ((r"count\\\*( +\| Integer)", r"count \1"),),
        [
            Expected(
                title="mandatory of `count` was yes and is no",
                ledger=("count-required",),
                clauses=("count-omitted",),
                sandbox=("codec.py issue_request",),
                document=("/components/schemas/IssuanceRequest/properties/count",),
            )
        ],
    ),
    "the operation gets another path": Revision(
        (("/v2/coupon/issue/multiple", "/v3/coupon/issue/multiple"),),
        [
            Expected(
                title="URI was “/v2/coupon/issue/multiple” and is “/v3/coupon/issue/multiple”",
                document=("/paths/~1v2~1coupon~1issue~1multiple",),
            )
        ],
    ),
    "rows stand in another order": Revision(((r"(\| totalCount .*\n)(\| failureCount .*\n)", r"\2\1"),), []),
    "the third revision (C)": Revision(
        (
            (r"\| Rate limit .*\n", ""),
            ("415446,535521", "[415446,535521]"),
            (r"(\| customer\\\*.*\n)", rf"\1{METADATA}"),
            (r"\n# API-specific", rf"\n# Coupon exhaustion\n\n{EXHAUSTION}\n\n# API-specific"),
        ),
        [
            Expected(title="Rate limit is gone: “NA”", ledger=("rate-limit",), clauses=("documented-status",)),
            Expected(
                title="field `metadata` is new",
                ledger=("metadata", "issual-details"),
                clauses=("metadata-taken", "metadata-too-long"),
                sandbox=("codec.py metadata",),
                document=("/components/schemas/IssuanceRequest/properties/metadata",),
            ),
            Expected(
                title="the example of `seriesId` changed",
                ledger=("series-id-array",),
                clauses=("series-not-integer",),
                document=("/components/schemas/IssuanceRequest/properties/seriesId",),
            ),
            Expected(
                title="a text is new",
                ledger=("exhausted-series",),
                clauses=("no-codes-left",),
                document=("/x-error-table/6", "/x-error-table/9"),
            ),
        ],
    ),
}


def revised(edits: tuple[tuple[str, str], ...]) -> str:
    text = PAGE
    for pattern, replacement in edits:
        changed = re.sub(pattern, replacement, text)
        assert changed != text, f"{pattern} is not in the page"
        text = changed
    return text


@cache
def impacts(name: str) -> list[impact.Impact]:
    return __main__.compared(PAGE, revised(REVISIONS[name].edits))


@pytest.mark.parametrize("name", REVISIONS)
def test_each_change_is_one_difference_that_says_what_changed(name: str) -> None:
    titles = [__main__.title(found.difference.fact) for found in impacts(name)]

    assert titles == [expected.title for expected in REVISIONS[name].expected]


@pytest.mark.parametrize("name", REVISIONS)
def test_each_difference_names_the_places_that_it_touches(name: str) -> None:
    for found, expected in zip(impacts(name), REVISIONS[name].expected, strict=True):
        rules = [re.sub(r".*/(.*):\d+", r"\1", rule) for rule in found.rules]
        places = {
            "ledger": (expected.ledger, [entry.id for entry in found.entries]),
            "clauses": (expected.clauses, [clause.id for clause in found.clauses]),
            "vectors": (expected.vectors, [vector.partition(" ")[2] for vector in found.vectors]),
            "sandbox": (expected.sandbox, rules),
        }
        missing = {kind: set(wanted) - set(named) for kind, (wanted, named) in places.items()}
        pointers = [place.pointer for place in found.places]

        assert {kind: names for kind, names in missing.items() if names} == {}
        assert [end for end in expected.document if not any(pointer.endswith(end) for pointer in pointers)] == []


@pytest.mark.parametrize("name", REVISIONS)
def test_each_difference_says_the_next_step_where_the_repository_says_too_little(name: str) -> None:
    for found, expected in zip(impacts(name), REVISIONS[name].expected, strict=True):
        step = __main__.next_step(found)

        assert expected.step in step
        assert bool(expected.step) == bool(step)


@pytest.mark.parametrize("name", REVISIONS)
def test_the_way_back_is_as_many_differences(name: str) -> None:
    back = __main__.compared(revised(REVISIONS[name].edits), PAGE)

    assert len(back) == len(REVISIONS[name].expected)


def test_every_changed_line_stands_in_a_difference() -> None:
    edits = tuple(edit for name in ("a message changes", "a rate limit is stated") for edit in REVISIONS[name].edits)
    shown = [line for found in __main__.compared(PAGE, revised(edits)) for line in found.difference.new]

    assert shown == ["Rate limit | 100 requests per minute", '"message": "Coupon series does not exist"']


def test_an_unrelated_clause_is_not_named() -> None:
    (found,) = impacts("a code gets another number")

    assert "series-unknown" not in [clause.id for clause in found.clauses]
