"""The seed: credentials, customers and series the sandbox starts with, read from a TOML file."""

import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.sandbox.issuing import Amount, Id, Identifier, Terms, Text, matching_key
from coupon_contract.sandbox.seed_errors import seed_error

DEFAULT_SEED = Path(__file__).with_name("seed.toml")
COLON = "holds a colon, where Basic authentication ends the user; leave that out"
CODE_ALPHABETS = {"digits": "0123456789", "letters-and-digits": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}

if TYPE_CHECKING:
    IdentifierType = str
else:
    IdentifierType = Literal[IDENTIFIERS]
Discount = Annotated[int, Meta(ge=0, le=2**53)] | Annotated[float, Meta(ge=0, le=2**53)]  # JSON has no infinity


class SeedError(Exception):
    """The seed is not usable; the text names the file and the key."""


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Till(_Table, frozen=True):
    """A till for Basic authentication; `password` is plain; with `access` False it gets 403."""

    user: Text
    password: Text
    access: bool = True


class OAuthClient(_Table, frozen=True):
    """A key and secret for the token operation."""

    key: Text
    secret: Text


class OAuth(_Table, frozen=True):
    """Token settings: lifetime in seconds, clients that may fetch one, and tokens that expired long ago."""

    ttl_seconds: Annotated[int, Meta(gt=0, le=100 * 366 * 86_400)] = 3600
    clients: list[OAuthClient] = []
    expired_tokens: list[Text] = []


class Customer(_Table, frozen=True):
    """A customer; the order of `identifiers` (type -> value) is the order in responses."""

    id: Id
    first_name: str
    last_name: str
    auto_update_time: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
    identifiers: Annotated[dict[IdentifierType, Text], Meta(min_length=1)]


class GeneratedCodes(_Table, frozen=True):
    """Codes that are made on demand. Shorter ones would be guessable, or run out."""

    length: Annotated[int, Meta(ge=8, le=64)] = 10
    alphabet: Literal["digits", "letters-and-digits"] = "digits"


class UploadedCodes(_Table, frozen=True):
    """Uploaded codes: `count` random ones that start with `prefix`, after those listed in `codes`."""

    codes: list[Text] = []
    count: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    prefix: str = ""


class CouponConfig(_Table, frozen=True):
    """The `couponConfig` of responses, in the documented order; 0 means "not filled in" (`zero-placeholders`)."""

    customPropertyMap: dict[str, str] = {}
    id: Amount = 0
    description: str = ""
    discountCode: str = "NO_VALUE"
    info: str = ""
    discountUpto: Discount = 0
    discountValue: Discount = 0
    issueToLoyalty: bool = False
    numUploadedNonIssued: Amount = 0
    numUploadedTotal: Amount = 0
    redemptionValidAfterDays: Amount = 0
    ownerId: Amount = 0
    ownerValidity: Amount = 0
    alphaNumeric: bool = False
    shortCodeLength: Amount = 0
    randomCodeLength: Amount = 0
    fixedExpiryDate: Amount = 0
    numTotal: Amount = 0
    latestIssualTime: Amount = 0
    latestRedemptionTime: Amount = 0
    discountOn: str = "BILL"
    discountType: str = "ABS"
    externalIssual: bool = False
    updateProductData: bool = False


class Series(Terms, frozen=True, forbid_unknown_fields=True):
    """A series and its state; `state` is a word for people.

    At most one of `generic_code`, `generated` and `uploaded`. `already_issued` counts coupons that were issued before
    the sandbox existed.
    """

    id: Id
    state: Text
    config: CouponConfig = CouponConfig()
    generated: GeneratedCodes | None = None
    uploaded: UploadedCodes | None = None
    already_issued: Annotated[int, Meta(ge=0, le=2**53)] = 0
    expires: Annotated[datetime, Meta(tz=True)] | None = None


class Seed(_Table, frozen=True):
    """The initial contents of the sandbox."""

    tills: list[Till]
    customers: list[Customer]
    series: list[Series]
    oauth: OAuth = OAuth()


def load_seed(path: Path = DEFAULT_SEED) -> Seed:
    """Read and check a seed file.

    Raises SeedError, with the file and the key, for a file that cannot be read, an unknown or missing key, a wrong
    type, or entries that contradict each other.
    """
    try:
        seed = msgspec.convert(written := _toml(path), Seed)
    except msgspec.ValidationError as error:
        raise SeedError(f"{path}: {seed_error(error, Seed, written)}") from None
    try:
        check(seed)
    except SeedError as error:
        raise SeedError(f"{path}: {error}") from None
    return seed


def check(seed: Seed) -> None:
    """Raise SeedError, with the key, for entries that contradict each other."""
    if trouble := _contradiction(seed):
        raise SeedError(trouble)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SeedError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SeedError(f"{path}: is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SeedError(f"{path}: is not TOML: {error}") from None


def _contradiction(seed: Seed) -> str | None:
    return (
        _unstorable(msgspec.to_builtins(seed), "")
        or _repeated("tills", "user", [till.user for till in seed.tills])
        or next((f"tills[{place}].user: {COLON}" for place, till in enumerate(seed.tills) if ":" in till.user), None)
        or _repeated("oauth.clients", "key", [client.key for client in seed.oauth.clients])
        or _repeated("customers", "id", [customer.id for customer in seed.customers])
        or _shared_identifier(seed.customers)
        or next(filter(None, (_of_customer(place, customer) for place, customer in enumerate(seed.customers))), None)
        or _repeated("series", "id", [series.id for series in seed.series])
        or next(filter(None, (_of_series(place, series) for place, series in enumerate(seed.series))), None)
    )


def _unstorable(value: Any, key: str) -> str | None:
    """Return a message about texts that no database can hold."""
    if isinstance(value, dict):
        parts = [(item, f"{key}.{name}".lstrip(".")) for name, item in value.items()]
        return next((trouble for item, name in parts if (trouble := _unstorable(item, name))), None)
    if isinstance(value, list):
        places = [(item, f"{key}[{place}]") for place, item in enumerate(value)]
        return next((trouble for item, name in places if (trouble := _unstorable(item, name))), None)
    bad = isinstance(value, str) and re.search("[\0\ud800-\udfff]", value)
    return f"{key}: holds NUL or half a character; leave that out" if bad else None


def _repeated(table: str, key: str, values: list[Any]) -> str | None:
    seen: set[Any] = set()
    for place, value in enumerate(values):
        if value in seen:
            return f"{table}[{place}].{key}: repeats an earlier one; each has its own"
        seen.add(value)
    return None


def _shared_identifier(customers: list[Customer]) -> str | None:
    seen: set[tuple[str, str]] = set()
    for place, customer in enumerate(customers):
        for kind, value in customer.identifiers.items():
            named = (kind, matching_key(Identifier(kind, value)))
            if named in seen:
                return f"customers[{place}].identifiers.{kind}: names an earlier customer too; each has its own"
            seen.add(named)
    return None


def _of_customer(place: int, customer: Customer) -> str | None:
    try:
        datetime.fromisoformat(customer.auto_update_time)
    except ValueError:
        return f"customers[{place}].auto_update_time: is not a moment; write one such as 2024-08-20T09:57:15Z"
    return None


def _of_series(place: int, series: Series) -> str | None:
    key = f"series[{place}]"
    kinds = [name for name in ("generic_code", "generated", "uploaded") if getattr(series, name) is not None]
    if len(kinds) > 1:
        return f"{key}: has {' and '.join(kinds)}; a series has only one kind of codes"
    codes = series.uploaded.codes if series.uploaded else []
    if len(set(codes)) < len(codes):
        return f"{key}.uploaded.codes: repeats a code; each is handed out once"
    if series.expires and not 2 <= series.expires.year <= 9998:
        return f"{key}.expires: must be in the years 2 to 9998"
    return None
