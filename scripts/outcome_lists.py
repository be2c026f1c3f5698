"""The lists of spec/outcomes.toml and spec/codes.toml, as docs/outcomes.md and the helpers of interop/ hold them."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts.marks import replaced

PAGE = ROOT / "docs" / "outcomes.md"
LISTS = re.compile(r"(?<=<!-- lists, by make generate: begin -->\n).*?(?=<!-- lists, by make generate: end -->)", re.S)
ROWS = re.compile(r"(?<=<!-- rows, by make generate: begin -->\n).*?(?=<!-- rows, by make generate: end -->)", re.S)

BLOCK = re.compile(r"(?<=// written by make generate: begin\n).*?(?=[ \t]*// written by make generate: end)", re.S)
INTEROP = ROOT / "interop"
WIDTH = 100


@frozen
class Syntax:
    """The syntax of constants in a language: `number` and `entries` with {name}, {value}, and {size} of a list."""

    number: str
    numbers: str
    texts: str
    camel: bool = False
    indent: str = ""
    tab: str = "    "


HELPERS = {
    "typescript/src/outcome.ts": Syntax(
        "const {name} = {value};", "const {name} = [{value}];", "const {name} = [{value}];"
    ),
    "go/outcome/outcome.go": Syntax(
        "const {name} = {value}",
        "var {name} = []int64{{{value}}}",
        "var {name} = []string{{{value}}}",
        camel=True,
        tab="\t",
    ),
    "java/src/couponoutcome/Outcome.java": Syntax(
        "private static final int {name} = {value};",
        "private static final Set<Long> {name} = Set.of({value});",
        "private static final Set<String> {name} = Set.of({value});",
        indent="  ",
    ),
    "kotlin/src/couponoutcome/Outcome.kt": Syntax(
        "private const val {name} = {value}",
        "private val {name} = setOf({value})",
        "private val {name} = setOf({value})",
    ),
    "rust/src/outcome.rs": Syntax(
        "const {name}: usize = {value};",
        "const {name}: [i64; {size}] = [{value}];",
        "const {name}: [&str; {size}] = [{value}];",
    ),
}


def helpers() -> dict[Path, str]:
    """Return the helper of each language with the lists of today, by path."""
    paths = {INTEROP / name: syntax for name, syntax in HELPERS.items()}
    return {path: _helper(path.read_text(encoding="utf-8"), path, syntax) for path, syntax in paths.items()}


def _helper(text: str, path: Path, syntax: Syntax) -> str:
    suffix = "L" if path.suffix in (".java", ".kt") else ""
    statuses, lists = spec.outcomes()["statuses"], spec.outcomes()["text"]
    numbers = {name: statuses[name] for name in ("processed", "unauthenticated")}
    numbers |= {name: lists[name] for name in ("id_digits", "code_digits", "most_values")}
    codes = {"rejected": statuses["rejected"], "certain_refusals": sorted(spec.certain_refusals())}
    literals = {name: [f"{code}{suffix}" for code in values] for name, values in codes.items()}
    texts = {name: lists[name] for name in ("deciding_keys", "naming_keys", "code_holders", "markers")}
    lines = [
        *(syntax.number.format(name=_name(name, syntax), value=value) for name, value in numbers.items()),
        "",
        *(_list(syntax.numbers, name, syntax, values) for name, values in literals.items()),
        *(_list(syntax.texts, name, syntax, list(map(json.dumps, values))) for name, values in texts.items()),
        "",
    ]
    block = "".join(f"{syntax.indent if line else ''}{line}\n" for part in lines for line in part.split("\n"))
    return replaced(BLOCK, text, block, str(path.relative_to(ROOT)))


def _list(pattern: str, name: str, syntax: Syntax, values: Sequence[str]) -> str:
    """Return a list as one line, or with an entry a line where that is too long for one."""
    line = pattern.format(name=_name(name, syntax), value=", ".join(values), size=len(values))
    if len(line) <= WIDTH:
        return line
    inside = "".join(f"\n{syntax.tab}{value}," for value in values)
    inside = inside.removesuffix(",") if "Set.of" in pattern else inside  # Java knows no comma at the end
    return pattern.format(name=_name(name, syntax), value=inside + "\n", size=len(values))


def _name(name: str, syntax: Syntax) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others)) if syntax.camel else name.upper()


def page(text: str) -> str:
    """Return docs/outcomes.md with the lists and rows of the table."""
    return replaced(ROWS, replaced(LISTS, text, _lists(), PAGE.name), _rows(), PAGE.name)


def _lists() -> str:
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
        f"| {row['outcome']} | {'; '.join(row['when']) or 'otherwise'} | `{row['because']}` |" for row in table["rows"]
    ]
    facts = [f"- **{name}**: {text}" for name, text in table["facts"].items()]
    return "\n".join(["| outcome | when | because |", "|---|---|---|", *lines, "", *facts, ""])
