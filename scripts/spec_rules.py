"""Our rules for the document beyond the specification: units, examples, and forms that every generator can read."""

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from scripts.check_spec import resolve, walk

Json = Any
UNITS = re.compile(r"\b(epoch milliseconds|seconds|days|characters|coupons|codes|currency|percent)\b", re.I)
UNITLESS = re.compile(r"(^id|Id|^code)$")
SCALARS = ("string", "integer", "number", "boolean")
RESERVED = ("invalid", "example", "example.com", "example.net", "example.org")
# The vendor's live host, written as a program reads an address: in quotes, after a slash, or assigned.
LIVE_HOST = re.compile(r"""(?:["'/@]|[=:][ \t]*)[\w.-]*capillarytech\b""", re.IGNORECASE)
FORMATS = {"integer": ("int32", "int64"), "number": ("double", "float")}


def components_are_used(document: Json) -> Iterator[str]:
    """Every component is referred to, be it by an `x-…` field."""
    used = {node["$ref"] for _, node in walk(document) if isinstance(node, dict) and isinstance(node.get("$ref"), str)}
    for kind in set(document["components"]) - {"securitySchemes"}:
        for name in document["components"][kind]:
            if f"#/components/{kind}/{name}" not in used:
                yield f"openapi.yaml: component {name} of {kind} is used nowhere"


def everything_is_described(document: Json) -> Iterator[str]:
    """Every schema, response, parameter and security scheme has a description."""
    for kind in ("schemas", "responses", "securitySchemes"):
        for name, component in document["components"][kind].items():
            if not component.get("description"):
                yield f"openapi.yaml: {name} of {kind} has no description"
    for where, node in walk(document["paths"]):
        if isinstance(node, dict) and "in" in node and not node.get("description"):
            yield f"openapi.yaml: /paths{where}: parameter {node.get('name')} has no description"


def numbers_have_units(document: Json) -> Iterator[str]:
    """Every number that is neither an id nor a code states its unit."""
    for name, field, schema in _fields(document):
        stated = UNITS.search(schema.get("description", ""))
        if schema.get("type") in FORMATS and not UNITLESS.search(field) and not stated:
            yield f"openapi.yaml: {name}.{field} does not say its unit"


def scalars_have_examples(document: Json) -> Iterator[str]:
    """Every text, number and boolean has an example."""
    for name, field, schema in _fields(document):
        if schema.get("type") in SCALARS and not schema.get("examples"):
            yield f"openapi.yaml: {name}.{field} has no example"


def numbers_have_formats(document: Json) -> Iterator[str]:
    """Every number states its width: a bare integer has 32 bits in Go, Rust, Java, Kotlin and C#."""
    for where, node in _schemas(document):
        kind = node.get("type")
        if isinstance(kind, str) and kind in FORMATS and node.get("format") not in FORMATS[kind]:
            yield f"openapi.yaml: {where}: {kind} without a format ({' or '.join(FORMATS[kind])})"


def objects_have_names(document: Json) -> Iterator[str]:
    """No object schema is nested in another: generators give those names like `RequestErrorsInner`."""
    for name, field, schema in _fields(document):
        for within in (schema, schema.get("items", {})):
            if within.get("type") == "object":
                yield f"openapi.yaml: {name}.{field} is an object without a schema of its own"


def readers_stay_open(document: Json) -> Iterator[str]:
    """Responses have no closed list, no constant and no union: clients in strict languages fail on them."""
    closed = ("enum", "const", "oneOf", "anyOf", "discriminator", "additionalProperties")
    for name, field, field_schema in _fields(document):
        yield from (f"openapi.yaml: {name}.{field} has `{word}`" for word in closed if word in field_schema)
    for name, schema in document["components"]["schemas"].items():
        words = closed[2:] if "properties" in schema else closed[2:-1]  # untyped_maps_say_so
        yield from (f"openapi.yaml: {name} has `{word}`" for word in words if word in schema)


def untyped_maps_say_so(document: Json) -> Iterator[str]:
    """An object without fields has `additionalProperties: {}`: Perl takes another one for a class of its own."""
    for name, schema in document["components"]["schemas"].items():
        untyped = schema.get("type") == "object" and "properties" not in schema
        if untyped and schema.get("additionalProperties") != {}:
            yield f"openapi.yaml: {name} has no fields; write `additionalProperties: {{}}`"


def names_differ(document: Json) -> Iterator[str]:
    """No two components that become types have the same name but for its case: Go declares a name once."""
    kinds = ("schemas", "responses", "securitySchemes")
    names = [(kind, name) for kind in kinds for name in document["components"][kind]]
    for index, (kind, name) in enumerate(names):
        for other, earlier in names[:index]:
            if _plain(name) == _plain(earlier):
                yield f"openapi.yaml: {name} of {kind} and {earlier} of {other} are one name in Go; rename one of them"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def lengths_have_a_type(document: Json) -> Iterator[str]:
    """`minItems` and its like stand beside the type that they are about: strict validators ask for it."""
    of_type = {"minItems": "array", "maxItems": "array", "minLength": "string", "maxLength": "string"}
    for where, node in _schemas(document):
        for word, kind in of_type.items():
            if isinstance(node.get(word), int) and node.get("type") != kind:
                yield f"openapi.yaml: {where}: `{word}` without `type: {kind}`"


def requests_have_no_defaults(document: Json) -> Iterator[str]:
    """No field has a default: openapi-typescript makes such a field mandatory."""
    for name, field, schema in _fields(document):
        if "default" in schema:
            yield f"openapi.yaml: {name}.{field} has a default; say it in the description"


def info_survives_older_versions(document: Json) -> Iterator[str]:
    """The head of the document fits into a 3.0 copy, and its first server is a plain address."""
    if "summary" in document["info"] or "identifier" in document["info"].get("license", {}):
        yield "openapi.yaml: info: `summary` and `license.identifier` break the 3.0 copy"
    variables = (variable for server in document["servers"] for variable in server.get("variables", {}).values())
    if any("description" in variable for variable in variables):
        yield "openapi.yaml: servers: an older schema of OpenAPI refuses the description of a variable"
    if "{" in document["servers"][0]["url"]:
        yield "openapi.yaml: servers: the first one must be a plain address; some generators type it as that literal"


def servers_do_not_exist(document: Json) -> Iterator[str]:
    """No server can be called by its defaults: each host is reserved (RFC 2606, RFC 6761), or there is none."""
    for where, node in walk(document):
        if isinstance(node, dict):
            for server in (*_listed(node.get("servers")), *_listed([node.get("server")])):
                for address in _addresses(server):
                    if not _is_reserved(address):
                        yield f"openapi.yaml: {where}/servers: {address} may exist; use a host under .invalid"


def _listed(servers: Json) -> Iterator[Json]:
    """Yield the server objects of a list; examples may have fields of the same name."""
    if isinstance(servers, list):
        yield from (server for server in servers if isinstance(server, dict) and isinstance(server.get("url"), str))


def _addresses(server: Json) -> Iterator[str]:
    """Yield the address of a server for each combination of the values that its variables list."""
    variables = server.get("variables", {})
    listed = [(variable["default"], *variable.get("enum", ())) for variable in variables.values()]
    choices = [dict.fromkeys(map(str, values)) for values in listed]
    for values in itertools.product(*choices):
        address = server["url"]
        for name, value in zip(variables, values, strict=True):
            address = address.replace(f"{{{name}}}", value)
        yield address


def _is_reserved(address: str) -> bool:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return False
    return host is None or any(f".{host.rstrip('.')}".endswith(f".{name}") for name in RESERVED)


def examples_hold_documented_fields(document: Json) -> Iterator[str]:
    """No example has a field that its schema lacks, unless the schema has no fields or the value is null."""
    for operation in itertools.chain.from_iterable(path.values() for path in document["paths"].values()):
        for content in _contents(document, operation):
            for name, example in content.get("examples", {}).items():
                value = resolve(document, example["$ref"][1:])["value"] if "$ref" in example else example["value"]
                for field in _unknown(document, content["schema"], value):
                    yield f"openapi.yaml: example {name}: {field} is not documented"


RULES: tuple[Callable[[Json], Iterator[str]], ...] = (
    components_are_used,
    everything_is_described,
    numbers_have_units,
    scalars_have_examples,
    numbers_have_formats,
    objects_have_names,
    readers_stay_open,
    untyped_maps_say_so,
    names_differ,
    lengths_have_a_type,
    requests_have_no_defaults,
    info_survives_older_versions,
    servers_do_not_exist,
    examples_hold_documented_fields,
)


def _fields(document: Json) -> Iterator[tuple[str, str, Json]]:
    for name, schema in document["components"]["schemas"].items():
        yield from ((name, field, subschema) for field, subschema in schema.get("properties", {}).items())


def _schemas(document: Json) -> Iterator[tuple[str, Json]]:
    for where, node in walk(document):
        if isinstance(node, dict) and "/examples" not in where and "/example/" not in where:
            yield where, node


def _contents(document: Json, operation: Json) -> Iterator[Json]:
    holders = [operation.get("requestBody", {}), *operation["responses"].values()]
    for holder in holders:
        plain = resolve(document, holder["$ref"][1:]) if "$ref" in holder else holder
        yield from plain.get("content", {}).values()


def _unknown(document: Json, schema: Json, value: Json, where: str = "") -> Iterator[str]:
    schema = resolve(document, schema["$ref"][1:]) if "$ref" in schema else schema
    if isinstance(value, list):
        for item in value:
            yield from _unknown(document, schema.get("items", {}), item, f"{where}[]")
    known = schema.get("properties")
    if isinstance(value, dict) and known:
        for field, member in value.items():
            here = f"{where}.{field}".lstrip(".")
            if field in known:
                yield from _unknown(document, known[field], member, here)
            elif member is not None:  # null counts as absent
                yield here
