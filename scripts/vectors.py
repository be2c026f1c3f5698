"""Makes the language-neutral test vectors from spec/vectors, the document and the suite's cases.

`python -m scripts.vectors DIRECTORY` writes decoding.json, requests.json, external-ids.json and issue-once.json, and
their schema, spec/vectors/schema.json.
"""

import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from coupon_contract import spec
from coupon_contract.suite import cases

Json = Any
SOURCES = spec.DIRECTORY / "vectors"
SCHEMA = SOURCES / "schema.json"
JSON_HEADERS = {"Content-Type": "application/json"}
ISSUED = ("issued", "partly-issued")
DEFAULT_ASKED = 2  # coupons, as in the documented requests
USAGE = 4


class VectorError(Exception):
    """A vector that cannot be made. The text names it and the reason."""


def everything() -> dict[str, Json]:
    """Return all vectors by file name, as spec/vectors/schema.json describes them. Raises VectorError."""
    head = {"version": spec.document()["info"]["version"]}
    by_kind = {
        "decoding": decoding(),
        "requests": requests(),
        "external-ids": external_ids(),
        "issue-once": issue_once(),
    }
    return {f"{kind}.json": {"kind": kind, **head, "vectors": list(entries)} for kind, entries in by_kind.items()}


def decoding() -> list[Json]:
    """Return responses, each with the outcome that a client must reach: decoding.yaml, and one for each code of a
    table.
    """
    return [_decoding(entry) for entry in [*_read("decoding.yaml"), *_one_error_each()]]


def issue_once() -> list[Json]:
    """Return the lists that a client which issues once may see, each with its next step."""
    return [
        {
            "id": slug(entry["name"]),
            "name": entry["name"],
            "because": _because(entry["ledger"]),
            "count": entry["count"],
            "attempt": entry.get("attempt", False),
            "known": entry.get("known", []),
            "named": entry.get("named", []),
            "looks": [_look(look) for look in entry["looks"]],
            "next": entry["next"],
        }
        for entry in _read("issue-once.yaml")
    ]


def _look(look: Mapping[str, Json]) -> Json:
    """Return a look with every default written out."""
    if "coupons" not in look:
        return dict(look)
    coupons = [{"series": 415446, **coupon} for coupon in look["coupons"]]
    if "repeat" in look:
        (coupon,) = coupons
        coupons = [
            {**coupon, "id": number, "code": f"{coupon['code']}{number}"} for number in range(1, look["repeat"] + 1)
        ]
    newest_first = [{"series": 415446, **coupon} for coupon in look.get("newest_first", ())] or coupons[::-1]
    rest = {name: look[name] for name in ("headers", "errors", "members") if name in look}
    return {"coupons": coupons, "newest_first": newest_first, "total": look.get("total", len(coupons)), **rest}


def requests() -> list[Json]:
    """Return the suite's cases that are one request and one response."""
    return [_request(entry) for path in sorted(cases.DIRECTORY.glob("*.yaml")) for entry in cases.entries(path)]


def external_ids() -> list[Json]:
    """Return pairs of external ids, and whether they name the same customer."""
    return _read("external-ids.yaml")


def _one_error_each() -> Iterator[Json]:
    """Yield a response without coupons and with one error, for each code of the error table and the platform's list."""
    texts: list[tuple[spec.ErrorRow | spec.PlatformCode, Sequence[str]]] = [
        *((row, row.messages or (row.when,)) for row in spec.error_table()),
        *((code, (code.meaning,)) for code in spec.platform_codes()),
    ]
    for row, messages in texts:
        refused = row.without_coupons == spec.REFUSED
        for number, message in enumerate(messages):
            name = f"refused with {row.code}" if refused else f"error {row.code} and no coupons"
            yield {
                "name": name + (f", message {number + 1}" if number else ""),
                "because": "certain-refusals",
                "answer": {"json": {"errors": [{"status": False, "code": row.code, "message": message}]}},
                "end": "refused" if refused else "outcome-unknown",
                "errors": [row.code],
            }


def _decoding(entry: Mapping[str, Json]) -> Json:
    request = deepcopy(_example(entry.get("by", "RequestWithMobile")))
    request["count"] = entry.get("asked", DEFAULT_ASKED)
    answer = _answer(entry["answer"])
    return {
        "id": slug(entry["name"]),
        "name": entry["name"],
        "because": _because(entry["because"]),
        "request": request,
        "answer": answer,
        "end": entry["end"],
        **{key: entry.get(key, []) for key in ("safe", "codes", "errors", "warnings")},
        **(_values(answer) if entry["end"] in ISSUED else {}),
    }


class Written(str):
    """A number as it is written."""


def _values(answer: Mapping[str, Json]) -> dict[str, Json]:
    """Return the ids and the details of a response with coupons, as the body writes them."""
    body = base64.b64decode(answer["bodyBase64"]) if "bodyBase64" in answer else answer["body"].encode()
    content = json.loads(body.decode("utf-8-sig"), parse_int=Written, parse_float=Written)
    config, customer = content.get("couponConfig") or {}, content.get("customer") or {}
    profiles = customer.get("profiles") or [{}]
    details = {
        **{name: config.get(name) for name in ("discountValue", "fixedExpiryDate")},
        "autoUpdateTime": profiles[0].get("autoUpdateTime"),
    }
    return {
        "ids": [integer(coupon.get("couponId")) for coupon in content["coupons"]],
        "details": {name: str(value) for name, value in details.items() if isinstance(value, DETAILS[name])},
    }


def integer(value: Json) -> str | None:
    """Return a written number in plain digits, if it is an integer of at most as many digits as the table allows."""
    if not isinstance(value, Written):
        return None
    number = Decimal(value)
    short = number.adjusted() < spec.outcomes()["text"]["id_digits"]
    return str(int(number)) if short and number == number.to_integral_value() else None


DETAILS = {"discountValue": Written, "fixedExpiryDate": Written, "autoUpdateTime": str}


def _answer(entry: Mapping[str, Json]) -> Json:
    body = _body(entry)
    headers = entry.get("headers", JSON_HEADERS if body else {})
    cut = {"cut": entry["cut"]} if "cut" in entry else {}
    return {"status": entry.get("status", 200), "headers": headers, **body, **cut}


def _body(entry: Mapping[str, Json]) -> dict[str, str]:
    if "text" in entry:
        return {"body": entry["text"]}
    if "base64" in entry:
        return {"bodyBase64": entry["base64"]}
    if "json" in entry:
        return {"body": json.dumps(entry["json"], ensure_ascii=False)}
    if "example" in entry:
        return {"body": json.dumps(_changed(entry), ensure_ascii=False)}
    return {}


def _changed(entry: Mapping[str, Json]) -> Json:
    """Return the example, modified by `set` and `remove`. Raises VectorError for a pointer that leads nowhere."""
    body = deepcopy(_example(entry["example"]))
    for pointer, value in entry.get("set", {}).items():
        parent, key = _parent(body, pointer)
        parent[key] = value
    for pointer in entry.get("remove", ()):
        parent, key = _parent(body, pointer)
        del parent[key]
    return body


def _parent(body: Json, pointer: str) -> tuple[Json, str | int]:
    *parents, last = (int(part) if part.isdigit() else part for part in pointer.split("/")[1:])
    node = body
    try:
        for part in parents:
            node = node[part]
    except (KeyError, IndexError, TypeError):
        raise VectorError(f"decoding.yaml: {pointer} leads nowhere in its example") from None
    return node, last


def _request(entry: Mapping[str, Json]) -> Json:
    body = entry["request"]
    return {
        "id": slug(entry["name"]),
        "name": entry["name"],
        "because": _because(entry["clause"]),
        "level": spec.clauses()[entry["clause"]].level,
        "body": body if isinstance(body, str) else _unquoted(json.dumps(body, ensure_ascii=False)),
        "accept": [cases.expanded(answer) for answer in entry["accept"]],
    }


def _unquoted(text: str) -> str:
    """Return JSON text with unquoted placeholders, because their replacements are JSON themselves."""
    return re.sub(rf'"({cases.PLACEHOLDER.pattern})"', r"\1", text)


def _because(id: str) -> Json:
    if id in spec.clauses():
        return {"kind": "clause", "id": id, "text": spec.clauses()[id].text}
    if id in spec.ledger():
        return {"kind": "ledger", "id": id, "text": spec.ledger()[id].decision}
    raise VectorError(f"spec/vectors: {id} is neither in clauses.toml nor in ledger.toml")


def _example(name: str) -> Json:
    try:
        return spec.document()["components"]["examples"][name]["value"]
    except KeyError:
        raise VectorError(f"spec/vectors: the document has no example {name}") from None


def _read(name: str) -> list[Json]:
    entries: list[Json] = yaml.safe_load((SOURCES / name).read_text(encoding="utf-8"))
    return entries


def slug(name: str) -> str:
    """Return a name as an id: lower-case ASCII letters and digits, joined by hyphens; a minus sign is spelled out."""
    return "-".join(re.findall(r"[a-z0-9]+", re.sub(r"(?<!\w)-(?=\d)", "minus ", name).lower()))


def write(directory: Path) -> list[Path]:
    """Write every file of vectors and the schema; return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = {name: json.dumps(content, ensure_ascii=False, indent=1) + "\n" for name, content in everything().items()}
    texts["vectors.schema.json"] = SCHEMA.read_text(encoding="utf-8")
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")
    return [directory / name for name in sorted(texts)]


def main(arguments: Sequence[str]) -> int:
    """Write the vectors into the directory that the only argument names."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return USAGE
    for path in write(Path(arguments[0])):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
