"""Rules that hold document, ledger, clauses and tests together."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

import coupon_contract.suite.rules  # noqa: F401 - registers every rule with the oracle
from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.spec import Clause, ErrorRow, LedgerEntry, PlatformCode
from coupon_contract.suite.oracle import RULES
from coupon_contract.suite.schema import validator
from scripts import check_names

Json = Any
LEVELS = ("MUST", "SHOULD", "MAY")


def document_is_valid(document: Json) -> Iterator[str]:
    """The document follows the OpenAPI 3.1 specification."""
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield f"openapi.yaml: {'/'.join(map(str, error.absolute_path))}: {error.message}"


def references_are_alive(document: Json) -> Iterator[str]:
    """Every $ref points to something."""
    for where, node in walk(document):
        target = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(target, str) and resolve(document, target.removeprefix("#")) is None:
            yield f"openapi.yaml: {where}: $ref {target} points nowhere"


def examples_are_valid(document: Json) -> Iterator[str]:
    """Every example fits its schema, read as a judge reads it."""
    for where, node in walk(document):
        if not isinstance(node, dict) or "/components/examples" in where:
            continue
        for name, example in _examples_of(document, node):
            schema = node.get("schema", node)
            for error in validator(schema, document).iter_errors(example):
                yield f"openapi.yaml: {where}: example {name}: {error.message}"


def examples_are_used(document: Json) -> Iterator[str]:
    """Every example component is referred to by an operation."""
    used = {node["$ref"] for _, node in walk(document) if isinstance(node, dict) and isinstance(node.get("$ref"), str)}
    for name in document["components"]["examples"]:
        if f"#/components/examples/{name}" not in used:
            yield f"openapi.yaml: example {name} is used by no operation"


def fields_are_described(document: Json) -> Iterator[str]:
    """Every field of every schema has a description, or refers to a schema that has one."""
    for name, schema in document["components"]["schemas"].items():
        for field, subschema in schema.get("properties", {}).items():
            if "$ref" not in subschema and not subschema.get("description"):
                yield f"openapi.yaml: {name}.{field} has no description"


def codes_prove_one_thing(rows: Sequence[ErrorRow], others: Sequence[PlatformCode]) -> Iterator[str]:
    """Every code and every name stands once, and each code proves one of PROOFS."""
    codes = [code for row in rows for code in (row.code, row.partial_code) if code is not None]
    stated = Counter([*codes, *(other.code for other in others), *(row.name for row in rows)])
    yield from (f"codes.toml: {value} stands {number} times" for value, number in stated.items() if number > 1)
    proofs = [(row.code, row.without_coupons) for row in rows]
    for code, proof in (*proofs, *((other.code, other.without_coupons) for other in others)):
        if proof not in spec.PROOFS:
            yield f"codes.toml: without_coupons of {code} is not one of {', '.join(spec.PROOFS)}"


def ledger_places_are_alive(ledger: Mapping[str, LedgerEntry], document: Json) -> Iterator[str]:
    """Every ledger entry names places of the document, and all of them exist."""
    for entry in ledger.values():
        if not entry.places:
            yield f"ledger.toml: {entry.id}: nothing rests on it"
        for place in entry.places:
            if resolve(document, place) is None:
                yield f"ledger.toml: {entry.id}: {place} is not in openapi.yaml"


def clauses_are_grounded(clauses: Mapping[str, Clause], ledger: Mapping[str, LedgerEntry]) -> Iterator[str]:
    """Every clause has a level and rests on existing ledger entries."""
    for clause in clauses.values():
        if clause.level not in LEVELS:
            yield f"clauses.toml: {clause.id}: level {clause.level} is not one of {', '.join(LEVELS)}"
        if not clause.ledger:
            yield f"clauses.toml: {clause.id}: rests on no ledger entry"
        for entry in clause.ledger:
            if entry not in ledger:
                yield f"clauses.toml: {clause.id}: {entry} is not in ledger.toml"


def clauses_are_tested(clauses: Iterable[str], cited: Iterable[str]) -> Iterator[str]:
    """Every clause is cited by a test or a rule of the oracle, and every citation names a clause."""
    clauses, cited = list(clauses), set(cited)
    yield from (f"clauses.toml: {clause}: no test or rule cites it" for clause in clauses if clause not in cited)
    yield from (
        f"contract_tests: {clause}: is cited, and not in clauses.toml" for clause in sorted(cited - set(clauses))
    )


def cited_clauses() -> set[str]:
    """Return the clauses that tests and rules cite, as pytest collects them."""
    command = [sys.executable, "-m", "pytest", str(ROOT / "contract_tests"), "--collect-only", "-q", "--show-clauses"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"check_spec: the suite does not collect:\n{done.stdout}{done.stderr}")
    return {line.removeprefix("clause: ") for line in done.stdout.splitlines() if line.startswith("clause: ")} | set(
        RULES
    )


def problems() -> Iterator[str]:
    """Yield every problem of the repository, one line each."""
    document, ledger, clauses = spec.document(), spec.ledger(), spec.clauses()
    yield from examples_are_used(document)
    yield from codes_prove_one_thing(spec.error_table(), spec.platform_codes())
    yield from ledger_places_are_alive(ledger, document)
    yield from clauses_are_grounded(clauses | spec.caller_clauses(), ledger)
    yield from clauses_are_tested(clauses, cited_clauses())
    yield from check_names.problems(document)


def walk(node: Json, where: str = "") -> Iterator[tuple[str, Json]]:
    """Yield every node below a node, itself first, each with its JSON pointer."""
    yield where, node
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from walk(child, f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}")


def resolve(document: Json, pointer: str) -> Json:
    """Return the value at a JSON pointer, or None."""
    node = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list):
            node = node[int(key)] if key.isdigit() and int(key) < len(node) else None
        else:
            node = node.get(key) if isinstance(node, dict) else None
    return node


def _examples_of(document: Json, node: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    examples = node.get("examples")
    if isinstance(examples, dict) and "schema" in node:
        for name, example in examples.items():
            yield name, (resolve(document, example["$ref"][1:]) if "$ref" in example else example)["value"]
    elif isinstance(examples, list):
        yield from ((str(index), example) for index, example in enumerate(examples))
    if "example" in node and "schema" in node:
        yield "example", node["example"]
