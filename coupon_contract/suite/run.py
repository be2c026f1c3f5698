"""One run of the suite against one target: sends, judges, and keeps what was seen."""

from contextlib import AbstractContextManager
from typing import Any

from attrs import Factory, define, field, frozen

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract.suite.exchange import JSON_HEADERS, Exchange, Headers, Request, dumps
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.oracle import Finding, Oracle
from coupon_contract.suite.response_reader import Answer
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Observation, Seen

Json = Any
OMITTED: Json = object()


@frozen
class Failure:
    """A clause that was violated: by which test, what was wrong, and the exchange that proves it."""

    clause: str
    problem: str
    test: str
    exchange: Exchange | None = field(default=None, repr=False)


@define
class Run:
    """Everything that the tests of one run share.

    `test` is the id of the test that is running, `argument` how the target was named on the command line.
    """

    target: Target
    transport: Transport
    oracle: Oracle
    mask: Mask
    observations: list[Observation] = Factory(list)
    failures: list[Failure] = Factory(list)
    test: str = ""
    argument: str = ""
    last: Exchange | None = field(default=None, repr=False)
    findings: list[Finding] = field(default=Factory(list), repr=False)

    @classmethod
    def of(cls, target: Target, transport: Transport, argument: str = "") -> "Run":
        """A new run against a target."""
        return cls(target, transport, Oracle(target), Mask.of(target), argument=argument)

    def begin(self, test: str) -> None:
        """Forget the exchanges and findings of the test before."""
        self.test, self.last, self.findings = test, None, []

    def exchange(self, request: Request) -> Exchange:
        """Send a request of a companion operation. Raises NotOffered and NotObserved."""
        exchange = self.last = self.transport.send(request)  # in parallel calls, `last` may be another one's already
        self.mask.learn(exchange)
        self.mask.secret(self.transport.granted)
        return exchange

    def send(self, request: Request) -> Answer:
        """Send a request to the issuing operation's path and judge the answer. Raises NotOffered and NotObserved."""
        answer, findings = self.oracle.judge(self.exchange(request))
        for finding in findings:
            self.observe(finding.clause, finding.problem, finding.exchange)
        self.findings += [finding for finding in findings if finding.problem]
        return answer

    def observe(self, clause: str, problem: str | None, exchange: Exchange | None = None) -> None:
        """Record that a clause held, or what was wrong."""
        seen = Seen.VIOLATED if problem else Seen.HELD
        self.observations.append(Observation(clause, seen, problem or ""))
        if problem and not any((one.clause, one.problem) == (clause, problem) for one in self.failures):
            self.failures.append(Failure(clause, problem, self.test, exchange))


@define
class Api:
    """What tests call: the issuing operation, in the API's own words."""

    run: Run

    def issue(
        self, series: Series | Json, customer: Customer | Json, count: Json = OMITTED, who: str = "caller", **more: Json
    ) -> Answer:
        """Ask for coupons. `more` are further fields of the request."""
        body = {"seriesId": series.id if isinstance(series, Series) else series, "customer": customer}
        if count is not OMITTED:
            body["count"] = count
        return self.post(dumps(body | more), who=who)

    def post(self, body: bytes, headers: Headers = JSON_HEADERS, who: str = "caller") -> Answer:
        """Send bytes to the issuing operation."""
        return self.run.send(Request(headers=headers, body=body, who=who))

    def send(self, request: Request) -> Answer:
        """Send any request and judge its answer as one of the issuing operation."""
        return self.run.send(request)

    def connected(self, *, keep: bool = False) -> AbstractContextManager[None]:
        """Connect now, for the next request of this thread; with `keep`, for all of them. Raises NotObserved."""
        return self.run.transport.connected(keep=keep)

    def exchange(self, request: Request) -> Exchange:
        """Send a request of a companion operation."""
        return self.run.exchange(request)
