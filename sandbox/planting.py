"""From the seed to the store: idempotent, so that a database that was seeded before keeps its state."""

from datetime import datetime

import msgspec

from sandbox import issuance, seed, wire
from sandbox.auth import token_hash
from sandbox.records import CustomerRow, SeriesRow
from sandbox.seed import CODE_ALPHABETS, CouponConfig, GeneratedCodes, Seed, UploadedCodes
from sandbox.store import Store, Transaction, random_code

LONG_AGO = 0
UPLOADED_LENGTH = 10


def plant(store: Store, planted: Seed) -> None:
    """Add what the store does not have yet, in one transaction. Raises StoreBusy."""
    with store.transaction() as transaction:
        plant_into(transaction, planted)


def plant_into(transaction: Transaction, planted: Seed) -> None:
    """Add what is not there yet."""
    for series in planted.series:
        transaction.plant_series(series_row(series))
    for customer in planted.customers:
        transaction.plant_customer(customer_row(customer))
    for token in planted.oauth.expired_tokens:
        transaction.add_token(token_hash(token), LONG_AGO)


def series_row(series: seed.Series) -> SeriesRow:
    """The series as the store keeps it, with its random uploaded codes."""
    generated = series.generated or GeneratedCodes()
    codes = None if series.uploaded is None else uploaded_codes(series.uploaded)
    config = msgspec.json.encode(coupon_config(series)).decode()
    return SeriesRow(record(series), generated.length, CODE_ALPHABETS[generated.alphabet], config, codes, series.state)


def record(series: seed.Series) -> issuance.Series:
    """The part of the series that the rules know."""
    return issuance.Series(
        id=series.id,
        generic_code=series.generic_code,
        limit_per_customer=series.limit_per_customer,
        limit_in_all=series.limit_in_all,
        expires_at=epoch_milliseconds(series.expires),
        externally_managed=series.externally_managed,
        issued=series.already_issued,
    )


def coupon_config(series: seed.Series) -> CouponConfig:
    """The `couponConfig`; `fixedExpiryDate` follows `expires` unless the seed says otherwise."""
    if series.expires is None or series.config.fixedExpiryDate:
        return series.config
    return msgspec.structs.replace(series.config, fixedExpiryDate=epoch_milliseconds(series.expires))


def uploaded_codes(uploaded: UploadedCodes) -> tuple[str, ...]:
    """The listed codes, then random ones; all different."""
    codes = dict.fromkeys(uploaded.codes)
    while len(codes) < len(uploaded.codes) + uploaded.count:
        codes[uploaded.prefix + random_code(CODE_ALPHABETS["letters-and-digits"], UPLOADED_LENGTH)] = None
    return tuple(codes)


def customer_row(customer: seed.Customer) -> CustomerRow:
    """The customer as the store keeps it."""
    identifiers = tuple(issuance.Identifier(kind, value) for kind, value in customer.identifiers.items())
    return CustomerRow(customer.id, wire.profile(customer), identifiers)


def epoch_milliseconds(moment: datetime | None) -> int | None:
    """The moment as epoch milliseconds."""
    return None if moment is None else round(moment.timestamp() * 1000)
