"""The lists of spec/outcomes.toml and spec/codes.toml, as docs/outcomes.md and the helpers of interop/ hold them."""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import starmap
from pathlib import Path

import msgspec

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import node
from scripts.marks import replaced

PAGE = ROOT / "docs" / "outcomes.md"
CALLERS_PAGE = ROOT / "docs" / "judge-callers.md"
CERTAIN = re.compile(
    r"(?<=<!-- certain, by make generate: begin -->\n).*?(?=<!-- certain, by make generate: end -->)", re.S
)
LISTS = re.compile(r"(?<=<!-- lists, by make generate: begin -->\n).*?(?=<!-- lists, by make generate: end -->)", re.S)
ROWS = re.compile(r"(?<=<!-- rows, by make generate: begin -->\n).*?(?=<!-- rows, by make generate: end -->)", re.S)

BLOCK = re.compile(
    r"(?<= generated from outcomes.toml: begin\n).*?(?=[ \t]*(?://|#) generated from outcomes.toml: end)", re.S
)
INTEROP = ROOT / "interop"
TYPESCRIPT = INTEROP / "typescript" / "src" / "outcome.ts"
JAVASCRIPT = INTEROP / "typescript" / "outcome.mjs"
WIDTH = 100


class Helper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The helper of a language, `[helper]` of its interop.toml: its file, and how it writes constants.

    `number`, `numbers` and `texts` are patterns with {name}, {value}, and {size} of a list. `suffix` stands behind each
    number of a list. `last_comma` is False where a list may not end with a comma.
    """

    file: str
    number: str
    numbers: str
    texts: str
    suffix: str = ""
    camel: bool = False
    indent: str = ""
    tab: str = "    "
    last_comma: bool = True


def helpers() -> dict[Path, str]:
    """Return the helper of each language with the lists of today, by path."""
    return dict(starmap(_written, _described()))


def plain_javascript() -> str:
    """Return the helper of TypeScript without its types, as it is in its file. Raises node.ToolError."""
    head = "// Made from src/outcome.ts, for programs without TypeScript.\n"
    return head + node.script("plain_javascript.mjs", TYPESCRIPT)


def _described() -> Iterator[tuple[Path, Helper]]:
    """Yield the path and description of each helper of interop/; a folder that borrows one has no `[helper]`."""
    for file in sorted(INTEROP.glob("*/interop.toml")):
        if table := tomllib.loads(file.read_text(encoding="utf-8")).get("helper"):
            helper = msgspec.convert(table, Helper)
            yield file.parent / helper.file, helper


def _written(path: Path, syntax: Helper) -> tuple[Path, str]:
    statuses, lists = spec.outcomes()["statuses"], spec.outcomes()["text"]
    numbers = {name: statuses[name] for name in ("processed", "unauthenticated")}
    numbers |= {name: lists[name] for name in ("id_digits", "code_digits", "most_values")}
    codes = {"rejected": statuses["rejected"], "certain_refusals": sorted(spec.certain_refusals())}
    literals = {name: [f"{code}{syntax.suffix}" for code in values] for name, values in codes.items()}
    texts = {name: lists[name] for name in ("deciding_keys", "naming_keys", "code_holders", "markers")}
    lines = [
        *(syntax.number.format(name=_name(name, syntax), value=value) for name, value in numbers.items()),
        "",
        *(_list(syntax.numbers, name, syntax, values) for name, values in literals.items()),
        *(_list(syntax.texts, name, syntax, list(map(json.dumps, values))) for name, values in texts.items()),
        "",
    ]
    block = "".join(f"{syntax.indent if line else ''}{line}\n" for part in lines for line in part.split("\n"))
    return path, replaced(BLOCK, path.read_text(encoding="utf-8"), block, str(path.relative_to(ROOT)))


def _list(pattern: str, name: str, syntax: Helper, values: Sequence[str]) -> str:
    """Return a list as one line, or with an entry a line where that is too long for one."""
    line = pattern.format(name=_name(name, syntax), value=", ".join(values), size=len(values))
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"\n{syntax.tab}{value}," for value in values)
    inside = inside if syntax.last_comma else inside.removesuffix(",")
    return pattern.format(name=_name(name, syntax), value=inside + "\n", size=len(values))


def _name(name: str, syntax: Helper) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others)) if syntax.camel else name.upper()


def page(text: str) -> str:
    """Return docs/outcomes.md with the lists and rows of the table."""
    return replaced(ROWS, replaced(LISTS, text, lists(), PAGE.name), _rows(), PAGE.name)


def callers_page(text: str) -> str:
    """Return docs/judge-callers.md with the statuses and codes that prove that nothing was issued."""
    statuses = spec.outcomes()["statuses"]
    rejections = _joined(sorted([*statuses["rejected"], statuses["unauthenticated"]]))
    rows = f"- statuses: {rejections}\n- certain refusals: {_joined(sorted(spec.certain_refusals()))}\n"
    return replaced(CERTAIN, text, rows, CALLERS_PAGE.name)


def _joined(numbers: Sequence[int]) -> str:
    return ", ".join(f"`{number}`" for number in numbers)


def lists() -> str:
    """Return the lists of the table as a table of Markdown."""
    statuses, text = spec.outcomes()["statuses"], spec.outcomes()["text"]
    rows = {
        "statuses of *processed*": [statuses["processed"]],
        "statuses of *rejected*": statuses["rejected"],
        "statuses of *not authenticated*": [statuses["unauthenticated"]],
        "certain refusals": sorted(spec.certain_refusals()),
        "keys that decide, and make the text unreadable when they stand twice in one object": text["deciding_keys"],
        "keys that name coupons, in any case": text["naming_keys"],
        "what speaks of coupons where the text is not JSON": text["markers"],
    }
    lines = [f"| {name} | {', '.join(f'`{entry}`' for entry in entries)} |" for name, entries in rows.items()]
    return "\n".join(["| list | entries |", "|---|---|", *lines, ""])


def _rows() -> str:
    table = spec.outcomes()
    lines = [
        f"| {row['outcome']} | {'; '.join(row['when']) or 'otherwise'} | {row['then']} | `{row['because']}` |"
        for row in table["rows"]
    ]
    facts = [f"- **{name}**: {text}" for name, text in table["facts"].items()]
    return "\n".join(
        ["| outcome | when | what the caller does | because |", "|---|---|---|---|", *lines, "", *facts, ""]
    )
