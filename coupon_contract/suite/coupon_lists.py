"""The lists of coupons that tests read: those of read-back, and a customer's, page by page.

A coupon may be listed some time after it was issued (ledger read-back), and a list may hold coupons of other callers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from itertools import islice
from time import perf_counter, sleep
from typing import Any, NoReturn

from attrs import define, evolve, frozen

from coupon_contract import spec
from coupon_contract.suite.exchange import NotJson, Request, Response, loads
from coupon_contract.suite.history import folded
from coupon_contract.suite.listing import MOST_LISTED, Coupon, TooLong, coupon_of, items
from coupon_contract.suite.problem import places
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import BrokenOff, NotObserved, NotOffered
from coupon_contract.suite.target import Customer
from coupon_contract.suite.target_data import OfferedSeries

Json = Any
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.0)  # seconds between looks for a coupon that is not listed yet
LOOKS = 1 + len(PAUSES)
TRIES = 3  # of a request that has no answer
MOST_PAGES = 40  # that are read of a customer's list
LARGEST_PAGE = 100  # coupons
BUSY = (502, 503, 504, 521)
OTHERS = "new coupons appear in no response of this run; another caller may issue here, or a response was lost"


class Busy(NotObserved):
    """The target is too busy to answer."""


def codes_of(coupons: Iterable[Coupon]) -> set[str]:
    """Return the codes of coupons; one without a code is the concern of the clause coupon-shape."""
    return {folded(str(coupon.code)) for coupon in coupons if coupon.code not in (None, "")}


def missing_of(coupons: Sequence[Coupon], listed: Set[str]) -> str:
    """Return which of the coupons are not listed, by their places in the response that contained them."""
    codes = [folded(str(coupon.code)) for coupon in coupons]
    return places([code for code in codes if code not in listed], codes)


def offered(run: Run, feature: str) -> None:
    """Raise NotOffered for a companion that the target does not have."""
    if feature not in run.target.features:
        raise NotOffered(f"features.{feature}")


def issued_with_codes(api: Api, series: OfferedSeries, customer: Customer, count: int, **more: Json) -> list[Json]:
    """Issue, and return the coupons. Raises NotObserved if they were not all issued with a code."""
    answer = api.issue(series.ordinary, customer, count, **more)
    coupons = [coupon for coupon in answer.coupons if isinstance(coupon, dict) and isinstance(coupon.get("code"), str)]
    if len(coupons) != count:
        raise NotObserved("the coupons to look for were not issued")
    return coupons


def query_of(run: Run, name: str, *values: Json, case: str = "", more: tuple[tuple[str, str], ...] = ()) -> Request:
    offered(run, "read-back")
    query = tuple((name, str(value)) for value in values) + ((("coupon_code_case", case),) if case else ()) + more
    return Request("GET", spec.READ_BACK_PATH, query=query, headers=())


def _source_of(row: dict[str, Json]) -> str:
    details = row.get("couponIssualDetails")
    return str(details.get("sourceId")) if isinstance(details, dict) else ""


def unless_busy(api: Api, request: Request) -> Response:
    """Return the response of a companion. Raises Busy, which is a NotObserved."""
    response = api.exchange(request).response
    if response.status in BUSY:
        raise Busy(f"the target is busy: HTTP {response.status}")
    return response


def wrong_type(response: Response) -> str:
    """Return what is wrong with the declared type of a companion's response, or an empty text."""
    words = ", ".join(sorted(response.media_types)) or "nothing"
    return "" if response.media_types == {"application/json"} else f"declared as {words}; expected application/json"


def answered(api: Api, request: Request) -> Response:
    """Return the response of a companion. Raises AssertionError if TRIES in a row are cut off, or find it busy.

    A target that declares the operation and never answers it is wrong; a connection may break, and a target be busy.
    """
    for pause in PAUSES[: TRIES - 1]:
        with suppress(BrokenOff, Busy):
            return unless_busy(api, request)
        sleep(pause)
    try:
        return unless_busy(api, request)
    except (BrokenOff, Busy) as problem:
        raise AssertionError(f"{TRIES} requests in a row got nothing else: {problem}") from None


class CustomerList:
    """The list of one customer, page by page."""

    def __init__(self, api: Api, customer: Mapping[str, str]) -> None:
        (kind, value), *_ = customer.items()
        self._api = api
        self._who = ("external_Id" if kind == "externalId" else kind, value)

    def request(
        self, limit: int, offset: int, who: str = "caller", *, order: str = "DESC", status: str = ""
    ) -> Request:
        """Return the request for a page."""
        chosen = (("status", status),) if status else ()
        query = (self._who, ("sort_order", order), ("limit", str(limit)), ("offset", str(offset)), *chosen)
        return Request("GET", spec.CUSTOMER_COUPONS_PATH, query=query, headers=(), who=who)

    def page(self, limit: int, offset: int, *, order: str = "DESC", status: str = "") -> tuple[int, list[Json]]:
        """Return the total and the coupons of a page. Raises NotObserved without them; the shape test reports that."""
        return self._page_of(self.request(limit, offset, order=order, status=status))

    def _page_of(self, request: Request) -> tuple[int, list[Json]]:
        response = unless_busy(self._api, request)
        try:
            entity: Json = loads(response.body)["entity"] if response.status == 200 else None
            coupons = [coupon for customer in entity["customers"] for coupon in customer["coupons"]]
            total = entity["pagination"]["total"]
        except (NotJson, TypeError, KeyError):
            total = None
        if type(total) is not int:
            raise NotObserved(f"answered with HTTP {response.status}, without a readable list and its total")
        return total, coupons

    def wait_for(self, codes: Sequence[str]) -> int:
        """Poll until the newest page lists all of the codes, because lists may lag. Return the total."""
        wanted = {folded(code) for code in codes}
        for pause in (*PAUSES, 0):
            total, newest = self.page(LARGEST_PAGE, 0)
            if wanted <= _codes_in(newest):
                break
            sleep(pause)
        return total

    def selected(self, status: str) -> tuple[int, set[str]]:
        """Return the total of a status, and the codes on its newest page."""
        total, coupons = self.page(LARGEST_PAGE, 0, status=status)
        return total, _codes_in(coupons)

    def named(self, name: str, text: str) -> set[str]:
        """Return the codes on the newest page of a customer named otherwise; none where there is no list."""
        request = self.request(LARGEST_PAGE, 0)
        named = evolve(request, query=((name, text), *request.query[1:]))
        with suppress(NotObserved):
            return _codes_in(self._page_of(named)[1])
        return set()

    def order_of(self, first: str, second: str, order: str) -> bool | None:
        """Return whether the first code stands before the second one in the list; None if one of them is not seen.

        The page is the one at the end of the list that has the newest coupons.
        """
        total, newest = self.page(LARGEST_PAGE, 0, order=order)
        if order == "ASC" and total > len(newest):
            _, newest = self.page(LARGEST_PAGE, max(0, total - LARGEST_PAGE), order=order)
        places = {folded(str(row.get("code"))): nth for nth, row in enumerate(newest) if isinstance(row, dict)}
        if not {folded(first), folded(second)} <= places.keys():
            return None
        return places[folded(first)] < places[folded(second)]

    def pages(self, limit: int, wanted: Sequence[str]) -> Iterator[list[Json]]:
        """Yield pages, newest coupons first, until all wanted codes were listed or the list ends.

        Raises NotObserved if other callers' new coupons have moved the pages, or fill all of them.
        """
        missing, offset, totals = {folded(code) for code in wanted}, 0, set()
        for _ in range(MOST_PAGES):
            total, coupons = self.page(limit, offset)
            totals.add(total)
            if len(totals) > 1 and not self._api.run.target.disposable:
                raise NotObserved(OTHERS)
            yield coupons
            missing -= _codes_in(coupons)
            offset += len(coupons)
            if not missing or not coupons or offset >= total:
                return
        if not self._api.run.target.disposable and not missing <= _codes_in(self.page(LARGEST_PAGE, 0)[1]):
            raise NotObserved(OTHERS)


def _codes_in(coupons: Iterable[Json]) -> set[str]:
    return {folded(str(coupon.get("code"))) for coupon in coupons if isinstance(coupon, dict)}


@frozen
class Recent:
    """The number of coupons of a customer, and the newest coupons."""

    total: int
    coupons: list[Coupon]


@define
class ReadBack:
    """Read-back requests of the tests.

    A coupon may be listed some time after it was issued (ledger: read-back). `patient` becomes False after the first
    coupon that is never listed, so that later tests do not wait.
    """

    api: Api
    run: Run
    patient: bool = True

    def look(self, name: str, *values: Json) -> list[Coupon]:
        """Return the listed coupons. Raises NotObserved for an unreadable response."""
        return self.listed(query_of(self.run, name, *values))

    def listed(self, request: Request) -> list[Coupon]:
        """Return the coupons in the response to a query. Raises NotObserved for an unreadable response."""
        coupons = list(islice(map(coupon_of, self.rows(request)), MOST_LISTED + 1))
        if len(coupons) > MOST_LISTED:
            raise NotObserved(f"read-back lists more than {MOST_LISTED} coupons; use a customer with fewer")
        return coupons

    def rows(self, request: Request) -> Iterator[dict[str, Json]]:
        """Yield the rows of the response to a query, one at a time. Raises NotObserved when they cannot be read."""
        response = self.api.exchange(request).response
        try:
            if response.status != 200:
                raise NotJson
            yield from (row for row in items(response.body) if isinstance(row, dict))
        except NotJson as problem:
            words = f"answered with HTTP {response.status}, without a readable list"
            if response.status == 200 and not isinstance(problem, TooLong):
                self.run.observe("read-back-shape", words, self.run.last)
            raise NotObserved(f"read-back was {words}") from None

    def wait_for(self, coupons: Sequence[Coupon], name: str, *values: Json) -> tuple[list[Coupon], float]:
        """Poll until the coupons are listed or the pauses are over. Return the listed coupons and the seconds."""
        start, found = perf_counter(), self.look(name, *values)
        for pause in PAUSES:
            if not self.patient or codes_of(coupons) <= codes_of(found):
                break
            sleep(pause)
            found = self.look(name, *values)
        self.patient = self.patient and codes_of(coupons) <= codes_of(found)
        return found, perf_counter() - start

    def recent(self, customer: Json, who: Customer) -> Recent:
        """Return the newest coupons of a customer, by its id and an identifier: one page if the target lists pages.

        A full list would grow with every run. Raises NotObserved.
        """
        if "customer-coupons" not in self.run.target.features:
            coupons = self.look("issuedToIds", customer)
            return Recent(len(coupons), coupons)
        total, rows = CustomerList(self.api, who).page(LARGEST_PAGE, 0)
        return Recent(total, [coupon_of(row) for row in rows if isinstance(row, dict)])

    def recent_with(self, coupons: Sequence[Coupon], customer: Json, who: Customer) -> Recent:
        """Poll for the newest coupons of a customer until these are among them. Raises NotObserved."""
        recent = self.recent(customer, who)
        for pause in PAUSES:
            if codes_of(coupons) <= codes_of(recent.coupons):
                break
            sleep(pause)
            recent = self.recent(customer, who)
        return recent

    def before(self, customer: Json, who: Customer, fresh: Sequence[Coupon]) -> tuple[Recent, float]:
        """Return a customer's newest coupons, and the delay of the list. Raises NotObserved if they never come."""
        if not fresh:
            raise NotObserved("no coupon was issued to look for")
        found, seconds = self.wait_for(fresh, "couponCodes", *(coupon.code for coupon in fresh))
        if not codes_of(fresh) <= codes_of(found):
            self.not_listed()
        return self.recent(customer, who), seconds

    def not_listed(self) -> NoReturn:
        """Record that a new coupon is never listed. Raises NotObserved for the test's own clause."""
        problem = "the coupon that was just issued is not listed"
        self.run.observe("read-back-lists-issued", problem, self.run.last)
        raise NotObserved(f"{problem}, so other coupons would not be either")

    @property
    def is_alone(self) -> bool:
        """True while no other caller can issue, and no response was lost."""
        return self.run.target.disposable and not self.run.transport.lost

    def unnamed(self, customer: Json, who: Customer, before: Recent, key: str) -> set[str]:
        """Return a customer's new codes that no response of this run contained and no other caller received.

        Raises NotObserved if another caller may have received them.
        """
        new = codes_of(self.recent(customer, who).coupons) - codes_of(before.coupons) - self.named()
        return new & set(map(folded, self.with_key(customer, key))) if new and not self.is_alone else new

    def with_key(self, customer: Json, key: str) -> list[Json]:
        """Return the codes of a customer's coupons that carry a key. Raises NotObserved without issual-details."""
        if "issual-details" not in self.run.target.features:
            raise NotObserved(OTHERS)
        request = query_of(self.run, "issuedToIds", customer)
        rows = self.rows(evolve(request, query=(*request.query, ("includeIssualDetails", "true"))))
        return [row.get("code") for row in islice(rows, MOST_LISTED) if _source_of(row).casefold() == key]

    def named(self) -> set[str]:
        """Return all codes in responses of this run."""
        return {folded(code) for code in self.run.oracle.history.codes_named()}
