"""Runs stock Schemathesis against each fault and each correct variant of the sandbox, to compare it with our suite.

    python -m qa.seeded_faults_schemathesis [--only NAME …] [--modes NAME …] [--jobs N] [--anew]

What a run found is kept in reports/stock.jsonl, and a run that was killed goes on where it stopped, unless --anew is
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
from rich.progress import track
from schemathesis.baseline import Baseline

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from coupon_contract.suite.credentials import headers
from coupon_contract.suite.target_file import load
from qa.checkpoint import Kept
from qa.forked_sandbox import coupons_issued, forked_sandbox, silence

Json = Any
KEPT = Kept(ROOT / "reports" / "stock.jsonl")
MODES = {"default": (), "all": ("--checks", "all", "--max-examples", "200")}
SLOW = "all"  # twice the seconds: a quarter of its runs come early, the others last
CORRECT = ""  # the sandbox as it is
SEED, MORE_SEEDS = 1, (2, 3)  # several for the correct sandbox: what it is blamed for is no find elsewhere


@frozen
class Work:
    """One run: how Schemathesis is called, and what is wrong or different about the sandbox."""

    mode: str
    name: str
    seed: int = SEED


@frozen
class Found:
    """What a run reported, each failure by operation, check and kind as Schemathesis tells them apart."""

    mode: str
    name: str
    seed: int
    failures: list[str] = field(factory=list)
    coupons: int = 0
    seconds: float = 0.0


def run(work: Work) -> Found:
    """Point `schemathesis run` at the sandbox, in a process and a directory of its own."""
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)  # Schemathesis keeps examples that failed in its working directory
        database, baseline = Path(directory, "coupons.db"), Path(directory, "baseline.json")
        start = time.perf_counter()
        with forked_sandbox(option(work.name), database) as url, silence(), a_stranger(), suppress(SystemExit):
            schemathesis.cli.schemathesis(command(url, work, baseline), standalone_mode=False)
        seconds = time.perf_counter() - start
        found = failures(baseline)
        return Found(work.mode, work.name, work.seed, found, coupons_issued(database), round(seconds, 1))


@contextmanager
def a_stranger() -> Iterator[None]:
    """Hide our modules: Hypothesis draws on the constants of those that are loaded; a user's Schemathesis has none."""
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
    """The sandbox's option for a fault, a variant or neither."""
    return [f"--{'fault' if name in FAULTS else 'variant'}", name] if name else []


def command(url: str, work: Work, baseline: Path) -> list[str]:
    """The arguments of Schemathesis: the document, an address, and credentials that issue coupons.

    The baseline does not exist yet, so Schemathesis writes down there what it finds.
    """
    (name, value), *_ = headers("till", load(url))
    arguments = ["run", str(spec.DOCUMENT), "--url", url, "--seed", str(work.seed), "-H", f"{name}: {value}"]
    return [*arguments, "--baseline", str(baseline), *MODES[work.mode]]


def failures(baseline: Path) -> list[str]:
    """The failures of a run. Raises RuntimeError when it did not get as far as to report."""
    if not baseline.exists():
        raise RuntimeError("Schemathesis ended before it reported")
    return sorted({" · ".join(map(str, entry.identity)) for entry in Baseline.load(baseline).entries})


def left(modes: Sequence[str], names: Sequence[str]) -> list[Work]:
    """What is not kept yet. The right sandbox comes first, then all others in an order that makes any part a sample."""
    done = {(line["mode"], line["name"], line["seed"]) for line in KEPT.lines()}
    right = [Work(mode, CORRECT, seed) for mode in MODES for seed in (SEED, *MORE_SEEDS)]
    others = sorted((*VARIANTS, *FAULTS), key=lambda name: sha256(name.encode()).digest())
    sampled = [Work(mode, name) for nth, name in enumerate(others) for mode in MODES if mode != SLOW or nth % 4 == 0]
    rest = [Work(SLOW, name) for name in others]
    chosen = [one for one in dict.fromkeys((*right, *sampled, *rest)) if not names or one.name in names]
    return [one for one in chosen if one.mode in modes and (one.mode, one.name, one.seed) not in done]


def main() -> int:
    """Parse the arguments, and run what is left."""
    parser = argparse.ArgumentParser(prog="power_stock", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these faults and variants only")
    parser.add_argument("--modes", nargs="*", default=[*MODES], choices=MODES, help="how to call it (default: both)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time (default: 2)")
    parser.add_argument("--anew", action="store_true", help="forget what earlier runs have found")
    options = parser.parse_args()
    if options.anew:
        KEPT.forget()
    work = left(options.modes, options.only)
    with get_context("fork").Pool(options.jobs, maxtasksperchild=1) as pool:
        for found in track(pool.imap_unordered(run, work), "stock", len(work), transient=True):
            KEPT.add(asdict(found))
    print(f"{len(work)} runs; {len(KEPT.lines())} are kept in {KEPT.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
