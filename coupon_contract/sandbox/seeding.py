"""Seeds the store. Idempotent, so that a database that was seeded before keeps its state."""

import hashlib
from collections.abc import Container, Iterable
from datetime import datetime

import msgspec
from attrs import evolve

from coupon_contract.sandbox import codec, issuing, seed
from coupon_contract.sandbox.auth import token_hash
from coupon_contract.sandbox.records import CustomerRow, SeriesRow, SeriesState
from coupon_contract.sandbox.seed import CODE_ALPHABETS, CouponConfig, GeneratedCodes, Seed, UploadedCodes
from coupon_contract.sandbox.store import Store, Transaction, random_codes
from coupon_contract.sandbox.store.transaction import PLANTED_EXPIRED

DIGEST = "seed"  # a setting
UPLOADED_LENGTH = 10


def plant(store: Store, planted: Seed) -> bool:
    """Add the missing entries in one transaction; return True if the last seed differed. Raises StoreBusy."""
    rows = series_rows(planted, there={one.series.id for one in store.all_series()})
    with store.transaction() as transaction:
        before = transaction.setting(DIGEST)
        plant_into(transaction, planted, rows)
    return before not in (None, digest(planted))


def plant_into(transaction: Transaction, planted: Seed, rows: Iterable[SeriesRow]) -> None:
    """Add the missing entries; `rows` are the series, made before: a million codes would block other writers."""
    if transaction.setting(DIGEST) != digest(planted):
        transaction.set_setting(DIGEST, digest(planted))
    for row in rows:
        transaction.plant_series(row)
    for customer in planted.customers:
        transaction.plant_customer(customer_row(customer))
    for token in planted.oauth.expired_tokens:
        transaction.add_token(token_hash(token), PLANTED_EXPIRED)


def digest(planted: Seed) -> str:
    """Return a digest that identifies the seed."""
    return hashlib.sha256(msgspec.json.encode(planted)).hexdigest()


def differing(store: Store, planted: Seed) -> list[str]:
    """Return the names of series and customers that the store has in another form than the seed."""
    series, customers = {one.series.id: one for one in store.all_series()}, dict(store.customers())
    return [
        *(f"series {one.id}" for one in planted.series if one.id in series and not is_planted(one, series[one.id])),
        *(f"customer {one.id}" for one in planted.customers if customers.get(one.id) != codec.profile(one)),
    ]


def is_planted(series: seed.Series, found: SeriesState) -> bool:
    """Return True if a series is as in the seed, apart from issued coupons."""
    then = evolve(record(series), issued=found.series.issued, codes_left=found.series.codes_left)
    config = msgspec.json.encode(coupon_config(series)).decode()
    has_codes = found.series.codes_left is not None
    return (then, config, series.state, series.uploaded is not None) == (
        found.series,
        found.config,
        found.state,
        has_codes,
    )


def series_rows(planted: Seed, there: Container[int] = ()) -> list[SeriesRow]:
    """Return the series of the seed that are missing, by id."""
    return [series_row(one) for one in planted.series if one.id not in there]


def series_row(series: seed.Series) -> SeriesRow:
    """Return the series as the store keeps it, with its random uploaded codes."""
    generated = series.generated or GeneratedCodes()
    codes = None if series.uploaded is None else uploaded_codes(series.uploaded)
    config = msgspec.json.encode(coupon_config(series)).decode()
    return SeriesRow(record(series), generated.length, CODE_ALPHABETS[generated.alphabet], config, codes, series.state)


def record(series: seed.Series) -> issuing.Series:
    """Return the part of the series that the rules know."""
    return issuing.Series(
        id=series.id,
        generic_code=series.generic_code,
        limit_per_customer=series.limit_per_customer,
        limit_in_all=series.limit_in_all,
        expires_at=epoch_milliseconds(series.expires),
        externally_managed=series.externally_managed,
        issued=series.already_issued,
    )


def coupon_config(series: seed.Series) -> CouponConfig:
    """Return the `couponConfig`; `fixedExpiryDate` follows `expires` unless the seed sets it."""
    if series.expires is None or series.config.fixedExpiryDate:
        return series.config
    return msgspec.structs.replace(series.config, fixedExpiryDate=epoch_milliseconds(series.expires))


def uploaded_codes(uploaded: UploadedCodes) -> tuple[str, ...]:
    """Return the listed codes, then random ones, all different."""
    codes, wanted = dict.fromkeys(uploaded.codes), len(uploaded.codes) + uploaded.count
    while len(codes) < wanted:
        more = random_codes(CODE_ALPHABETS["letters-and-digits"], UPLOADED_LENGTH, wanted - len(codes))
        codes.update(dict.fromkeys(uploaded.prefix + code for code in more))
    return tuple(codes)


def customer_row(customer: seed.Customer) -> CustomerRow:
    """Return the customer as the store keeps it."""
    identifiers = tuple(issuing.Identifier(kind, value) for kind, value in customer.identifiers.items())
    return CustomerRow(customer.id, codec.profile(customer), identifiers)


def epoch_milliseconds(moment: datetime | None) -> int | None:
    """Return the moment as epoch milliseconds."""
    return None if moment is None else round(moment.timestamp() * 1000)
