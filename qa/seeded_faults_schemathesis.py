"""Runs stock Schemathesis against each fault and each correct variant of the sandbox, to compare it with our suite.

python -m qa.seeded_faults_schemathesis [--only NAME …] [--modes NAME …] [--jobs N] [--anew]

The failures of each run are kept in reports/stock.jsonl, and a killed run resumes where it stopped, unless --anew is
given. `python -m bench.power` makes the table.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import schemathesis.cli
from attrs import asdict, field, frozen
from schemathesis.baseline import Baseline

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from coupon_contract.suite.credentials import headers
from coupon_contract.suite.target_file import load
from qa.checkpoint import Checkpoint
from qa.forked_sandbox import coupons_issued, forked_sandbox, silence

Json = Any
CHECKPOINT = Checkpoint(ROOT / "reports" / "stock.jsonl")
MODES = {"default": (), "all": ("--checks", "all", "--max-examples", "200")}
SLOW = "all"  # takes twice the time: a quarter of its runs come early, the others last
CORRECT = ""  # the sandbox as it is
SEED, MORE_SEEDS = 1, (2, 3)  # several for the correct sandbox: its failures do not count as finds elsewhere


@frozen
class Work:
    """One run: the mode of Schemathesis, and the fault or variant of the sandbox."""

    mode: str
    name: str
    seed: int = SEED


@frozen
class StockRun:
    """The failures of a run, each by operation, check and kind, as Schemathesis tells them apart."""

    mode: str
    name: str
    seed: int
    failures: list[str] = field(factory=list)
    coupons: int = 0
    seconds: float = 0.0


def run(work: Work) -> StockRun:
    """Point `schemathesis run` at the sandbox, in a separate process and directory."""
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # Schemathesis keeps examples that failed in its working directory
        database, baseline = Path(directory, "coupons.db"), Path(directory, "baseline.json")
        start = time.perf_counter()
        with forked_sandbox(option(work.name), database) as url, silence(), hidden_modules(), suppress(SystemExit):
            schemathesis.cli.schemathesis(command(url, work, baseline), standalone_mode=False)
        seconds = time.perf_counter() - start
        reported = failures(baseline)
        return StockRun(work.mode, work.name, work.seed, reported, coupons_issued(database), round(seconds, 1))


@contextmanager
def hidden_modules() -> Iterator[None]:
    """Hide our modules, as in a user's process: Hypothesis draws on the constants of loaded modules."""
    own = {name: module for name, module in sys.modules.items() if _is_ours(getattr(module, "__file__", None) or "")}
    for name in own:
        del sys.modules[name]
    sys.modules["__main__"] = schemathesis.cli
    try:
        yield
    finally:
        sys.modules.update(own)


def _is_ours(file: str) -> bool:
    return file.startswith(f"{ROOT}{os.sep}") and "site-packages" not in file


def option(name: str) -> list[str]:
    """Return the sandbox's option for a fault, a variant or neither."""
    return [f"--{'fault' if name in FAULTS else 'variant'}", name] if name else []


def command(url: str, work: Work, baseline: Path) -> list[str]:
    """Return the arguments of Schemathesis: the document, an address, and credentials that issue coupons.

    The baseline does not exist yet, so Schemathesis writes its failures into it.
    """
    (name, value), *_ = headers("till", load(url))
    arguments = ["run", str(spec.DOCUMENT), "--url", url, "--seed", str(work.seed), "-H", f"{name}: {value}"]
    return [*arguments, "--baseline", str(baseline), *MODES[work.mode]]


def failures(baseline: Path) -> list[str]:
    """Return the failures of a run. Raises RuntimeError when it ended before its report."""
    if not baseline.exists():
        raise RuntimeError("Schemathesis ended before it reported")
    return sorted({" · ".join(map(str, entry.identity)) for entry in Baseline.load(baseline).entries})


def remaining(modes: Sequence[str], names: Sequence[str]) -> list[Work]:
    """Return the work that is not kept yet.

    The right sandbox comes first, then all others in an order in which every prefix is a sample.
    """
    done = {(line["mode"], line["name"], line["seed"]) for line in CHECKPOINT.lines()}
    right = [Work(mode, CORRECT, seed) for mode in MODES for seed in (SEED, *MORE_SEEDS)]
    others = sorted((*VARIANTS, *FAULTS), key=lambda name: sha256(name.encode()).digest())
    sampled = [Work(mode, name) for nth, name in enumerate(others) for mode in MODES if mode != SLOW or nth % 4 == 0]
    rest = [Work(SLOW, name) for name in others]
    chosen = [item for item in dict.fromkeys((*right, *sampled, *rest)) if not names or item.name in names]
    return [item for item in chosen if item.mode in modes and (item.mode, item.name, item.seed) not in done]


def main() -> int:
    """Run the remaining work."""
    parser = argparse.ArgumentParser(prog="seeded_faults_schemathesis", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these faults and variants only")
    parser.add_argument("--modes", nargs="*", default=[*MODES], choices=MODES, help="how to call it (default: both)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time (default: 2)")
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs have found")
    options = parser.parse_args()
    if options.anew:
        CHECKPOINT.clear()
    work = remaining(options.modes, options.only)
    all_work = Progress("seeded_faults_schemathesis").step("faults and variants", total=len(work))
    with get_context("fork").Pool(options.jobs, maxtasksperchild=1) as pool, all_work as step:
        for result in pool.imap_unordered(run, work):
            CHECKPOINT.add(asdict(result))
            step.advance(result.name)
    print(f"{len(work)} runs; {len(CHECKPOINT.lines())} are kept in {CHECKPOINT.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
