"""The results of a run as plain data: results.json, the source of the page, of replay and of compare.

spec/results.schema.json describes every field. Nothing in here is secret: see masking and template.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema_rs
from attrs import asdict, frozen

from coupon_contract import paths, spec
from coupon_contract.suite import commands
from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.oracle import Oracle
from coupon_contract.suite.problem import difference
from coupon_contract.suite.reporting.clause_pages import clause_page
from coupon_contract.suite.reporting.curl import curl
from coupon_contract.suite.root_causes import RootCause, in_order, root_causes
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.target import Deviation
from coupon_contract.suite.template import Template
from coupon_contract.suite.verdict import ClauseVerdict, Judgement, Verdict, Word

Json = Any
SCHEMA = paths.SPEC / "results.schema.json"
SCHEMA_VERSION = 2
WORDS_OF_VERSION_1 = {"the selected clauses passed; no verdict on the whole contract": "selection passed"}
LARGEST_FILE = 64_000_000  # bytes; a run with a thousand failures writes a tenth
DEEPEST = 20  # levels; the schema has ten
LEDGER_PARTS = ("documented", "decision", "evidence", "accepted")
DISTRIBUTION = "coupon-contract"
DEFAULT_FILE = Path("reports") / "results.json"  # of the current folder, where `judge` writes it


class ResultsError(Exception):
    """A file that holds no results of this suite. The text names the file and says why."""


@frozen
class Session:
    """The facts of a run besides its observations.

    `target` is the target file or URL as it was given, `file` the place of the results; `tests` holds the ids of the
    tests that cite each clause, `reason` why the target could not be judged, if so.
    """

    target: str
    file: Path
    seed: int
    started: datetime
    ended: datetime
    tests: Mapping[str, Sequence[str]]
    reason: str = ""


def results(run: Run, verdict: Verdict, exit_status: int, session: Session) -> dict[str, Json]:
    """Return the results of a run. `exit_status` is the session's: 3 for an interrupted run, whatever it observed."""
    words = {entry.clause.id: entry.word for entry in verdict.clauses}
    numbered = enumerate(in_order(run.failures, run.target.deviations, run.asked), 1)
    return {
        "schema_version": SCHEMA_VERSION,
        "suite_version": version(DISTRIBUTION),
        "target": {"name": run.mask.text(run.target.name), "base_url": run.mask.text(run.target.base_url)},
        "started": session.started.isoformat(timespec="milliseconds"),
        "ended": session.ended.isoformat(timespec="milliseconds"),
        "seed": session.seed,
        "verdict": _verdict(run, verdict, exit_status, session),
        "spent": {
            "requests": run.transport.sent,
            "coupons_issued": {
                "at_least": run.transport.budget.issued_at_least,
                "at_most": run.transport.budget.issued_at_most,
            },
            "coupons_possible": run.transport.budget.spent,
            "max_coupons": run.target.max_coupons,
        },
        "clauses": [_clause(run, entry, session) for entry in verdict.clauses],
        "codes": _codes(run, words),
        "failures": [_failure(run, number, entry, words, session) for number, entry in numbered],
        "root_causes": [_root_cause(run, cause) for cause in root_causes(run)],
    }


def load(path: Path, *, earlier: bool = False) -> dict[str, Json]:
    """Return the results of a file, which may come from anybody. Raises ResultsError.

    With `earlier`, results of schema version 1 are read too, as those of this version.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise ResultsError(f"{path}: cannot be read ({problem.strerror}); judge a target first") from None
    if len(content) > LARGEST_FILE:
        raise ResultsError(f"{path}: is larger than {LARGEST_FILE} bytes; no run of the suite writes that much")
    try:
        loaded: dict[str, Json] = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
        _demand_plain(loaded)
    except (ValueError, RecursionError):
        raise ResultsError(f"{path}: is not JSON, or nested too deeply") from None
    if earlier and isinstance(loaded, dict) and loaded.get("schema_version") == 1:
        loaded = _from_version_1(loaded)
    flaw = next(iter(schema().iter_errors(loaded)), None)
    if flaw is not None:
        place = "/".join(map(str, flaw.instance_path)) or "the file"
        raise ResultsError(f"{path}: is not results.json of this version of the suite: see {place}")
    return loaded


def _from_version_1(loaded: dict[str, Json]) -> dict[str, Json]:
    """Return results of version 1 as those of this version, where they have the fields of version 1.

    The sentence of the verdict has become a word and counts; tests that could not observe anything were not counted.
    """
    try:
        verdict, spent = dict(loaded["verdict"]), dict(loaded["spent"])
        words = Counter(clause["word"] for clause in loaded["clauses"])
        sentence = verdict.pop("sentence")
        verdict["word"] = WORDS_OF_VERSION_1.get(sentence, sentence)
        verdict["counts"] = {str(word): words[word] for word in Word}
        if type(issued := spent["coupons_issued"]) is int:
            spent["coupons_issued"] = {"at_least": issued, "at_most": issued}
        clauses = [_clause_of_version_1(clause) for clause in loaded["clauses"]]
        failures = [failure | {"difference": None, "calls": []} for failure in loaded["failures"]]
        verdict["failures"] = sum(failure["word"] != Word.DEVIATES for failure in failures)
    except (KeyError, TypeError, ValueError):
        return loaded  # which fits no version
    earlier = {"verdict": verdict, "spent": spent, "clauses": clauses, "failures": failures}
    return loaded | {"schema_version": SCHEMA_VERSION} | earlier


def _clause_of_version_1(clause: dict[str, Json]) -> dict[str, Json]:
    reason = clause["deviation"]
    deviation = {"reason": reason, "since": "", "link": ""} if reason is not None else None
    ledger = [dict.fromkeys(LEDGER_PARTS, "") | entry for entry in clause["ledger"]]
    return clause | {"unobserved": 0, "deviation": deviation, "ledger": ledger}


def _demand_plain(loaded: Json) -> None:
    """Raise ValueError for deeper nesting than results have, and for half of a surrogate pair in a text."""
    level = [loaded]
    for _ in range(DEEPEST):
        containers = [value for value in level if isinstance(value, list | dict)]
        level = [value for part in containers for value in (part.values() if isinstance(part, dict) else part)]
        for text in level:
            if isinstance(text, str):
                text.encode("utf-8")  # raises UnicodeEncodeError, which is a ValueError
    if level:
        raise ValueError


def _refuse_constant(constant: str) -> Json:
    raise ValueError(constant)


@cache
def schema() -> jsonschema_rs.Draft202012Validator:
    """Return the validator of results."""
    return jsonschema_rs.Draft202012Validator(
        json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True, mask="the value"
    )


def _verdict(run: Run, verdict: Verdict, exit_status: int, session: Session) -> dict[str, Json]:
    judgement = verdict.judgement if exit_status == verdict.exit_status else Judgement.COULD_NOT_JUDGE
    return {
        "word": str(judgement),
        "exit_status": exit_status,
        "complete": verdict.complete and not session.reason,
        "reason": run.mask.text(session.reason),
        "counts": verdict.counts,
        "failures": sum(failure.clause not in run.target.deviations for failure in run.failures),
    }


def _clause(run: Run, verdict: ClauseVerdict, session: Session) -> dict[str, Json]:
    clause = verdict.clause
    deviation = run.target.deviations.get(clause.id)
    return {
        "id": clause.id,
        "text": clause.text,
        "level": clause.level,
        "feature": clause.feature,
        "ledger": [ledger_entry(entry) for entry in clause.ledger],
        "word": str(verdict.word),
        "held": verdict.held,
        "violated": verdict.violated,
        "unobserved": verdict.unobserved,
        "notes": [run.mask.text(note) for note in verdict.notes],
        "deviation": _deviation(run, deviation) if deviation else None,
        "page": clause_page(clause.id),
        "tests": list(session.tests.get(clause.id, ())),
    }


def ledger_entry(name: str) -> dict[str, str]:
    """Return an entry of the ledger as results hold it."""
    entry = spec.ledger()[name]
    return {"id": name} | {part: getattr(entry, part) for part in LEDGER_PARTS}


def _deviation(run: Run, deviation: Deviation) -> dict[str, str]:
    reason, link = run.mask.text(deviation.reason), run.mask.text(deviation.link)
    return {"reason": reason, "since": str(deviation.since), "link": link}


def _codes(run: Run, words: Mapping[str, Word]) -> list[dict[str, Json]]:
    answered = run.oracle.history.answered
    codes = []
    for row in spec.error_table():
        for column, code in (("errors", row.code), ("warnings", row.partial_code)):
            if code is not None:
                status = _status(code, answered[code], words)
                entry = {"code": code, "name": row.name, "when": row.when, "column": column}
                codes.append(entry | {"status": status, "seen": answered[code]})
    return codes


def _status(code: int, seen: int, words: Mapping[str, Word]) -> str:
    """Return documented, or more than that: provoked, seen, not offered."""
    provoking = {
        words.get(clause.id, Word.NOT_OBSERVED) for clause in spec.clauses().values() if code in clause.provokes
    }
    if provoking & {Word.PASSED, Word.FAILED, Word.DEVIATES, Word.STALE}:
        return "provoked"
    if seen:
        return "seen"
    return "not offered" if provoking == {Word.NOT_OFFERED} else "documented"


def _failure(run: Run, number: int, failure: Failure, words: Mapping[str, Word], session: Session) -> dict[str, Json]:
    exchange = failure.exchange
    template = Template.from_request(exchange.request, run.target, run.mask) if exchange else None
    target = commands.named(session.target)
    shown = exchange is not None and _shows(run, failure, exchange)
    return {
        "number": number,
        "clause": failure.clause,
        "level": spec.clauses()[failure.clause].level,
        "word": str(words.get(failure.clause, Word.FAILED)),
        "problem": run.mask.text(failure.problem),
        "difference": _difference(run, failure.problem),
        "calls": [{"exchange": call.exchange, "coupons": call.coupons} for call in failure.calls],
        "test": failure.test,
        "exchange": _exchange(run, exchange, template) if exchange and template else None,
        "request": template.to_json() if template else None,
        "coupons": most_coupons(exchange.request) if exchange else 0,
        "alone": shown and not run.recording and exchange is not None and exchange.connection == "own",
        "proof": _proof(failure, shown=shown),
        "rerun": commands.rejudge(run.recording)
        if run.recording
        else commands.rerun(failure.test, failure.clause, target),
        "replay": commands.replay(case_of(number, session.file), target) if can_replay(run, failure) else None,
    }


def _difference(run: Run, problem: str) -> dict[str, str] | None:
    sides = difference(problem)
    return {name: run.mask.text(text) for name, text in asdict(sides).items()} if sides else None


def can_replay(run: Run, failure: Failure) -> bool:
    """Return True if `replay` can send the request of a failure as its test did: alone, and with all its values."""
    exchange = failure.exchange
    if exchange is None or exchange.connection != "own" or run.recording:
        return False
    return Template.from_request(exchange.request, run.target, run.mask).complete


def _proof(failure: Failure, *, shown: bool) -> str:
    """Return what proves a failure: its `exchange`, the requests on its `connection`, the calls in `parallel` to it, or
    its whole `test`. `shown` says whether a rule finds it in its exchange.
    """
    if failure.exchange is None:
        return "test"
    if failure.exchange.connection != "own":
        return {"kept": "connection", "parallel": "parallel"}[failure.exchange.connection]
    return "exchange" if shown or failure.is_only_exchange else "test"


def _root_cause(run: Run, cause: RootCause) -> dict[str, Json]:
    return {"text": run.mask.text(cause.text), "clauses": [*cause.clauses], "failures": [*cause.failures]}


def _exchange(run: Run, exchange: Exchange, template: Template) -> dict[str, Json]:
    return {
        "number": exchange.number,
        "curl": curl(template, run.target),
        "status": exchange.response.status,
        "content_type": run.mask.content_type(exchange.response),
        "body": run.mask.body_of(exchange.response),
        "seconds": round(exchange.response.seconds, 3),
    }


def _shows(run: Run, failure: Failure, exchange: Exchange) -> bool:
    """Return True if this exchange violates the clause, for an oracle without history."""
    if not exchange.request.issues or exchange.response.dropped_bytes:
        return False
    _, findings = Oracle(run.target).judge(exchange)
    return any(finding.clause == failure.clause and finding.problem for finding in findings)


def case_of(number: int | str, file: Path) -> str:
    """Return what `coupon-contract replay` takes for a failure of these results."""
    return str(number) if file.resolve() == DEFAULT_FILE.resolve() else f"{file}#{number}"
