"""The check of a target file against its target: series that do not exist, and customers that nobody finds.

An id is wrong only where the target answers another id of the same kind correctly, so that the target is not to blame:
a series refused with 707 beside one that issues, an identifier refused with 701 beside one of the same type that is
found. A series that is to refuse is never wrong, only doubtful: a target that answers 707 for an expired series
violates a clause. Requests that issue nothing on a right target come first, and all are counted in the budget; the
oracle judges each, or a check that takes the one coupon too many of a series would hide it from the tests.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import product

from attrs import define, field, frozen

from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.plan import check_cost
from coupon_contract.suite.request_reader import same_identifier
from coupon_contract.suite.response_reader import Outcome, identifiers_of
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.terminal import shortened

UNKNOWN_SERIES, UNKNOWN_CUSTOMER = (707,), (701,)
TEST = "the check of the target file"
NO_BASE = "neither an ordinary, an uploaded nor a generic series issued a coupon for a known customer"
MOST_LOST = 3  # responses, before the check gives up


class IdWord(StrEnum):
    """The result of checking one id of the target file by the target's responses."""

    FITS = "fits"
    WRONG = "wrong"
    DOUBTFUL = "doubtful"
    OPEN = "not checked"


@frozen
class CheckedId:
    """An id of the target file: its key, its value as it may be shown, and what was found, with the reason."""

    key: str
    value: str
    word: IdWord
    note: str = ""

    def __str__(self) -> str:
        return f"{self.key} = {self.value}{': ' if self.note else ''}{self.note}"


def check_ids(run: Run, most: int | None = None) -> list[CheckedId]:
    """Return what the target says about each id of its target file, with at most `most` requests."""
    run.begin(TEST)
    probes = _Probes(run, check_cost(run.target).requests if most is None else most)
    base = _base(probes)
    if base is None:
        unfit = (
            "no series of ordinary, uploaded and generic issued a coupon for a known customer, so nothing can be told"
        )
        return [CheckedId(key, value, IdWord.OPEN, unfit) for key, value in _ids(run)]
    checked = [*_customers(probes, *base), *_series(probes, *base)]
    run.fitting |= {entry.key for entry in checked if entry.word is IdWord.FITS}
    return checked


def wrong_ids(run: Run, most: int | None = None) -> list[CheckedId]:
    """Return the ids of the target file that are certainly wrong."""
    return [checked for checked in check_ids(run, most) if checked.word is IdWord.WRONG]


def refusal_to_judge(wrong: Iterable[CheckedId]) -> str:
    """Return why a target with wrong ids in its file is not judged, and what to do."""
    named = "".join(f"\n  {checked}" for checked in wrong)
    return (
        f"the target file names what the target does not know; nothing was judged:{named}\nCorrect or remove the keys."
    )


@define
class _Probes:
    """Requests for one coupon of a series for a customer, each sent once; None for one that could not be observed."""

    run: Run
    most: int
    lost: int = 0
    _answers: dict[tuple[int, str, str], Outcome | None] = field(factory=dict, repr=False)

    def ask(self, series: Series, customer: Customer) -> Outcome | None:
        (kind, text), *_ = customer.items()
        key = (series.id, kind, text)
        if key not in self._answers and len(self._answers) < self.most and self.lost < MOST_LOST:
            self._answers[key] = self._send(series, customer)
        return self._answers.get(key)

    def _send(self, series: Series, customer: Customer) -> Outcome | None:
        body = dumps({"seriesId": series.id, "customer": customer, "count": 1})
        try:
            return self.run.send(Request(body=body))
        except (NotObserved, NotOffered):
            self.lost += 1
            return None

    def refuses(self, series: Series, customer: Customer, *codes: int) -> bool:
        """Return True if the request is refused with these codes and no others."""
        return _refused(self.ask(series, customer), codes)


def _refused(outcome: Outcome | None, codes: Iterable[int]) -> bool:
    return outcome is not None and outcome.kind == "refused" and bool(outcome.errors) and {*outcome.errors} <= {*codes}


def _ids(run: Run) -> Iterator[tuple[str, str]]:
    for key, _, text in _identifiers(run.target):
        yield key, run.mask.text(text)
    for series in _series_to_check(run.target):
        yield f"series.{series.state.name}", str(series.id)


def _identifiers(target: Target) -> Iterator[tuple[str, str, str]]:
    """Yield the key, the type and the text of each identifier."""
    for index, customer in enumerate(target.known):
        yield from ((f"customers.known[{index}].{kind}", kind, text) for kind, text in customer.items())
    yield from ((f"customers.unknown.{kind}", kind, text) for kind, text in target.unknown.items())


def _series_to_check(target: Target) -> list[Series]:
    """Return the series that tests of this target name."""
    return [series for series in target.series.values() if target.disposable or not series.state.claimed]


def _references(customers: Iterable[Customer]) -> list[Customer]:
    return [{kind: text} for customer in customers for kind, text in customer.items()]


def _base(probes: _Probes) -> tuple[Series, Customer] | None:
    """Return a series and a customer for whom it issues: with them, one wrong id is told from a wrong target."""
    target = probes.run.target
    plain = [series for series in target.series.values() if not series.state.clause and not series.state.claimed]
    references = _references(target.known)
    place = 0
    for series in plain:
        while place < len(references) and probes.refuses(series, references[place], *UNKNOWN_CUSTOMER):
            place += 1
        if place == len(references):
            return None
        outcome = probes.ask(series, references[place])
        if outcome is not None and outcome.coupons:
            return series, references[place]
    return None


# --- customers --------------------------------------------------------------------------------------------------------


def _customers(probes: _Probes, series: Series, customer: Customer) -> Iterator[CheckedId]:
    run, target = probes.run, probes.run.target
    cheap = _refusing_series(probes, customer) or series
    found: dict[str, bool | None] = {}
    for key, kind, text in _identifiers(target):
        found[key] = _is_found(probes, cheap, series, {kind: text})
    likes = {key: _likeness(kind, text) for key, kind, text in _identifiers(target)}
    for key, kind, text in _identifiers(target):
        expected = not key.startswith("customers.unknown")
        like = [other for other in found if found[other] and likes[other] == likes[key] and other != key]
        word, note = IdWord.FITS, ""
        if found[key] is None:
            word, note = IdWord.OPEN, "no answer told whether it is found"
        elif found[key] and not expected:
            word, note = IdWord.DOUBTFUL, "a customer has it"
        elif not found[key] and expected:
            word, note = IdWord.DOUBTFUL, "refused with 701"
            if like and not _is_listed(probes, series, key, kind, text, found):
                word, note = IdWord.WRONG, f"refused with 701, while {like[0]} is found"
        yield CheckedId(key, run.mask.text(text), word, note)


def _refusing_series(probes: _Probes, customer: Customer) -> Series | None:
    """Return a series that refuses known customers with a code of its state and unknown ones with 701, so that to look
    for customers issues nothing; None without one.
    """
    target = probes.run.target
    strangers = _references([target.unknown])
    refusing = [series for series in target.series.values() if series.cap == 0 and not series.state.is_mistake]
    for series, stranger in product(refusing, strangers[:1]):
        if not probes.refuses(series, stranger, *UNKNOWN_CUSTOMER):
            return None
        if probes.refuses(series, customer, *series.state.refusals):
            return series
    return None


def _is_found(probes: _Probes, cheap: Series, issuing: Series, customer: Customer) -> bool | None:
    """Return whether the target finds a customer, or None if its answers do not tell."""
    for series in (cheap, issuing):
        outcome = probes.ask(series, customer)
        if outcome is not None and (outcome.coupons or _refused(outcome, series.state.refusals)):
            return True
    return False if _refused(outcome, UNKNOWN_CUSTOMER) else None


def _likeness(kind: str, text: str) -> tuple[str, bool, bool, bool]:
    """Return what two identifiers must have in common, so that a target that finds one has to find the other."""
    return kind, text == text.lower(), text.isdigit(), text.startswith(("0", "+"))


def _is_listed(
    probes: _Probes, series: Series, key: str, kind: str, text: str, found: Mapping[str, bool | None]
) -> bool:
    """Return True if the target itself answers that the customer, found by another identifier, has this one."""
    place = key.rpartition(".")[0]
    others = [entry for entry in _identifiers(probes.run.target) if entry[0].rpartition(".")[0] == place]
    for other, other_kind, other_text in others:
        outcome = probes.ask(series, {other_kind: other_text}) if found[other] else None
        for entry in identifiers_of(outcome.body) if outcome and outcome.coupons else ():
            value = str(entry.get("value"))
            if entry.get("type") == kind and same_identifier(kind, value.casefold(), text.casefold()):
                return True
    return False


# --- series -----------------------------------------------------------------------------------------------------------


def _series(probes: _Probes, issuing: Series, customer: Customer) -> Iterator[CheckedId]:
    stranger = _stranger(probes, issuing)
    for series in _series_to_check(probes.run.target):
        word, note = _checked_series(probes, series, customer, stranger)
        if word is IdWord.WRONG:
            note = f"refused with 707, while series.{issuing.state.name} issues"
        yield CheckedId(f"series.{series.state.name}", str(series.id), word, note)


def _stranger(probes: _Probes, issuing: Series) -> Customer | None:
    """Return an unknown customer for whom this target refuses a series that does not exist with 707, and any other with
    701: with it, a series of few coupons is looked for without using one up.
    """
    absent = probes.run.target.series.get("invalid")
    for stranger in _references([probes.run.target.unknown])[:1]:
        if absent and probes.refuses(absent, stranger, *UNKNOWN_SERIES):
            return stranger if probes.refuses(issuing, stranger, *UNKNOWN_CUSTOMER) else None
    return None


def _checked_series(
    probes: _Probes, series: Series, customer: Customer, stranger: Customer | None
) -> tuple[IdWord, str]:
    state, counts = series.state, bool(series.state.counts)
    if counts and stranger and probes.refuses(series, stranger, *UNKNOWN_CUSTOMER):
        return IdWord.FITS, "it exists"
    if counts and not (stranger and probes.refuses(series, stranger, *UNKNOWN_SERIES)):
        return IdWord.OPEN, "to look for it could use it up"
    outcome = probes.ask(series, customer)
    if outcome is None:
        return IdWord.OPEN, "no answer"
    may_issue = series.cap != 0
    if (may_issue and outcome.coupons) or _refused(outcome, state.refusals):
        return IdWord.FITS, ""
    if may_issue and _refused(outcome, UNKNOWN_SERIES):
        return IdWord.WRONG, ""
    return IdWord.DOUBTFUL, f"answered with {shortened(str(outcome))}"
