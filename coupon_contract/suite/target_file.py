"""Reads the description of an implementation: a TOML file, or the address of a sandbox."""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx
from attrs import evolve

from coupon_contract import paths, spec
from coupon_contract.facts import IDENTIFIERS
from coupon_contract.loopback import is_loopback
from coupon_contract.suite.states import STATES, State
from coupon_contract.suite.target import AUTH_KEYS, FEATURES, Customer, Deviation, Series, Target

KEYS = (
    *("name", "base_url", "disposable", "max_coupons", "max_seconds", "max_unanswered"),
    *("auth", "features", "customers", "series", "deviations"),
)
BOUNDS = {"max_seconds": 3600, "max_unanswered": 10}  # of a run, with what holds where a file says nothing
LARGEST_BOUND = 1_000_000

Table = dict[str, Any]


class TargetError(Exception):
    """The target is not usable as described. The text names file and key and says what to write instead."""


def load(argument: str, environment: Mapping[str, str] | None = None) -> Target:
    """Read a target file, or describe the sandbox at a loopback address.

    Raises TargetError.
    """
    environment = os.environ if environment is None else environment
    if "://" in argument:
        return _sandbox_at(argument)
    path = Path(argument)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise TargetError(f"{argument}: cannot be read ({problem.strerror}); give a URL or a target file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise TargetError(f"{argument}: is not TOML: {problem}") from None
    except RecursionError:
        raise TargetError(f"{argument}: is nested too deeply; spec/targets/example.toml has every key") from None
    return _Reader(argument, environment).target(table)


def _sandbox_at(url: str) -> Target:
    if not is_on_loopback(url):
        raise TargetError(
            f"{_without_credentials(url)}: an address alone says nothing about credentials, series and budget; "
            "write a target file (spec/targets/example.toml has every key explained)"
        )
    if _split(url) is None:
        raise TargetError("the address cannot be read; write it as http://127.0.0.1:8080")
    described = load(str(paths.SANDBOX_TARGET), {"SANDBOX_URL": url})
    return evolve(described, name=f"sandbox at {url}")


def _split(url: str) -> SplitResult | None:
    """Return the parts of an address, or None if it is invalid."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - the property raises for an invalid port
    except ValueError:
        return None
    return parts


def is_on_loopback(url: str) -> bool:
    """Return whether an address is on this machine, which may also be the end of a tunnel."""
    parts = _split(url)
    return is_loopback((parts.hostname if parts else None) or "")


def _without_credentials(url: str) -> str:
    parts = _split(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts else "the address"


class _Reader:
    """Reads one target file; every error names the file and the key."""

    def __init__(self, file: str, environment: Mapping[str, str]) -> None:
        self.file = file
        self.environment = environment

    def target(self, table: Table) -> Target:
        table = self._expanded(table)
        self._only(table, KEYS, "")
        base_url = self._base_url(table)
        disposable = self._typed(table, "disposable", bool, False)  # loopback may be the end of a tunnel
        max_coupons = self._typed(table, "max_coupons", int, None)
        if max_coupons is None and not disposable:
            self._fail("max_coupons", "is missing: say how many coupons a run may issue, or set disposable = true")
        if max_coupons is not None and max_coupons < 0:
            self._fail("max_coupons", "is negative; write how many coupons a run may issue, 0 or more")
        bounds = {key: self._bound(table, key) for key in BOUNDS}
        auth = self._table(table, "auth")
        customers = self._table(table, "customers")
        self._only(customers, ("known", "unknown"), "customers.")
        known, unknown = self._known(customers), self._customer(customers.get("unknown", {}), "customers.unknown")
        for kind, text in unknown.items():
            if any(customer.get(kind) == text for customer in known):
                self._fail(f"customers.unknown.{kind}", "is a known customer's, too; write one that no customer has")
        return Target(
            name=self._typed(table, "name", str, self.file),
            base_url=base_url,
            disposable=disposable,
            max_coupons=max_coupons,
            auth=self._auth(auth),
            expired_token=self._typed(auth, "expired-token", str, None, "auth."),
            features=self._features(table, auth),
            known=known,
            unknown=unknown,
            series=self._series(self._table(table, "series")),
            deviations=self._deviations(self._table(table, "deviations")),
            **bounds,
        )

    def _bound(self, table: Table, key: str) -> int:
        bound: int = self._typed(table, key, int, BOUNDS[key])
        if not 1 <= bound <= LARGEST_BOUND:
            self._fail(key, f"must be between 1 and {LARGEST_BOUND}; leave it out for {BOUNDS[key]}")
        return bound

    def _fail(self, key: str, problem: str) -> None:
        raise TargetError(f"{self.file}: {key}: {problem}")

    def _expanded(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._expanded(item, f"{key}.{name}".lstrip(".")) for name, item in value.items()}
        if isinstance(value, list):
            return [self._expanded(item, f"{key}[{index}]") for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        for variable in re.findall(r"\$\{(\w+)\}", value):
            if not self.environment.get(variable):
                self._fail(key, f"the environment variable {variable} is not set; set it, or write the value here")
        return re.sub(r"\$\{(\w+)\}", lambda match: self.environment[match[1]], value)

    def _only(self, table: Table, keys: tuple[str, ...], prefix: str) -> None:
        for key in table:
            if key not in keys:
                self._fail(f"{prefix}{key}", f"is not a key of a target file here; write one of {', '.join(keys)}")

    def _typed(self, table: Table, key: str, kind: type, default: Any, prefix: str = "") -> Any:
        value = table.get(key, default)
        if value is not default and (type(value) is not kind or value == ""):
            self._fail(f"{prefix}{key}", f"must be {_NAMES[kind]}")
        return value

    def _table(self, table: Table, key: str, prefix: str = "") -> Table:
        subtable: Table = self._typed(table, key, dict, {}, prefix)
        return subtable

    def _base_url(self, table: Table) -> str:
        url: str = self._typed(table, "base_url", str, None) or ""
        parts = _split(url)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            self._fail("base_url", "must be an address such as https://eu.api.example.com")
            return ""
        if parts.username or parts.password or parts.query or parts.fragment:
            self._fail("base_url", "must be scheme, host, port and path only; credentials belong under [auth]")
        if re.search(r"[\s?#\x00-\x1f\x7f]", url):
            self._fail("base_url", "holds a space, a line break, ? or #; write scheme, host, port and path only")
        try:
            httpx.URL(url)
            parts.hostname.encode("idna")  # the name for the system's resolver
        except (httpx.InvalidURL, UnicodeError):
            self._fail(
                "base_url", "has a host that no name can be; write an address such as https://eu.api.example.com"
            )
        return url.rstrip("/")

    def _auth(self, table: Table) -> dict[str, tuple[str, str]]:
        self._only(table, (*AUTH_KEYS, "expired-token"), "auth.")
        pairs = {}
        for name, keys in AUTH_KEYS.items():
            if name in table:
                pair = self._table(table, name, "auth.")
                self._only(pair, keys, f"auth.{name}.")
                pairs[name] = tuple(self._required(pair, key, f"auth.{name}.") for key in keys)
        if "till" not in pairs and "oauth" not in pairs:
            self._fail("auth", 'is missing: write till = {user = "…", password = "…"}, or oauth = {key = "…", …}')
        return pairs  # type: ignore[return-value]  # both keys of each pair are there

    def _required(self, table: Table, key: str, prefix: str) -> str:
        value: str | None = self._typed(table, key, str, None, prefix)
        if value is None:
            self._fail(f"{prefix}{key}", "is missing")
        return str(value)

    def _features(self, table: Table, auth: Table) -> frozenset[str]:
        features = self._table(table, "features")
        self._only(features, FEATURES, "features.")
        features_offered = frozenset(name for name in features if self._typed(features, name, bool, False, "features."))
        if "till" not in auth and "oauth" not in features_offered:
            self._fail("features.oauth", "must be true where auth has no till: a token is the only way in")
        return features_offered

    def _known(self, customers: Table) -> tuple[Customer, ...]:
        known = customers.get("known")
        if not isinstance(known, list) or not known:
            problem = "must be a list of customers" if known else "is missing: list at least one customer"
            self._fail("customers.known", f'{problem}, such as [{{mobile = "…"}}]')
            return ()
        return tuple(self._customer(item, f"customers.known[{index}]") for index, item in enumerate(known))

    def _customer(self, value: Any, key: str) -> Customer:
        if not isinstance(value, dict):
            self._fail(key, 'must be a table such as {mobile = "…"}')
        self._only(value, IDENTIFIERS, f"{key}.")
        if not value and key != "customers.unknown":
            self._fail(key, 'has no identifier; write at least one, such as {mobile = "…"}')
        return {name: self._required(value, name, f"{key}.") for name in value}

    def _series(self, table: Table) -> dict[str, Series]:
        self._only(table, tuple(STATES), "series.")
        series = {name: self._one_series(STATES[name], value) for name, value in table.items()}
        if "ordinary" not in series:
            self._fail("series.ordinary", "is missing: without a series that issues, nothing can be judged")
        ids = [series.id for series in series.values()]
        if len(set(ids)) < len(ids):
            self._fail("series", "names one id in two states; a series is in one state")
        return series

    def _one_series(self, state: State, value: Any) -> Series:
        key, number_key = f"series.{state.name}", state.number_key
        entry = value if isinstance(value, dict) else {"id": value}
        self._only(entry, ("id", number_key) if number_key else ("id",), f"{key}.")
        if isinstance(entry.get("id"), str):
            self._fail(key, "must be a number; write it without quotes")
        if type(entry.get("id")) is not int:
            self._fail(key, "has no id; write the number of the series, or leave the state out")
        number = entry.get(number_key) if number_key else 1
        if type(number) is not int:
            self._fail(key, f"needs {number_key}: write {{id = {entry['id']}, {number_key} = …}}")
        elif number < 1:
            self._fail(f"{key}.{number_key}", "must be 1 or more; leave the state out if no series is in it")
        return Series(state, entry["id"], entry.get(number_key) if number_key else None)

    def _deviations(self, table: Table) -> dict[str, Deviation]:
        deviations = {}
        for clause in table:
            key = f"deviations.{clause}"
            if clause not in spec.clauses():
                self._fail(key, "is not a clause; spec/clauses.toml has their names")
            entry = self._table(table, clause, "deviations.")
            self._only(entry, ("reason", "since", "link"), f"{key}.")
            since = self._typed(entry, "since", date, None, f"{key}.")
            if since is None:
                self._fail(f"{key}.since", "is missing: write the day it was found, such as 2026-08-01")
            link = self._typed(entry, "link", str, "", f"{key}.")
            deviations[clause] = Deviation(self._required(entry, "reason", f"{key}."), since, link)
        return deviations


_NAMES = {bool: "true or false", int: "a whole number", str: "a text that is not empty", dict: "a table", date: "a day"}
