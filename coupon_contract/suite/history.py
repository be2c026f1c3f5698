"""The history of a run: ids, codes, and coupons per series and customer."""

import hashlib
from collections import Counter, defaultdict
from time import monotonic
from typing import Any

from attrs import define, field, frozen

from coupon_contract.facts import COUNT_MAXIMUM
from coupon_contract.suite.exchange import NotJson, Request, dumps, loads
from coupon_contract.suite.request_reader import customers_named
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.target import Target

Json = Any
MOST_NOTED = COUNT_MAXIMUM + 1  # coupons and codes of one response; no right one has more than COUNT_MAXIMUM
MOST_CALLS = 200  # of a series that are remembered
MOST_REMEMBERED = 200_000  # ids of coupons; a run has a hundredth of it, a recording any number
READ_BACK = frozenset({"read-back", "customer-coupons"})  # features that list the coupons of a customer
LONGEST_REMEMBERED = 200  # characters


@frozen
class Call:
    """A call that got coupons: its exchange, the index of its known customer, if there is one, and its coupons."""

    exchange: int
    customer: int | None
    coupons: int


@define
class History:
    """The history that the rules over the whole run need. Not thread-safe: the oracle locks.

    `ids` and `codes` count how often each was given; `codes` per series id. `first` holds the number of the exchange
    that gave an id, or a code of a series, first, and `calls` the calls that got coupons, by series id. `given` counts
    coupons per series id and index of the known customer, `given_in_all` per series id; `held` are coupons of
    one-per-customer series, which may come again. `answered` counts the responses that contain each error code, in
    errors or in warnings. `owned` holds, by the id of the customer in the response, the code and the id of each coupon
    in it, and `revoked` the codes that a test asked to revoke; both have codes in upper case. `received`
    counts the coupons of each customer, one that comes again only if its id does not tell. `refused` holds the error
    codes of refusals, per series id of the target file and index of the known customer (None for another one). `oldest`
    holds, by the id of the customer, the first code and when it came (`time.monotonic`).
    """

    ids: Counter[Json] = field(factory=Counter, repr=False)
    first: dict[Json, int] = field(factory=dict, repr=False)
    calls: defaultdict[int, list[Call]] = field(factory=lambda: defaultdict(list), repr=False)
    codes: defaultdict[int, Counter[Json]] = field(factory=lambda: defaultdict(Counter), repr=False)
    given: Counter[tuple[int, int]] = field(factory=Counter, repr=False)
    given_in_all: Counter[int] = field(factory=Counter, repr=False)
    answered: Counter[int] = field(factory=Counter, repr=False)
    held: defaultdict[tuple[int, int], set[tuple[str, str]]] = field(factory=lambda: defaultdict(set), repr=False)
    held_elsewhere: set[int] = field(factory=set, repr=False)  # digests of customers with their coupons
    owned: defaultdict[int, set[tuple[str, str]]] = field(factory=lambda: defaultdict(set), repr=False)
    received: Counter[int] = field(factory=Counter, repr=False)
    revoked: set[str] = field(factory=set, repr=False)
    refused: defaultdict[tuple[int, int | None], set[int]] = field(factory=lambda: defaultdict(set), repr=False)
    oldest: dict[int, tuple[str, float]] = field(factory=dict, repr=False)

    def note(self, outcome: Outcome, target: Target) -> None:
        """Add the codes and the coupons of an outcome."""
        self.answered.update({*outcome.errors[:MOST_NOTED], *outcome.warnings[:MOST_NOTED]})
        if outcome.kind == "refused":
            self._note_refusal(outcome, target)
        if not outcome.coupons or len(self.ids) > MOST_REMEMBERED:
            return
        self._note_call(outcome, target)
        entries = [coupon for coupon in outcome.coupons[:MOST_NOTED] if isinstance(coupon, dict)]
        if target.features & READ_BACK:
            self._note_owner(outcome, entries)
        if self._are_resent(outcome, entries, target):
            return
        ids = [key(coupon["couponId"]) for coupon in entries if isinstance(coupon.get("couponId"), int | float | str)]
        self.ids.update(ids)
        for coupon_id in ids:
            self.first.setdefault(coupon_id, outcome.exchange.number)
        series_id = series_named(outcome.exchange.request)
        if series_id is None:
            return
        codes = [key(coupon["code"]) for coupon in entries if isinstance(coupon.get("code"), int | str)]
        self.codes[series_id].update(codes)
        for code in codes:
            self.first.setdefault((series_id, code), outcome.exchange.number)
        self.given_in_all[series_id] += len(outcome.coupons)
        try:
            named = customers_named(outcome.exchange.request, target)
        except NotJson:
            return
        if len(named) == 1:
            self.given[series_id, named.pop()] += len(outcome.coupons)

    def _note_refusal(self, outcome: Outcome, target: Target) -> None:
        series = target.series_by_id(series_named(outcome.exchange.request) or 0)
        if series is not None:
            self.refused[series.id, _only_customer(outcome, target)] |= set(outcome.errors[:MOST_NOTED])

    def _note_call(self, outcome: Outcome, target: Target) -> None:
        """Add a call to those of its series that got coupons."""
        series_id = series_named(outcome.exchange.request)
        calls = self.calls[series_id] if series_id is not None else []
        if len(calls) < MOST_CALLS:
            calls.append(Call(outcome.exchange.number, _only_customer(outcome, target), len(outcome.coupons)))

    def _note_owner(self, outcome: Outcome, entries: list[Json]) -> None:
        customer = outcome.body.get("customer") if isinstance(outcome.body, dict) else None
        customer_id = customer.get("id") if isinstance(customer, dict) else None
        if type(customer_id) is not int:
            return
        for coupon in entries:
            if not isinstance(coupon.get("code"), str):
                continue
            coupon_id = str(coupon.get("couponId"))[:LONGEST_REMEMBERED]
            pair = (key(folded(coupon["code"])), coupon_id)
            # Without an id, a coupon with a shared code cannot be told from one that is handed out again.
            self.received[customer_id] += pair not in self.owned[customer_id] or not is_usable(coupon_id)
            self.owned[customer_id].add(pair)
            self.oldest.setdefault(customer_id, (pair[0], monotonic()))

    def _are_resent(self, outcome: Outcome, entries: list[Json], target: Target) -> bool:
        """Return True for the coupon that a customer of a one-per-customer series has already (ledger
        resending-series). Others are kept for the next time.
        """
        series = target.series_by_id(series_named(outcome.exchange.request) or 0)
        if series is None:
            return self._may_be_resent(outcome, entries)
        if series.state.counts != "customer" or series.state.cap != 1:
            return False
        named = customers_named(outcome.exchange.request, target)
        pairs = {(key(str(coupon.get("code"))), key(str(coupon.get("couponId")))) for coupon in entries}
        if len(named) != 1 or len(pairs) < len(outcome.coupons):
            return False
        held = self.held[series.id, named.pop()]
        is_known = pairs <= held
        held |= pairs
        return is_known

    def _may_be_resent(self, outcome: Outcome, entries: list[Json]) -> bool:
        """Return True for one coupon that the same customer has been given before, of a series in an unknown state: it
        may be one coupon per customer.
        """
        if len(outcome.coupons) != 1 or not entries:
            return False
        customer = outcome.body.get("customer") if isinstance(outcome.body, dict) else None
        owner = customer.get("id") if isinstance(customer, dict) else None
        pair = hash((series_named(outcome.exchange.request), dumps(owner), dumps(entries[0])))
        is_known = pair in self.held_elsewhere
        self.held_elsewhere.add(pair)
        return is_known

    def codes_named(self) -> set[str]:
        """Return all codes that responses named, as text; some of them in upper case only, where it is not certain of
        which series they are.
        """
        of_series = {str(code) for codes in self.codes.values() for code in codes}
        return of_series | {code for coupons in self.owned.values() for code, _ in coupons}


def _only_customer(outcome: Outcome, target: Target) -> int | None:
    """Return the index of the known customer that the request names, None if it names none or several."""
    try:
        named = customers_named(outcome.exchange.request, target)
    except NotJson:
        return None
    return named.pop() if len(named) == 1 else None


def is_usable(coupon_id: str) -> bool:
    """Return True for an id that tells a coupon from all others: digits, and not 0 (clause coupon-ids-filled)."""
    return coupon_id.isascii() and coupon_id.isdigit() and int(coupon_id) > 0


def folded(code: str) -> str:
    """Return what codes are compared by: read-back may list them in another letter case (ledger letter-case)."""
    return code.upper()


def key(value: Json) -> Json:
    """Return what an id or a code is remembered by: itself, or a digest of a very long text."""
    if not isinstance(value, str) or len(value) <= LONGEST_REMEMBERED:
        return value
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def series_named(request: Request) -> int | None:
    """Return the series id of the request, if it clearly has one."""
    try:
        body = loads(request.body)
    except NotJson:
        return None
    series_id = body.get("seriesId") if isinstance(body, dict) else None
    if isinstance(series_id, str) and series_id.isascii() and series_id.isdigit() and len(series_id) < 20:
        return int(series_id)
    return series_id if isinstance(series_id, int) and not isinstance(series_id, bool) else None
