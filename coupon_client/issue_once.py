"""Issuing with a key: at most `count` coupons for one key and one journal (docs/issue-once.md).

The key travels in the request's metadata and comes back from read-back, so the coupons of a call can be found again
after a lost response or a crash. The journal says which attempts may still be under way. All rules are steps without
I/O (`effects.py`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from functools import partial

from coupon_client import boot_clock, listing
from coupon_client.arguments import checked_seconds
from coupon_client.call_rules import AGAIN, Calls
from coupon_client.contract import CUSTOMER_COUPONS_PATH, METADATA_LENGTHS, READ_BACK_PATH
from coupon_client.effects import Block, Steps, Wait
from coupon_client.errors import (
    CannotTell,
    CouponClientError,
    InvalidRequest,
    KeysNotChecked,
    KeysNotReturned,
    NothingIssued,
    NotReadable,
    OutcomeUnknown,
    Refused,
)
from coupon_client.issuance import Customer, Issuance, Metadata, checked_customer, wire_name
from coupon_client.issued_once import Audit, IssuedOnce
from coupon_client.journal import Journal, checked_journal
from coupon_client.journal_entry import Attempt, Entry, check_text, coupon_of_check, state_of
from coupon_client.journal_lock import POLL, blocking, locked, unlocking
from coupon_client.listing import Listed
from coupon_client.options import CallOptions
from coupon_client.reconcile import NotIssued, Reconciliation, WereIssued
from coupon_client.result import Coupon, Issued, Problem
from coupon_client.texts import counted

LOG = logging.getLogger("coupon_client")

MARGIN = 5.0  # seconds between the entry in the journal and the first byte, at most; less with short timeouts
ATTEMPTS = 10  # attempts with unknown outcome in one call
REREADS = 3  # reads of a list that cannot be read, or changes meanwhile
NO_KEYS = "the coupons of the series are listed without a key: ours may be among them, unless check_keys has passed"
WIRE_LENGTH = 40  # characters of a key in a request; the field takes 50


def wire_key(key: str) -> str:
    """Return the key as it travels: a hash in lower-case hexadecimal, which survives case, length and charset."""
    if not isinstance(key, str) or not key:
        raise InvalidRequest("key must be a text that is not empty, for example the id of your order")
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:WIRE_LENGTH]


def with_key(metadata: Metadata | None, field: str, wire: str) -> Metadata:
    """Return the metadata with the key in its field. Raises InvalidRequest if the caller's metadata uses the field."""
    given = {name: None if metadata is None else getattr(metadata, name) for name in METADATA_LENGTHS}
    if given[field] is not None:
        raise InvalidRequest(f"metadata.{field} carries the key; choose another key_field to use it yourself")
    return Metadata(**{**given, field: wire})


class KeyedCalls:
    """The rules of issuing with keys, for one platform. `key_field` is the metadata field that carries the key."""

    def __init__(self, calls: Calls, key_field: str = "source_id", checked: list[Journal] | None = None) -> None:
        self._calls = calls
        self._span = calls.timeouts.total + min(MARGIN, calls.timeouts.total)
        self._field = key_field
        self._checked: list[Journal] = [] if checked is None else checked
        self._with_key = self._without_key = False  # such coupons were listed; read by a reconciliation alone

    def with_options(self, options: CallOptions | None) -> KeyedCalls:
        """Return the rules of one call: these, with its options in place of the client's settings."""
        if options is None:
            return self
        return KeyedCalls(self._calls.with_options(options), self._field, self._checked)

    # --- public calls ---

    def issue_once(
        self, key: str, issuance: Issuance, journal: Journal, settle: float, patience: float
    ) -> Steps[IssuedOnce]:
        """Issue at most `issuance.count` coupons for the key, however often this is called (see CouponClient)."""
        checked_seconds("settle", settle)
        checked_seconds("patience", patience)
        checked_journal(journal)
        wire = wire_key(key)
        keyed = self._keyed(issuance, wire)
        yield from self._require_check(journal, patience)
        text = yield from locked(journal, wire, patience)
        return (yield from unlocking(journal, wire, self._settled(keyed, wire, text, journal, settle)))

    def find(self, key: str, customer: Customer) -> Steps[tuple[Coupon, ...]]:
        """Return the coupons of the customer that carry the key. Raises NotReadable if the lists prove nothing."""
        wire = wire_key(key)
        ours, _ = yield from self._look(checked_customer(customer), wire, None, set())
        return tuple(Coupon(coupon.code, coupon.id) for coupon in ours)

    def audit(self, key: str, customer: Customer, journal: Journal, patience: float) -> Steps[Audit]:
        """Return the coupons that carry the key, and the surplus among them. Raises NotReadable."""
        checked_journal(journal)
        coupons = yield from self.find(key, customer)
        wire = wire_key(key)
        text = yield from locked(journal, wire, patience)
        yield Block(partial(journal.unlock, wire))
        result = state_of(text).get("result") if text else None
        if result is None:
            raise CannotTell("the journal has no result for this key yet; call issue_once again first")
        ids = {number for _, number in result["coupons"] if number is not None}  # coupons may share a code
        codes = {code.casefold() for code, number in result["coupons"] if number is None}
        surplus = tuple(entry for entry in coupons if entry.id not in ids and entry.code.casefold() not in codes)
        return Audit(coupons, surplus)

    def check_keys(
        self, series_id: int, customer: Customer, journal: Journal, settle: float, patience: float
    ) -> Steps[Coupon]:
        """Issue one coupon with a key and find it again by the key. Raises KeysNotReturned if it cannot be found.

        Where the journal has a check of this platform that passed, return its coupon, and issue none.
        """
        checked_seconds("settle", settle)
        checked_journal(journal)
        wire = wire_key(secrets.token_hex(16))
        keyed = self._keyed(Issuance(series_id, 1, customer, None, self._calls.clock()), wire)
        place = self._check_place()
        if checked := (yield from self._checked_with(journal, place, patience)):
            return checked
        issued: Issued = yield from self._calls.issue(keyed)
        (coupon,) = issued.coupons
        end = time.monotonic() + settle
        while True:
            reason = "the list does not hold the coupon with its key"
            try:
                ours, _ = yield from self._look(customer, wire, series_id, set())
            except NotReadable as error:
                ours, reason = (), str(error)
            if [listed.code.casefold() for listed in ours] == [coupon.code.casefold()]:
                break
            if time.monotonic() >= end:
                raise KeysNotReturned(f"{reason}, {settle:.0f} s after it was issued")
            yield Wait(min(1.0, max(POLL, end - time.monotonic())))
        yield from locked(journal, place, patience)
        write = partial(journal.write, place, check_text(coupon))
        yield from unlocking(journal, place, blocking(write))
        self._checked.append(journal)
        return coupon

    def _checked_with(self, journal: Journal, place: str, patience: float) -> Steps[Coupon | None]:
        """Return the coupon of a check that passed and is in the journal; None without one."""
        text = yield from locked(journal, place, patience)
        yield Block(partial(journal.unlock, place))
        if not text:
            return None
        coupon = coupon_of_check(text)
        if journal not in self._checked:
            self._checked.append(journal)
        return coupon

    def keyed(self, issuance: Issuance, key: str) -> Issuance:
        """Return the issuance with the key in its metadata. Raises InvalidRequest."""
        return self._keyed(issuance, wire_key(key))

    def reconcile(self, unknown: OutcomeUnknown, settle: float) -> Steps[Reconciliation]:
        """Return the verdict on a call with a key, from the coupons that carry it."""
        issuance, wire = unknown.asked, unknown.asked.key or ""
        field = next((name for name in METADATA_LENGTHS if getattr(issuance.metadata, name, None) == wire), None)
        if not wire or field is None:
            return CannotTell("no field of the call's metadata carries its key")
        own = KeyedCalls(self._calls, field, self._checked if field == self._field else None)
        return (yield from own._reconciled(unknown, issuance, wire, settle))

    def _reconciled(
        self, unknown: OutcomeUnknown, issuance: Issuance, wire: str, settle: float
    ) -> Steps[Reconciliation]:
        named = {coupon.code.casefold() for coupon in unknown.coupons}
        yield Wait(settle if unknown.since is None else max(0.0, settle - (time.monotonic() - unknown.since)))
        try:
            ours = yield from self._look_twice(issuance, wire, set(), named, settle)
        except CouponClientError as error:
            return CannotTell(f"reading back failed: {error}", None, error.response)
        if len(ours) < issuance.count and self._without_key and not (self._with_key or self._checked):
            return CannotTell(NO_KEYS)
        if len(ours) > issuance.count:
            return CannotTell(f"{len(ours)} coupons carry the key, {issuance.count} asked for: it was used before")
        codes = tuple(coupon.code for coupon in ours)
        return WereIssued(codes, issuance.count - len(codes)) if codes else NotIssued()

    # --- the protocol ---

    def _keyed(self, issuance: Issuance, wire: str) -> Issuance:
        metadata = with_key(issuance.metadata, self._field, wire)
        return Issuance(issuance.series_id, issuance.count, issuance.customer, metadata, issuance.at, wire)

    def _check_place(self) -> str:
        return hashlib.sha256(f"check {self._calls.base_url} {self._field}".encode()).hexdigest()[:WIRE_LENGTH]

    def _require_check(self, journal: Journal, patience: float) -> Steps[None]:
        if journal in self._checked:  # no need to lock an entry that every caller wants
            return
        if not (yield from self._checked_with(journal, self._check_place(), patience)):
            raise KeysNotChecked(
                "call check_keys once for this platform and journal (it issues one coupon): without it nothing shows"
                " that the platform returns keys"
            )

    def _settled(self, issuance: Issuance, wire: str, text: str, journal: Journal, settle: float) -> Steps[IssuedOnce]:
        """Return the outcome for the locked key: the stored one, or that of reading and issuing."""
        entry = Entry(text, _parameters(issuance, self._calls.base_url))
        if (outcome := entry.outcome(issuance.count)) is not None:
            return outcome
        write = partial(_write, journal, wire, entry)
        refusal: Refused | None = None
        for _ in range(ATTEMPTS):
            was_sent = entry.attempt is not None
            try:
                ours = yield from self._ours(issuance, wire, entry, settle)
            except NotReadable as error:
                sent = "" if was_sent else "; nothing was sent"
                why = f"the customer's coupons cannot be read: {error}{sent}"
                raise CannotTell(why, None, error.response) from None
            if refusal is not None or len(ours) >= issuance.count:
                return (yield from self._finish(issuance, entry, write, ours, (), refusal))
            try:
                issued = yield from self._attempt(issuance, len(ours), entry, write)
            except OutcomeUnknown as unknown:
                entry.attempt = Attempt(boot_clock.now(), 0.0)  # its connection is closed
                entry.named |= {coupon.code for coupon in unknown.coupons}
                yield Block(write)
                if _is_interruption(unknown.__context__):
                    raise
            except Refused as error:
                if was_sent:  # coupons of an earlier attempt may have appeared just now: read again
                    refusal, entry.attempt = error, None
                else:
                    return (yield from self._finish(issuance, entry, write, ours, (), error))
            except NothingIssued:
                entry.attempt = None
                yield Block(write)
                raise
            else:
                return (yield from self._finish(issuance, entry, write, ours, issued.coupons, issued.errors))
        raise CannotTell(f"{ATTEMPTS} attempts ended without a certain outcome; call again with the same key")

    def _ours(self, issuance: Issuance, wire: str, entry: Entry, settle: float) -> Steps[tuple[Listed, ...]]:
        """Return our coupons; after an attempt, the same in two reads, once the platform has finished or dropped it."""
        if entry.attempt is None:
            ours, others = yield from self._look(issuance.customer, wire, issuance.series_id, entry.known)
            entry.known |= others
            return ours
        yield Wait(entry.attempt.remaining(settle))
        named = {code.casefold() for code in entry.named}
        return (yield from self._look_twice(issuance, wire, entry.known, named, settle))

    def _look_twice(
        self, issuance: Issuance, wire: str, known: set[int], named: set[str], settle: float
    ) -> Steps[tuple[Listed, ...]]:
        """Return our coupons; unless all are there, a second read must show the same. Raises NotReadable."""
        ours, others = yield from self._look(issuance.customer, wire, issuance.series_id, known)
        known |= others
        if len(ours) < issuance.count:
            yield Wait(min(settle, AGAIN))
            again, others = yield from self._look(issuance.customer, wire, issuance.series_id, known)
            known |= others
            if again != ours:
                raise NotReadable("the platform is still at work on an earlier request")
        if named - {coupon.code.casefold() for coupon in ours}:
            raise NotReadable("a response contained coupons that are not listed with the key")
        return ours

    def _attempt(self, issuance: Issuance, have: int, entry: Entry, write: Callable[[], None]) -> Steps[Issued]:
        """Issue the missing coupons, the attempt recorded before its first byte leaves."""

        def record() -> Steps[float]:
            entry.attempt = Attempt(boot_clock.now(), self._span)
            latest = time.monotonic() + self._span
            yield Block(write)
            return latest

        missing = issuance.count - have
        rest = Issuance(issuance.series_id, missing, issuance.customer, issuance.metadata, self._calls.clock())
        return (yield from self._calls.issue(rest, record))

    def _finish(
        self,
        issuance: Issuance,
        entry: Entry,
        write: Callable[[], None],
        ours: Sequence[Listed],
        new: Sequence[Coupon],
        reason: Refused | Sequence[Problem] | None,
    ) -> Steps[IssuedOnce]:
        """Store the outcome and return it. Raises the refusal if there is no coupon at all."""
        coupons = [*(Coupon(coupon.code, coupon.id) for coupon in ours), *new]
        if len(coupons) > issuance.count:
            LOG.error("%s carry a key that asked for %d; see audit", counted(len(coupons)), issuance.count)
        errors = reason.errors if isinstance(reason, Refused) else tuple(reason or ())
        kept = coupons[: issuance.count]
        missing = issuance.count - len(kept)
        entry.result = {
            "coupons": [tuple(coupon) for coupon in kept],
            "errors": [problem.code for problem in errors] if missing else [],
        }
        entry.attempt, entry.known, entry.named = None, set(), set()
        yield Block(write)
        if isinstance(reason, Refused) and not kept:
            raise reason
        return IssuedOnce(tuple(kept), missing, tuple(errors) if missing else ())

    # --- looking ---

    def _look(
        self, customer: Customer, wire: str, series_id: int | None, known: set[int]
    ) -> Steps[tuple[tuple[Listed, ...], set[int]]]:
        """Return the customer's coupons that carry the key, by id, and the ids of all others. Raises NotReadable."""
        listed = yield from self._listed(customer)
        new = [
            coupon
            for coupon in listed
            if coupon.id not in known and (series_id is None or coupon.series_id == series_id)
        ]
        ours, others = [], set()
        for batch in listing.batches(new):
            query = listing.details_query(batch)
            read = partial(listing.source_ids, listed=batch, field=wire_name(self._field))
            keys = yield from self._calls.get(READ_BACK_PATH, query, read)
            for number, value in keys.items():
                if value is None:
                    self._without_key = True
                else:
                    self._with_key = True
                if value is not None and value.strip().casefold() == wire:
                    ours.append(number)
                else:
                    others.add(number)
        return tuple(sorted(coupon for coupon in new if coupon.id in set(ours))), others

    def _listed(self, customer: Customer) -> Steps[tuple[Listed, ...]]:
        """Return all coupons of the customer, read in both orders. Raises NotReadable unless that proves the list
        complete.
        """
        for reread in range(REREADS):
            try:
                oldest_first = yield from self._pages(customer, newest_first=False)
                newest_first = yield from self._pages(customer, newest_first=True)
                return listing.proven(oldest_first, newest_first)
            except NotReadable:
                if reread == REREADS - 1:
                    raise
                yield Wait(POLL * 10**reread)
        raise NotReadable("the list was never read")  # unreachable: the loop returns or raises

    def _pages(self, customer: Customer, *, newest_first: bool) -> Steps[tuple[Listed, ...]]:
        pages: list[listing.Page] = []
        offset = 0
        while len(pages) < listing.MOST_PAGES:
            query = listing.customer_query(customer, newest_first, offset)
            read = partial(listing.page_of, pages=len(pages) + 1)
            page = yield from self._calls.get(CUSTOMER_COUPONS_PATH, query, read)
            pages.append(page)
            offset += len(page.coupons)
            if not page.coupons or offset >= page.total:
                return listing.all_of(pages)
        raise NotReadable(f"a list of more than {listing.MOST_PAGES} pages")


def _is_interruption(error: BaseException | None) -> bool:
    """Return True for a cancellation or an exception of a signal handler: whoever raised it wants the call to end."""
    of_transports = ("httpx", "httpcore", "h11", "coupon_client")
    lost = isinstance(error, OSError) or type(error).__module__.partition(".")[0] in of_transports
    return error is not None and not lost


def _parameters(issuance: Issuance, base_url: str) -> str:
    """The part of a request that must stay the same for a key, and its platform: a journal may serve several."""
    customer, metadata = issuance.customer, issuance.metadata
    given = [base_url, issuance.series_id, issuance.count, customer.mobile, customer.email, customer.external_id]
    return json.dumps([*given, *(getattr(metadata, name) for name in METADATA_LENGTHS)])


def _write(journal: Journal, wire: str, entry: Entry) -> None:
    journal.write(wire, entry.text())
