"""The states of series: in spec/targets/example.toml with ids of our sandbox, in docs/judge.md with recipes."""

import re
import tomllib
from typing import Any

from coupon_contract import paths
from coupon_contract.suite.states import STATES, State
from scripts.marks import replaced

EXAMPLE = paths.SPEC / "targets" / "example.toml"
MARK = "generated from coupon_contract/suite/states.py"
BLOCK = re.compile(rf"(?<=# begin: {re.escape(MARK)}\n).*?(?=# end: generated)", re.DOTALL)
GUIDE = paths.ROOT / "docs" / "judge.md"
RECIPES = re.compile(r"(?<=\| state \| recipe \|\n\|---\|---\|\n)(?:\|.*\n)*(?=<!-- end of the recipes -->)")
COLUMN = 51  # of the comments
CLAIMED = """\
# For calls made at the same time, on disposable targets. A run uses them up, for the last of the known customers.
"""


def with_states(text: str) -> str:
    """Return the text of the example with its series.

    Raises LookupError if a mark is lost or the sandbox has no series in a state.
    """
    series = tomllib.loads(paths.SANDBOX_TARGET.read_text(encoding="utf-8"))["series"]
    if missing := [name for name in STATES if name not in series]:
        raise LookupError(f"sandbox.toml has no series for {', '.join(missing)}")
    plain = [_line(state, series[state.name]) for state in STATES.values() if not state.claimed]
    claimed = [f"# {_line(state, series[state.name], 2)}" for state in STATES.values() if state.claimed]
    return replaced(BLOCK, text, "".join([*plain, CLAIMED, *claimed]), EXAMPLE.name)


def with_recipes(text: str) -> str:
    """Return the text of the guide with a recipe for each state. Raises LookupError if a mark is lost."""
    rows = "".join(f"| `{state.name}` | {state.recipe} |\n" for state in STATES.values())
    return replaced(RECIPES, text, rows, GUIDE.name)


def _line(state: State, value: Any, indent: int = 0) -> str:
    shown = f"{{{', '.join(f'{key} = {item}' for key, item in value.items())}}}" if isinstance(value, dict) else value
    entry = f"{state.name} = {shown}"
    return f"{entry:<{COLUMN - indent}}# {state.meaning}\n" if state.meaning else f"{entry}\n"
