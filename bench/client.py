"""Measures the client against the code that its users would write or generate instead, interleaved in one run.

Prints Markdown tables; `--write` puts them into bench/client.md. Exit status 1 when a goal is missed.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.client_calls import many_tasks, many_threads, one_call, one_task
from bench.client_decoding import decoding
from bench.client_imports import imports
from bench.fixed_response_server import answering
from bench.openapi_generator import generated_client
from bench.ratios import Table
from coupon_contract.progress import Progress

PAGE = Path(__file__).parent / "client.md"
MARK = "<!-- printed by bench/client.py -->\n"


def measured() -> list[Table]:
    """Return all tables, in the order of the page."""
    with ExitStack() as stack:
        with Progress("bench").step("generating a client to compare with"):
            package = stack.enter_context(generated_client())
        url, runner = stack.enter_context(answering()), stack.enter_context(asyncio.Runner())
        measurements: list[Callable[[], Table]] = [
            partial(one_call, url, package),
            partial(one_task, url, runner),
            partial(many_threads, url),
            partial(many_tasks, url, runner),
            decoding,
            imports,
        ]
        tables = []
        with Progress("bench").step("tables", total=len(measurements)) as step:
            for measure in measurements:
                tables.append(measure())
                step.advance()
        return tables


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, and write them with --write."""
    tables = measured()
    text = "\n\n".join(table.markdown() for table in tables) + "\n"
    print(text)
    if "--write" in arguments:
        PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + "\n" + text, encoding="utf-8")
    return 0 if all(table.met() for table in tables) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
