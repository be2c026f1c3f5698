"""The text of a new target file, with comments, from answers about the target."""

import json
from collections.abc import Iterator, Mapping

from attrs import Factory, define, evolve, frozen

from coupon_contract.suite.states import STATES, State
from coupon_contract.suite.target import AUTH_KEYS, FEATURES
from coupon_contract.suite.target_file import VARIABLE


@frozen
class Credentials:
    """A pair of credentials: its title, its keys in the file, the variables that hold them, and their texts."""

    title: str
    keys: tuple[str, str]
    variables: tuple[str, str]
    values: tuple[str, str]

    def with_values(self, first: str, second: str) -> "Credentials":
        """Return the same credentials with these texts, which may be references to variables."""
        return evolve(self, values=(first, second))


def _credentials(title: str, name: str, *variables: str) -> Credentials:
    first, second = variables
    return Credentials(title, (AUTH_KEYS[name][0], AUTH_KEYS[name][1]), (first, second), (_ref(first), _ref(second)))


def _ref(variable: str) -> str:
    return f"${{{variable}}}"


CREDENTIALS = {
    "till": _credentials(
        "The till, whose plain password is sent as its MD5 digest", "till", "TILL_USER", "TILL_PASSWORD"
    ),
    "oauth": _credentials("The OAuth client", "oauth", "OAUTH_KEY", "OAUTH_SECRET"),
}


@define
class Answers:
    """The answers from which a target file is written. `series` holds id and number by state, with 0 for no series."""

    url: str
    name: str = ""
    disposable: bool = False
    max_coupons: int | None = None
    credentials: dict[str, Credentials] = Factory(dict)
    known: list[dict[str, str]] = Factory(list)
    unknown: dict[str, str] = Factory(dict)
    series: dict[str, tuple[int, int | None]] = Factory(dict)
    features: list[str] = Factory(list)


def holds_secrets(answers: Answers) -> bool:
    """Return True if the text holds more than references to variables."""
    texts = [text for pair in answers.credentials.values() for text in pair.values]
    return any(not VARIABLE.fullmatch(text) for text in texts)


def target_text(answers: Answers) -> str:
    """Return the text of the target file."""
    return "\n".join((*_head(answers), *_access(answers), *_customers(answers), *_series(answers))) + "\n"


def _head(answers: Answers) -> Iterator[str]:
    yield "# Describes one implementation to `coupon-contract judge`. The project explains every key in"
    yield "# spec/targets/example.toml, and how to make the series in docs/judge.md."
    yield f"name = {_text(answers.name or answers.url)}"
    yield f"base_url = {_text(answers.url)}"
    yield ""
    yield "# true: requests are generated, and the system may fill up with coupons."
    yield f"disposable = {_flag(answers.disposable)}"
    yield "# The most coupons that a run may issue, counted before each request is sent."
    limited = answers.max_coupons is not None and not answers.disposable
    yield f"{'' if limited else '# '}max_coupons = {answers.max_coupons or 0}"


def _access(answers: Answers) -> Iterator[str]:
    yield "\n[auth]\n# ${NAME} stands for the environment variable NAME, so that no secret has to stand here."
    for name, pair in CREDENTIALS.items():
        given = answers.credentials.get(name, pair)
        fields = dict(zip(given.keys, given.values, strict=True))
        yield f"{'' if name in answers.credentials else '# '}{name} = {_table(fields)}"
    yield "\n[features]\n# Companions that the implementation offers."
    offered = {*answers.features, *(("oauth",) if "oauth" in answers.credentials else ())}
    yield from (f"{'' if name in offered else '# '}{name} = true" for name in FEATURES)


def _customers(answers: Answers) -> Iterator[str]:
    yield "\n[customers]\n# Customers that exist, each with all the identifiers to use: best of the judge's own."
    yield "known = [\n" + "".join(f"    {_table(customer)},\n" for customer in answers.known) + "]"
    yield "# Identifiers that no customer has."
    yield f"unknown = {_table(answers.unknown)}"


def _series(answers: Answers) -> Iterator[str]:
    yield "\n[series]\n# Which series is in which state. What is left out is reported as not offered."
    for state in STATES.values():
        series_id, number = answers.series.get(state.name, (0, None))
        yield f"# {state.recipe}"
        yield f"{'' if series_id else '# '}{state.name} = {_value(state, series_id, number)}"


def _value(state: State, series_id: int, number: int | None) -> str:
    if state.number_key is None:
        return str(series_id)
    return f"{{id = {series_id}, {state.number_key} = {0 if number is None else number}}}"


def _table(fields: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name} = {_text(value)}" for name, value in fields.items()) + "}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _flag(value: bool) -> str:
    return "true" if value else "false"
