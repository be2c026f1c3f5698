"""Reads the description of an implementation: a TOML file, or the address of a sandbox."""

import json
import os
import re
import ssl
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httpx
from attrs import evolve

from coupon_contract import paths, spec
from coupon_contract.facts import IDENTIFIERS, TOKEN_HEADER
from coupon_contract.loopback import is_loopback
from coupon_contract.suite.states import STATES, State
from coupon_contract.suite.target import (
    AUTH_KEYS,
    FEATURES,
    Connection,
    Customer,
    Deviation,
    Fixtures,
    OptOut,
    Series,
    Target,
)

CONNECTION_KEYS = ("proxy", "client_certificate", "client_key", "ca_file", "requests_per_second")
KEYS = (
    *("name", "base_url", "disposable", "max_coupons", "max_seconds", "max_unanswered"),
    *CONNECTION_KEYS,
    *("auth", "headers", "features", "customers", "series", "fixtures", "deviations", "skip"),
)
EXPANDED = ("auth", "headers")  # tables in which ${…} is replaced
EXPANDED_WHOLE = ("base_url", "proxy")  # keys whose value may be one ${…}
VARIABLE = re.compile(r"\$\{(\w+)\}")
LARGEST_FILE = 100_000  # bytes; the example has 4,000
LONGEST_KEY = 500  # characters, with the tables around it
LARGEST_NUMBER = 2**63 - 1
FASTEST = 10_000  # requests per second; higher limits are useless
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2
HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
# Headers that the suite itself sends, or that would change how a request is framed, read or answered.
OUR_HEADERS = frozenset(
    (
        *("authorization", TOKEN_HEADER.lower(), "content-type", "content-length", "content-encoding"),
        *("transfer-encoding", "te", "trailer", "host", "connection", "keep-alive", "upgrade", "http2-settings"),
        *("expect", "accept-encoding", "range", "if-range", "if-match", "if-none-match", "if-modified-since"),
        *("if-unmodified-since", "proxy-authorization", "proxy-connection"),
    )
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
    return _Reader(argument, environment).target(_table_in(argument))


def described(text: str, file: str, environment: Mapping[str, str]) -> Target:
    """Return the target that a text describes which is to be written to `file`. Raises TargetError."""
    try:
        table = tomllib.loads(text)
    except ValueError as problem:
        raise TargetError(f"{file}: is not TOML: {problem}") from None
    return _Reader(file, environment).target(table)


def with_series(target: Target, table: Table, source: str) -> Target:
    """Return the target with series from elsewhere, `{state: id}` or `{state: {"id": …}}`, in place of its own.

    Raises TargetError, which names the `source`.
    """
    series = {**target.series, **_Reader(source, {}).series_by_state(table)}
    if len({entry.id for entry in series.values()}) < len(series):
        raise TargetError(f"{source}: series: names one id in two states; a series is in one state")
    return evolve(target, series=series)


def series_in(file: str) -> Table:
    """Return the content of a JSON file of series. Raises TargetError."""
    try:
        content: Table = json.loads(Path(file).read_bytes())
    except (OSError, ValueError):
        raise TargetError(f"{file}: cannot be read as JSON; write an object of series by state") from None
    if not isinstance(content, dict):
        raise TargetError(f"{file}: must be a JSON object of series by state")
    return content


def _table_in(file: str) -> Table:
    """The content of a target file. Raises TargetError."""
    try:
        with Path(file).open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise TargetError(f"{file}: cannot be read ({problem.strerror}); give a URL or a target file") from None
    except ValueError:  # a NUL in the name
        raise TargetError(f"{file}: is not a file name; give a URL or a target file") from None
    if len(content) > LARGEST_FILE:
        raise TargetError(f"{file}: is larger than {LARGEST_FILE} bytes; spec/targets/example.toml has every key")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise TargetError(f"{file}: is not TOML: {problem}") from None
    except ValueError:  # Python reads no number of thousands of digits
        raise TargetError(f"{file}: holds a number that is too long; numbers here have at most 64 bits") from None
    except RecursionError:
        raise TargetError(f"{file}: is nested too deeply; spec/targets/example.toml has every key") from None


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
        self.secrets: set[str] = set()  # values from the environment

    def target(self, table: Table) -> Target:
        """The target that the table describes. Raises TargetError."""
        self._only(table, KEYS, "")
        table = self._expanded(table)
        base_url = self._base_url(table)
        disposable = self._typed(table, "disposable", bool, False)  # loopback may be the end of a tunnel
        max_coupons = self._typed(table, "max_coupons", int, None)
        if max_coupons is None and not disposable:
            self._fail("max_coupons", "is missing: say how many coupons a run may issue, or set disposable = true")
        if max_coupons is not None and not 0 <= max_coupons <= LARGEST_NUMBER:
            self._fail("max_coupons", "must be how many coupons a run may issue: 0 or more, within 64 bits")
        bounds = {key: self._bound(table, key) for key in BOUNDS}
        auth = self._table(table, "auth")
        customers = self._table(table, "customers")
        self._only(customers, ("known", "unknown"), "customers.")
        known, unknown = self._known(customers), self._customer(customers.get("unknown", {}), "customers.unknown")
        for kind, text in unknown.items():
            if any(customer.get(kind) == text for customer in known):
                self._fail(f"customers.unknown.{kind}", "is a known customer's, too; write one that no customer has")
        if disposable and is_on_loopback(base_url):
            self.secrets.difference_update(self._of_address(base_url))  # the commands of a failure hold it
        return Target(
            name=self._name(table),
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
            skip=self._skip(table),
            **bounds,
            headers=self._headers(self._table(table, "headers")),
            connection=self._connection(table, base_url),
            secrets=frozenset(self.secrets),
            fixtures=self._fixtures(table, base_url),
        )

    def _bound(self, table: Table, key: str) -> int:
        bound: int = self._typed(table, key, int, BOUNDS[key])
        if not 1 <= bound <= LARGEST_BOUND:
            self._fail(key, f"must be between 1 and {LARGEST_BOUND}; leave it out for {BOUNDS[key]}")
        return bound

    def _fail(self, key: str, problem: str) -> None:
        raise TargetError(f"{self.file}: {key}: {problem}")

    def _expanded(self, table: Table) -> Table:
        """The table with the values of environment variables, where they may stand."""
        missing: dict[str, str] = {}
        for key, holder, name in _texts(self.file, table):
            text = holder[name]
            is_expanded = key.partition(".")[0] in EXPANDED or key in EXPANDED_WHOLE
            if is_expanded and "${" in VARIABLE.sub("", text):
                self._fail(key, "holds ${ without a name and }; put such a value into an environment variable")
            if not (variables := VARIABLE.findall(text)):
                continue
            if key in EXPANDED_WHOLE and not VARIABLE.fullmatch(text):
                self._fail(key, "mixes ${…} with other text; write the variable alone, and the whole value into it")
            if not is_expanded:
                self._fail(
                    key,
                    "holds ${…}, which is replaced under [auth], in [headers], and as a whole base_url or proxy only",
                )
            missing |= {variable: key for variable in variables if not self.environment.get(variable)}
            if not missing:
                holder[name] = VARIABLE.sub(lambda match: self.environment[match[1]], text)
                values = [self.environment[variable] for variable in variables]
                self.secrets.update(self._of_address(values[0]) if key == "base_url" else [holder[name], *values])
        if missing:
            named = ", ".join(f"{variable} (in {key})" for variable, key in missing.items())
            raise TargetError(
                f"{self.file}: environment variables that are not set: {named}; set them, or write the values there"
            )
        return table

    @staticmethod
    def _of_address(url: str) -> set[str]:
        """An address and its parts that tell where it is, as they may be shown."""
        parts = _split(url)
        hosts = {parts.netloc, parts.hostname or ""} if parts else set()
        return {url, url.rstrip("/"), *(host for host in hosts if "." in host)}

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

    def _name(self, table: Table) -> str:
        name: str = self._typed(table, "name", str, self.file)
        if "name" in table and not name.isprintable():
            self._fail("name", "holds a control character or a line break; write a plain name")
        return name

    def _base_url(self, table: Table) -> str:
        url = self._address(table, "base_url", ("http", "https"), "https://eu.api.example.com")
        parts = _split(url)
        if parts is None or "@" in parts.netloc or parts.query or parts.fragment or re.search(r"[?#]", url):
            self._fail("base_url", "must be scheme, host, port and path only; credentials belong under [auth]")
        return url.rstrip("/")

    def _address(self, table: Table, key: str, schemes: tuple[str, ...], example: str) -> str:
        """An address that can be connected to."""
        url: str = self._typed(table, key, str, None) or ""
        parts = _split(url)
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            self._fail(key, f"must be an address such as {example}")
            return ""
        if re.search(r"[\s\x00-\x1f\x7f]", url):
            self._fail(
                key, "holds a space, a line break or a control character; write scheme, host, port and path only"
            )
        if parts.netloc.endswith(":"):
            self._fail(key, "has a colon without a port after it; write the port, or leave the colon out")
        if parts.port == 0:
            self._fail(key, "has port 0, which no server can have")
        if parts.netloc.startswith("@"):
            self._fail(key, "has an @ without a user in front of it; leave it out")
        try:
            httpx.URL(url)
            parts.hostname.encode("idna")  # the name for the system's resolver
        except (httpx.InvalidURL, UnicodeError):
            self._fail(key, f"has a host that no name can be; write an address such as {example}")
        return url

    def _connection(self, table: Table, base_url: str) -> Connection:
        certificate, authorities = self._certificate(table), self._file(table, "ca_file")
        if (certificate or authorities) and not base_url.startswith("https://"):
            self._fail("ca_file" if authorities else "client_certificate", "is of no use: base_url is not https")
        connection = Connection(self._proxy(table), certificate, authorities, self._rate(table))
        try:
            tls_context(connection)
        except (OSError, ValueError):
            wrong = "client_certificate" if certificate else "ca_file"
            self._fail(wrong, "cannot be used; name PEM files, a key that fits the certificate and has no password")
        return connection

    def _certificate(self, table: Table) -> tuple[Path, Path | None] | None:
        certificate, key = self._file(table, "client_certificate"), self._file(table, "client_key")
        if key and not certificate:
            self._fail("client_key", "needs client_certificate, the file of the certificate that it belongs to")
        return (certificate, key) if certificate else None

    def _file(self, table: Table, key: str) -> Path | None:
        """A file, whose name is relative to the target file."""
        name: str | None = self._typed(table, key, str, None)
        if name is None:
            return None
        file = Path(self.file).parent / name
        try:
            file.open("rb").close()
        except (OSError, ValueError) as problem:
            self._fail(key, f"cannot be read ({getattr(problem, 'strerror', None) or 'no name of a file'})")
        return file

    def _proxy(self, table: Table) -> str | None:
        if "proxy" not in table:
            return None
        url = self._address(table, "proxy", ("http",), "http://proxy.example.com:3128")
        parts = _split(url)
        if parts is None or parts.path.strip("/") or parts.query or parts.fragment:
            self._fail("proxy", "must be scheme, host and port, with user and password in front where it wants them")
        elif parts.password or parts.username:
            self.secrets.update(filter(None, (parts.username, parts.password, unquote(parts.password or ""))))
        return url.rstrip("/")

    def _rate(self, table: Table) -> float | None:
        rate = table.get("requests_per_second")
        if rate is not None and (type(rate) not in (int, float) or not 0 < rate <= FASTEST):
            self._fail("requests_per_second", f"must be a number above 0, at most {FASTEST}")
        return None if rate is None else float(rate)

    def _headers(self, table: Table) -> tuple[tuple[str, str], ...]:
        names: set[str] = set()
        for name in table:
            key = f"headers.{name}"
            if not HEADER_NAME.fullmatch(name):
                self._fail(key, "is not a header name; write letters, digits and hyphens")
            if name.lower() in OUR_HEADERS:
                self._fail(
                    key, "is a header that the suite sends itself, or that changes what a request is; leave it out"
                )
            if name.lower() in names:
                self._fail(key, "is there twice, in other letters; a header is sent once")
            names.add(name.lower())
            if not HEADER_VALUE.fullmatch(self._required(table, name, "headers.")):
                self._fail(key, "must be printable ASCII without a space at its ends")
        return tuple(table.items())

    def _auth(self, table: Table) -> dict[str, tuple[str, str]]:
        self._only(table, (*AUTH_KEYS, "expired-token"), "auth.")
        pairs = {}
        for name, keys in AUTH_KEYS.items():
            if name in table:
                pair = self._table(table, name, "auth.")
                self._only(pair, keys, f"auth.{name}.")
                pairs[name] = tuple(self._required(pair, key, f"auth.{name}.") for key in keys)
                self._demand_user(pairs[name][0], f"auth.{name}.{keys[0]}", of_till="user" in keys)
        if "till" not in pairs and "oauth" not in pairs:
            self._fail("auth", 'is missing: write till = {user = "…", password = "…"}, or oauth = {key = "…", …}')
        return pairs  # type: ignore[return-value]  # both keys of each pair are there

    def _demand_user(self, user: str, key: str, *, of_till: bool) -> None:
        if not user.isprintable():
            self._fail(key, "holds a control character or a line break; write the plain name")
        if of_till and ":" in user:
            self._fail(key, "holds a colon, which ends the name in Basic credentials; no till can have such a name")

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

    def _fixtures(self, table: Table, base_url: str) -> Fixtures | None:
        if "fixtures" not in table:
            return None
        fixtures = self._table(table, "fixtures")
        self._only(fixtures, ("command", "url"), "fixtures.")
        if len(fixtures) != 1:
            self._fail("fixtures", 'needs one of command = ["…"] and url = "…"')
        if "url" in fixtures:
            if self._required(fixtures, "url", "fixtures.").startswith("/"):  # a path of the target itself
                fixtures = {"url": urljoin(base_url, fixtures["url"])}
            return Fixtures(url=self._address(fixtures, "url", ("http", "https"), "https://example.com/fresh-series"))
        command = self._typed(fixtures, "command", list, [], "fixtures.")
        if not command or not all(isinstance(word, str) and word and "\0" not in word for word in command):
            self._fail("fixtures.command", 'must be a list of words, such as ["./fresh-series.sh"]')
        return Fixtures(command=tuple(command))

    def series_by_state(self, table: Table) -> dict[str, Series]:
        """Return the series of a table, by state. Raises TargetError."""
        self._only(table, tuple(STATES), "series.")
        return {name: self._one_series(STATES[name], value) for name, value in table.items()}

    def _series(self, table: Table) -> dict[str, Series]:
        series = self.series_by_state(table)
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
        if abs(entry["id"]) > LARGEST_NUMBER:
            self._fail(key, "has an id beyond 64 bits, which no series can have; write its number")
        number = entry.get(number_key) if number_key else 1
        if type(number) is not int:
            self._fail(key, f"needs {number_key}: write {{id = {entry['id']}, {number_key} = …}}")
        elif not 1 <= number <= LARGEST_NUMBER:
            self._fail(
                f"{key}.{number_key}",
                "must be 1 or more, within 64 bits; leave the state out if no series is in it",
            )
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

    def _skip(self, table: Table) -> dict[str, OptOut]:
        """Return the opt-outs that are still in force; a clause is judged again after its last day."""
        entries, skip = self._typed(table, "skip", list, []), {}
        for index, entry in enumerate(entries):
            key = f"skip[{index}]"
            if not isinstance(entry, dict):
                self._fail(key, 'must be a table such as {clause = "…", reason = "…", until = 2026-12-31}')
            self._only(entry, ("clause", "reason", "until"), f"{key}.")
            clause = self._required(entry, "clause", f"{key}.")
            if clause not in spec.clauses():
                self._fail(f"{key}.clause", f"{clause} is not a clause; spec/clauses.toml has their names")
            if clause in skip or clause in self._table(table, "deviations"):
                self._fail(f"{key}.clause", f"{clause} is listed twice; list it once, under skip or under deviations")
            until = self._typed(entry, "until", date, None, f"{key}.")
            if until is None:
                self._fail(f"{key}.until", "is missing: write the last day on which to skip it, such as 2026-12-31")
            skip[clause] = OptOut(self._required(entry, "reason", f"{key}."), until)
        today = datetime.now(UTC).date()
        return {clause: opt_out for clause, opt_out in skip.items() if opt_out.until >= today}


_NAMES = {
    bool: "true or false",
    int: "a whole number",
    str: "a text that is not empty",
    dict: "a table",
    list: "a list",
    date: "a day",
}


def _texts(file: str, table: Table) -> Iterator[tuple[str, Any, Any]]:
    """Yield every text in a table: its key, its container, and its name or index in the container."""
    waiting: list[tuple[str, Any]] = [("", table)]
    while waiting:
        prefix, holder = waiting.pop()
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for name, value in list(pairs):
            key = f"{prefix}[{name}]" if isinstance(holder, list) else f"{prefix}.{name}".lstrip(".")
            if len(key) > LONGEST_KEY:
                raise TargetError(
                    f"{file}: has keys longer than {LONGEST_KEY} characters, or is nested too deeply;"
                    " spec/targets/example.toml has every key"
                )
            if isinstance(value, str):
                yield key, holder, name
            elif isinstance(value, dict | list):
                waiting.append((key, value))


def tls_context(connection: Connection) -> ssl.SSLContext | None:
    """The rules for TLS where the target file changes them, or None for the usual ones.

    Raises OSError or ValueError when a file is not a certificate or key, or does not match the other.
    """
    if not connection.certificate and not connection.authorities:
        return None
    context = (
        ssl.create_default_context(cafile=str(connection.authorities))
        if connection.authorities
        else httpx.create_ssl_context()
    )
    if connection.certificate:
        certificate, key = connection.certificate
        # A key with a password would have OpenSSL ask for it on the terminal.
        context.load_cert_chain(certificate, key, password=lambda: "")
    return context
