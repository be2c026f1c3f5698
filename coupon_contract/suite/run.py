"""A run of the suite against a target: sends, judges, and keeps observations."""

from contextlib import AbstractContextManager
from typing import Any

from attrs import Factory, define, evolve, field, frozen

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract import spec
from coupon_contract.suite.doubtful_id import doubtful_id
from coupon_contract.suite.exchange import JSON_HEADERS, Exchange, Headers, Request, dumps
from coupon_contract.suite.history import Call, series_named
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.oracle import BASIC, UNREADABLE, Finding, Oracle
from coupon_contract.suite.problem import CAUSE, kind
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.rules.expected import EXPECTED
from coupon_contract.suite.states import COUNTED
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Observation, Seen

Json = Any
OMITTED: Json = object()
MOST_PROBLEMS = 50  # kinds that are kept of one clause
MOST_CALLS = 30  # that are kept of one failure
OF_SEVERAL_CALLS = {"limits-in-parallel", "limit-given", "calls-apart", *(state.clause for state in COUNTED)}
SHORTEST_SECRET = 8  # characters of a cookie; a shorter one may be a common word
SMALL = 16_000  # bytes of a body that is always kept
LARGEST_EVIDENCE = 16_000_000  # bytes of all larger bodies that a run keeps


@frozen
class Failure:
    """A violated clause: the test, the problem, the exchange that proves it, and the calls that prove it together.

    `is_only_exchange` is True if the test found the problem itself, in the only response that it got.
    """

    clause: str
    problem: str
    test: str
    exchange: Exchange | None = field(default=None, repr=False)
    calls: tuple[Call, ...] = ()
    is_only_exchange: bool = False


@define
class Run:
    """The state that the tests of one run share.

    `test` is the id of the running test, `argument` the target as named on the command line, `recording` the file in
    place of a target that is asked. `unobserved` holds, by test, what could not be observed so far; `looked` says
    whether any test came to a result. `used_up` are the clauses for which earlier runs have used up a series, `asked`
    those of a selection; None without one.
    """

    target: Target
    transport: Transport
    oracle: Oracle
    mask: Mask
    observations: list[Observation] = Factory(list)
    failures: list[Failure] = Factory(list)
    test: str = ""
    argument: str = ""
    recording: str = ""
    unobserved: dict[str, list[Observation]] = Factory(dict)
    looked: bool = False
    used_up: set[str] = Factory(set)
    asked: frozenset[str] | None = None
    last: Exchange | None = field(default=None, repr=False)
    findings: list[Finding] = field(default=Factory(list), repr=False)
    exchanges: int = 0  # of this test
    judged: int = 0  # responses of this test, of the issuing operation
    fitting: set[str] = Factory(set)  # keys of ids of the target file that the target has shown to be right
    consequences: dict[str, set[str]] = Factory(dict)  # by the clause that explains them
    _blaming: tuple[str, ...] = field(default=(), repr=False)  # clauses that the last response violates
    _kind: str = field(default="", repr=False)  # of the last response of the issuing operation
    _found: set[tuple[str, str]] = field(factory=set, repr=False)  # of this test
    _problems: dict[str, dict[str, str]] = field(factory=dict, repr=False)  # the first of each kind, by clause
    _kept: dict[int, int] = field(factory=dict, repr=False)  # number of an exchange -> bytes of its large body

    @classmethod
    def against(cls, target: Target, transport: Transport, argument: str = "", recording: str = "") -> "Run":
        """Return a new run against a target, or on a recording of it."""
        mask = Mask.for_target(target)
        return cls(target, transport, Oracle(target), mask, argument=argument, recording=recording)

    def begin(self, test: str) -> None:
        """Forget the exchanges and findings of the previous test."""
        self.test, self.last, self.findings, self._blaming = test, None, [], ()
        self.exchanges = self.judged = 0
        self._found.clear()

    def exchange(self, request: Request) -> Exchange:
        """Send a request of a companion operation. Raises NotOffered and NotObserved."""
        self._blaming = ()
        exchange = self.last = self.transport.send(request)  # parallel calls overwrite `last`
        self.exchanges += 1
        self.mask.learn(exchange)
        self.mask.secret(self.transport.granted)
        for cookie in list(self.transport.cookies.values()):
            self.mask.secret(cookie if len(cookie) >= SHORTEST_SECRET else None)
        return exchange

    def send(self, request: Request, *, in_parallel: bool = False) -> Outcome:
        """Send a request to the issuing operation's path and judge the response, as one of several calls or alone.

        Raises NotOffered and NotObserved.
        """
        return self.judge(self.exchange(request), in_parallel=in_parallel)

    def judge(self, exchange: Exchange, *, in_parallel: bool = False) -> Outcome:
        """Judge an exchange on the issuing operation's path, and keep what was found."""
        outcome, findings = self.oracle.judge(exchange, in_parallel=in_parallel)
        self.judged += 1
        self._blaming = tuple(finding.clause for finding in findings if finding.problem)
        self._kind = outcome.kind
        for finding in findings:
            kept = self.observe(finding.clause, finding.problem, finding.exchange, outcome)
            if finding.problem and (finding.clause, finding.problem) not in self._found:
                self._found.add((finding.clause, finding.problem))
                self.findings.append(evolve(finding, exchange=kept))
        return outcome

    def cause_of(self, clause: str) -> str:
        """Return the more basic clause that already blames the last response, so that a test of `clause` that fails
        because of it shows nothing new; empty if there is none.

        That is a clause without which no outcome can be read, or, of a test's only request, the clause that comes
        first in spec/clauses.toml of those about the outcome. A listed deviation explains no other failure, and neither
        does a clause that decides nothing.
        """
        clauses = spec.clauses()
        order = list(clauses)
        for other in self._blaming:
            if other == clause or other in self.target.deviations or clauses[other].level != "MUST":
                continue
            about_outcome = other in EXPECTED and self.judged == 1 and order.index(other) < order.index(clause)
            if about_outcome or (other in BASIC and self._kind in UNREADABLE):
                return other
        return ""

    def observe(
        self, clause: str, problem: str | None, exchange: Exchange | None = None, outcome: Outcome | None = None
    ) -> Exchange | None:
        """Record that a clause held, or the problem; return the exchange as it is kept.

        The problem names an id of the target file if that may be wrong in place of the target.
        """
        if not problem:
            self.observations.append(Observation(clause, Seen.HELD, test=self.test))
            return None
        if exchange and (key := doubtful_id(clause, exchange, self.target, self.fitting, outcome)):
            problem = f"{problem}{CAUSE}{key} in the target file"
        kept = self._evidence(exchange)
        problems = self._problems.setdefault(clause, {})
        if (known := problems.get(kind(problem))) is None and len(problems) < MOST_PROBLEMS:
            problems[kind(problem)] = problem
            calls = self._calls(clause, exchange) if exchange else ()
            only = outcome is None and self.exchanges == self.judged == 1
            self.failures.append(Failure(clause, problem, self.test, kept, calls, is_only_exchange=only))
        self.observations.append(Observation(clause, Seen.VIOLATED, known or problem, self.test))
        return kept

    def _calls(self, clause: str, exchange: Exchange) -> tuple[Call, ...]:
        """Return the calls that prove a violated limit together: those of its series, and of its customer."""
        series = self.target.series_by_id(series_named(exchange.request) or 0)
        if clause not in OF_SEVERAL_CALLS or series is None:
            return ()
        calls = self.oracle.history.calls[series.id]
        if series.state.counts == "customer" and calls:
            calls = [call for call in calls if call.customer == calls[-1].customer]
        return tuple(calls[-MOST_CALLS:])

    def _evidence(self, exchange: Exchange | None) -> Exchange | None:
        """Return an exchange as it is kept: without a large body, once enough of them are kept."""
        size = len(exchange.response.body) if exchange else 0
        if exchange is None or size <= SMALL or exchange.number in self._kept:
            return exchange
        if sum(self._kept.values()) + size > LARGEST_EVIDENCE:
            return evolve(exchange, response=evolve(exchange.response, body=b"", dropped_bytes=size))
        self._kept[exchange.number] = size
        return exchange


@define
class Api:
    """The issuing operation, as tests call it. `is_parallel` says that others call at the same time."""

    run: Run
    is_parallel: bool = False

    @property
    def in_parallel(self) -> "Api":
        """The same for calls that are made at the same time."""
        return Api(self.run, is_parallel=True)

    def issue(
        self, series: Series | Json, customer: Customer | Json, count: Json = OMITTED, who: str = "caller", **more: Json
    ) -> Outcome:
        """Request coupons. `more` are further fields of the request."""
        body = {"seriesId": series.id if isinstance(series, Series) else series, "customer": customer}
        if count is not OMITTED:
            body["count"] = count
        return self.post(dumps(body | more), who=who)

    def post(self, body: bytes, headers: Headers = JSON_HEADERS, who: str = "caller") -> Outcome:
        """Send bytes to the issuing operation."""
        return self.send(Request(headers=headers, body=body, who=who))

    def send(self, request: Request) -> Outcome:
        """Send any request and judge its response as one of the issuing operation."""
        return self.run.send(request, in_parallel=self.is_parallel)

    def connected(self, *, keep: bool = False) -> AbstractContextManager[None]:
        """Connect now, for the next request of this thread; with `keep`, for all of them. Raises NotObserved."""
        return self.run.transport.connected(keep=keep)

    def exchange(self, request: Request) -> Exchange:
        """Send a request of a companion operation."""
        return self.run.exchange(request)
