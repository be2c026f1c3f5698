"""Measures the language of the code: python -m qa.language_report [--list].

It counts docstrings that are a bare wh-clause ("What a …", "Whether …"), variable names that say nothing, and modules
that are named by a bare -ing verb. It is a report and no gate: the exit status is 0 for any figures.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coupon_contract.paths import ROOT

SKIPPED_FOLDERS = {"generated", "tests", "build", "dist", "reports", "node_modules"}
WH_WORDS = frozenset(
    {"what", "whatever", "whether", "which", "who", "whoever", "whom", "whose", "where", "when", "how", "why"}
)
EMPTY_NAMES = frozenset({"found", "one", "each", "asked", "told", "said", "held"})
NOUNS_IN_ING = frozenset(
    {
        "encoding",
        "issuing",
        "listing",
        "logging",
        "masking",
        "reporting",
        "seeding",
        "streaming",
        "string",
        "testing",
        "timing",
    }
)
MAX_WH_PERCENT = 2.0
MAX_NAMES_PER_1000 = 1.0


class Finding(NamedTuple):
    """A place in a module, and the words that were counted there."""

    path: Path
    line: int
    text: str


class Report(NamedTuple):
    """The figures of a set of modules, with the place of each finding."""

    lines: int
    docstrings: int
    wh_docstrings: list[Finding]
    empty_names: list[Finding]
    ing_modules: list[Finding]

    @property
    def wh_percent(self) -> float:
        """Return the share of docstrings that are a bare wh-clause, in percent."""
        return 100 * len(self.wh_docstrings) / self.docstrings if self.docstrings else 0.0

    @property
    def names_per_1000(self) -> float:
        """Return how often a name that says nothing is bound, per 1,000 lines."""
        return 1000 * len(self.empty_names) / self.lines if self.lines else 0.0


def is_wh_clause(docstring: str) -> bool:
    """Return True if the docstring starts with an interrogative word."""
    first = re.match(r"\W*([A-Za-z]+)", docstring)
    return first is not None and first[1].lower() in WH_WORDS


def is_ing_module(path: Path) -> bool:
    """Return True if the file name is a bare -ing verb and no noun of the field."""
    stem = path.parent.name if path.name == "__init__.py" else path.stem
    return re.fullmatch(r"[a-z]+ing", stem) is not None and stem not in NOUNS_IN_ING


def bound_names(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield each name that the node itself binds, with its line: variables, parameters, fields, functions, aliases."""
    match node:
        case ast.Name(ctx=ast.Store()):
            yield node.id, node.lineno
        case ast.Attribute(ctx=ast.Store()):
            yield node.attr, node.lineno
        case ast.arg():
            yield node.arg, node.lineno
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, node.lineno
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, node.lineno
        case ast.MatchMapping(rest=str(name)):
            yield name, node.lineno
        case ast.alias(asname=str(name)):
            yield name, node.lineno


def report(paths: Iterable[Path]) -> Report:
    """Measure the modules. Raises OSError and SyntaxError for a file that cannot be read as Python."""
    result = Report(0, 0, [], [], [])
    lines = docstrings = 0
    for path in paths:
        source = path.read_text(encoding="utf-8")
        lines += len(source.splitlines())
        if is_ing_module(path):
            result.ing_modules.append(Finding(path, 1, path.name))
        for node in ast.walk(ast.parse(source, str(path))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = ast.get_docstring(node)
                docstrings += docstring is not None
                if docstring and is_wh_clause(docstring):
                    result.wh_docstrings.append(Finding(path, node.body[0].lineno, docstring.splitlines()[0]))
            for name, line in bound_names(node):
                if name.strip("_").lower() in EMPTY_NAMES:
                    result.empty_names.append(Finding(path, line, name))
    return result._replace(lines=lines, docstrings=docstrings)


def modules(root: Path) -> list[Path]:
    """Return the Python files under root, in order, without generated code, tests and hidden folders."""

    def is_in_scope(path: Path) -> bool:
        *folders, name = path.relative_to(root).parts
        if any(folder in SKIPPED_FOLDERS or folder.startswith(".") for folder in folders):
            return False
        return not (folders[:1] == ["contract_tests"] and name.startswith("test_"))

    return sorted(path for path in root.rglob("*.py") if is_in_scope(path))


def table(figures: Report) -> str:
    """Return the figures as a Markdown table with their aims."""
    return "\n".join(
        (
            "| measure | figure | aim |",
            "|---|---|---|",
            f"| docstrings that are a bare wh-clause | {len(figures.wh_docstrings)} of {figures.docstrings}: "
            f"{figures.wh_percent:.1f} % | under {MAX_WH_PERCENT:g} % |",
            f"| names {', '.join(sorted(EMPTY_NAMES))} | {len(figures.empty_names)} in {figures.lines} lines: "
            f"{figures.names_per_1000:.2f} per 1,000 | under {MAX_NAMES_PER_1000:g} |",
            f"| modules named by a bare -ing verb | {len(figures.ing_modules)} | 0 |",
        )
    )


def main(arguments: Sequence[str]) -> int:
    """Print the figures of the checkout, and with --list the place of each finding."""
    parser = argparse.ArgumentParser(
        prog="python -m qa.language_report", description="Measure the language of the code."
    )
    parser.add_argument("--list", action="store_true", help="print the place of each finding")
    listed = parser.parse_args(arguments).list
    figures = report(modules(ROOT))
    print(table(figures))
    if listed:
        for finding in (*figures.wh_docstrings, *figures.empty_names, *figures.ing_modules):
            print(f"{finding.path.relative_to(ROOT)}:{finding.line}: {finding.text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
