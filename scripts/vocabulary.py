"""Field names and codes, as the document defines them and as prose, vectors and modules mention them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from coupon_contract import paths

Json = Any
CAMEL_CASE = re.compile(r"(?<![\w./-])(?:[a-z]+\.)*[a-z]+(?:[A-Z][a-z]*)+(?:\.\w+)*(?![\w-])")
QUOTED = re.compile(r"`([^`]*)`")
FIELD_PATH = re.compile(r"[a-z]\w*(?:\.\w+)*\*?")
KEY = re.compile(r'"(\w+)\\?" *:')
RANGES = re.compile(r"\b(\d+) to (\d+)\b")
CLASSES = re.compile(r"\b(\d)(x+)\b")  # 7xx, 5xxx
NO_FIELDS = {"null", "true", "false", "default"}  # words of JSON and of schemas
READ_FROM = {"fields", "query", "query_params"}  # of these variables, the sandbox reads requests
KEYWORDS = {"oneOf", "anyOf", "allOf"}


@cache
def _camel(name: str) -> bool:
    return CAMEL_CASE.fullmatch(name) is not None


def document_fields(document: Json) -> frozenset[str]:
    """Return the names of all properties and parameters of an OpenAPI document."""
    return frozenset(_fields(document))


def _fields(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        if isinstance(node.get("name"), str) and "in" in node:
            yield node["name"]
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _fields(child)


@cache
def field_names(text: str) -> tuple[str, ...]:
    """Return the fields that prose names: in camel case anywhere, and any word or JSON key between backticks.

    A path such as `customer.id` is one name. A trailing `*`, the page's mark of a mandatory field, is dropped.
    """
    quoted = QUOTED.findall(text)
    names = [name for name in quoted if FIELD_PATH.fullmatch(name)]
    names += [key for quotation in quoted for key in KEY.findall(quotation)]
    names += CAMEL_CASE.findall(text)
    plain = (name.rstrip("*") for name in names)
    return tuple(dict.fromkeys(name for name in plain if name not in NO_FIELDS | KEYWORDS and not _is_value(name)))


def _is_value(name: str) -> bool:
    """Return True for an example value such as x918028464628."""
    return re.search(r"\d{3}", name) is not None


def names_field(text: str, field: str) -> bool:
    """Return True if prose names a field, alone or as a part of a path."""
    return any(field in (name, *name.split(".")) for name in field_names(text))


def names_code(text: str, code: int, *, in_groups: bool = True) -> bool:
    """Return True if prose names a code: by its number, or `in_groups` as `7xx` or within `701 to 756`."""
    if re.search(rf"(?<![\w.]){code}(?!\w|\.\d)", text):
        return True
    if not in_groups:
        return False
    if any(int(first) <= code <= int(last) for first, last in RANGES.findall(text)):
        return True
    return any(str(code)[:1] == digit and len(str(code)) == 1 + len(rest) for digit, rest in CLASSES.findall(text))


def keys(node: Json) -> Iterator[str]:
    """Yield every key of JSON values, at any depth."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield str(key)
            yield from keys(child)
    elif isinstance(node, list):
        for child in node:
            yield from keys(child)


def vector_names(vector: Json) -> set[str]:
    """Return the fields that an entry of spec/vectors/decoding.yaml sets, removes or writes into its body."""
    answer = vector["answer"]
    pointers = [*answer.get("set", {}), *answer.get("remove", ())]
    names = {part for pointer in pointers for part in pointer.split("/")[1:] if not part.isdecimal()}
    names |= set(keys(answer.get("json"))) | set(KEY.findall(answer.get("text", "")))
    return names.union(*(set(keys(value)) for value in answer.get("set", {}).values()))


@cache
def module_names(path: Path) -> tuple[tuple[str, str, int], ...]:
    """Return the field names in a module, each with its function (or class) and line: texts in camel case, words that
    are keys of a dict beside such a text, and words that are read from the fields of a body or a query.
    """
    return tuple(
        (str(text.value), name, text.lineno)
        for name, node in _definitions(ast.parse(path.read_text(encoding="utf-8")).body)
        for child in ast.walk(node)
        for text in _names_at(child)
    )


def _names_at(node: ast.AST) -> list[ast.Constant]:
    if isinstance(node, ast.Constant):
        return [node] if isinstance(node.value, str) and _camel(node.value) else []
    if isinstance(node, ast.Dict):
        written = [key for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
        plain = [key for key in written if not _camel(str(key.value))]
        return plain if len(plain) < len(written) else []
    if isinstance(node, ast.Call) and node.args and getattr(node.args[0], "id", "") in READ_FROM:
        return [text for text in node.args[1:2] if isinstance(text, ast.Constant) and not _camel(str(text.value))]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "getlist"):
        source = node.func.value
        read_from = source.id if isinstance(source, ast.Name) else getattr(source, "attr", "")
        if read_from in READ_FROM:
            return [text for text in node.args[:1] if isinstance(text, ast.Constant) and not _camel(str(text.value))]
    return []


@cache
def constants(path: Path) -> dict[str | int, list[tuple[str, int]]]:
    """Return every text and number in a module, each with the function that contains it or that it decorates, and the
    line of that function.
    """
    in_functions: dict[str | int, list[tuple[str, int]]] = {}
    for name, node in _definitions(ast.parse(path.read_text(encoding="utf-8")).body):
        for child in ast.walk(node):
            if isinstance(child, ast.Constant) and type(child.value) in (str, int):
                places = in_functions.setdefault(child.value, [])  # type: ignore[arg-type]
                if (name, node.lineno) not in places:
                    places.append((name, node.lineno))
    return in_functions


def _definitions(nodes: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body)
            arguments = [keyword.value for keyword in node.keywords]
            yield from ((node.name, _statement(extra)) for extra in (*arguments, *node.decorator_list))
        else:
            yield getattr(node, "name", ""), node


def _statement(node: ast.expr) -> ast.stmt:
    """Return an argument of a class (`rename={"id": "couponId"}`) as a statement, so that it is read like others."""
    return ast.copy_location(ast.Expr(node), node)


def sandbox_modules() -> list[Path]:
    """Return the modules of the sandbox's contract path."""
    return sorted((paths.PACKAGE / "sandbox").glob("*.py"))
