"""Tries clients in other languages: python -m interop [--document FILE] [FOLDER …].

Each client is generated from the document, compiled, and given the calls of interop/calls.py. The tables of
docs/interop.md are updated; in CI (CI=true) they must be right already, and a missing toolchain is a failure.

Exit status: 0 all right, 1 something is wrong, 3 could not try, 4 usage.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NoReturn

from attrs import asdict, frozen

from coupon_contract import spec
from coupon_contract.progress import Progress
from interop import calls, large_ids, resending, table
from interop.language import (
    Language,
    LanguageError,
    StepFailed,
    compile_all,
    generate,
    languages,
    live_addresses,
    missing,
)
from interop.program import ProgramFailed, ask, judge

RIGHT, WRONG, COULD_NOT, USAGE = 0, 1, 3, 4


@frozen
class Observed:
    """Right reports of each kind, with their total."""

    sandbox: tuple[int, int]
    vectors: tuple[int, int]
    situations: tuple[int, int]
    external_ids: tuple[int, int]


@frozen
class Attempt:
    """The result of one language: the line to print, the rows for the tables, and the problems."""

    language: Language
    line: str
    rows: tuple[str, str] | None = None
    problems: Sequence[str] = ()
    skipped: bool = False


class Parser(argparse.ArgumentParser):
    """argparse with our exit status."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"interop: {message}\n")


def attempt(language: Language, document: Path) -> Attempt:
    """Generate, compile and try one language."""
    if reason := missing(language):
        return Attempt(language, f"skipped: {reason} (scripts/toolchains)", skipped=True)
    try:
        started = time.monotonic()
        generate(language, document)
        generated = time.monotonic()
        live = live_addresses(language)
        compile_all(language, document)
        compiled = time.monotonic()
        observed, problems = try_program(language)
        behaviours, silent = resending.observe(language)
        ids, unread = large_ids.observe(language)
    except (StepFailed, ProgramFailed) as problem:
        return Attempt(language, "failed", problems=[str(problem)])
    spent = f"generated in {generated - started:.0f} s, compiled in {compiled - generated:.0f} s"
    kinds = asdict(observed)
    counts = ", ".join(f"{name.replace('_', ' ')} {right}/{total}" for name, (right, total) in kinds.items())
    line = f"{language.generator} {language.version}: {spent}; {counts}"
    return Attempt(language, line, table.rows(language, behaviours | ids), [*live, *problems, *silent, *unread])


def try_program(language: Language) -> tuple[Observed, list[str]]:
    """Give the program every call, once. Raises ProgramFailed."""
    pairs = calls.external_id_calls()
    with (
        calls.sandbox_calls() as sandbox,
        calls.vector_calls() as (vectors, seen),
        resending.serve() as (url, arrivals),
    ):
        situations = resending.calls(url)
        reports = ask(language, [*sandbox, *vectors, *situations, *pairs])
        again = calls.sent_again(vectors, seen) + resending.sent_again(arrivals)
    kinds = (sandbox, vectors, situations, pairs)
    verdicts = [[judge(call, reports.get(call.name)) for call in kind] for kind in kinds]
    counts = [(sum(verdict.problem is None for verdict in kind), len(kind)) for kind in verdicts]
    observed = Observed(*counts)
    return observed, [verdict.problem for kind in verdicts for verdict in kind if verdict.problem] + again


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the languages, print a line for each as it ends, and update the tables."""
    parser = Parser(prog="python -m interop", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--document", type=Path, default=spec.DOCUMENT, metavar="FILE", help="the OpenAPI document")
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="folders of interop/ (default: all)")
    options = parser.parse_args(arguments)
    try:
        chosen = languages(options.folders)
        options.document.open().close()
    except (LanguageError, OSError) as problem:
        parser.error(str(problem))
    progress, tried = Progress("interop"), []
    with ThreadPoolExecutor(os.cpu_count()) as pool, progress.step("languages", total=len(chosen)) as step:
        started = [pool.submit(attempt, language, options.document) for language in chosen]
        for future in as_completed(started):
            tried.append(result := future.result())
            step.advance()
            progress.write(shown(result))
    in_ci = os.environ.get("CI") == "true"
    return max(status(tried, in_ci), update_table(tried, in_ci))


def shown(result: Attempt) -> str:
    """Return the lines about a language."""
    problems = ("    " + problem.replace("\n", "\n    ") for problem in result.problems)
    return "\n".join([f"{result.language.name:<26}{result.line}", *problems])


def status(tried: Sequence[Attempt], in_ci: bool) -> int:
    """Return the exit status. Having tried nothing is not a success."""
    if any(entry.problems for entry in tried):
        return WRONG
    skipped = [entry for entry in tried if entry.skipped]
    return COULD_NOT if len(skipped) == len(tried) or (skipped and in_ci) else RIGHT


def update_table(tried: Sequence[Attempt], in_ci: bool) -> int:
    """Update the tables for the languages that passed; in CI they must already match the observations."""
    page = text = table.PAGE.read_text(encoding="utf-8")
    passed = {entry.language.folder: entry.rows for entry in tried if entry.rows and not entry.problems}
    for index, part in enumerate(table.TABLES):
        new = {folder: rows[index] for folder, rows in passed.items()}
        text = part.updated(text, new, [language.folder for language in languages()])
    if text == page:
        return RIGHT
    if in_ci:
        print("docs/interop.md is not what was observed: run make interop and commit the page")
        return WRONG
    table.PAGE.write_text(text, encoding="utf-8")
    print("docs/interop.md: updated")
    return RIGHT


if __name__ == "__main__":
    sys.exit(main())
