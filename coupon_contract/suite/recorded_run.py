"""Judges a recording: each exchange goes through the oracle, as in a run, and nothing is sent.

A recording shows neither what was stored, nor what follows a response on its connection, nor whether credentials were
right: clauses about these are not observed.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from attrs import define, evolve, field

from coupon_contract import spec
from coupon_contract.suite.exchange import Exchange, NotJson, dumps, loads
from coupon_contract.suite.har import LeftOut, Recorded, recorded
from coupon_contract.suite.run import Run
from coupon_contract.suite.target import Target
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Observation, Seen, Verdict, decide

NOT_RECORDED = frozenset({"one-response"})  # clauses of rules whose facts no recording has
MOST_NOTES = 2_000  # different problems, of which the words are kept

UNKNOWN = Target(
    name="the recorded implementation",
    base_url="http://recording.invalid",
    disposable=False,
    max_coupons=0,
    auth={},
    expired_token=None,
    features=frozenset(),
    known=(),
    unknown={},
    series={},
    deviations={},
)


@define
class Judged:
    """The state of judging a recording. `run` keeps failures and masks; observations are only counted.

    `judged` counts exchanges, `left_out` those that show nothing, by their reason, and `copies` repeated entries.
    """

    run: Run
    judged: int = 0
    copies: int = 0
    left_out: Counter[str] = field(factory=Counter)
    _seen: Counter[tuple[str, Seen, str]] = field(factory=Counter)
    _digests: set[bytes] = field(factory=set, repr=False)

    def add(self, item: Recorded | LeftOut) -> None:
        """Judge the next exchange, unless it is a copy of an earlier one: merged recordings repeat entries."""
        if isinstance(item, LeftOut):
            self.left_out[item.reason] += 1
        elif item.digest in self._digests:
            self.copies += 1
        else:
            self._digests.add(item.digest)
            self.judged += 1
            self._judge(item)

    def verdict(self) -> Verdict:
        """Return the verdict on the clauses that the recording shows; every other clause is not observed."""
        shown = frozenset(clause for clause, _, _ in self._seen)
        missing = [clause for clause in spec.clauses() if clause not in shown]
        self.run.observations = [
            *(Observation(clause, seen, note, times=times) for (clause, seen, note), times in self._seen.items()),
            *(Observation(clause, Seen.NOT_OBSERVED) for clause in missing),
        ]
        deviations = self.run.target.deviations
        violated = {clause for clause, seen, _ in self._seen if seen is Seen.VIOLATED}
        return decide(
            spec.clauses(),
            self.run.observations,
            {clause: deviations[clause] for clause in deviations.keys() & violated},  # no recording shows all cases
            shown,
            looked=bool(self.judged),
        )

    def _judge(self, item: Recorded) -> None:
        self.run.begin(f"entry {item.exchange.number}")
        self.run.mask.learn_request(item.exchange)
        known = len(self.run.failures)
        self.run.judge(item.exchange, in_parallel=True)  # a recording does not show which calls were parallel
        self.run.failures[known:] = [
            evolve(failure, exchange=failure.exchange and self._as_shown(failure.exchange))
            for failure in self.run.failures[known:]
        ]
        for observation in self.run.observations:
            if observation.clause not in NOT_RECORDED:
                note = observation.note if len(self._seen) < MOST_NOTES else ""
                self._seen[observation.clause, observation.seen, note] += 1
        self.run.observations.clear()

    def _as_shown(self, exchange: Exchange) -> Exchange:
        """Return an exchange with its request masked: it may contain any customer, in any field."""
        try:
            body = loads(exchange.request.body)
        except NotJson:
            body = None
        if isinstance(body, dict) and isinstance(body.get("metadata"), dict):
            body = body | {"metadata": dict.fromkeys(body["metadata"], "<text>")}
        shown = self.run.mask.body(exchange.request.body if body is None else dumps(body))
        return evolve(exchange, request=evolve(exchange.request, body=shown.encode()))


def judge_recording(file: Path, target: Target = UNKNOWN) -> Judged:
    """Judge the calls in a recording. Raises HarError. `target` says which series and customers are known."""
    target = evolve(target, features=frozenset())  # companions are not judged, so nothing need be kept for them
    judged = Judged(Run.against(target, Transport(target), recording=str(file)))
    _add_all(judged, recorded(file))
    return judged


def _add_all(judged: Judged, items: Iterable[Recorded | LeftOut]) -> None:
    for item in items:
        judged.add(item)
