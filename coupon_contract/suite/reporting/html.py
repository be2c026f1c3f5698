"""The page of results: one HTML file that works offline, made from results.json alone."""

import base64
import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import frozen
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from coupon_contract.suite import commands
from coupon_contract.suite.problem import failures_in_words, together
from coupon_contract.suite.verdict import Exit, Word, sentence

Json = Any
HERE = Path(__file__).parent
MEANING = {
    Word.FAILED: "Seen not to hold.",
    Word.STALE: "The target file lists these as known to fail, and they held. Take them off the list.",
    Word.ERROR: "The suite itself went wrong. This says nothing about the target.",
    Word.NOT_OBSERVED: "Offered, and a test that was to show whether they hold could not observe it.",
    Word.SKIPPED: "The target file opts out of these for a while. What was seen of them held.",
    Word.DEVIATES: "Failed, as the target file says they do.",
    Word.NOT_OFFERED: "The target file does not describe what these need.",
    Word.PASSED: "Seen to hold, and never seen not to.",
}
MEANING_OF_CALLERS = {
    Word.NOT_OBSERVED: "No case could show whether these hold.",
    Word.NOT_OFFERED: "The program does not offer what these need.",
}
REMARKS = {  # on the exchange that is shown, by what proves the failure
    "exchange": "",
    "test": "is the last one before the problem showed. Earlier exchanges may be part of the proof.",
    "connection": "was on a connection kept for several requests. The others on it may be the cause.",
    "parallel": "was one of several at the same time. The others may be the cause.",
}
OPEN = 1  # failures that are open at first
LEVELS = ("MUST", "SHOULD", "MAY")
COLUMNS = {"errors": "In errors", "warnings": "In the warnings of a partial success"}


@frozen
class FailedClause:
    """A clause of the results with its failures."""

    clause: dict[str, Json]
    failures: list[dict[str, Json]]

    @property
    def alike(self) -> list[list[dict[str, Json]]]:
        """The failures one by one; of a judged program, the cases of one finding together."""
        if any("finding" not in failure for failure in self.failures):
            return [[failure] for failure in self.failures]
        return together(self.failures, lambda failure: str(failure["finding"]))


@frozen
class Why:
    """A reason for the verdict: words, and the clauses that they are about."""

    words: str
    clauses: list[dict[str, Json]]


def render(content: dict[str, Json]) -> str:
    """Return the page for results that fit spec/results.schema.json."""
    of_caller = not content["codes"]  # a program that calls, which answers with no codes
    meaning = MEANING | (MEANING_OF_CALLERS if of_caller else {})
    style, script = (Markup((HERE / name).read_text(encoding="utf-8")) for name in ("page.css", "page.js"))  # noqa: S704 - ours
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            results={"root_causes": [], **content},
            sentence=sentence(content["verdict"]["word"], content["verdict"]["counts"]),
            style=style,
            script=script,
            policy=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}",
            tone={Exit.CONFORMANT: "good", Exit.NOT_CONFORMANT: "bad"}.get(content["verdict"]["exit_status"], "open"),
            why=_why(content),
            counts=[(word, number) for word in MEANING if (number := content["verdict"]["counts"][word])],
            failed=_failed(content),
            groups=[(word, meaning[word], of_word) for word in MEANING if (of_word := _of_word(content, word))],
            columns=[
                (title, [row for row in content["codes"] if row["column"] == name]) for name, title in COLUMNS.items()
            ],
            seconds=_seconds(content),
            first_of_exchange=_first_of_exchange(content),
            in_words=_in_words(content).capitalize(),
            known=sum(failure["word"] == Word.DEVIATES for failure in content["failures"]),
            of_caller=of_caller,
            remarks=REMARKS,
            unit="case" if of_caller else "test",
            program=commands.program(),
            open=_open(content),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["answer"] = _answer
    environment.filters["counted"] = _with_noun
    environment.filters["ticked"] = _ticked
    environment.filters["moment"] = _moment
    environment.filters["number"] = _number
    return environment


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _with_noun(value: int, noun: str) -> str:
    return f"{_number(value)} {noun}{'s' * (value != 1)}"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _of_word(content: dict[str, Json], word: Word) -> list[dict[str, Json]]:
    of_word = [clause for clause in content["clauses"] if clause["word"] == word]
    return sorted(of_word, key=lambda clause: LEVELS.index(clause["level"]))


def _why(content: dict[str, Json]) -> list[Why]:
    must = {word: [clause for clause in _of_word(content, word) if clause["level"] == "MUST"] for word in Word}
    stale, errors = _of_word(content, Word.STALE), _of_word(content, Word.ERROR)
    reasons = [
        Why(content["verdict"]["reason"], []),
        Why(_counted(must[Word.FAILED], "MUST clause", "failed"), must[Word.FAILED]),
        Why(_counted(stale, "listed deviation", "no longer fails", "no longer fail"), stale),
        Why(_counted(errors, "clause", "met an error of the suite"), errors),
        Why(
            _counted(must[Word.NOT_OBSERVED], "MUST clause", "could not be observed"),
            must[Word.NOT_OBSERVED],
        ),
    ]
    if content["verdict"]["exit_status"] == Exit.CONFORMANT:
        passed = len(must[Word.PASSED])
        reasons = [
            Why(f"{passed} MUST {'clause was' if passed == 1 else 'clauses were'} observed, and every one held", [])
        ]
        reasons += [
            Why(_counted(must[Word.DEVIATES], "MUST clause", "fails as listed", "fail as listed"), must[Word.DEVIATES])
        ]
    if content["verdict"]["reason"] and not any(clause["held"] or clause["violated"] for clause in content["clauses"]):
        return reasons[:1]
    return [reason for reason in reasons if reason.words]


def _counted(clauses: list[dict[str, Json]], noun: str, singular: str, more: str = "") -> str:
    if not clauses:
        return ""
    return f"1 {noun} {singular}" if len(clauses) == 1 else f"{len(clauses)} {noun}s {more or singular}"


def _failed(content: dict[str, Json]) -> list[FailedClause]:
    """Return the clauses that have failures, those that decide the verdict first."""
    by_clause: dict[str, list[dict[str, Json]]] = {}
    for failure in content["failures"]:
        by_clause.setdefault(failure["clause"], []).append(failure)
    failed = [FailedClause(entry, by_clause[entry["id"]]) for entry in content["clauses"] if entry["id"] in by_clause]
    return sorted(
        failed, key=lambda entry: (entry.clause["word"] == Word.DEVIATES, LEVELS.index(entry.clause["level"]))
    )


def _first_of_exchange(content: dict[str, Json]) -> dict[int, int]:
    """Return, for each failure, the first one on the page with the same exchange."""
    first: dict[int, int] = {}
    shown = [failure for group in _failed(content) for failure in group.failures if failure["exchange"]]
    return {failure["number"]: first.setdefault(failure["exchange"]["number"], failure["number"]) for failure in shown}


def _open(content: dict[str, Json]) -> list[int]:
    """Return the failures whose exchange is open at first."""
    return [failure["number"] for group in _failed(content) for failure in group.failures][:OPEN]


def _seconds(content: dict[str, Json]) -> float:
    started, ended = (datetime.fromisoformat(content[name]) for name in ("started", "ended"))
    return round((ended - started).total_seconds(), 1)


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M:%S %Z")


def _ticked(text: str) -> Markup:
    """Return the text as HTML, with code between backticks marked as code."""
    parts = re.split("`([^`]+)`", text)
    marked = (Markup("<code>{}</code>").format(part) if index % 2 else part for index, part in enumerate(parts))
    return Markup("").join(marked)  # which escapes the other parts


def _answer(failure: dict[str, Json]) -> Markup:
    """Return the body of an answer, JSON with one member per line, and with the field marked in which it differs."""
    body = failure["exchange"]["body"]
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return Markup("{}").format(body)
    field = re.split(r"[.\[\]]+", (failure["difference"] or {"field": ""})["field"])
    name = next((part for part in reversed(field) if part), "")
    lines = (
        Markup("<mark>{}</mark>").format(line)
        if name and line.lstrip().startswith(f'"{name}":')
        else Markup("{}").format(line)
        for line in text.splitlines()
    )
    return Markup("\n").join(lines)


def _in_words(content: dict[str, Json]) -> str:
    """Return how many failures there are of how many clauses."""
    failed = {failure["clause"] for failure in content["failures"] if failure["word"] != Word.DEVIATES}
    return failures_in_words(content["verdict"]["failures"], len(failed))
