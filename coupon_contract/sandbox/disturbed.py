"""Lists of coupons that are late, cut off or incomplete on purpose (hazards of lists)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from attrs import evolve

from coupon_contract.sandbox import codec
from coupon_contract.sandbox.hazards import Lists
from coupon_contract.sandbox.records import CouponRow, CustomerListing
from coupon_contract.sandbox.store import Store

ListCoupons = Callable[[Store, CustomerListing], tuple[int, Sequence[CouponRow]]]
MOST = 100_000  # coupons of a customer to search


def letters(lists: Lists, wanted: dict[int, int]) -> dict[int, int]:
    """Return the translation of codes into the letter case of the hazard."""
    return wanted if lists.code_case is None else codec.letter_case(lists.code_case)


def pages(lists: Lists, listed: Iterable[Sequence[CouponRow]], now: int, *, cut: bool) -> Iterator[Sequence[CouponRow]]:
    """Yield the pages of read-back as the hazard leaves them; `cut` says whether they are a customer's list."""
    rows: Iterator[CouponRow] = (
        _without_metadata(lists, row) for page in listed for row in page if row.issued_at <= now - lists.lag_ms
    )
    if cut and lists.rows is not None:
        rows = iter(_cut(lists, list(rows)))
    while page := list(islice(rows, 500)):
        yield page


def customer_list(
    lists: Lists, list_coupons: ListCoupons, store: Store, wanted: CustomerListing
) -> tuple[int, Sequence[CouponRow]]:
    """Return a page of a customer's coupons as the hazard leaves it, and the total that the list states."""
    if not lists.lag_ms and lists.rows is None:
        return list_coupons(store, wanted)
    _, all_rows = list_coupons(store, evolve(wanted, newest_first=False, offset=0, limit=MOST))
    rows = [row for row in all_rows if row.issued_at <= wanted.now - lists.lag_ms]
    ordered = rows[::-1] if wanted.newest_first else rows
    if lists.rows is not None and lists.rows_from == "first":
        ordered = ordered[: lists.rows]
    elif lists.rows is not None:
        kept = set(_cut(lists, rows))
        ordered = [row for row in ordered if row in kept]
    return len(ordered), ordered[wanted.offset : wanted.offset + wanted.limit]


def _cut(lists: Lists, rows: Sequence[CouponRow]) -> Sequence[CouponRow]:
    """Return the rows, oldest first, that a cut list keeps."""
    return rows[-(lists.rows or 0) :] if lists.rows_from == "newest" else rows[: lists.rows]


def _without_metadata(lists: Lists, row: CouponRow) -> CouponRow:
    return evolve(row, metadata="") if lists.details == "without-metadata" else row
