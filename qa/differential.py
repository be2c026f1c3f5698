"""Compares all clients on responses of a model server that knows what it issued, changed in many ways.

    python -m qa.differential [--responses N] [--seed N] [--languages NAME …] [--write]

coupon_client, for threads and for tasks, and the helper of each language read the same responses. None may disagree
with another or with the table (qa/outcome_table.py), none may say "nothing was issued" although the server issued and
the text still names a coupon, counts one, or has a code or status that proves nothing, and no code that the text
holds may be lost. --languages names folders of interop/; without any, coupon_client alone is compared. --write puts
the figures into bench/differential.md. Exit status: 0 all of it held, 1 it did not, 3 a language could not be tried.
"""

import argparse
import asyncio
import base64
import json
import logging
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from attrs import frozen

from coupon_client import (
    AsyncCouponClient,
    AuthenticationFailed,
    CouponClient,
    CouponClientError,
    Issued,
    Mobile,
    OutcomeUnknown,
    Refused,
    TillAuth,
)
from coupon_client.exchange import Progress, Request, Response, Timeouts
from coupon_contract import spec
from qa.outcome_table import decide

Json = Any
PAGE = Path(__file__).parent.parent / "bench" / "differential.md"
MARK = "<!-- printed by qa/differential.py -->\n"
RESPONSES = 20_000
SEED = 13
OK, WRONG, COULD_NOT = 0, 1, 3
NOTHING_ISSUED = ("refused", "rejected", "not-authenticated")
STATUSES = spec.outcomes()["statuses"]
PROVING = {STATUSES["processed"], STATUSES["unauthenticated"], *STATUSES["rejected"]}
HARMLESS = spec.certain_refusals() | (PROVING - {STATUSES["processed"]})
OTHER_STATUSES = (201, 202, 204, 302, 404, 408, 409, 413, 422, 461, 500, 502, 503, 504, 520, 521, 527)
CODES = tuple(spec.proofs()) + tuple(row.partial_code for row in spec.error_table() if row.partial_code)
SHOWN = 3  # wrong responses that are printed


class Fields(list[tuple[str, Json]]):
    """An object, where a key may be repeated."""

    def get(self, key: str) -> Json:
        """The first value of the key, or None."""
        return next((value for name, value in self if name == key), None)

    def put(self, key: str, value: Json) -> None:
        """Set the first value of the key, or add it."""
        place = next((index for index, (name, _) in enumerate(self) if name == key), len(self))
        self[place : place + 1] = [(key, value)]


class Written(str):
    """A piece of text that stands in JSON as it is."""


@frozen
class Case:
    """A response: the codes that the server issued, the coupons requested, and what it sent."""

    issued: tuple[str, ...]
    requested: int
    status: int
    body: bytes


class Report(NamedTuple):
    """The outcome that a client tells."""

    end: str
    codes: tuple[str, ...]
    ids: tuple[str | None, ...]
    errors: tuple[int, ...]
    warnings: tuple[int, ...]
    missing: int


# --- the model server, and its responses ------------------------------------------------------------------------------


def responses(number: int, seed: int) -> Iterator[Case]:
    """Return so many responses, the same for the same seed."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    for _ in range(number):
        yield _response(random)


def _response(random: Random) -> Case:
    requested = random.randint(1, 4)
    given = random.choice((0, requested, requested, random.randint(0, requested)))
    issued = tuple(_code(random) for _ in range(given))
    status, body = 200, _body(random, issued, requested)
    for _ in range(random.choice((0, 1, 1, 2, 2, 3, 4))):
        body = random.choice(CHANGES)(random, body)
    body = file_elsewhere(random, body)
    if random.random() < 0.3:
        status = random.choice((*STATUSES["rejected"], STATUSES["unauthenticated"], *OTHER_STATUSES))
    return Case(issued, requested, status, _encoded(random, json_text(body, random.choice(("", " ")))))


def _code(random: Random) -> str:
    digits = "".join(random.choices("0123456789", k=10))
    return random.choice((digits, f"A{digits}", f"Ä-{digits}", f"🎟️{digits}"))


def _body(random: Random, issued: Sequence[str], requested: int) -> Fields:
    """Return the response of a server that issued these codes, or one that issued and says that it does not know."""
    entry = Fields([("status", False), ("code", 5006), ("message", "Some text")])
    if not issued or random.random() < 0.15:
        entry.put("code", random.choice(CODES if issued else sorted(spec.certain_refusals())))
        return Fields([("errors", [entry]), ("warnings", [])][: random.choice((1, 2))])
    coupons = [Fields([("code", code), ("couponId", random.randint(1, 2**60))]) for code in issued]
    missing = requested - len(issued)
    if missing:
        entry.put("code", random.choice((5001, 5002, 5004, 5005, 5006)))
    return Fields(
        [
            ("coupons", coupons),
            ("couponConfig", Fields([("description", "A series"), ("discountValue", 5), ("discountType", "ABS")])),
            ("totalCount", requested),
            ("failureCount", missing),
            ("successCount", len(issued)),
            ("customer", Fields([("id", 555567088), ("profiles", [])])),
            ("errors", [entry] if missing else []),
            ("warnings", []),
        ]
    )


def objects(value: Json) -> list[Fields]:
    """Return every object of a value, the outer ones first."""
    if isinstance(value, Fields):
        return [value, *(entry for _, below in value for entry in objects(below))]
    return [entry for below in value for entry in objects(below)] if isinstance(value, list) else []


def _some(random: Random, body: Json) -> Fields:
    candidates = objects(body)
    return candidates[0] if random.random() < 0.5 else random.choice(candidates)


def change_code(random: Random, body: Json) -> Json:
    """An error or a warning has another code, of any kind, or there is one more."""
    code: Json = random.choice((*CODES, random.randint(-1, 10_000)))
    code = random.choice((code, code, code, str(code), Written(f"{code}.0"), Written(f"{code}e0"), None, True, [code]))
    entry = Fields([("status", random.choice((False, False, True))), ("code", code), ("message", "Some text")])
    name = random.choice(("errors", "errors", "warnings"))
    listed = body.get(name) if isinstance(body, Fields) else None
    if isinstance(listed, list) and not isinstance(listed, Fields):
        listed[random.randint(0, len(listed)) : random.randint(0, len(listed) + 1)] = [entry]
    return body


def nest(random: Random, body: Json) -> Json:
    """The response, or one field of it, stands deeper, in a list, or as JSON inside a text."""
    if random.random() < 0.3:
        wrapped = Fields([(random.choice(("data", "entity", "response")), body)])
        return wrapped if random.random() < 0.7 else [body]
    top = objects(body)[0]
    if not top:
        return body
    name, value = random.choice(top)
    deep = random.choice((Fields([(name, value)]), [Fields([(name, value)])], json_text(Fields([(name, value)]), "")))
    top[:] = [pair for pair in top if pair[0] != name]
    top.append((random.choice(("data", "entity", "more")), deep))
    return body


def empty(random: Random, body: Json) -> Json:
    """A field is null or an empty list, or gone."""
    top = _some(random, body)
    if top:
        place = random.randrange(len(top))
        name = top[place][0]
        top[place : place + 1] = random.choice(([(name, None)], [(name, [])], []))
    return body


def retype(random: Random, body: Json) -> Json:
    """A field has another type, or is a number that is written in another way."""
    top = _some(random, body)
    if not top:
        return body
    place = random.randrange(len(top))
    name, value = top[place]
    kinds: tuple[Json, ...] = (json_text(value, ""), [value], True, False, "", 0, Fields([("0", value)]))
    if isinstance(value, str) and value.isascii() and value.isdigit():
        kinds = (Written(value.lstrip("0") or "0"), [value])
    elif isinstance(value, list) and not isinstance(value, Fields):
        kinds = (Fields([(str(index), entry) for index, entry in enumerate(value)]), json_text(value, ""), *value[:1])
    elif type(value) is int:
        kinds = (str(value), Written(f"{value}.0"), Written(f"{value}e0"), Written("1e400"), Written("9" * 400), -value)
    top[place] = (name, random.choice(kinds))
    return body


def repeat(random: Random, body: Json) -> Json:
    """A key is repeated, with the same value or an empty one, before or after it."""
    top = _some(random, body)
    if top:
        name, value = random.choice(top)
        other: Json = random.choice((value, None, [], 0, False))
        top.insert(random.choice((0, len(top))), (name, other))
    return body


def count(random: Random, body: Json) -> Json:
    """A count is another one."""
    name = random.choice(("successCount", "totalCount", "failureCount"))
    value = random.choice((0, 1, 2, 3, 4, 5, -1, None, "0", "1", "2", Written("2.0"), Written("1.5"), True))
    objects(body)[0].put(name, value)
    return body


def rename(random: Random, body: Json) -> Json:
    """The coupons stand under another key, or in another shape."""
    top = objects(body)[0]
    coupons = top.get("coupons")
    if isinstance(coupons, list) and not isinstance(coupons, Fields):
        codes = [entry.get("code") for entry in coupons if isinstance(entry, Fields)]
        kinds: list[tuple[str, Json]] = [("Coupons", coupons), ("COUPONS", coupons)]
        if len(codes) == len(coupons):
            kinds += [("couponCodes", codes), ("coupons", codes)]
        name, value = random.choice(kinds)
        top[:] = [pair for pair in top if pair[0] != "coupons"] + [(name, value)]
    return body


def file_elsewhere(random: Random, body: Json) -> Json:
    """The coupons stand under a key that names none, and are told by their ids."""
    top = objects(body)[0]
    coupons = top.get("coupons")
    if random.random() > 0.1 or not isinstance(coupons, list) or isinstance(coupons, Fields):
        return body
    if all(isinstance(entry, Fields) and entry.get("couponId") for entry in coupons):
        moved = [Fields(reversed(entry)) for entry in coupons]  # the id, then the code: a cut never parts them
        top[:] = [pair for pair in top if pair[0] != "coupons"] + [("result", moved)]
    return body


def refuse(random: Random, body: Json) -> Json:
    """A certain refusal stands beside whatever there is, and the coupons may be gone."""
    top = objects(body)[0]
    top.put("errors", [Fields([("status", False), ("code", random.choice((707, 713, 5004))), ("message", "x")])])
    if random.random() < 0.5:
        top[:] = [pair for pair in top if pair[0] not in random.choice((("coupons",), ("coupons", "successCount")))]
    return body


CHANGES: tuple[Callable[[Random, Json], Json], ...] = (
    *(change_code, change_code, nest, empty, retype, repeat, count, rename, refuse),
)


def json_text(value: Json, space: str) -> str:
    """Return the JSON of a value, repeated keys and written pieces included."""
    if isinstance(value, Fields):
        pairs = [f"{json.dumps(name)}:{space}{json_text(entry, space)}" for name, entry in value]
        return "{" + f",{space}".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + f",{space}".join(json_text(entry, space) for entry in value) + "]"
    return value if isinstance(value, Written) else json.dumps(value, ensure_ascii=False)


def _encoded(random: Random, text: str) -> bytes:
    """Return the bytes, sometimes cut, damaged, escaped or in another encoding."""
    body, kind = text.encode(), random.random()
    if kind < 0.06 and b'\\"' not in body:  # half an escape in JSON inside a text is not a text
        return body[: random.randrange(len(body))]
    if kind < 0.08:
        return body.replace(b"Some text", b"Some \xff text", 1)
    if kind < 0.10:
        return re.sub(rb'"(c|A|e)', lambda match: b'"\\u%04x' % ord(match[1]), body)
    if kind < 0.12:
        return body.replace(b'"code": "', b'"code": "\\ud800', 1).replace(b'"code":"', b'"code":"\\udc00', 1)
    if kind < 0.14:
        return body + random.choice((b"}", b" {}", b"\0", b"<!-- -->", b"\n"))
    return body


# --- the clients -----------------------------------------------------------------------------------------


class Replay:
    """A transport that answers every request with the response of the day."""

    response: Response

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the response."""
        return self.response

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the response."""
        return self.response

    def close(self) -> None:
        """Nothing is open."""

    async def aclose(self) -> None:
        """Nothing is open."""


NOWHERE, TILL, CUSTOMER = "https://coupons.invalid", TillAuth("till", "secret"), Mobile("11223569865")


def with_threads(cases: Sequence[Case]) -> list[Report]:
    """Return what coupon_client tells of each response."""
    transport = Replay()
    reports = []
    with CouponClient(NOWHERE, TILL, transport=transport) as client:
        for case in cases:
            transport.response = Response(case.status, {}, case.body)
            try:
                reports.append(_reported(client.issue(1, CUSTOMER, case.requested)))
            except CouponClientError as error:
                reports.append(_reported(error))
    return reports


def with_tasks(cases: Sequence[Case]) -> list[Report]:
    """Return what coupon_client for tasks tells of each response."""

    async def calls() -> list[Report]:
        transport = Replay()
        reports = []
        async with AsyncCouponClient(NOWHERE, TILL, transport=transport) as client:
            for case in cases:
                transport.response = Response(case.status, {}, case.body)
                try:
                    reports.append(_reported(await client.issue(1, CUSTOMER, case.requested)))
                except CouponClientError as error:
                    reports.append(_reported(error))
        return reports

    return asyncio.run(calls())


def _reported(end: Issued | CouponClientError) -> Report:
    if not isinstance(end, Issued | OutcomeUnknown):
        rejected = "not-authenticated" if isinstance(end, AuthenticationFailed) else "rejected"
        errors = tuple(entry.code for entry in getattr(end, "errors", ()) if entry.code is not None)
        return Report("refused" if isinstance(end, Refused) else rejected, (), (), errors, (), 0)
    errors, warnings = (
        tuple(entry.code for entry in entries if entry.code is not None) for entries in (end.errors, end.warnings)
    )
    missing = end.missing if isinstance(end, Issued) else 0
    word = "outcome-unknown" if isinstance(end, OutcomeUnknown) else "partly-issued" if missing else "issued"
    codes, ids = [coupon.code for coupon in end.coupons], [coupon.id for coupon in end.coupons]
    return Report(word, tuple(codes), tuple(None if id is None else str(id) for id in ids), errors, warnings, missing)


class CouldNot(Exception):
    """A language that could not be tried; the text says why."""


def with_helper(folder: str, cases: Sequence[Case]) -> list[Report]:
    """Return what the helper of a language tells of each response. Raises CouldNot."""
    lines = [
        json.dumps(
            {
                "name": str(number),
                "status": case.status,
                "requested": case.requested,
                "body": base64.b64encode(case.body).decode(),
            }
        )
        for number, case in enumerate(cases)
    ]
    command = [sys.executable, "-m", "interop.batch", folder]
    done = subprocess.run(command, input="\n".join(lines).encode() + b"\n", capture_output=True, check=False)
    if done.returncode:
        raise CouldNot(f"{folder}: {done.stderr.decode(errors='replace')[-500:]}")
    return [_of_helper(json.loads(line)) for line in done.stdout.splitlines()]


def _of_helper(report: dict[str, Json]) -> Report:
    lists = (tuple(report.get(name) or ()) for name in ("codes", "ids", "errors", "warnings"))
    codes, ids, errors, warnings = lists
    if report["end"] in ("rejected", "not-authenticated"):
        warnings = ()  # coupon_client's exceptions have none
    return Report(report["end"], codes, ids, errors, warnings, report["missing"])


# --- the judgement ---------------------------------------------------------------------------------------


def plain(body: bytes) -> str:
    """Return the text without escapes, for a search that knows nothing of JSON."""
    text = body.decode(errors="replace").replace("\0", "")
    for _ in range(3):  # JSON inside a text is escaped once more
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text).replace('\\"', '"')
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def lost(case: Case, report: Report) -> list[str]:
    """Return the codes that the text holds in quotes and the report lacks, where coupons may exist."""
    if report.end in NOTHING_ISSUED:
        return []
    text = plain(case.body)
    reported = "\n".join(f'"{code}"' for code in report.codes)  # a code may stand quoted within a reported one
    return [code for code in case.issued if f'"{code}"' in text and f'"{code}"' not in reported]


def falsely_none(case: Case, report: Report) -> bool:
    """Return True for "nothing was issued" although the server issued, and the text shows a sign of it."""
    if report.end not in NOTHING_ISSUED or not case.issued:
        return False
    text = plain(case.body)
    counted = any(float(number) > 0 for number in re.findall(r'"successCount":\s*"?(\d+(?:\.\d+)?)', text))
    codes = [float(number) for number in re.findall(r'"code":\s*"?(-?\d{1,5}(?:\.\d+)?)(?![\d])', text)]
    named = any(code in text for code in case.issued)
    return named or counted or case.status not in PROVING or any(code not in HARMLESS for code in codes)


def compare(cases: Sequence[Case], languages: Sequence[str]) -> tuple[dict[str, int], Counter[str], list[str]]:
    """Return the figures, how often each end was reached, and the first wrong responses. Raises CouldNot."""
    readers: dict[str, Callable[[Sequence[Case]], list[Report]]] = {"threads": with_threads, "tasks": with_tasks}
    with ThreadPoolExecutor(len(languages) + 1) as pool:  # each helper is a process of its own
        helpers = {folder: pool.submit(with_helper, folder, cases) for folder in languages}
        reports_of = {name: reader(cases) for name, reader in readers.items()}
        reports_of |= {folder: helper.result() for folder, helper in helpers.items()}
    figures = {"disagreements": 0, "falsely nothing issued": 0, "with a lost code": 0}
    examples: list[str] = []
    for number, case in enumerate(cases):
        reports = {name: reports[number] for name, reports in reports_of.items()}
        right = decide(case.requested, case.status, case.body)
        apart = len(set(reports.values())) > 1 or {report.end for report in reports.values()} != {right}
        none = any(falsely_none(case, report) for report in reports.values())
        missing = any(lost(case, report) for report in reports.values())
        for name, wrong in zip(figures, (apart, none, missing), strict=True):
            figures[name] += wrong
        if (apart or none or missing) and len(examples) < SHOWN:
            examples.append(f"{case}\n  right: {right}\n" + "\n".join(f"  {name}: {r}" for name, r in reports.items()))
    return figures, Counter(report.end for report in reports_of["threads"]), examples


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print the figures, and write them where asked to."""
    parser = argparse.ArgumentParser(prog="python -m qa.differential", description=__doc__)
    parser.add_argument("--responses", type=int, default=RESPONSES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--languages", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    logging.getLogger("coupon_client").setLevel(logging.CRITICAL)
    started = time.monotonic()
    try:
        cases = list(responses(options.responses, options.seed))
        figures, ends, examples = compare(cases, options.languages)
    except CouldNot as problem:
        print(problem, file=sys.stderr)
        return COULD_NOT
    print("\n".join(examples))
    text = table(figures, ends, options.seed, options.languages)
    print(f"{text}\n{time.monotonic() - started:.0f} s")
    if options.write:
        PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + "\n" + text, encoding="utf-8")
    return WRONG if any(figures.values()) else OK


def table(figures: dict[str, int], ends: Counter[str], seed: int, languages: Sequence[str]) -> str:
    """Return the figures as Markdown."""
    clients = ", ".join(["coupon_client (threads and tasks)", *languages])
    rows = {"responses": ends.total(), **figures, **{f"ended as {end}": number for end, number in sorted(ends.items())}}
    lines = [f"| {name} | {number:,} |" for name, number in rows.items()]
    return "\n".join([f"Seed {seed}; {clients}.", "", "| what | number |", "|---|---|", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
