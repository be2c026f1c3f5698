"""Faults of customer lookup: customers found when they should not be, and the reverse."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from attrs import evolve

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.sandbox import codec, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.counts import reading
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import Identifier, IssueRequest, Rules, Series
from coupon_contract.sandbox.records import CustomerRow
from coupon_contract.sandbox.seed import Customer
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store, Transaction

OTHER, OTHER_ID = {"mobile": "918028464628"}, 374658850
SUFFIX = 3  # digits by which somebody is looked up
COLUMN = 255  # characters of an identifier
LONGEST_NUMBER = 30  # characters
INHERITED = ("constructor", "__proto__", "toString", "valueOf", "hasOwnProperty")
LONGEST = 1000  # characters of a pattern; the database crashes on longer ones


class Pattern(Transaction):
    """Looks identifiers up with LIKE."""

    def named(self, identifier: Identifier) -> int | None:
        return super().named(identifier) or like(self, identifier, identifier.value)


class Prefix(Transaction):
    """Looks identifiers up by their beginning."""

    def named(self, identifier: Identifier) -> int | None:
        literal = "".join("\\" + letter if letter in "\\%_" else letter for letter in identifier.value)
        return super().named(identifier) or (like(self, identifier, literal + "%") if literal else None)


def like(transaction: Transaction, identifier: Identifier, pattern: str) -> int | None:
    """Return the first customer whose identifier matches the pattern."""
    if not pattern.isprintable() or len(pattern) > LONGEST:
        return None
    query = "SELECT customer_id FROM identifier WHERE type = ? AND matching_key LIKE ? ESCAPE '\\'"
    row = transaction._run(query, (identifier.type, pattern)).fetchone()
    return None if row is None else int(row[0])


class AnyType(Transaction):
    """Looks identifiers up regardless of their type."""

    def named(self, identifier: Identifier) -> int | None:
        matches = [super(AnyType, self).named(Identifier(kind, identifier.value)) for kind in IDENTIFIERS]
        return next((customer for customer in matches if customer is not None), None)


class Creating(Transaction):
    """Creates a customer for every unknown identifier."""

    def named(self, identifier: Identifier) -> int | None:
        customer_id = super().named(identifier)
        if customer_id or not identifier.value or not identifier.value.isprintable():
            return customer_id
        number = int(self._run("SELECT max(id) FROM customer").fetchone()[0]) + 1
        made = Customer(number, "", "", "2024-08-20T09:57:15Z", {identifier.type: identifier.value})
        self.seed_customer(CustomerRow(number, codec.profile(made), (identifier,)))
        return number


class CreatingLong(Creating):
    """Creates a customer for an identifier that is too long for its column, and for no other."""

    def named(self, identifier: Identifier) -> int | None:
        if len(identifier.value) > COLUMN:
            return super().named(identifier)
        return Transaction.named(self, identifier)


class Suffix(Transaction):
    """Looks identifiers up by how they end."""

    def named(self, identifier: Identifier) -> int | None:
        found, value = super().named(identifier), identifier.value
        return found or (like(self, identifier, f"%{value}") if value.isdigit() and len(value) >= SUFFIX else None)


class AnsweredAsTheLast(Transaction):
    """Answers with the last customer that the request names, and stores the coupons for the first."""

    _named: tuple[int, ...] = ()

    def series(self, series_id: int) -> Series | None:
        self._named = ()
        return super().series(series_id)

    def named(self, identifier: Identifier) -> int | None:
        found = super().named(identifier)
        self._named = self._named if found is None else (*self._named, found)
        return found

    def answer_parts(self, series_id: int, customer_id: int) -> tuple[str, str]:
        return super().answer_parts(series_id, (self._named or (customer_id,))[-1])


def first_known(named: Sequence[int | None]) -> int | None:
    """Return the first customer that any identifier names."""
    return next((customer for customer in named if customer is not None), None)


class LowerCase(Transaction):
    """Looks e-mail addresses up in lower case, although they are stored unchanged."""

    def named(self, identifier: Identifier) -> int | None:
        lowered = identifier.value.lower() if identifier.type == "email" else identifier.value
        return super().named(evolve(identifier, value=lowered))


class Padded(Transaction):
    """Finds external ids only as stored, with their zeros."""

    def named(self, identifier: Identifier) -> int | None:
        customer_id = super().named(identifier)
        if customer_id is None or identifier.type != "externalId":
            return customer_id
        profile = self._run("SELECT profile FROM customer WHERE id = ?", (customer_id,)).fetchone()[0]
        return customer_id if f'"{identifier.value}"' in profile else None


class OnlyMobile(Transaction):
    """Knows mobile numbers only."""

    def named(self, identifier: Identifier) -> int | None:
        return super().named(identifier) if identifier.type == "mobile" else None


def left_over() -> Behaviour:
    """Return a behaviour that reuses one object for all requests, with the customer of the last coupon in it."""
    last: tuple[Identifier, ...] = ()

    async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
        nonlocal last
        known = evolve(request, identifiers=request.identifiers or last)
        outcome = service.issue(store, known, now, rules)
        last = known.identifiers if isinstance(outcome, Issued) else last
        return outcome

    return Behaviour(issue=issue)


def someone_else(fields: dict[str, Json]) -> dict[str, Json]:
    """Take the id of a customer for the row of a table in which everybody has another one."""
    customer = fields.get("customer")
    by_id = isinstance(customer, dict) and set(customer) == {"id"} and customer["id"] not in (1, OTHER_ID)
    return {**fields, "customer": OTHER} if by_id else fields


def zero_is_anybody(fields: dict[str, Json]) -> dict[str, Json]:
    """Compare texts with a number as databases may do: 0 equals every text that begins with a letter."""
    customer = fields.get("customer")
    zero = isinstance(customer, dict) and any(
        type(customer.get(kind)) is int and not customer[kind] for kind in IDENTIFIERS
    )
    return {**fields, "customer": OTHER} if zero else fields


def empty_is_missing(fields: dict[str, Json]) -> dict[str, Json]:
    """Take an empty identifier beside a real one for a mandatory field that is missing."""
    customer = fields.get("customer")
    texts = [customer[kind] for kind in IDENTIFIERS if kind in customer] if isinstance(customer, dict) else []
    return {**fields, "seriesId": None} if "" in texts and any(texts) else fields


class Numeric(Transaction):
    """Looks external ids up as numbers."""

    def named(self, identifier: Identifier) -> int | None:
        if identifier.type != "externalId" or len(identifier.value) > LONGEST_NUMBER:
            return super().named(identifier)
        try:
            number = str(int(float(identifier.value)))
        except (ValueError, OverflowError):
            number = identifier.value
        return super().named(evolve(identifier, value=number))


class LeadingDigits(Transaction):
    """Reads external ids up to the first character that is not a digit."""

    def named(self, identifier: Identifier) -> int | None:
        digits = re.match("[0-9]+", identifier.value) if identifier.type == "externalId" else None
        return super().named(identifier) or (super().named(evolve(identifier, value=digits[0])) if digits else None)


class Inherited(Transaction):
    """Finds names that each object of a language inherits in a table that is such an object."""

    def named(self, identifier: Identifier) -> int | None:
        return OTHER_ID if identifier.value in INHERITED else super().named(identifier)


def merged(fields: dict[str, Json]) -> dict[str, Json]:
    """Merge the prototype that a customer brings along into it."""
    customer = fields.get("customer")
    prototype = customer.get("__proto__") if isinstance(customer, dict) else None
    return {**fields, "customer": prototype} if isinstance(prototype, dict) else fields


def looked_up_as(change: Callable[[str], str], *kinds: str) -> Behave:
    """Return a behaviour that looks identifiers of these types up by a changed text, if not as they are."""

    class Changed(Transaction):
        def named(self, identifier: Identifier) -> int | None:
            found = super().named(identifier)
            if found or identifier.type not in kinds or not identifier.value:
                return found
            changed = change(identifier.value)
            return super().named(evolve(identifier, value=changed)) if changed != identifier.value else None

    return lambda: Behaviour(transaction_type=Changed)


def without_accents(text: str) -> str:
    """Return the letters of a text without their accents, as a database sorts them."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def printable(text: str) -> str:
    """Return a text without the characters that nobody sees."""
    return "".join(filter(str.isprintable, text))


def without_first_label(text: str) -> str:
    """Return an address at the host above its own."""
    name, _, host = text.rpartition("@")
    return f"{name}@{host.partition('.')[2]}"


def empty_is_somebody(kind: str) -> Behave:
    """Return a behaviour that finds the customers without an identifier of this type by an empty one."""

    def find(fields: dict[str, Json]) -> dict[str, Json]:
        return {**fields, "customer": OTHER} if fields.get("customer") == {kind: ""} else fields

    return reading(find)


FAULTS = [
    Fault(
        "external-id-as-number",
        "External ids are compared as numbers, so that 3873472e0 is one.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=Numeric),
        also="customer-answered",
    ),
    Fault(
        "external-id-up-to-a-letter",
        "External ids are read up to the first letter.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=LeadingDigits),
        also="customer-answered",
    ),
    Fault(
        "identifier-as-suffix",
        "Identifiers are looked up by how they end, so that the country of a mobile number does not matter.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=Suffix),
        also="customer-answered",
    ),
    Fault(
        "answered-as-another",
        "Of two customers in a request the first gets the coupon, and the response has the last.",
        "read-back-lists-issued",
        lambda: Behaviour(transaction_type=AnsweredAsTheLast, rules=Rules(same_customer=first_known)),
    ),
    Fault(
        "accents-dropped",
        "E-mail addresses are compared as the database sorts them, without accents.",
        "customer-unknown",
        looked_up_as(without_accents, "email"),
    ),
    Fault(
        "tag-of-email-dropped",
        "What stands behind a plus in an e-mail address is taken for a tag, and dropped.",
        "customer-unknown",
        looked_up_as(lambda text: re.sub(r"[+].*@", "@", text), "email"),
    ),
    Fault(
        "email-of-any-subdomain",
        "An e-mail address of a subdomain is taken for that of the domain.",
        "customer-unknown",
        looked_up_as(without_first_label, "email"),
    ),
    Fault(
        "invisible-characters-dropped",
        "Characters that nobody sees are dropped from identifiers.",
        "customer-unknown",
        looked_up_as(printable, *IDENTIFIERS),
    ),
    Fault(
        "inherited-name-is-somebody",
        "Customers are looked up in an object of a language, where constructor is always found.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=Inherited),
        also="customer-answered",
    ),
    Fault(
        "prototype-merged",
        "A customer is merged from what the request has, its prototype included.",
        "customer-missing",
        reading(merged),
    ),
    *(
        Fault(
            f"empty-{kind.lower()}-is-somebody",
            f"An empty {kind} finds a customer who has none.",
            "customer-missing",
            empty_is_somebody(kind),
            also="invalid-issues-nothing",
        )
        for kind in IDENTIFIERS
    ),
    Fault(
        "customer-id-of-another",
        "customer.id is looked up in a table where it belongs to another customer.",
        "customer-by-id",
        reading(someone_else),
    ),
    Fault(
        "zero-names-anybody",
        "An identifier is compared as a number, so that 0 equals every text that begins with a letter.",
        "identifier-as-number",
        reading(zero_is_anybody),
    ),
    Fault(
        "empty-identifier-as-756",
        "An empty identifier beside a real one is refused with 756.",
        "empty-identifiers",
        reading(empty_is_missing),
    ),
    Fault(
        "identifier-as-pattern",
        "Identifiers are looked up with LIKE, so that % is everybody.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=Pattern),
        also="customer-answered",
    ),
    Fault(
        "identifier-as-prefix",
        "Identifiers are looked up by how they start.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=Prefix),
        also="customer-answered",
    ),
    Fault(
        "identifier-of-any-type",
        "Identifiers are looked up without their type, so that a mobile number is found as an e-mail address.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=AnyType),
        also="customer-answered",
    ),
    Fault(
        "customer-left-over",
        "A request without a customer gets the last one who got a coupon, left over in a reused object.",
        "customer-missing",
        left_over,
        also="invalid-issues-nothing unusable-body",
    ),
    Fault(
        "customer-created",
        "A customer who does not exist is created on the fly.",
        "customer-unknown",
        lambda: Behaviour(transaction_type=Creating),
        also="hostile-body customer-missing",
    ),
    Fault(
        "customer-created-for-long-identifier",
        "An identifier that is too long for its column is taken for a new customer.",
        "hostile-body",
        lambda: Behaviour(transaction_type=CreatingLong),
    ),
    Fault(
        "external-id-padded-only",
        "External ids are found only with their leading zeros.",
        "external-id-unpadded",
        lambda: Behaviour(transaction_type=Padded),
    ),
    Fault(
        "email-in-lower-case",
        "E-mail addresses are put into lower case when they are looked up, but not when they are kept.",
        "any-identifier",
        lambda: Behaviour(transaction_type=LowerCase),
    ),
    Fault(
        "mobile-only",
        "Only mobile numbers identify a customer.",
        "any-identifier external-id-unpadded",
        lambda: Behaviour(transaction_type=OnlyMobile),
        also="calls-apart limit-given generic-one-at-a-time",
    ),
]
