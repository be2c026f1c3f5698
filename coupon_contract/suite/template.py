"""A request to keep and show: with placeholders for the secrets, customers and series of the target.

`$known.0.mobile` stands for `customers.known[0].mobile` of the target file; `$unknown.email`, `$series.expired`,
`$auth.oauth.key` and `$auth.expired-token` likewise; `$json.known.0.email` and `$ascii.known.0.email` for the same text
as JSON escapes it; `$$` is a dollar sign. With a target, a template gives the exact bytes again. Credentials are filled
in only where the suite itself sends them: in their headers, and in the body of a token request.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self

from attrs import asdict, field, frozen

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.exchange import Headers, Request
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.permitted import LARGEST_BODY, PATHS, is_secret_header, may_hold_secrets
from coupon_contract.suite.states import STATES
from coupon_contract.suite.target import AUTH_KEYS, Target

Json = Any
Encoding = Literal["text", "zlib", "base64", "withheld"]

UTF_16 = "utf-16-le", "utf-16-be"
DAMAGED = "the body in the results is damaged"
LARGE = 10_000  # bytes; a larger body is kept compressed
_NAMES = [f"auth.{name}.{key}" for name, keys in AUTH_KEYS.items() for key in keys]
_NAMES += ["auth.expired-token", *(f"series.{state}" for state in STATES)]
_FIXED = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
_CUSTOMER = rf"(?:known\.\d+|unknown)\.(?:{'|'.join(IDENTIFIERS)})"
PLACEHOLDER = re.compile(rf"\$(?:\$|(?:json\.|ascii\.)?(?:{_CUSTOMER}|{_FIXED}))")
SECRET = re.compile(r"(?<!\$)(?:\$\$)*\$(?:json\.|ascii\.)?auth\.")
SERIES = '"seriesId":', '"seriesId": ', '"seriesId":"', '"seriesIds":', '"seriesIds": ', '"seriesIds":['


class TemplateError(Exception):
    """A template that this target, or any target, cannot fill. The text says what is missing."""


@frozen
class Body:
    """The body of a template: text with placeholders, the same compressed, bytes in base64, or nothing."""

    encoding: Encoding
    content: str


@frozen
class Template:
    """A request with placeholders. `complete` is False if a value was masked, so that it cannot be sent again."""

    method: str
    path: str
    query: Headers
    headers: Headers
    body: Body
    who: str
    complete: bool = True

    @classmethod
    def from_request(cls, request: Request, target: Target, mask: Mask) -> Self:
        """Return the template of a request to this target. Values without a placeholder are masked."""
        hide = _Hiding(target, mask)
        return cls(
            method=request.method,
            path=request.path if request.path in PATHS else hide(request.path),
            query=tuple((hide(name), hide.in_query(name, value)) for name, value in request.query),
            headers=tuple((hide(name), hide(value, secrets=is_secret_header(name))) for name, value in request.headers),
            body=hide.body(request.body, secrets=may_hold_secrets(request.path)),
            who=request.who,
            complete=hide.complete,
        )

    def request_for(self, target: Target) -> Request:
        """Return the request with the target's own values. Raises TemplateError."""
        if not self.complete:
            raise TemplateError("this request holds values of an earlier answer; only its test can send it again")
        fill, fill_secrets = _filling(target, secrets=False), _filling(target, secrets=True)
        headers = [(fill(name), value) for name, value in self.headers]
        return Request(
            method=self.method,
            path=self.path if self.path in PATHS else fill(self.path),
            query=tuple((fill(name), fill(value)) for name, value in self.query),
            headers=tuple((name, (fill_secrets if is_secret_header(name) else fill)(value)) for name, value in headers),
            body=_filled(self.body, fill_secrets if may_hold_secrets(self.path) else fill),
            who=self.who,
        )

    def to_json(self) -> dict[str, Json]:
        """Return the template as results hold it."""
        stored: dict[str, Json] = json.loads(json.dumps(asdict(self)))
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> Self:
        """Return the template that results hold. `stored` fits spec/results.schema.json."""
        pairs = {name: tuple((key, value) for key, value in stored[name]) for name in ("query", "headers")}
        return cls(**{**stored, **pairs, "body": Body(**stored["body"])})


def text_of(body: Body) -> str | None:
    """Return the text of a body with its placeholders, or None if it is not text. Raises TemplateError."""
    if body.encoding == "zlib":
        try:
            return _unpacked(base64.b64decode(body.content, validate=True)).decode("utf-8")
        except (ValueError, zlib.error):  # ValueError: no base64, or no UTF-8
            raise TemplateError(DAMAGED) from None
    return body.content if body.encoding == "text" else None


def _unpacked(packed: bytes) -> bytes:
    """Return the bytes of a compressed body, up to the size of a request. Raises TemplateError and zlib.error."""
    unpacking = zlib.decompressobj()
    unpacked = unpacking.decompress(packed, LARGEST_BODY + 1)
    if len(unpacked) > LARGEST_BODY:
        raise TemplateError(f"the body in the results is larger than {LARGEST_BODY} bytes; no test sends such a body")
    if not unpacking.eof or unpacking.unused_data:
        raise TemplateError(DAMAGED)
    return unpacked


def values(target: Target) -> dict[str, str]:
    """Return the value of each placeholder for this target, by its name without the dollar sign."""
    by_name = {f"series.{state}": str(series.id) for state, series in target.series.items()}
    for index, customer in enumerate(target.known):
        by_name |= {f"known.{index}.{name}": text for name, text in customer.items()}
    by_name |= {f"unknown.{name}": text for name, text in target.unknown.items()}
    for name, pair in target.auth.items():
        by_name |= {f"auth.{name}.{key}": text for key, text in zip(AUTH_KEYS[name], pair, strict=True)}
    return by_name | ({"auth.expired-token": target.expired_token} if target.expired_token else {})


def escaped(text: str) -> dict[str, str]:
    """Return the forms of a text that have placeholders, by their prefix."""
    plain, ascii_only = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    return {"": text, "json.": plain, "ascii.": ascii_only}


@frozen
class _Hiding:
    """Puts placeholders into text, and records whether a value had to be masked."""

    target: Target
    mask: Mask
    _lost: list[str] = field(factory=list)
    _words: dict[str, str] = field(init=False)

    @_words.default
    def _forms(self) -> dict[str, str]:
        forms: dict[str, str] = {}
        for name, value in values(self.target).items():
            for prefix, form in escaped(value).items() if not name.startswith("series.") else ():
                forms.setdefault(form, f"${prefix}{name}")
        return forms

    @property
    def complete(self) -> bool:
        return not self._lost

    def __call__(self, text: str, *, secrets: bool = False) -> str:
        hidden = re.sub(self._pattern(text), self._placeholder, text)
        if not secrets and (misplaced := SECRET.search(hidden)):
            self._lost.append(misplaced[0])  # a template would not fill it in
        parts = re.split(f"({PLACEHOLDER.pattern})", hidden)
        masked_texts = {part: self.mask.text(part) for part in set(parts[::2])}  # a large body repeats few parts
        masked = [part if index % 2 else masked_texts[part] for index, part in enumerate(parts)]
        self._lost.extend(after for before, after in zip(parts, masked, strict=True) if before != after)
        return "".join(masked)

    def in_query(self, name: str, value: str) -> str:
        hidden = self(value)
        if hidden == value and (masked := self.mask.in_query(name, value)).startswith("<"):
            self._lost.append(masked)
            return masked
        return hidden

    def body(self, body: bytes, *, secrets: bool = False) -> Body:
        try:
            text = self(body.decode("utf-8"), secrets=secrets)
        except UnicodeDecodeError:
            return self._bytes(body)
        if len(text) <= LARGE:
            return Body("text", text)
        return Body("zlib", base64.b64encode(zlib.compress(text.encode("utf-8"))).decode())

    def _bytes(self, body: bytes) -> Body:
        readings = [body.decode("latin-1"), body.decode("utf-8", "replace")]
        readings += [body[start:].decode(kind, "replace") for kind in UTF_16 for start in (0, 1)]
        if any(self.mask.text(reading) != reading for reading in readings):
            self._lost.append("bytes")
            return Body("withheld", f"{len(body)} bytes")
        return Body("base64", base64.b64encode(body).decode())

    def _pattern(self, text: str) -> str:
        words = [re.escape(word) for word in sorted(self._words, key=len, reverse=True) if word in text]
        ids = "|".join(str(series.id) for series in self.target.series.values())
        keys = "|".join(f"(?<={re.escape(key)})" for key in SERIES if key in text)
        series = [rf"(?:{keys})(?:{ids})(?![\w.])"] if keys and ids else []
        return "|".join((*series, *words, r"\$"))

    def _placeholder(self, match: re.Match[str]) -> str:
        placeholder = self._words.get(match[0])
        if placeholder or match[0] == "$":
            return placeholder or "$$"
        return next(
            f"$series.{series.state.name}" for series in self.target.series.values() if str(series.id) == match[0]
        )


def _filling(target: Target, *, secrets: bool) -> Callable[[str], str]:
    known = values(target)

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        first, _, rest = match[0][1:].partition(".")
        prefix, name = (f"{first}.", rest) if first in ("json", "ascii") else ("", match[0][1:])
        if name.startswith("auth.") and not secrets:
            raise TemplateError(f"{name} stands where the suite never sends credentials; nothing is filled in there")
        if name not in known:
            raise TemplateError(f"the target has no {name}, which this request needs")
        return escaped(known[name])[prefix]

    return lambda text: PLACEHOLDER.sub(value, text)


def _filled(body: Body, fill: Callable[[str], str]) -> bytes:
    if body.encoding == "withheld":
        raise TemplateError("the results do not hold the body of this request; only its test can send it again")
    try:
        if body.encoding == "base64":
            return base64.b64decode(body.content, validate=True)
        return fill(text_of(body) or "").encode("utf-8")
    except (binascii.Error, UnicodeEncodeError):
        raise TemplateError(DAMAGED) from None
