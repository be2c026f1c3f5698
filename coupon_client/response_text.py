"""A response's text as a flat list of JSON nodes, in the order of the text and without loss.

The `json` module drops all but the last value of a repeated key, rounds numbers, and reads nothing of a text that is
cut off. This reader keeps every key and every number as written, and continues after anything that is not JSON; `clean`
is False then. The list is flat, so that no depth of nesting is too deep. The `outcome` files of the other languages
read in the same way (interop/).
"""

from __future__ import annotations

import re
from math import isinf
from typing import Any, Final

from coupon_client.contract import MOST_VALUES

Json = Any

ROOT = 0  # index of the node of the text itself
TEXT, NUMBER, TRUE, FALSE, NULL, OBJECT, ARRAY = '"', "0", "true", "false", "null", "{", "["
START, OPENED, KEY, COMMA, VALUE = range(5)  # the kinds of preceding tokens
REPLACEMENT = "\ufffd"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DEEPEST = 100  # levels of `value`: deeper objects can be neither pickled, copied nor compared
LONGEST_INTEGER = 4000  # digits; `int` refuses somewhat longer ones

_SYMBOL = r'[ \t\r\n]+|("(?:[^"\\]|\\.)*+")([ \t\r\n]*:)?|[-+.0-9A-Za-z]+|.'
_NUMBER = r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([-+]?[0-9]+))?"
_ESCAPE = r"\\(u[0-9A-Fa-f]{4}|.)"
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = {"true": TRUE, "false": FALSE, "null": NULL}


class Node:
    """A value: the index of its parent, its key if it has one, its kind, and its text (of a number, as written).

    `intact` is False for a text with a lone surrogate, which is replaced.
    """

    __slots__ = ("intact", "key", "kind", "parent", "text")

    def __init__(self, parent: int, key: str | None, kind: str, text: str = "", intact: bool = True) -> None:
        self.parent: Final = parent
        self.key: Final = key
        self.kind: Final = kind
        self.text: Final = text
        self.intact: Final = intact


class Nodes(list[Node]):
    """The nodes of a text. The first is the text itself; `clean` is False unless the rest is one JSON value."""

    clean = True


def read(body: bytes) -> Nodes:
    """Return the nodes of a body, also of one that is not JSON or not UTF-8."""
    nodes = Nodes([Node(-1, None, "")])
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        nodes.clean = False
        text = re.sub(f"{REPLACEMENT}+", REPLACEMENT, body.decode(errors="replace"))  # decoders differ in how many
    if "\0" in text:  # as in UTF-16, whose other bytes are those of ASCII
        nodes.clean = False
        text = text.replace("\0", "")
    nodes.clean = _scan(text, nodes, ROOT) and nodes.clean
    index = 1
    while index < len(nodes):  # JSON inside a text, which may hold more of its kind
        node = nodes[index]
        if node.kind == TEXT and node.text.startswith(("{", "[")):
            _scan(node.text, nodes, index)
        index += 1
    return nodes


def _scan(text: str, nodes: Nodes, root: int) -> bool:
    """Append the nodes of a text below `root`. Return whether it is one JSON value."""
    clean = True
    open_nodes = [root]
    before = START
    key: str | None = None
    for token in re.finditer(_SYMBOL, text, re.S):
        word = token.group()
        letter = word[0]
        if letter in " \t\r\n":
            continue
        if len(nodes) > MOST_VALUES:
            return False
        top = nodes[open_nodes[-1]].kind if len(open_nodes) > 1 else ""
        if letter == '"' and token[1] is None:
            return False  # a text without an end, which is not guessed
        if token[2] is not None:
            name, intact, proper = _decoded(token[1])
            clean = clean and proper and intact and top == OBJECT and before in (OPENED, COMMA)
            key, before = name, KEY
            continue
        if letter == ",":
            clean = clean and len(open_nodes) > 1 and before == VALUE
            key, before = None, COMMA
            continue
        if letter in "}]":
            clean = clean and top == ("{" if letter == "}" else "[") and before in (OPENED, VALUE)
            if len(open_nodes) > 1:
                open_nodes.pop()
            key, before = None, VALUE
            continue
        if letter == ":" or not (letter in '"{[-+.' or (letter.isascii() and letter.isalnum())):
            clean = False
            continue
        expected = (OPENED, COMMA) if top == ARRAY else (KEY,) if top == OBJECT else (START,)
        clean = clean and before in expected
        parent = open_nodes[-1]
        if letter in "{[":
            nodes.append(Node(parent, key, letter))
            open_nodes.append(len(nodes) - 1)
            key, before = None, OPENED
            continue
        if letter == '"':
            value, intact, proper = _decoded(word)
            if top != OBJECT or before == KEY:  # else it is a key without its colon
                nodes.append(Node(parent, key, TEXT, value, intact))
            clean = clean and proper
        elif token.end() == len(text) and len(open_nodes) > 1:
            nodes.append(Node(parent, key, NUMBER))  # it may go on, so it is there and has no value
            return False
        else:
            kind = _LITERALS.get(word, NUMBER)
            nodes.append(Node(parent, key, kind, word))
            clean = clean and (kind != NUMBER or re.fullmatch(_NUMBER, word) is not None)
        key, before = None, VALUE
    return clean and len(open_nodes) == 1 and before == VALUE


def _decoded(quoted: str) -> tuple[str, bool, bool]:
    """Return a text without quotes and escapes, whether it had no lone surrogate, and whether it was proper JSON."""
    text = quoted[1:-1]
    proper = re.search(r"[\x00-\x1f]", text) is None
    if "\\" not in text:
        return text, True, proper
    escapes = re.findall(_ESCAPE, text, re.S)
    proper = proper and all(len(escape) == 5 or escape in _ESCAPED for escape in escapes)
    text = re.sub(_ESCAPE, _unescaped, text, flags=re.S)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # joins pairs
    whole = re.sub("[\ud800-\udfff]", REPLACEMENT, text)
    return whole, whole == text, proper


def _unescaped(escape: re.Match[str]) -> str:
    name = escape[1]
    return chr(int(name[1:], 16)) if len(name) == 5 else _ESCAPED.get(name, name)


def integer(number: str, digits: int) -> str | None:
    """Return the value of an integral number in plain digits: `1.5E1` is 15, `2.0` is 2 (ledger integral-float).

    None for what is not a JSON number, has a fraction, or more digits than `digits`.
    """
    match = re.fullmatch(_NUMBER, number)
    if match is None:
        return None
    sign, whole, fraction, exponent = match[1], match[2], match[3] or "", match[4] or "0"
    significant = (whole + fraction).lstrip("0")
    if not significant:
        return "0"
    if len(exponent) > 5:
        return None
    zeros = int(exponent) - len(fraction)
    stripped = significant.rstrip("0")
    zeros += len(significant) - len(stripped)
    if zeros < 0 or len(stripped) + zeros > digits:
        return None
    return sign + stripped + "0" * zeros


def value(nodes: Nodes) -> Json:
    """Return the JSON value of a clean text, as the `json` module would; of a repeated key, the last value.

    What is nested more than DEEPEST levels deep is left out. A number that is too large to be one is its text.
    """
    built: dict[int, Json] = {ROOT: []}
    levels = {ROOT: 0}
    for index, node in enumerate(nodes[1:], start=1):
        if node.parent not in built:
            continue  # below JSON inside a text
        parent = built[node.parent]
        entry = _converted(node)
        if node.kind in (OBJECT, ARRAY) and levels[node.parent] < DEEPEST:
            built[index] = entry
            levels[index] = levels[node.parent] + 1
        if isinstance(parent, list):
            parent.append(entry)
        else:
            parent[node.key] = entry
    return built[ROOT][0]


def _converted(node: Node) -> Json:
    match node.kind:
        case "{":
            return {}
        case "[":
            return []
        case "0":
            if node.text.lstrip("-").isdigit() and len(node.text) < LONGEST_INTEGER:
                return int(node.text)
            number = float(node.text)
            return node.text if isinf(number) else number
        case "true" | "false" | "null":
            return {TRUE: True, FALSE: False, NULL: None}[node.kind]
    return node.text
