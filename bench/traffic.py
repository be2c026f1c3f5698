"""The requests of a load run, and the tally of its responses over users, workers and machines.

Every request goes through the suite's transport, which keeps the budget, and the oracle judges every response.
Violations that one worker alone cannot see (a coupon given to two workers, a limit that they exceeded together) are
found in the sum: workers send the coupons that they got, as hashes.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract.facts import COUNT_MAXIMUM
from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.history import series_named
from coupon_contract.suite.oracle import Finding
from coupon_contract.suite.problem import kind
from coupon_contract.suite.request_reader import customers_named
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.states import COUNTED, REFUSING
from coupon_contract.suite.target import Target

Json = Any

WEIGHTS = {"ordinary": 16, "refusing": 2, "limited": 1, "too-many": 1}
TOO_MANY = COUNT_MAXIMUM + 1


def share(budget: int | None, workers: int, place: int) -> int | None:
    """Return the share of a budget for worker `place` (from 0) of `workers`; the shares add up to the budget."""
    return None if budget is None else budget // workers + (place < budget % workers)


def requests(target: Target, coupons: int, chance: random.Random) -> Iterator[tuple[str, Request]]:
    """Yield endless named requests: most for `coupons` coupons of the ordinary series, some that must be refused.

    Series with a limit are requested all the time, so that many users exceed it at once. A request beyond a limit costs
    all of its coupons in a budget, so it is sent only to targets without a budget.
    """
    states = {
        "ordinary": ["ordinary"],
        "refusing": [state for state in REFUSING if state in target.series],
        "limited": [state.name for state in COUNTED if state.name in target.series],
        "too-many": ["ordinary"] if target.max_coupons is None else [],
    }
    kinds = [kind for kind in WEIGHTS if states[kind]]
    weights = [WEIGHTS[kind] for kind in kinds]
    while True:
        (kind,) = chance.choices(kinds, weights)
        state = chance.choice(states[kind])
        count = {"ordinary": coupons, "too-many": TOO_MANY}.get(kind, 1)
        body = {"seriesId": target.series[state].id, "count": count, "customer": dict(chance.choice(target.known))}
        yield (kind if kind == "too-many" else state), Request(body=dumps(body))


@define
class Tally:
    """The counts of a load run. The tallies of workers add up to that of the run.

    `violated` counts "clause: problem", `unanswered` reasons, `given` coupons per series id and place of the customer
    in the target file, `seen` hashes of coupons.
    """

    answers: Counter[str] = field(factory=Counter)
    violated: Counter[str] = field(factory=Counter)
    unanswered: Counter[str] = field(factory=Counter)
    given: Counter[tuple[int, int]] = field(factory=Counter)
    seen: Counter[str] = field(factory=Counter, repr=False)

    def note(self, answer: Outcome, findings: Sequence[Finding], target: Target) -> list[str]:
        """Count a response, with the problems that the oracle found in it."""
        self.answers[str(answer) if answer.kind != "coupons" else "coupons"] += 1
        problems = [f"{finding.clause}: {kind(finding.problem)}" for finding in findings if finding.problem]
        self.violated.update(problems)
        series_id = series_named(answer.exchange.request) or 0
        named = sorted(customers_named(answer.exchange.request, target))
        self.given[series_id, named[0] if named else -1] += len(answer.coupons)
        generic = target.series.get("generic")
        for coupon in answer.coupons:
            self.seen[digest("id", coupon, "couponId")] += 1
            if generic is None or generic.id != series_id:
                self.seen[digest(f"code {series_id}", coupon, "code")] += 1
        return problems

    def add(self, other: "Tally") -> None:
        """Add the tally of another worker."""
        for name in ("answers", "violated", "unanswered", "given", "seen"):
            getattr(self, name).update(getattr(other, name))

    @property
    def coupons(self) -> int:
        """Return the number of coupons that were given."""
        return sum(self.given.values())

    def over_issued(self, target: Target) -> list[str]:
        """Return the coupons that must not have been given: beyond limits, and twice."""
        violations = []
        for series in (target.series[state.name] for state in COUNTED if state.name in target.series):
            groups = Counter[Json]()
            for (series_id, customer), count in self.given.items():
                if series_id == series.id:
                    groups[customer if series.state.counts == "customer" else "all"] += count
            limit = series.cap or 0
            violations += [
                f"{series.state.name}: {count} coupons, limit {limit}" for count in groups.values() if count > limit
            ]
        twice = sum(1 for count in self.seen.values() if count > 1)
        return violations + ([f"{twice} coupon ids or codes were given twice"] if twice else [])

    def as_message(self) -> Json:
        """Return the tally as a message to the master."""
        plain = {name: dict(getattr(self, name)) for name in ("answers", "violated", "unanswered", "seen")}
        return plain | {"given": [[*key, count] for key, count in self.given.items()]}

    @classmethod
    def of_message(cls, message: Mapping[str, Json]) -> "Tally":
        """Return the tally that a worker sent."""
        given = Counter({(series, customer): count for series, customer, count in message["given"]})
        answers, violated, unanswered = message["answers"], message["violated"], message["unanswered"]
        return cls(Counter(answers), Counter(violated), Counter(unanswered), given, Counter(message["seen"]))


def digest(kind: str, coupon: Json, name: str) -> str:
    """Return a hash of a coupon's id or code, which reveals nothing else about it."""
    value = coupon.get(name) if isinstance(coupon, dict) else coupon
    return hashlib.blake2b(f"{kind} {value!r}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def report(tally: Tally, target: Target, budget: int | None, spent: int) -> tuple[list[str], int]:
    """Return the final report and the exit status: 0 if all was right, 1 if not, 3 without any response."""
    over = tally.over_issued(target)
    limit = "without a limit" if budget is None else f"of {budget}"
    lines = [f"coupons issued: {tally.coupons}; counted against the budget: {spent} {limit}"]
    lines += [f"answers: {count} times {text}" for text, count in tally.answers.most_common()]
    lines += [f"unanswered: {count} times {text}" for text, count in tally.unanswered.most_common()]
    lines += [f"VIOLATED: {count} times {text}" for text, count in tally.violated.most_common()]
    lines += [f"OVER-ISSUED: {text}" for text in over]
    if not tally.answers:
        return [*lines, "could not judge: nothing was answered"], 3
    lines.append("every response was right" if not (over or tally.violated) else "not every response was right")
    return lines, 1 if over or tally.violated else 0
