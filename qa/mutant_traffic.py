"""Repeatable requests for every operation of the contract, each made from what earlier responses named.

They are meant to tell two servers apart: many are valid and share few customers and series, so that limits run out;
others are wrong in one or two places, in the ways that the ledger talks about.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any
from urllib.parse import urlencode

from attrs import define, field, frozen

from coupon_contract import spec
from coupon_contract.facts import COUNT_MAXIMUM, METADATA_LENGTHS, TOKEN_HEADER
from coupon_contract.suite.credentials import digest

Json = Any
Pairs = list[tuple[str, str]]

# What the sandbox's seed has. A series is drawn more often the more its state depends on earlier calls.
LIMITED = (96004, 50020, 50010, 50050, 50060, 50021, 96005, 50011, 50061)
SERIES = (415446, 415446, 535521, 18426, 71300, 70700, *LIMITED, *LIMITED)
CUSTOMERS: tuple[dict[str, str], ...] = (
    {"mobile": "11223569865", "externalId": "3873472"},
    {"mobile": "918028464628", "email": "Tomhills@mail.com", "externalId": "x918028464628"},
    {"email": "Tomhills@captech.com", "mobile": "11223569866"},
    {"mobile": "11223569901", "email": "one@example.com", "externalId": "9001"},
)
CUSTOMER_IDS = (555567088, 374658850, 555567090, 555567101)
VALUES: tuple[Json, ...] = (
    *(None, True, False, "", "x", [], {}, 0, -1, 1, 2, 0.5, 2.0, "1", "415446", [1], {"a": 1}, 756, 2**31, 2**63 - 1),
    *(
        2**63,
        2**64 + 415446,
        -(2**63) - 1,
        10**39,
        10**40,
        10**60,
        -(10**60),
        "\0",
        "\ud800",
        "ä",
        "0",
        "000",
        "9" * 300,
    ),
)
COUNTS = (*(1,) * 8, *(2,) * 4, 3, 3, 4, 5, 6, 7, 0, -1, None)
LARGE = (63, 64, 65, 100, 101, 128, 255, 256, 499, COUNT_MAXIMUM, COUNT_MAXIMUM + 1, 10**6)
CASES = ("", "UPPER", "LOWER", "AS_IT_IS", "upper", "other")
STATUSES = (
    *("UNREDEEMED", "ACTIVE", "ACTIVE_UNREDEEMED", "REDEEMABLE", "EXPIRED", "EXPIRED_UNREDEEMED", "REDEEMED"),
    *("ACTIVE_REDEEMED", "EXPIRED_REDEEMED", "", "other"),
)


@frozen
class Request:
    """A request; `pieces` are the parts that the body arrives in."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    pieces: tuple[bytes, ...] = (b"",)

    def __str__(self) -> str:
        body = b"".join(self.pieces)[:300].decode("utf-8", "replace")
        return f"{self.method} {self.path}?{self.query[:200].decode()} {body}"


@define
class Traffic:
    """Makes requests. `learn` is told each response's JSON, so that later requests can name what it names."""

    random: Random
    codes: list[str] = field(factory=list)
    ids: list[int] = field(factory=list)
    tokens: list[str] = field(factory=list)

    def forget(self) -> None:
        """Begin with a new database."""
        for known in (self.codes, self.ids, self.tokens):
            known.clear()

    def learn(self, answer: Json) -> None:
        """Note the coupons and the token that a response names."""
        if not isinstance(answer, dict):
            return
        data = answer.get("data")
        if isinstance(data, dict) and isinstance(data.get("accessToken"), str):
            self.tokens.append(data["accessToken"])
        for coupon in answer.get("coupons") or ():
            if isinstance(coupon, dict):
                self.codes.append(str(coupon.get("code")))
                self.ids.append(number if isinstance(number := coupon.get("couponId"), int) else 0)

    def request(self) -> Request:
        """Return the next request."""
        kinds: Sequence[Callable[[], Request]] = (self.issue, self.read_back, self.listing, self.revoke, self.token)
        (kind,) = self.random.choices(kinds, (60, 17, 10, 7, 6))
        return kind()

    # --- operations --------------------------------------------------------------------------------------------------

    def issue(self) -> Request:
        """Return an issuing call."""
        body = self._issue_body()
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            self._change(body)
        return self._posted(spec.ISSUE_PATH, body)

    def _issue_body(self) -> dict[str, Json]:
        random = self.random
        series = random.choice((*SERIES, 999999999))
        count = random.choice(LARGE) if random.random() < 0.04 else random.choice(COUNTS)
        body: dict[str, Json] = {"seriesId": series, "count": count, "customer": self._customer()}
        if random.random() < 0.2:
            names = random.sample([*METADATA_LENGTHS, "other"], random.randint(0, 3))
            lengths = {name: METADATA_LENGTHS.get(name, 9) + random.choice((0, 0, 1, -1)) for name in names}
            body["metadata"] = {name: random.choice("aä0") * random.choice((0, 3, lengths[name])) for name in names}
        return body

    def _customer(self) -> dict[str, Json]:
        random = self.random
        known = random.choice(CUSTOMERS)
        names = random.sample(sorted(known), random.randint(1, len(known)))
        customer: dict[str, Json] = {name: known[name] for name in names}
        if random.random() < 0.15:
            customer |= random.choice(
                (
                    {"externalId": "000003873472"},
                    {"externalId": "0" * 30 + "9001"},
                    {"mobile": "10000000000"},
                    {"email": "TOMHILLS@mail.com"},
                    {"email": "", "mobile": None},
                    {"id": 555567088},
                    {},
                )
            )
        return customer

    def _change(self, body: dict[str, Json]) -> None:
        """Make one place of a body another one."""
        random = self.random
        place = random.choice([body, *(value for value in body.values() if isinstance(value, dict))])
        name = random.choice([*place, "seriesId", "count", "customer", "metadata", "seriesIds", "mobile"])
        if random.random() < 0.15:
            place.pop(name, None)
        else:
            place[name] = deepcopy(random.choice(VALUES))  # a later change may go into it

    def read_back(self) -> Request:
        """Return a read-back of coupons by id, customer or code."""
        random = self.random
        query: Pairs = []
        for _ in range(random.choice((1, 1, 1, 2, 3, 0, 40))):
            kind = random.choice(("couponIds", "issuedToIds", "couponCodes"))
            query.append((kind, self._value(kind)))
        if random.random() < 0.02:
            query += [("couponIds", str(number)) for number in range(random.choice((998, 1000, 1001)))]
        if random.random() < 0.4:
            query.append(("coupon_code_case", random.choice(CASES)))
        if random.random() < 0.4:
            query.append(("includeIssualDetails", random.choice(("true", "TRUE", "false", "1", ""))))
        return self._got(spec.READ_BACK_PATH, query)

    def _value(self, kind: str) -> str:
        random = self.random
        if random.random() < 0.08:
            return random.choice(("", "-1", "x", "0", "9" * 25, "9" * 41, "1.0", "\0", "٣"))
        if kind == "issuedToIds":
            return str(random.choice((*CUSTOMER_IDS, 7)))
        known: Sequence[Json] = self.ids if kind == "couponIds" else self.codes
        value = str(random.choice(known)) if known else "1"
        return random.choice((value, value, value.lower(), value.upper(), value[:-1], value + "0"))

    def listing(self) -> Request:
        """Return a listing of a customer's coupons."""
        random = self.random
        customer, query = self._customer(), Pairs()
        for name, value in customer.items():
            query.append(
                (random.choice((name, name, "external_Id")) if name == "externalId" else name, str(value or ""))
            )
        if random.random() < 0.3:
            query = [("id", str(random.choice((*CUSTOMER_IDS, 7, "x", "-1")))), *query[: random.randint(0, 1)]]
        for name, values in (
            ("status", STATUSES),
            ("limit", ("0", "1", "2", "99", "100", "101", "1000", "-1", "x", "1" * 15, "1" * 16)),
            ("offset", ("0", "1", "3", "100", "-1", "")),
            ("sort_order", ("ASC", "DESC", "asc", "other")),
            ("coupon_code_case", CASES),
        ):
            if random.random() < 0.3:
                query.append((name, random.choice(values)))
        return self._got(spec.CUSTOMER_COUPONS_PATH, query)

    def revoke(self) -> Request:
        """Return a revocation by codes or by customer."""
        random = self.random
        body: dict[str, Json] = {"couponSeriesId": random.choice((None, *SERIES, 999999999))}
        if random.random() < 0.8:
            number = random.choice((1, 1, 1, 2, 3, 0, 50, 51))
            body["couponCodes"] = [self._value("couponCodes") for _ in range(number)]
            if number > 3:
                body["couponCodes"] = [f"{code}{nth}" for nth, code in enumerate(body["couponCodes"])]
        else:
            body["customer"] = self._customer()
            if random.random() < 0.4:
                body["customer"] = {"id": random.choice((*CUSTOMER_IDS, "555567088", 7, "x", "", None))}
        if random.random() < 0.2:
            self._change(body)
        query = [("couponCodeCase", random.choice(CASES))] if random.random() < 0.3 else []
        return self._posted(spec.REVOKE_PATH, {key: value for key, value in body.items() if value is not None}, query)

    def token(self) -> Request:
        """Return a request for a token."""
        body: dict[str, Json] = {"key": "sandbox-key", "secret": "sandbox-secret"}
        if self.random.random() < 0.4:
            body[self.random.choice(("key", "secret", "other"))] = self.random.choice(("", "x", *VALUES))
        return self._posted(spec.TOKEN_PATH, body)

    # --- HTTP --------------------------------------------------------------------------------------------------------

    def _got(self, path: str, query: Pairs) -> Request:
        text = urlencode(query, errors="replace").encode()
        return Request(self._method("GET"), path, text, tuple(self._credentials()))

    def _posted(self, path: str, body: dict[str, Json], query: Pairs | None = None) -> Request:
        random = self.random
        types = (b"application/json; charset=utf-8", b"Application/JSON ;x", b"text/plain", b"application/jsonx", b"")
        kind = random.choice(types) if random.random() < 0.06 else b"application/json"
        headers = self._credentials()
        if random.random() > 0.02:
            headers.append((b"content-type", kind))
        whole = self._damaged(json.dumps(body, ensure_ascii=random.random() < 0.5))
        cuts = sorted(random.randrange(len(whole) + 1) for _ in range(random.choice((0, 0, 1, 2))))
        pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
        return Request(self._method("POST"), path, urlencode(query or []).encode(), tuple(headers), tuple(pieces))

    def _method(self, right: str) -> str:
        return right if self.random.random() > 0.01 else self.random.choice(("GET", "POST", "PUT", "HEAD"))

    def _damaged(self, text: str) -> bytes:
        """Return the bytes of a body, one in eight of them odd."""
        random = self.random
        body = text.encode("utf-8", "surrogatepass")
        if random.random() > 0.12:
            return body
        deep = random.choice((20, 62, 63, 64, 65, 100))
        return random.choice(
            (
                lambda: body[: random.randrange(len(body))],
                lambda: body[:-1] + b', "count": 1}',
                lambda: body.replace(b": 1", b": 1.0").replace(b": 2", b": 2e0"),
                lambda: body.replace(b"1", b"NaN", 1),
                lambda: body[:-1] + b', "more": ' + b"[" * deep + b"]" * deep + b"}",
                lambda: body[:-1] + b', "text": "' + b"[" * 70 + rb'\"{"}',
                lambda: b" \r\n\t" + body + b"\n",
                lambda: b"\xef\xbb\xbf" + body,
                lambda: text.encode("utf-16", "surrogatepass"),
                lambda: body + b"}",
                lambda: b"[" + body + b"]",
                lambda: body[:-1] + b', "more": "' + b"x" * random.choice((1000, 2**20 - len(body), 2**20)) + b'"}',
                lambda: b"",
                lambda: body.replace(b'"', b"\xff", 1),
                lambda: body.replace(b'"', b"'"),
                lambda: body.replace(b"seriesId", rb"series\u0049d"),
            )
        )()

    def _credentials(self) -> list[tuple[bytes, bytes]]:
        """Return headers that authenticate, but for one in ten."""
        random, headers = self.random, []
        basic = _basic("till.sandbox", digest("sandbox-password"))
        if self.tokens and random.random() < 0.25:
            headers.append((TOKEN_HEADER.lower().encode(), random.choice(self.tokens).encode()))
        else:
            headers.append((b"authorization", basic))
        if random.random() > 0.1:
            return headers
        wrong = (
            basic.lower(),
            basic.replace(b"Basic", b"BASIC"),
            basic.replace(b" ", b"   "),
            basic.replace(b"Basic", b"Bearer"),
            basic[:-2],
            basic + b"!",
            _basic("till.sandbox", "sandbox-password"),
            _basic("till.sandbox", digest("other")),
            _basic("till.sandbox", digest("sandbox-password").upper()),
            _basic("till.sandbox", digest("sandbox-password") + ":"),
            _basic("till.other", digest("sandbox-password")),
            _basic("", ""),
            _basic("till.no-access", digest("sandbox-password")),
            b"Basic",
            b"\xff",
        )
        tokens = (b"sandbox-token-that-expired", b"", b"invented", *(token[:-1].encode() for token in self.tokens[-1:]))
        one = random.choice(
            ((b"authorization", random.choice(wrong)), (TOKEN_HEADER.lower().encode(), random.choice(tokens)))
        )
        return random.choice(([], [one], [one], [one], [*headers, one], [one, *headers], [*headers, *headers]))


def _basic(user: str, password: str) -> bytes:
    return b"Basic " + b64encode(f"{user}:{password}".encode())
