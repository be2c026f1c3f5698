"""Reads cases: one request and one response each, as data in cases/*.yaml.

A case has a name, the clause that it belongs to, a request and the accepted responses. The request is an object, or a
text that is sent as it is; in both, `$series.<state>`, `$known.<identifier>` and `$unknown.<identifier>` stand for the
target's own ids and customers, and `$known` for any customer.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from coupon_contract import paths
from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.matchers import PARTIAL_CODES, IssuedExactly, Matcher, http, partly, refused
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

Json = Any
DIRECTORY = paths.CONTRACT_TESTS / "cases"
PLACEHOLDER = re.compile(r"\$(series|known|unknown)(?:\.([A-Za-z-]+))?")
ANY = "any"
KEYS = {"name", "clause", "request", "accept"}


class CaseError(Exception):
    """An unusable case file; the text names the file and the case."""


@frozen
class Case:
    """A request and the accepted responses. `request` still has its placeholders."""

    name: str
    clause: str
    request: Json
    accept: tuple[Matcher, ...]

    def request_for(self, target: Target) -> Request:
        """Return the request with the target's ids. Raises NotOffered when the target lacks one."""
        if isinstance(self.request, str):
            text = PLACEHOLDER.sub(lambda match: json.dumps(_resolve(match, target)), self.request)
            return Request(body=text.encode("utf-8", "surrogatepass"))
        return Request(body=dumps(_substitute(self.request, target)))

    def coupons(self, target: Target) -> int:
        """Return the most coupons that the request could issue. Raises NotOffered when the target lacks an id."""
        return most_coupons(self.request_for(target))


def load(directory: Path = DIRECTORY) -> list[Case]:
    """Return all cases, by file and place. Raises CaseError."""
    cases = [_case(path, entry) for path in sorted(directory.glob("*.yaml")) for entry in entries(path)]
    names = [case.name for case in cases]
    for name in names:
        if names.count(name) > 1:
            raise CaseError(f"{name}: two cases have this name")
    return cases


def entries(path: Path) -> list[dict[str, Json]]:
    """Return the unchecked cases of a file. Raises CaseError when they are not a list of objects."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise CaseError(f"{path.name}: is not YAML: {problem}") from None
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise CaseError(f"{path.name}: must be a list of cases, each with the keys {', '.join(sorted(KEYS))}")
    return content


def _case(path: Path, entry: dict[str, Json]) -> Case:
    if set(entry) != KEYS:
        raise CaseError(f"{path.name}: {entry.get('name')}: a case has exactly the keys {', '.join(sorted(KEYS))}")
    if not isinstance(entry["accept"], list) or not entry["accept"]:
        raise CaseError(f"{path.name}: {entry['name']}: accept must be a list of answers, at least one")
    return Case(
        entry["name"], entry["clause"], entry["request"], tuple(_matcher(path, matcher) for matcher in entry["accept"])
    )


def expanded(answer: Json) -> Json:
    """Return an accepted answer with `refused: any` written out: all documented codes."""
    is_any = isinstance(answer, dict) and answer.get("refused") == ANY
    return {**answer, "refused": [*PARTIAL_CODES]} if is_any else answer


def _matcher(path: Path, entry: Json) -> Matcher:
    entry = expanded(entry)
    for keys, matcher in MATCHERS.items():
        if isinstance(entry, dict) and set(entry) == set(keys) and all(_fits(key, entry[key]) for key in keys):
            return matcher(entry)
    raise CaseError(
        f"{path.name}: {entry}: write issued: N, refused: [codes], refused: any, partly: N with by: [codes],"
        " or http: [statuses]"
    )


MATCHERS: dict[tuple[str, ...], Callable[[dict[str, Json]], Matcher]] = {
    ("issued",): lambda entry: IssuedExactly(entry["issued"]),
    ("refused",): lambda entry: refused(*entry["refused"]),
    ("partly", "by"): lambda entry: partly(entry["partly"], *entry["by"]),
    ("http",): lambda entry: http(*entry["http"]),
}


def _fits(key: str, value: Json) -> bool:
    """Return True if the value suits its key: a number, or a list of numbers."""
    if key in ("issued", "partly"):
        return type(value) is int
    return isinstance(value, list) and bool(value) and all(type(item) is int for item in value)


def _substitute(value: Json, target: Target) -> Json:
    if isinstance(value, dict):
        return {name: _substitute(item, target) for name, item in value.items()}
    if isinstance(value, list):
        return [_substitute(item, target) for item in value]
    match = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    return _resolve(match, target) if match else value


def _resolve(match: re.Match[str], target: Target) -> Json:
    matcher, name = match[1], match[2]
    if matcher == "series":
        return OfferedSeries(target).in_state(name).id
    customers = OfferedCustomers(target)
    if matcher == "unknown":
        return dict(customers.unknown(name))
    return dict(customers.known(name) if name else customers.any)
