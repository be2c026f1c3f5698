"""The parts of `coupon_client` that are made from the document: `contract.py` (constants) and `refusals.py` (codes)."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coupon_contract import spec
from coupon_contract.spec import CUSTOMER_COUPONS_PATH, ISSUE_PATH, READ_BACK_PATH, REVOKE_PATH, TOKEN_PATH, ErrorRow

Json = Any
TEMPLATES = Path(__file__).parent / "client_templates"
NAMES = ("contract.py", "refusals.py")


def client_code(document: Mapping[str, Json], table: tuple[ErrorRow, ...]) -> dict[str, str]:
    """Return the text of each generated module, by its name."""
    schemas = document["components"]["schemas"]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python code, not HTML
    )
    environment.filters["quoted"] = quoted
    count = schemas["IssuanceRequest"]["properties"]["count"]
    lengths = {snake(name): entry["maxLength"] for name, entry in schemas["IssuanceMetadata"]["properties"].items()}
    facts = {
        "version": document["info"]["version"],
        "paths": {
            "ISSUE_PATH": ISSUE_PATH,
            "TOKEN_PATH": TOKEN_PATH,
            "READ_BACK_PATH": READ_BACK_PATH,
            "CUSTOMER_COUPONS_PATH": CUSTOMER_COUPONS_PATH,
            "REVOKE_PATH": REVOKE_PATH,
        },
        "token_header": document["components"]["securitySchemes"]["oauthToken"]["name"],
        "identifiers": ", ".join(f'"{name}"' for name in schemas["CustomerReference"]["properties"]),
        "field_names": sorted({name for schema in schemas.values() for name in _properties(schema)}),
        "minimum": count["minimum"],
        "maximum": count["maximum"],
        "lengths": lengths,
        "outcomes": spec.outcomes(),
        "certain_refusals": sorted(spec.certain_refusals()),
        "issued_or_in_doubt": sorted(spec.issued_or_in_doubt()),
        "rows": [(class_name(row.name), row) for row in _refusals(table)],
    }
    return {name: environment.get_template(f"{name}.jinja").render(facts) for name in NAMES}


def _properties(schema: Json) -> Iterator[str]:
    """Yield the names of the properties of a schema, nested ones included."""
    if isinstance(schema, list):
        for entry in schema:
            yield from _properties(entry)
    elif isinstance(schema, Mapping):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, Mapping) else ()
        for name, entry in schema.items():
            if name not in ("example", "examples", "default"):
                yield from _properties(entry)


def quoted(text: str) -> str:
    """Return a text as a literal of Python, with the quotes that ruff prefers."""
    return repr(text) if '"' in text else json.dumps(text)


def refusal_rows(table: tuple[ErrorRow, ...]) -> str:
    """Return the documented refusals as rows of a Markdown table: code, class, when."""
    return "".join(f"| {row.code} | `{class_name(row.name)}` | {row.when} |\n" for row in _refusals(table))


def _refusals(table: tuple[ErrorRow, ...]) -> list[ErrorRow]:
    """Return the rows whose code proves that nothing was issued."""
    return [row for row in table if row.without_coupons == spec.REFUSED]


def class_name(name: str) -> str:
    """Return `SERIES_INVALID` as `SeriesInvalid`."""
    return "".join(word.capitalize() for word in name.split("_"))


def snake(name: str) -> str:
    """Return `sourceType` as `source_type`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
