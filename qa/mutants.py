"""Judges the suite by machine-generated mutants of the sandbox, which nobody had the suite in mind for.

    python -m qa.mutants [--sample N] [--limit N] [--only TEXT] [--jobs N] [--resume] [--anew] [--write]

Mutated are the modules that decide what a call is answered and what is stored (MODULES): the rules of issuing and their
transaction, the codec with the readers of bodies, authentication, the companion operations, the mapping to HTTP, and
the store with its SQLite part. Not the seed and its checks, the control API, the page, metrics, faults and hazards,
PostgreSQL, and the HTTP server below ASGI: no clause is about them, or the target file does not offer them.

Each mutant first gets the requests of qa/mutant_differential.py, with the seed that the target file describes: no state
counts that the target does not offer. A mutant that differs in none of REQUESTS responses, or only in ways that ledger
entries accept, is equivalent, and the suite is not asked. All others are judged over HTTP as qa.seeded_faults does, up
to the first failure, by a run that knows the target file alone. A mutant is killed if a clause fails; one that the
suite could not judge is not. Mutants that cannot be imported or do not start are left out.

The order is shuffled with --seed, so that --sample N is a fair sample, and a longer one contains it. Results are kept
in reports/mutants.jsonl; with --resume, what is there is not repeated. --limit ends after N further mutants. --write
puts the figures of all that is kept into bench/mutation.md. Exit status: 0 measured, 1 the sandbox itself does not
pass.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random
from typing import Any

from attrs import asdict, define

from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from qa.checkpoint import Checkpoint
from qa.commit import tested_commit
from qa.forked_sandbox import forked, judge_here, silence
from qa.mutant_differential import EPOCH, Comparison, Response, compared, transcript
from qa.mutant_operators import Mutant, mutants_of
from qa.mutant_package import PACKAGE, NotStarted, load
from qa.mutants_table import EQUIVALENT, KILLED, NOT_JUDGED, NOT_STARTED, SURVIVED, Outcome, page, summary
from qa.seeded_faults import GENERATED, warm_up
from qa.seeded_faults_matrix import failed_clauses

FOLDER = ROOT / "coupon_contract" / "sandbox"
MODULES = (
    *("issuing", "service", "errors"),  # the rules
    *("codec", "json_body", "request_body", "records"),  # JSON and records
    "auth",
    "companions",
    *("endpoints", "error_handlers", "fast_path"),  # the mapping to HTTP
    *("store/transaction", "store/queries", "store/codes", "store/group_commit", "store/schema", "store/sqlite"),
)
PAGE = ROOT / "bench" / "mutation.md"
CHECKPOINT = Checkpoint(ROOT / "reports" / "mutants.jsonl")
REQUESTS = 10_000
SEED = 0
LONGEST = 1800.0  # seconds; a mutant that hangs is ended, and counts as not judged
Json = Any
Suite = Callable[[str, str], tuple[frozenset[str], int]]  # module, text -> clauses that failed, exit status


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the mutants and print the figures."""
    options = parser().parse_args(arguments)
    if options.anew:
        CHECKPOINT.clear()
    warm_up()
    every = [mutant for module in MODULES for mutant in mutants_of(FOLDER / f"{module}.py")]
    mutants = chosen(every, options)
    kept = kept_outcomes(options) if options.resume else {}
    left = [mutant for mutant in mutants if mutant.key not in kept][: options.limit]
    progress = Progress("mutants")
    with progress.step("requests to the sandbox itself"):
        original = original_responses(options.requests, options.seed)
    if original is None:
        progress.write("the sandbox itself does not pass", sys.stderr)
        return 1
    with progress.step("mutants judged", total=len(left)) as step:
        for outcome in judged(left, original, options.seed, options.jobs):
            step.advance(outcome.word)
            CHECKPOINT.add(asdict(outcome) | conditions(options))
            kept[outcome.key] = outcome
            if outcome.word in (SURVIVED, NOT_JUDGED):  # at once, because a run takes long
                progress.write(f"{outcome.word}: {outcome.path}:{outcome.line}  {outcome.text}", sys.stderr)
    outcomes = [kept[mutant.key] for mutant in mutants if mutant.key in kept]
    print(summary(outcomes))
    if options.write:
        text = page(outcomes, len(every), options.requests, options.seed, tested_commit())
        PAGE.write_text(text, encoding="utf-8")
    return 0


def conditions(options: argparse.Namespace) -> dict[str, int]:
    """Return what outcomes depend on besides the mutant."""
    return {"requests": options.requests, "seed": options.seed}


def kept_outcomes(options: argparse.Namespace) -> dict[str, Outcome]:
    """Return the kept outcomes of the same conditions, by the key of their mutants."""
    same, lines = conditions(options), CHECKPOINT.lines()
    fields = [{name: line[name] for name in line.keys() - same} for line in lines if same.items() <= line.items()]
    return {line["key"]: Outcome(**line) for line in fields}


def chosen(mutants: Sequence[Mutant], options: argparse.Namespace) -> list[Mutant]:
    """Return the mutants to judge, shuffled."""
    named = [mutant for mutant in mutants if options.only in f"{mutant.path}:{mutant.line} {mutant.text}"]
    Random(options.seed).shuffle(named)  # noqa: S311 - repeatable on purpose
    return named[: options.sample]


def original_responses(requests: int, seed: int, suite: Suite | None = None) -> list[Response] | None:
    """Return the responses of the sandbox itself; None if it differs from itself, or the suite blames it."""
    module = f"{PACKAGE}.issuing"  # any: its text is the file's
    text = (FOLDER / "issuing.py").read_text(encoding="utf-8")

    def collect(sending: Connection) -> None:
        load(module, text)
        responses = transcript(requests, seed)
        load(module, text)
        differs = compared(responses[:EPOCH], seed).difference
        failed, status = (suite or suite_on)(module, text)
        sending.send(None if differs or failed or status else responses)

    receiving, sending = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=collect, args=(sending,))
    process.start()
    sending.close()
    responses: list[Response] | None = receiving.recv()
    process.join()
    return responses


# --- one mutant -------------------------------------------------------------------------------------------------------


def outcome_of(mutant: Mutant, original: Sequence[Response], seed: int, suite: Suite) -> Outcome:
    """Compare a mutant with the original, and let the suite judge it if they differ. For a process of its own."""
    start = time.perf_counter()

    def outcome(word: str, comparison: Comparison, clauses: Sequence[str] = (), status: int = 0) -> Outcome:
        seen = comparison.difference
        return Outcome(
            *(mutant.key, mutant.path, mutant.line, mutant.text, word),
            clauses=tuple(clauses),
            entries=tuple(sorted(comparison.accepted)) if word == EQUIVALENT else (),
            difference=[seen.request, seen.original, seen.mutant] if seen else [],
            exit_status=status,
            seconds=round(time.perf_counter() - start, 1),
        )

    try:
        load(mutant.module, mutant.source)
        comparison = compared(original, seed)
    except NotStarted:
        return outcome(NOT_STARTED, Comparison())
    if comparison.difference is None:
        return outcome(EQUIVALENT, comparison)
    failed, status = suite(mutant.module, mutant.source)
    if failed:
        return outcome(KILLED, comparison, sorted(failed), status)
    return outcome(NOT_JUDGED if status else SURVIVED, comparison, (), status)


def suite_on(module: str, source: str) -> tuple[frozenset[str], int]:
    """Run the suite against the sandbox with this text of a module; return the clauses that failed, and the status."""
    with tempfile.TemporaryDirectory() as directory:

        def serve() -> None:
            load(module, source)
            sys.modules[f"{PACKAGE}.__main__"].main(["--database", str(Path(directory, "coupons.db"))])

        options = ["--results", directory, "--seed", "0", "--generated", str(GENERATED), "--first-failure"]
        with forked(serve) as url, silence():
            status = judge_here(url, options)
        file = Path(directory, "results.json")
        results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"clauses": []}
    return failed_clauses(results), status


# --- many -------------------------------------------------------------------------------------------------------------


@define
class _Running:
    process: ForkProcess
    mutant: Mutant
    ends: float


def judged(
    mutants: Sequence[Mutant], original: Sequence[Response], seed: int, jobs: int = 1, suite: Suite | None = None
) -> Iterator[Outcome]:
    """Yield the outcome of each mutant, `jobs` at a time, each from a process of its own; `suite` is `suite_on`."""
    left, running = list(reversed(mutants)), dict[Connection, _Running]()
    while left or running:
        while left and len(running) < jobs:
            mutant = left.pop()
            receiving, sending = get_context("fork").Pipe(duplex=False)
            work = (mutant, original, seed, suite or suite_on, sending)
            process = get_context("fork").Process(target=_work, args=work)
            process.start()
            sending.close()
            running[receiving] = _Running(process, mutant, time.monotonic() + LONGEST)
        ready = wait(list(running), timeout=1.0)
        for receiving, begun in list(running.items()):
            if receiving in ready or time.monotonic() > begun.ends:
                del running[receiving]
                yield _received(receiving, begun)


def _work(mutant: Mutant, original: Sequence[Response], seed: int, suite: Suite, sending: Connection) -> None:
    os.setsid()  # so that everything it started can be ended with it
    sending.send(outcome_of(mutant, original, seed, suite))


def _received(receiving: Connection, begun: _Running) -> Outcome:
    """Return what the process sent; an outcome without a verdict if it hangs or ended without sending."""
    mutant = begun.mutant
    try:
        if receiving.poll():
            outcome: Outcome = receiving.recv()
            return outcome
    except EOFError:
        pass
    finally:
        receiving.close()
        with suppress(ProcessLookupError):
            os.killpg(begun.process.pid or 0, signal.SIGKILL)
        begun.process.join()
    return Outcome(mutant.key, mutant.path, mutant.line, mutant.text, NOT_JUDGED, seconds=LONGEST)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").partition("\n")[0])
    cli.add_argument("--sample", type=int, metavar="N", help="only N mutants, at random (default: all)")
    cli.add_argument("--limit", type=int, metavar="N", help="at most N that are not kept yet")
    cli.add_argument("--only", default="", metavar="TEXT", help="only mutants with TEXT in their `file:line change`")
    cli.add_argument("--requests", type=int, default=REQUESTS, metavar="N", help=f"to each (default: {REQUESTS})")
    cli.add_argument("--seed", type=int, default=SEED, metavar="N", help="of the order, and of requests (default: 0)")
    cli.add_argument("--jobs", type=int, default=1, metavar="N", help="mutants at a time (default: 1)")
    cli.add_argument("--resume", action="store_true", help="leave out what is kept: go on where a killed run stopped")
    cli.add_argument("--anew", action="store_true", help="forget what is kept")
    cli.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    return cli


if __name__ == "__main__":
    sys.exit(main())
