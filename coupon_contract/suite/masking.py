"""Masks secrets, coupon codes and customer identifiers in everything that is shown.

A masked value keeps its kind and a short digest under a key of this run, so that equal values stay visibly equal. The
values of the target file are masked everywhere and in every encoding; codes, names, identifiers and tokens are masked
from the moment a response of the run has shown them.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from itertools import islice
from threading import Lock
from typing import Any
from urllib.parse import quote_plus

from attrs import define, evolve, field

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.credentials import digest
from coupon_contract.suite.encodings import BASE64, cores, forms, present_cores, views
from coupon_contract.suite.excerpt import documented_names
from coupon_contract.suite.exchange import Exchange, NotJson, Response, loads
from coupon_contract.suite.problem import counted
from coupon_contract.suite.target import Target
from coupon_contract.suite.word_index import WordIndex
from coupon_contract.terminal import shortened

Json = Any

SENSITIVE = {*IDENTIFIERS, "code", "couponCode", "couponCodes", "value", "firstName", "lastName"}
SENSITIVE |= {"accessToken", "key", "secret", "userId", "issuedToUserId"}
LEARNED = SENSITIVE - {"key", "secret"}
CUSTOMER_IDS = {"id", "issuedToId"}
PRIVATE = {"coupons", "customer", "data"}  # objects whose unknown members may hold anything
TELLING = re.compile("code|token|mobile|phone|mail|secret|password", re.IGNORECASE)  # in unknown names
SENSITIVE_IN_QUERY = {"couponCodes": "code", "issuedToIds": "issuedToId"}
SHORT = 4  # characters; a shorter word of the target file is masked only as a whole word
SHORT_LEARNED = 8  # the same for a word of a response, which may be a common word
SHOWN = 4000  # characters of a body
SHOWN_TEXT = 1000  # characters of one text in a body
SHOWN_TEXT_OF_OTHERS = 40  # the same of a target that is not disposable: its texts may be about real customers
ITEMS = 5  # of a list
MEMBERS = 50  # of an object
VALUES = 500  # of a body
SHOWN_NAME = 100  # characters
SERVER_ERROR = 500  # HTTP status
LINES = 3  # of the text of a server error
SHOWN_LINE = 200  # characters
LOOKED_AT = 4_000  # bytes
TAG = re.compile(r"<[^<>]*>")
# Addresses, words of some length with a digit in them, and words in capitals.
TELLTALE = re.compile(r"[^\s@<>]+@[^\s@<>]+|\b(?=[\w-]*\d)[\w-]{5,}|\b[A-Z]{6,}\b")
MOST_LEARNED = 2_000  # words of one response
LEARNED_CHARACTERS = 2_000_000  # of all words that a run learns
LARGEST_LEARNED = 2_000_000  # bytes of a response; a longer one lists what was issued before, and is shown masked


@define
class Mask:
    """Masks exchanges of one run."""

    _words: WordIndex = field(factory=WordIndex, repr=False)
    _room: int = LEARNED_CHARACTERS
    _lock: Lock = field(factory=Lock, repr=False)
    _tokens: dict[str, str] = field(factory=dict, repr=False)  # form, as it is and in lower case -> its mask
    _cores: set[str] = field(factory=set, repr=False)
    _disposable: bool = True
    _key: bytes = field(factory=lambda: secrets.token_bytes(16), repr=False)

    @classmethod
    def for_target(cls, target: Target) -> "Mask":
        """Return a mask that knows the secrets and customers of a target."""
        mask = cls(disposable=target.disposable)
        for word in target.secrets:
            mask._add("secret", word, SHORT)
        for user, password in target.auth.values():
            for word in (user, password, digest(password), digest(password + "-wrong")):
                mask._add("secret", word, SHORT)
        mask._add("secret", target.expired_token or "", SHORT)
        for customer in (*target.known, target.unknown):
            for kind, text in customer.items():
                mask._add(kind, text, SHORT)
                mask._add(kind, text.lstrip("+0"), SHORT)
            if "mobile" in customer:  # a test sends the beginning of a number, which must stay distinct
                mask._add("mobile", customer["mobile"][:-1], SHORT)
        mask._cores = {core for word in mask._tokens for core in cores(word)}
        return mask

    def secret(self, word: str | None) -> None:
        """Mask this word everywhere from now on."""
        if word and word not in self._tokens:
            self._add("secret", word, SHORT)
            self._cores |= cores(word)

    def word(self, kind: str, word: str) -> None:
        """Mask this word everywhere from now on, as a value of this kind."""
        self._add(kind, word, SHORT)

    def learn(self, exchange: Exchange) -> None:
        """Mask the codes, names, identifiers and tokens of this response everywhere from now on."""
        if len(exchange.response.body) > LARGEST_LEARNED:
            return
        with self._lock:  # otherwise parallel calls would have all of their responses in memory at once
            try:
                values = list(islice(_sensitive(loads(exchange.response.body)), MOST_LEARNED))
            except (NotJson, RecursionError):
                return
            for kind, word in values:
                # A longer text is never shown, and a target must not fill the memory with words.
                if SHORT <= len(word) <= min(SHOWN_TEXT, self._room) and word not in self._tokens:
                    self._room -= len(word)
                    self._add(kind, word, SHORT_LEARNED)

    def learn_request(self, exchange: Exchange) -> None:
        """Mask the identifiers of a request that somebody else sent, and everything of its response as `learn` does."""
        self.learn(exchange)
        self.learn(evolve(exchange, response=evolve(exchange.response, body=exchange.request.body)))

    def text(self, text: str) -> str:
        """Return text with the known values masked: in any case, in hex, escaped, percent-encoded, within base64."""
        spans = [
            (view.starts[start], view.ends[end - 1], token)
            for view in views(text)
            for start, end, token in self._spans(view.text)
        ]
        masked: list[str] = []
        rest = 0
        for start, end, token in _united(spans):
            masked += (text[rest:start], token)
            rest = end
        return "".join((*masked, text[rest:]))

    def _spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield the place of each known value in a text without escapes, and its mask."""
        if parts := present_cores(list(self._cores), text):
            for run in BASE64.finditer(text):
                if present_cores(parts, run[0]):
                    yield *run.span(), self._token("secret", run[0])
        for pattern in self._words.patterns_in(text.lower()):
            for match in re.finditer(pattern, text, re.IGNORECASE):
                yield *match.span(), self._known(match)

    def in_query(self, name: str, value: str) -> str:
        """Return the value of a parameter of a query."""
        if name in SENSITIVE_IN_QUERY:
            return self._token(SENSITIVE_IN_QUERY[name], value)
        masked = self.text(value)
        return quote_plus(value) if masked == value else masked

    def response(self, response: Response) -> str:
        """Return status line, content type and body of a response."""
        return f"HTTP {response.status} {self.content_type(response)}\n{self.body_of(response)}"

    def body_of(self, response: Response) -> str:
        """Return the body of a response, or its size if it was not kept."""
        if response.status >= SERVER_ERROR and (lines := self._first_lines(response.body)):
            return lines
        if response.dropped_bytes:
            return f"<{response.dropped_bytes} bytes, which are not kept: this run has kept enough of others>"
        return self.body(response.body)

    def _first_lines(self, body: bytes) -> str:
        """Return the first lines of a text that is not JSON, such as a traceback; empty if there is none.

        Words that may be codes, identifiers or addresses are masked, whether or not the run knows them. Of a target
        that is not disposable, only the first line is shown.
        """
        try:
            loads(body)
        except (NotJson, RecursionError):
            text = TAG.sub(" ", body[:LOOKED_AT].decode("utf-8", "replace"))
            lines = [line.strip() for line in text.splitlines() if line.strip()][: LINES if self._disposable else 1]
            longest = SHOWN_LINE if self._disposable else SHOWN_TEXT_OF_OTHERS
            shown = (self.text(TELLTALE.sub("<word>", shortened(line, longest))) for line in lines)
            return "\n".join((*shown, f"<{counted(len(body), 'byte')}, not JSON>")) if lines else ""
        return ""

    def content_type(self, response: Response) -> str:
        """Return the content type of a response; without its parameters if the target is not disposable."""
        declared = response.header("content-type")
        if not self._disposable:
            declared = declared.partition(";")[0].rstrip()
        return self.text(shortened(declared))

    def body(self, body: bytes) -> str:
        """Return a body: JSON with its sensitive values masked; of anything else only the size."""
        if len(body) > LARGEST_LEARNED:
            return f"<{counted(len(body), 'byte')}, too many to show>"
        try:
            text = json.dumps(self._value(loads(body), [VALUES]), ensure_ascii=True)
        except NotJson:
            return f"<{counted(len(body), 'byte')}, not JSON>"
        except RecursionError:
            return f"<{counted(len(body), 'byte')} of JSON, nested too deeply to show>"
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}... <{counted(len(body), 'byte')}>"

    def _add(self, kind: str, word: str, short: int) -> None:
        token = self._token(kind, word)
        for form in forms(word) if word else ():
            self._words.add(form.lower(), alone=len(form) < short)
            self._tokens.setdefault(form, token)
            self._tokens.setdefault(form.lower(), token)

    def _known(self, match: re.Match[str]) -> str:
        return self._tokens.get(match[0]) or self._tokens.get(match[0].lower()) or self._token("secret", match[0])

    def _value(self, value: Json, room: list[int], kind: str = "", private: bool = False) -> Json:
        """Return a value masked; `kind` is the sensitive key of the value, or empty.

        `private` says that it belongs to a coupon or a customer, so that only documented names are shown. `room` is
        left for that many values; only the number of the others is shown.
        """
        room[0] -= 1
        if isinstance(value, dict):
            shown = list(islice(value, MEMBERS if room[0] > 0 else 0))
            more = {f"<{len(value) - len(shown)} more>": None} if len(value) > len(shown) else {}
            return {
                self._name(name, private): self._value(
                    value[name], room, _kind(value, name, private) or kind, private or name in PRIVATE
                )
                for name in shown
            } | more
        if isinstance(value, list):
            items = value[: ITEMS if room[0] > 0 else 0]
            rest = [f"<{len(value) - len(items)} more>"] if len(value) > len(items) else []
            return [
                self._value(item, room, kind or ("" if isinstance(item, dict) else _of_list(private)), private)
                for item in items
            ] + rest
        return self._scalar(value, kind)

    def _name(self, name: str, private: bool) -> str:
        if len(name) > SHOWN_NAME:
            return f"<name of {len(name)} characters>"
        return self.text(name) if not private or name in documented_names() else self._token("name", name)

    def _scalar(self, value: Json, kind: str) -> Json:
        if kind:
            return self._token(kind, str(value))
        if isinstance(value, str):
            return self._shown_text(value)
        return self._tokens.get(_digits(value), value)

    def _shown_text(self, value: str) -> str:
        """A text that nothing says to mask; of a target that is not disposable only its beginning."""
        if len(value) > SHOWN_TEXT:
            return f"<text of {len(value)} characters>"
        if self._disposable or len(value) <= SHOWN_TEXT_OF_OTHERS:
            return self.text(value)
        return self._beginning(value, SHOWN_TEXT_OF_OTHERS)

    def _beginning(self, value: str, longest: int) -> str:
        """The first characters of a text, without a part of anything that is masked in it."""
        return shortened(self.text(value), longest)

    def _token(self, kind: str, value: str) -> str:
        short = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).hexdigest()
        return f"<{kind} {short}>"


def _united(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the spans in order, with overlapping ones merged: the first keeps its token."""
    united: list[tuple[int, int, str]] = []
    for start, end, token in sorted(spans, key=lambda span: (span[0], -span[1])):
        if united and start < united[-1][1]:
            first, last, kept = united[-1]
            united[-1] = first, max(last, end), kept
        else:
            united.append((start, end, token))
    return united


def _of_list(private: bool) -> str:
    return "text" if private else ""


def _kind(parent: dict[str, Json], name: str, private: bool = False) -> str:
    """Return the kind under which a member of an object is masked; empty if it may be shown."""
    code_of_error = name == "code" and isinstance(parent[name], int) and "message" in parent
    customer_id = name in CUSTOMER_IDS and ("profiles" in parent or name == "issuedToId")
    if (name in SENSITIVE and not code_of_error) or customer_id:
        return name
    if name in documented_names():
        return ""
    return "text" if private or TELLING.search(name) else ""


def _sensitive(value: Json, private: bool = False) -> Iterator[tuple[str, str]]:
    """Yield kind and text of everything in a response that is to be masked elsewhere too."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, list | dict):
                yield from _sensitive(item, private)
    if isinstance(value, dict):
        for name, item in value.items():
            kind = _kind(value, name, private)
            if isinstance(item, str) and (
                kind in {*LEARNED, *CUSTOMER_IDS} or (kind == "text" and not re.search(r"\s", item))
            ):
                yield kind, item
            elif kind and len(_digits(item)) >= SHORT:
                yield kind, _digits(item)
            else:
                yield from _sensitive(item, private or name in PRIVATE)


def _digits(value: Json) -> str:
    """Return an integer as identifiers write it; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
        return ""
    return str(int(value))
