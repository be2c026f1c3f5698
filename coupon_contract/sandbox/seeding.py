"""Seeds the store. Idempotent, so that a database that was seeded before keeps its state."""

import hashlib
from collections.abc import Container, Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from coupon_contract.sandbox import codec, issuing, seed
from coupon_contract.sandbox.auth import token_hash
from coupon_contract.sandbox.records import CustomerRow, SeriesRow, SeriesState
from coupon_contract.sandbox.seed import CODE_ALPHABETS, CouponConfig, GeneratedCodes, Seed, UploadedCodes
from coupon_contract.sandbox.store import Store, Transaction, random_codes
from coupon_contract.sandbox.store.transaction import SEEDED_EXPIRED

DIGEST = "seed"  # a setting
UPLOADED_LENGTH = 10


def seed_store(store: Store, contents: Seed) -> bool:
    """Add the missing entries in one transaction; return True if the last seed differed. Raises StoreBusy."""
    rows = series_rows(contents, there={entry.series.id for entry in store.all_series()})
    with store.transaction() as transaction:
        before = transaction.setting(DIGEST)
        seed_into(transaction, contents, rows)
    return before not in (None, digest(contents))


def seed_into(transaction: Transaction, contents: Seed, rows: Iterable[SeriesRow]) -> None:
    """Add the missing entries; `rows` are the series, made before: a million codes would block other writers."""
    if transaction.setting(DIGEST) != digest(contents):
        transaction.set_setting(DIGEST, digest(contents))
    for row in rows:
        transaction.seed_series(row)
    for customer in contents.customers:
        transaction.seed_customer(customer_row(customer))
    for token in contents.oauth.expired_tokens:
        transaction.add_token(token_hash(token), SEEDED_EXPIRED)


def digest(contents: Seed) -> str:
    """Return a digest that identifies the seed."""
    return hashlib.sha256(msgspec.json.encode(contents)).hexdigest()


def differing(store: Store, contents: Seed) -> list[str]:
    """Return the names of series and customers that the store has in another form than the seed."""
    series, customers = {entry.series.id: entry for entry in store.all_series()}, dict(store.customers())
    return [
        *(f"series {new.id}" for new in contents.series if new.id in series and not is_as_seeded(new, series[new.id])),
        *(f"customer {entry.id}" for entry in contents.customers if customers.get(entry.id) != codec.profile(entry)),
    ]


def is_as_seeded(series: seed.Series, state: SeriesState) -> bool:
    """Return True if a series is as in the seed, apart from issued coupons."""
    then = replace(record(series), issued=state.series.issued, codes_left=state.series.codes_left)
    config = msgspec.json.encode(coupon_config(series)).decode()
    has_codes = state.series.codes_left is not None
    wanted = (then, config, series.state, series.uploaded is not None)
    return wanted == (state.series, state.config, state.state, has_codes)


def series_rows(contents: Seed, there: Container[int] = ()) -> list[SeriesRow]:
    """Return the series of the seed that are missing, by id."""
    return [series_row(entry) for entry in contents.series if entry.id not in there]


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
        expires_at=epoch_milliseconds(series.expires),
        issued=series.already_issued,
        **{name: getattr(series, name) for name in issuing.TERMS},
    )


def coupon_config(series: seed.Series) -> CouponConfig:
    """Return the `couponConfig`; `fixedExpiryDate` follows `expires` unless the seed sets it."""
    if series.expires is None or series.config.fixedExpiryDate:
        return series.config
    return replace(series.config, fixedExpiryDate=epoch_milliseconds(series.expires))


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
