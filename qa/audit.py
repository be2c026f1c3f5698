"""Audits the database of a sandbox: its tables against each other, and against the responses that callers got."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen

Query = Callable[[str], Sequence[Sequence[Any]]]


@frozen
class ReportedCoupon:
    """A coupon that a response named."""

    id: int
    code: str
    series_id: int
    customer_id: int


# The issue of each coupon, by a lookup instead of a range join, because the tables are large.
OWNED = "coupon JOIN issue ON first_id = (SELECT max(first_id) FROM issue WHERE first_id <= coupon.id)"
OF_SERIES = f"{OWNED} JOIN series ON series.id = series_id"
SUM = "(SELECT coalesce(sum(last_id - first_id + 1), 0) FROM issue WHERE issue.series_id"

# Each query counts violations.
RULES = {
    "an issue without all of its coupons": f"""
        SELECT count(*) FROM issue LEFT JOIN
            (SELECT first_id AS owner, count(*) AS found FROM {OWNED} GROUP BY first_id) AS counted ON owner = first_id
            WHERE found IS NULL OR found <> last_id - first_id + 1""",
    "a coupon without an issue": f"""
        SELECT (SELECT count(*) FROM coupon) - (SELECT count(*) FROM {OWNED} WHERE coupon.id <= last_id)""",
    "a series that counts other coupons than it has": f"""
        SELECT count(*) FROM series WHERE issued <> {SUM} = series.id)""",
    "a customer who counts other coupons than there are": f"""
        SELECT count(*) FROM customer_count AS counted WHERE issued <>
            {SUM} = counted.series_id AND issue.customer_id = counted.customer_id)""",
    "an issue that no customer counts": """
        SELECT count(*) FROM issue WHERE NOT EXISTS (SELECT 1 FROM customer_count AS counted
            WHERE issue.series_id = counted.series_id AND issue.customer_id = counted.customer_id)""",
    "a customer beyond a limit": """
        SELECT count(*) FROM customer_count AS counted JOIN series ON series.id = series_id
            WHERE counted.issued > limit_per_customer""",
    "a series beyond its limit": "SELECT count(*) FROM series WHERE issued > limit_in_all",
    "a series that handed out other codes than it issued": """
        SELECT count(*) FROM series WHERE uploaded IS NOT NULL AND (handed_out <> issued OR handed_out > uploaded)""",
    "a code that was not uploaded": f"""
        SELECT count(*) FROM {OF_SERIES} WHERE uploaded IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM uploaded_code AS up WHERE up.series_id = series.id AND up.code = coupon.code)""",
    "a code that two coupons of a series have": f"""
        SELECT count(*) FROM (SELECT series_id, code FROM {OF_SERIES} WHERE generic_code IS NULL
            GROUP BY series_id, code HAVING count(*) > 1) AS repeated""",
}


def troubles(query: Query, reported: Iterable[ReportedCoupon]) -> list[str]:
    """Return the violations, without codes or customers; empty if the database is sound.

    The database must have had no coupons before the first reported one.
    """
    return [*_rules_broken(query), *_answers_broken(query, [*reported])]


def _rules_broken(query: Query) -> Iterator[str]:
    for trouble, statement in RULES.items():
        if times := query(statement)[0][0]:
            yield f"{times} times {trouble}"


def _answers_broken(query: Query, reported: Sequence[ReportedCoupon]) -> Iterator[str]:
    kept = {ReportedCoupon(*row) for row in query(f"SELECT coupon.id, code, series_id, customer_id FROM {OWNED}")}
    if lost := len(set(reported) - kept):
        yield f"{lost} coupons that were answered are not there"
    if repeated := sum(times > 1 for times in Counter(coupon.id for coupon in reported).values()):
        yield f"{repeated} coupons were answered more than once"
