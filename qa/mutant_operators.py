"""Machine-generated mutants of source files: mutmut's operators at every place but annotations and decorators.

mutmut itself leaves out module constants and decorated functions, among them most rules of issuing, because it switches
mutants by trampolines. Here a mutant is the whole text of its module (qa/mutant_package.py loads it), so both are in.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import libcst
from attrs import field, frozen
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from coupon_contract.paths import ROOT

LONGEST = 70  # characters of each side of a description
# Types are read by mypy alone; a decorator of the sandbox registers or caches; these two calls have one sensible form.
LEFT_OUT = (libcst.Annotation, libcst.Decorator)
LEFT_OUT_CALLS = ("len", "isinstance")


@frozen
class Mutant:
    """A change of one place of a file; `line` and `text` are for people, `text` being `before -> after`.

    `key` is a name that stays while the file does.
    """

    key: str
    path: str
    line: int
    text: str
    tree: libcst.Module = field(repr=False, eq=False)
    before: libcst.CSTNode = field(repr=False, eq=False)
    after: libcst.CSTNode = field(repr=False, eq=False)

    @property
    def source(self) -> str:
        """The text of the changed file."""
        changed = self.tree.deep_replace(self.before, self.after)
        assert isinstance(changed, libcst.Module)  # noqa: S101 - what replacing below the module returns
        return changed.code

    @property
    def module(self) -> str:
        """The name to import the file by."""
        return self.path.removesuffix(".py").replace("/", ".")


def mutants_of(path: Path) -> list[Mutant]:
    """Return the mutants of a file below ROOT, from its start to its end."""
    text = path.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
    visitor = _Places()
    wrapper.visit(visitor)
    name, digest = str(path.relative_to(ROOT)), sha256(text.encode()).hexdigest()[:8]
    changes = [(line, node, after) for line, node in visitor.places for after in _changed(node)]
    return [
        Mutant(f"{name}:{digest}:{nth}", name, line, f"{_code(node)} -> {_code(after)}", wrapper.module, node, after)
        for nth, (line, node, after) in enumerate(changes)
    ]


def _changed(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            yield from operator(node)


def _code(node: libcst.CSTNode) -> str:
    text = " ".join(libcst.Module([]).code_for_node(node).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class _Places(libcst.CSTVisitor):
    """Collects the nodes to change, with the lines that they begin in."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[tuple[int, libcst.CSTNode]] = []
        self._line = 1

    def on_visit(self, node: libcst.CSTNode) -> bool:
        position = self.get_metadata(PositionProvider, node, None)
        if position is not None:  # operators have none of their own
            self._line = position.start.line
        call = isinstance(node, libcst.Call) and isinstance(node.func, libcst.Name) and node.func.value
        if isinstance(node, LEFT_OUT) or call in LEFT_OUT_CALLS:
            return False
        self.places.append((self._line, node))
        return True
