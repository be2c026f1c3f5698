"""Fuzzes coupon_client with responses and lists of a model platform that knows what it issued.

    python -m qa.fuzz_client [--cases N] [--seed N]

Half of the cases are responses to an issuance: those of qa/differential.py with codes of any letters, huge ids, partial
codes in warnings, deep nesting, invalid UTF-8, compression in one or several members, cuts, and headers that repeat
secrets. The other half are lists for `reconcile` and `find`: whole, or incomplete or old and saying so in one of many
ways. Counted are wrong ends (against the table and against the truth), leaks into texts, representations and the log,
and exceptions that are not the client's own. Exit status: 0 all counts are zero, 1 they are not.
"""

import argparse
import base64
import copy
import gzip
import hashlib
import io
import json
import logging
import pickle
import string
import sys
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

import httpx

from coupon_client import (
    CannotTell,
    CouponClient,
    CouponClientError,
    Customer,
    Issued,
    NotIssued,
    NotReadable,
    OutcomeUnknown,
    ReadBack,
    TillAuth,
    WereIssued,
)
from coupon_client.exchange import Progress, Request, Response, Timeouts
from coupon_client.reconcile import ListedCoupon
from coupon_client.sender import utc_now
from coupon_client.transport import _response
from qa import differential
from qa.differential import Case, Report
from qa.fuzz_client_changes import CHANGES, EMAIL, INCOMPLETE_OR_OLD, MOBILE
from qa.outcome_table import decide

Json = Any
CASES, SEED = 50_000, 17
OK, WRONG = 0, 1
SHOWN = 5  # findings that are printed
NOWHERE, PASSWORD = "https://coupons.invalid", "canary-password-1"
CUSTOMER_ID, SERIES = 777_000_555, 415446
DIGEST = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
TOKEN = base64.b64encode(f"till:{DIGEST}".encode()).decode()
SECRETS = (PASSWORD, DIGEST, TOKEN, MOBILE, EMAIL)


class Finding(NamedTuple):
    """A failure of a case: its kind, `wrong end`, `leak` or `foreign exception`, and the details."""

    kind: str
    text: str


class Platform:
    """A transport that answers with what the case says, decoded as the client's own transport does."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the next answer; the last one repeats."""
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return _response(httpx.Response(status, headers=headers), bytearray(body), "")

    def close(self) -> None:
        """Nothing is open."""


class Fuzz:
    """One run: the client, its platform, and the log that it writes."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable on purpose
        self.platform = Platform()
        auth = TillAuth("till", PASSWORD)
        self.client = CouponClient(NOWHERE, auth, transport=self.platform, retries=0)
        self.log = io.StringIO()
        self.ends: Counter[str] = Counter()

    def case(self) -> list[Finding]:
        """Play one case and return what went wrong."""
        self.log.seek(0)
        self.log.truncate()
        kind = self.random.choice((self.issuance, self.issuance, self.reconciliation, self.search))
        try:
            return kind()
        except Exception as error:
            return [Finding("foreign exception", f"{kind.__name__}: {error!r}")]

    # --- responses to an issuance -------------------------------------------------------------------------------------

    def issuance(self) -> list[Finding]:
        """Issue, and compare the end with the table and with what was issued."""
        case, plain = self._response()
        body, encoding, whole = self._encoded(case.body)
        self.platform.answers = [(case.status, self._headers(case, whole) | encoding, body)]
        customer = Customer(mobile=MOBILE, email=EMAIL)
        try:
            end: Issued | CouponClientError = self.client.issue(SERIES, customer, case.requested)
        except CouponClientError as error:
            end = error
        report = differential._reported(end)
        self.ends[report.end] += 1
        return [*self._wrong(case, plain, whole, report, end), *self._leaks(end, case.issued), *_copies(end)]

    def _response(self) -> tuple[Case, bool]:
        """Return a response, and whether nothing was done to it that the helpers of qa/differential.py do not know."""
        random = self.random
        requested = random.randint(1, 4)
        issued = tuple(
            self._code() for _ in range(random.choice((0, requested, requested, random.randint(0, requested))))
        )
        body: Json = differential._body(random, issued, requested)
        for _ in range(random.choice((0, 1, 1, 2, 3))):
            body = random.choice((*differential.CHANGES, *CHANGES))(random, body)
        status = 200
        if random.random() < 0.3:
            status = random.choice((*differential.PROVING, *differential.OTHER_STATUSES))
        text = differential.json_text(body, random.choice(("", " ")))
        raw, kind = text.encode(errors="surrogatepass"), random.random()
        if kind < 0.08:
            raw = raw[: random.randrange(len(raw))]
        elif kind < 0.14:
            at = random.randrange(len(raw))
            raw = raw[:at] + random.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0", b"\xf0\x9f")) + raw[at:]
        elif kind < 0.20:  # a page of a gateway that shows what it saw
            status = random.choice((500, 502, 503, 504))
            raw = f"<html><b>{' '.join(issued)}</b> for {MOBILE}, {EMAIL}<i>code={''.join(issued[:1])}</i>".encode()
        return Case(issued, requested, status, raw), kind >= 0.20

    def _code(self) -> str:
        letters = self.random.choice(
            (string.ascii_uppercase, string.ascii_lowercase, string.ascii_letters, string.digits)
        )
        word = "".join(self.random.choices(letters, k=self.random.randint(8, 14)))
        return self.random.choice((word, word, word, f"{word[:4]}-{word[4:]}", f"Ä{word}", f"{word}🎟"))

    def _encoded(self, body: bytes) -> tuple[bytes, dict[str, str], bool]:
        """Return the body as it is sent, its headers, and whether it arrives whole."""
        random, kind = self.random, self.random.random()
        if kind < 0.8:
            return body, {}, True
        if kind < 0.85:
            return gzip.compress(body), {"content-encoding": "gzip"}, True
        if kind < 0.88:
            return zlib.compress(body), {"content-encoding": "deflate"}, True
        at = random.randint(0, len(body))
        if kind < 0.94:
            return gzip.compress(body[:at]) + gzip.compress(body[at:]), {"content-encoding": "gzip"}, False
        if kind < 0.97:
            packed = gzip.compress(body)
            return packed[: random.randrange(len(packed))], {"content-encoding": "gzip"}, False
        return body, {"content-encoding": random.choice(("br", "gzip", "gzip, gzip"))}, False

    def _headers(self, case: Case, whole: bool) -> dict[str, str]:
        """Return headers that may repeat what the client knows to be secret: what it sent, and codes that came."""
        random, headers = self.random, {}
        if random.random() < 0.3:
            text = differential.plain(case.body) if whole else ""
            named = [code for code in case.issued if code.isascii() and f'"{code}"' in text]
            value = random.choice((*named, MOBILE, TOKEN, DIGEST, "r-17", "x" * 500, "a b"))
            headers[random.choice(("x-request-id", "X-CAP-REQUEST-ID", "cf-ray"))] = random.choice(("", "r-")) + value
        if random.random() < 0.2:
            odd = ("7", "9" * 5000, "Fri, 01 Jan 9999 00:00:00 GMT", "soon", "-1", "Thu, 01 Jan 1970 00:00:00 GMT")
            headers["retry-after"] = random.choice(odd)
        return {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items()}

    def _wrong(
        self, case: Case, plain: bool, whole: bool, report: Report, end: Issued | CouponClientError
    ) -> list[Finding]:
        found = []
        right = decide(case.requested, case.status, case.body)
        broken = "\ufffd" in case.body.decode(
            errors="replace"
        )  # where readers may see a number or none, doubt is right
        if whole and report.end != right and not (broken and report.end == "outcome-unknown"):
            found.append(f"{report.end} in place of {right}")
        if not whole and report.end != "outcome-unknown":
            found.append(f"{report.end}, although the response is not whole")
        if isinstance(end, Issued) and any(not any(code in named for code in case.issued) for named in end.codes):
            found.append("codes that nobody issued")
        if differential.falsely_none(case, report):
            found.append("nothing issued, although the response shows that there was")
        lost = differential.lost(case, report) if whole and plain and b"byCode" not in case.body else []
        if any(not any(code in named for named in report.codes) for code in lost):  # it may be part of a longer text
            found.append("a code of the response is lost")
        return [Finding("wrong end", f"{text}: {case}") for text in found]

    # --- lists --------------------------------------------------------------------------------------------------------

    def reconciliation(self) -> list[Finding]:
        """Reconcile a lost call, by lists that are whole or say that they are not."""
        random = self.random
        before = [self._code() for _ in range(random.randint(0, 3))]
        requested, given = random.randint(1, 3), random.randint(0, 3)
        new = [self._code() for _ in range(min(given, requested))]
        unknown = OutcomeUnknown("TimeoutError", self._issuance(requested), utc_now())
        coupons = tuple(ListedCoupon(code, SERIES) for code in before)
        known = ReadBack(CUSTOMER_ID, coupons, unknown.asked.at)
        listed, flagged = self._shortened(before + new)
        rows = [{"code": code, "seriesId": SERIES, "id": n, "customProperty": "x"} for n, code in enumerate(listed)]
        body, headers = self._list_body({"data": rows, "errors": [], "warnings": []}, len(before + new), flagged)
        self.platform.answers = [(200, headers, body)]
        verdict = self.client.reconcile(unknown, before=known, settle=0, generic=False, exclusive=True)
        self.ends[f"reconcile: {type(verdict).__name__}"] += 1
        found = self._leaks(verdict, (*before, *new))
        right = WereIssued(tuple(new), requested - len(new)) if new else NotIssued()
        if isinstance(verdict, WereIssued):
            verdict = WereIssued(tuple(sorted(verdict.codes)), verdict.missing)
            right = WereIssued(tuple(sorted(new)), requested - len(new)) if new else right
        if not isinstance(verdict, CannotTell) and (verdict != right or flagged):
            found.append(Finding("wrong end", f"{verdict!r} in place of {right!r}, list {body!r} {headers}"))
        return found

    def search(self) -> list[Finding]:
        """Look for the coupons of a key, by lists that are whole or say that they are not."""
        codes = [self._code() for _ in range(self.random.randint(0, 3))]
        listed, flagged = self._shortened(codes)
        rows = [{"code": code, "seriesId": SERIES, "id": n} for n, code in enumerate(listed)]
        customers = [{"id": CUSTOMER_ID, "mobile": MOBILE, "coupons": rows}] if rows else []
        total = len(codes) if rows else 0
        pagination = {"limit": "100", "offset": "0", "total": total}
        content = {"entity": {"pagination": pagination, "customers": customers}, "errors": [], "warnings": []}
        body, headers = self._list_body(content, total, flagged)
        details = [{**row, "couponIssualDetails": {"sourceId": "other"}} for row in rows]
        answer = (200, headers, body)
        self.platform.answers = [answer, answer, (200, {}, json.dumps({"data": details}).encode())]
        if flagged:  # the client reads such a list again and again
            self.platform.answers = [answer]
        try:
            found: object = self.client.find("order-1", Customer(mobile=MOBILE))
        except NotReadable as error:
            found = error
        self.ends[f"find: {'NotReadable' if isinstance(found, NotReadable) else 'found'}"] += 1
        findings = self._leaks(found, codes)
        if not isinstance(found, NotReadable) and (flagged or found != ()):
            findings.append(Finding("wrong end", f"{found!r}, list {body!r} {headers}"))
        return findings

    def _shortened(self, codes: list[str]) -> tuple[list[str], bool]:
        """Return the coupons that a list shows, and whether it says that it is incomplete or old."""
        if self.random.random() < 0.4:
            return codes, False
        return codes[: self.random.randint(0, len(codes))], True

    def _list_body(self, content: dict[str, Json], total: int, flagged: bool) -> tuple[bytes, dict[str, str]]:
        """Return the body and headers of a list; a flagged one says, in a random way, that it is incomplete or old."""
        random, headers = self.random, {"age": "0"}
        if flagged:
            name = random.choice(tuple(INCOMPLETE_OR_OLD))
            more = INCOMPLETE_OR_OLD[name](random, total)
            if name in ("header",):
                headers |= more
            else:
                place = random.choice((content, content.setdefault("pagination", {}), content.get("entity", content)))
                place |= more
        elif random.random() < 0.5:
            content["hasMore"] = random.choice((False, None, "false"))
        return json.dumps(content).encode(), headers

    def _issuance(self, count: int) -> Any:
        from coupon_client import Issuance

        return Issuance(SERIES, count, Customer(mobile=MOBILE), None, utc_now())

    # --- leaks --------------------------------------------------------------------------------------------------------

    def _leaks(self, end: object, codes: Sequence[str]) -> list[Finding]:
        shown = [self.log.getvalue(), repr(end), str(end) if isinstance(end, Exception) else ""]
        names = ("asked", "coupons", "errors", "warnings", "answer", "args", "request_id", "reason", "__notes__", "why")
        shown += [repr(getattr(end, name, "")) for name in names]
        text = "\n".join(shown)
        secrets = (*SECRETS, *codes)
        return [Finding("leak", f"{secret!r} in {text!r}") for secret in secrets if len(secret) > 3 and secret in text]


def _copies(end: Issued | CouponClientError) -> list[Finding]:
    """Return the ways of copying that lose something of an end."""
    if isinstance(end, Issued):
        ways: list[Any] = [pickle.loads(pickle.dumps(end)), copy.deepcopy(end)]  # noqa: S301 - our own bytes
        ways.append(Issued.from_dict(json.loads(json.dumps(end.to_dict()))))
        return [Finding("wrong end", "a copy differs") for other in ways if other != end]
    ways = [pickle.loads(pickle.dumps(end)), copy.deepcopy(end), type(end)(*json.loads(json.dumps(end.args)))]  # noqa: S301
    return [
        Finding("wrong end", f"a copy of {end!r} differs")
        for other in ways
        if {**vars(other), "since": 0} != {**vars(end), "since": 0}
    ]


def run(cases: int, seed: int) -> tuple[Counter[str], Counter[str], list[Finding]]:
    """Play `cases` cases. Return the counts of each kind of finding and of each end, and the first findings."""
    fuzz, kinds, examples = Fuzz(seed), Counter({"wrong end": 0, "leak": 0, "foreign exception": 0}), []
    logger = logging.getLogger("coupon_client")
    handler = logging.StreamHandler(fuzz.log)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    pause, time.sleep = time.sleep, lambda _: None
    try:
        for _ in range(cases):
            for finding in fuzz.case():
                kinds[finding.kind] += 1
                examples.append(finding)
    finally:
        time.sleep = pause
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
    return kinds, fuzz.ends, examples[:SHOWN]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, and print the first findings and the counts."""
    parser = argparse.ArgumentParser(prog="python -m qa.fuzz_client", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    kinds, ends, examples = run(options.cases, options.seed)
    for finding in examples:
        print(f"{finding.kind}: {finding.text[:1500]}\n")
    print(", ".join(f"{name}: {number:,}" for name, number in sorted(ends.items())))
    print(f"{options.cases:,} cases in {time.monotonic() - started:.0f} s: ", end="")
    print(", ".join(f"{kind}: {number:,}" for kind, number in kinds.items()))
    return WRONG if kinds.total() else OK


if __name__ == "__main__":
    sys.exit(main())
