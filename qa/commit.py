"""The commit at which a proof is run, for the page with its results."""

import subprocess

from coupon_contract.paths import ROOT


def tested_commit() -> str:
    """Return the short hash of the commit, with `, changed since` where files differ from it; `unknown` without git."""
    try:
        commit = _git("rev-parse", "--short=10", "HEAD")
        return commit + (", changed since" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
