"""Converts the document to OpenAPI 3.0.3 for generators that need it, and lists the losses."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from openapi_spec_validator import OpenAPIV30SpecValidator

from scripts import node

Json = Any
CONDITIONS = ("if", "then", "else", "dependentRequired", "not", "const")
NAMED = (
    "properties",
    "schemas",
    "examples",
    "parameters",
    "responses",
    "headers",
)  # their keys are names, not keywords


class Invalid(Exception):
    """The 3.0.3 variant is not a valid document; the text has a line per error."""


@frozen
class Loss:
    """Something that the 3.1 document says and the variant does not. `place` is a JSON pointer into the 3.1
    document.
    """

    place: str
    text: Json
    instead: Json = None


def converted(document: Json) -> Json:
    """Return the document as OpenAPI 3.0.3. Raises Invalid, and node.ToolError."""
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch) / "openapi.json", Path(scratch) / "older.json"
        source.write_text(json.dumps(document), encoding="utf-8")
        node.run("openapi-down-convert", "--input", source, "--output", target)
        older = without_conditions(json.loads(target.read_text(encoding="utf-8")))
    if problems := [error.message for error in OpenAPIV30SpecValidator(older).iter_errors()]:
        raise Invalid("\n".join(problems))
    return older


def without_conditions(node: Json, *, names: bool = False) -> Json:
    """Return a copy without the keywords that 3.0.3 lacks, or that its generators do not support."""
    if isinstance(node, list):
        return [without_conditions(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if names or key not in CONDITIONS}
    return {key: without_conditions(value, names=key in NAMED and not names) for key, value in kept.items()}


def losses(document: Json, older: Json, place: str = "") -> Iterator[Loss]:
    """Yield the places where `older` says less than the document, or something else."""
    if isinstance(document, dict) and isinstance(older, dict):
        for key, value in document.items():
            here = f"{place}/{key.replace('~', '~0').replace('/', '~1')}"
            if key in older:
                yield from losses(value, older[key], here)
            elif not _is_example(key, value, older):
                yield Loss(here, value, older.get("example") if key == "examples" else None)
    elif place == "/openapi":
        return
    elif document != older:
        yield Loss(place, document, older)


def _is_example(key: str, value: Json, older: Mapping[str, Json]) -> bool:
    """Return True if the only example of a list became the single example of 3.0."""
    return key == "examples" and isinstance(value, list) and value == [older.get("example")]


def page(losses: list[Loss]) -> str:
    """Return the losses as Markdown."""
    lines = [
        "# What the 3.0.3 variant loses",
        "",
        "For generators that need OpenAPI 3.0. Never validate with it: it states no rule that tells the three outcomes",
        "apart. Made by comparing both documents; places are JSON pointers into `openapi.json`.",
        "",
        "| place | `openapi.json` says | here |",
        "|---|---|---|",
    ]
    cells = (
        (loss.place, json.dumps(loss.text), json.dumps(loss.instead) if loss.instead is not None else "nothing")
        for loss in losses
    )
    lines += [f"| `{place}` | `{_short(before)}` | {_short(instead)} |" for place, before, instead in cells]
    return "\n".join(lines) + "\n"


def _short(text: str, most: int = 160) -> str:
    return (text if len(text) <= most else text[: most - 1] + "…").replace("|", "\\|")
