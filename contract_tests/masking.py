"""Takes secrets, coupon codes and customer identifiers out of everything that is shown.

A masked value keeps its kind and a short digest under a key of this run, so that equal values stay visibly equal.
"""

import hashlib
import json
import secrets
from typing import Any

from attrs import define, field

from contract_tests.credentials import digest
from contract_tests.exchange import Exchange, NotJson, Request, Response, loads
from contract_tests.target import IDENTIFIERS, Target

Json = Any

SENSITIVE = {*IDENTIFIERS, "code", "value", "firstName", "lastName", "accessToken", "key", "secret", "userId"}
CUSTOMER_IDS = {"id", "issuedToId"}
SHOWN = 4000  # characters of a body
ITEMS = 5  # of a list


@define
class Mask:
    """Masks exchanges of one run. `words` are values that are masked wherever they stand."""

    words: tuple[str, ...] = field(repr=False)
    _key: bytes = field(factory=lambda: secrets.token_bytes(16), repr=False)

    @classmethod
    def of(cls, target: Target) -> "Mask":
        """The mask that knows the secrets and customers of a target."""
        pairs = [text for pair in target.auth.values() for text in (*pair, digest(pair[1]))]
        customers = [text for customer in (*target.known, target.unknown) for text in customer.values()]
        words = {*pairs, *customers, target.expired_token or ""} - {""}
        return cls(tuple(sorted(words, key=len, reverse=True)))

    def text(self, text: str) -> str:
        """Text with the known values masked."""
        for word in self.words:
            text = text.replace(word, self._token("secret", word))
        return text

    def request(self, request: Request) -> str:
        """The request as a curl command, with a placeholder where the credentials go."""
        lines = [f"curl -X {request.method} '$BASE_URL{self.text(request.url)}'"]
        lines += [f"  -H '{name}: {self.text(value)}'" for name, value in request.headers]
        lines += [f"  # credentials: {request.who}"]
        if request.body:
            lines.insert(-1, f"  --data-binary '{self.body(request.body)}'")
        return " \\\n".join(lines[:-1]) + f"   {lines[-1].strip()}"

    def response(self, response: Response) -> str:
        """Status line, content type and body of a response."""
        return f"HTTP {response.status} {response.header('content-type')}\n{self.body(response.body)}"

    def exchange(self, exchange: Exchange) -> str:
        """Request and response."""
        return f"{self.request(exchange.request)}\n\n{self.response(exchange.response)}"

    def body(self, body: bytes) -> str:
        """A body: JSON with its sensitive values masked; of anything else, which may hold anything, only the size."""
        try:
            value = loads(body)
        except NotJson:
            return f"<{len(body)} bytes that are not JSON>"
        text = self.text(json.dumps(self._value(value, ""), ensure_ascii=True))
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}… <{len(body)} bytes>"

    def _value(self, value: Json, key: str) -> Json:
        if isinstance(value, dict):
            return {self.text(name): self._member(value, name) for name in value}
        if isinstance(value, list):
            more = [f"<{len(value) - ITEMS} more>"] if len(value) > ITEMS else []
            return [self._value(item, key) for item in value[:ITEMS]] + more
        return value

    def _member(self, parent: dict[str, Json], name: str) -> Json:
        value = parent[name]
        if isinstance(value, dict | list):
            return self._value(value, name)
        code_of_error = name == "code" and isinstance(value, int) and "message" in parent
        customer_id = name in CUSTOMER_IDS and ("profiles" in parent or name == "issuedToId")
        if (name in SENSITIVE and not code_of_error) or customer_id:
            return self._token(name, str(value))
        return value

    def _token(self, kind: str, value: str) -> str:
        short = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).hexdigest()
        return f"<{kind} {short}>"
