"""Blocks of YAML files that `make generate` writes between marks."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

Json = Any
BLOCK = re.compile(
    r"^(?P<indent> *)# begin (?P<name>\w+): generated from [\w./]+\n"
    r".*?"
    r"^(?P=indent)# end (?P=name)\n",
    re.DOTALL | re.MULTILINE,
)
WIDTH = 120  # columns


class OnOneLine(list[Json]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(
    OnOneLine, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)


def with_blocks(text: str, blocks: Mapping[str, Json]) -> str:
    """Return the text with the members of each block between its marks; a block may stand in several places.

    Raises LookupError for marks of a block that does not exist, or a block without marks.
    """
    marked = {block["name"] for block in BLOCK.finditer(text)}
    if marked != set(blocks):
        raise LookupError(f"marks of blocks: expected {sorted(blocks)}, the file has {sorted(marked)}")
    return BLOCK.sub(lambda block: _block(block, blocks[block["name"]]), text)


def _block(block: re.Match[str], members: Json) -> str:
    indent = block["indent"]
    first, *_, last = block[0].splitlines(keepends=True)
    written = yaml.dump(members, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH - len(indent))
    return first + "".join(indent + line for line in written.splitlines(keepends=True)) + last
