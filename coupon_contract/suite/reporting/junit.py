"""The results as JUnit XML, made from results.json alone: a test case for each failure, and for each other clause.

A failure here is a failure there, with its number. Only what makes the exit status 1 turns a pipeline red: a failed
SHOULD beside exit status 0, and a listed deviation, are skipped test cases that say so.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from coupon_contract.suite import commands
from coupon_contract.suite.problem import counted
from coupon_contract.suite.verdict import Exit, Word
from coupon_contract.terminal import printable, shortened

Json = Any
SUITE = "coupon-contract"
LONGEST_BODY = 200  # characters of an answer; results.json and the page have more
SKIPPED = (Word.NOT_OFFERED, Word.NOT_OBSERVED, Word.SKIPPED)
STALE = "is listed as a deviation and no longer fails: take it off the list of the target file"


def render(content: dict[str, Json], target: str = "") -> str:
    """Return the XML for results that fit spec/results.schema.json; `target` is the target file or URL."""
    cases = list(_cases(content))
    started, ended = (datetime.fromisoformat(content[name]) for name in ("started", "ended"))
    totals: dict[str, Any] = {
        "tests": len(cases),
        **{name: sum(case.find(tag) is not None for case in cases) for name, tag in TAGS.items()},
        "time": f"{(ended - started).total_seconds():.3f}",
    }
    root = _element("testsuites", name=SUITE, **totals)
    suite = _element("testsuite", name=f"{SUITE}: {content['target']['name']}", **totals)
    suite.set("timestamp", content["started"])
    suite.set("file", printable(target or content["target"]["base_url"]))
    root.append(suite)
    suite.append(_properties(content["verdict"]))
    suite.extend(cases)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


TAGS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def _element(tag: str, text: str = "", **attributes: object) -> ElementTree.Element:
    """Return an element without characters that XML forbids."""
    element = ElementTree.Element(tag, {name: printable(str(value)) for name, value in attributes.items()})
    element.text = printable(text) or None
    return element


def _properties(verdict: dict[str, Json]) -> ElementTree.Element:
    values = {
        "verdict": verdict["word"],
        "exit_status": verdict["exit_status"],
        "complete": str(verdict["complete"]).lower(),
        "failures": verdict["failures"],
        **{f"clauses {word}": number for word, number in verdict["counts"].items()},
    }
    properties = _element("properties")
    properties.extend(_element("property", name=name, value=value) for name, value in values.items())
    return properties


def _cases(content: dict[str, Json]) -> Iterator[ElementTree.Element]:
    """Yield the test cases: what failed first, as results.json numbers it."""
    clauses = {clause["id"]: clause for clause in content["clauses"]}
    of_clause: dict[str, list[int]] = {}
    for failure in content["failures"]:
        of_clause.setdefault(failure["clause"], []).append(failure["number"])
    if content["verdict"]["exit_status"] == Exit.COULD_NOT_JUDGE:
        case = _element("testcase", classname=SUITE, name="verdict")
        case.append(
            _element("error", type="could not judge", message=content["verdict"]["reason"] or _unobserved(content))
        )
        yield case
    for failure in content["failures"]:
        if failure["clause"] not in clauses:  # a run that broke off may have judged no clause
            continue
        clause, numbers = clauses[failure["clause"]], of_clause[failure["clause"]]
        place = f" ({numbers.index(failure['number']) + 1} of {len(numbers)})" if len(numbers) > 1 else ""
        case = _case(clause, f"{clause['id']}{place}", failure["test"])
        case.append(_of_failure(failure, clause, content["verdict"]["exit_status"]))
        yield case
    for clause in content["clauses"]:
        if clause["id"] not in of_clause:
            yield _of_clause(clause)


def _unobserved(content: dict[str, Json]) -> str:
    clauses = [clause["id"] for clause in content["clauses"] if clause["word"] in (Word.NOT_OBSERVED, Word.ERROR)]
    return f"not observed: {', '.join(clauses)}"


def _case(clause: dict[str, Json], name: str, test: str = "") -> ElementTree.Element:
    case = _element("testcase", classname=f"{SUITE}.{clause['level']}", name=name)
    test = test if "::" in test else next(iter(clause["tests"]), "")
    case.set("file", printable(test.partition("::")[0]) or "contract_tests")
    return case


def _of_failure(failure: dict[str, Json], clause: dict[str, Json], exit_status: int) -> ElementTree.Element:
    message = f"#{failure['number']} {failure['problem']}"
    if failure["word"] == Word.DEVIATES:
        deviation = clause["deviation"]
        link = f", {deviation['link']}" if deviation["link"] else ""
        return _element(
            "skipped", message=f"known deviation since {deviation['since']} ({deviation['reason']}{link}): {message}"
        )
    if exit_status == Exit.CONFORMANT:
        return _element("skipped", message=f"{failure['level']}, which does not decide: {message}")
    return _element("failure", "\n".join(_details(failure, clause)), type=failure["level"], message=message)


def _details(failure: dict[str, Json], clause: dict[str, Json]) -> Iterator[str]:
    if difference := failure["difference"]:
        yield f"- expected {difference['expected']}"
        yield f"+ actual   {difference['actual']}" + (f"  <- {difference['field']}" if difference["field"] else "")
    yield f"{clause['level']} {clause['id']}: {clause['text']}"
    for call in failure["calls"]:
        yield f"exchange {call['exchange']}: {counted(call['coupons'])}"
    if exchange := failure["exchange"]:
        yield f"exchange {exchange['number']}: HTTP {exchange['status']} {shortened(exchange['body'], LONGEST_BODY)}"
    if failure["replay"]:
        yield f"replay: {failure['replay']}"
    yield f"again: {failure['rerun']}"
    if page := clause.get("page"):
        yield f"why: {page}"
    yield f"why: {commands.program()} explain {clause['id']}"


def _of_clause(clause: dict[str, Json]) -> ElementTree.Element:
    case, word = _case(clause, clause["id"]), clause["word"]
    why = f"{word}: {clause['notes'][0]}" if clause["notes"] else word
    if word in SKIPPED:
        case.append(_element("skipped", message=why))
    elif word == Word.STALE:
        case.append(_element("error", type=word, message=f"{clause['id']} {STALE}"))
    elif word == Word.ERROR:
        case.append(_element("error", type="error of the suite, not of the target", message=why))
    return case
