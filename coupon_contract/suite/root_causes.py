"""The causes that failures of a run share: one mistake of a target may violate many clauses.

A cause is read from the response that proves a failure, and never names a value of it.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Container, Iterator, Sequence
from functools import cache
from typing import Any

from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.doubtful_id import doubtful_id
from coupon_contract.suite.excerpt import documented_names
from coupon_contract.suite.exchange import Exchange, NotJson, loads
from coupon_contract.suite.expect import expect
from coupon_contract.suite.matchers import RefusedWith
from coupon_contract.suite.response_reader import read
from coupon_contract.suite.rules.expected import EXPECTED
from coupon_contract.suite.run import Failure, Run
from coupon_contract.terminal import shortened

Json = Any
LEVELS = ("MUST", "SHOULD", "MAY")
NO_LETTERS = re.compile(r"[^a-z0-9]")
WITH_OWN_NAMES = ("customPropertyMap", "fields", "allFields")
LONGEST_NAME = 60  # characters
MOST_CODES = 5


@frozen
class RootCause:
    """A cause of failures: its text, the clauses that fail or are not observed for it, and its failures by number."""

    text: str
    clauses: tuple[str, ...]
    failures: tuple[int, ...]

    def __str__(self) -> str:
        many = len(self.clauses)
        return f"{many} clauses share: {self.text}" if many > 1 else f"{self.clauses[0]}: {self.text}"


def in_order(
    failures: Sequence[Failure], known: Container[str] = (), asked: Container[str] | None = None
) -> list[Failure]:
    """Return failures with those of basic clauses first: MUST before SHOULD, then as spec/clauses.toml has them.

    Those of the clauses that were `asked` for come before all others, if only some were. Those of `known` clauses,
    which are listed deviations, come last.
    """
    order = list(spec.clauses())
    levels = {clause.id: LEVELS.index(clause.level) for clause in spec.clauses().values()}
    return sorted(
        failures,
        key=lambda failure: (
            failure.clause in known,
            asked is not None and failure.clause not in asked,
            levels[failure.clause],
            order.index(failure.clause),
        ),
    )


def root_causes(run: Run) -> list[RootCause]:
    """Return the causes of the failures of a run, numbered as `in_order` has them; that of most clauses first.

    A cause that only groups, such as a code in place of another, is one if several clauses share it.
    """
    failures = list(enumerate(in_order(run.failures, run.target.deviations, run.asked), 1))
    candidates = {number: _candidates(failure, run) for number, failure in failures}
    shared: dict[str, set[str]] = {}
    for number, failure in failures:
        for text in candidates[number]:
            shared.setdefault(text, set()).update((failure.clause, *run.consequences.get(failure.clause, ())))
    explained: dict[str, list[int]] = {}
    for number, _ in failures:
        if texts := [text for text, is_cause in candidates[number].items() if is_cause or len(shared[text]) > 1]:
            explained.setdefault(max(texts, key=lambda text: len(shared[text])), []).append(number)
    order = list(spec.clauses())
    causes = [
        RootCause(text, tuple(sorted(shared[text], key=order.index)), tuple(numbers))
        for text, numbers in explained.items()
    ]
    return sorted(causes, key=lambda cause: (-len(cause.clauses), -len(cause.failures)))


def _candidates(failure: Failure, run: Run) -> dict[str, bool]:
    """Return the causes that a failure may have, each with whether it is one alone."""
    if failure.exchange is None or not failure.exchange.request.issues:
        return {}
    if text := _general(failure.clause, failure.exchange):
        return {text: True}
    return dict.fromkeys(_special(failure.clause, failure.exchange, run), False)


def _general(clause: str, exchange: Exchange) -> str:
    """Return what is wrong with a response whatever was asked, or an empty text."""
    response, body = exchange.response, _body(exchange)
    if response.status != 200:
        what = next((name for name in ("coupons", "errors") if isinstance(body.get(name), list) and body[name]), "")
        named = {"coupons": "coupons came", "errors": "refusals came"}.get(what, "requests were answered")
        return f"{named} {'as' if what else 'with'} HTTP {response.status}"
    if response.body.startswith(BOM_UTF8):
        return "a byte order mark stands before the JSON"
    if not response.header("content-type").lower().startswith("application/json"):
        return "answers are not declared as application/json"
    if read(exchange).body is None:
        return "answers are no JSON objects"
    written, documented = next(_renamed(body), ("", ""))
    if written and clause not in EXPECTED:
        return f"fields have other names than documented, such as {shortened(written, LONGEST_NAME)} for {documented}"
    return ""


def _special(clause: str, exchange: Exchange, run: Run) -> Iterator[str]:
    """Yield what failures of several requests may share: a code in place of another, or an id that may be wrong."""
    outcome, expectation = read(exchange), expect(exchange.request, run.target)
    matchers = expectation.matchers if expectation and clause in EXPECTED else ()
    codes = {code for matcher in matchers if isinstance(matcher, RefusedWith) for code in matcher.codes}
    if codes and outcome.kind == "refused" and outcome.errors:
        expected, given = (" or ".join(map(str, sorted(some)[:MOST_CODES])) for some in (codes, {*outcome.errors}))
        yield f"requests were refused with {shortened(given, LONGEST_NAME)} in place of {expected}"
    if key := doubtful_id(clause, exchange, run.target, run.fitting):
        yield f"{key} in the target file may be wrong"


def _body(exchange: Exchange) -> dict[str, Json]:
    try:
        body = loads(exchange.response.body.removeprefix(BOM_UTF8))
    except NotJson:
        return {}
    return body if isinstance(body, dict) else {}


@cache
def _names_by_letters() -> dict[str, str]:
    """Return the documented names of fields, by their letters and digits in lower case."""
    return {_letters(name): name for name in sorted(documented_names())}


def _letters(name: str) -> str:
    return NO_LETTERS.sub("", name.lower())


def _renamed(value: Json) -> Iterator[tuple[str, str]]:
    """Yield the fields whose names differ from documented ones in nothing but case and separators, with those.

    Of a list, the first item is looked at; objects with names of their own, such as custom fields, are left out.
    """
    waiting = [value]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            for name, field_ in value.items():
                usual = str(_names_by_letters().get(_letters(name), name))
                if usual != name and usual not in value:
                    yield name, usual
                waiting += [field_] if usual not in WITH_OWN_NAMES else []
        elif isinstance(value, list):
            waiting += value[:1]
