"""Runs a command against a sandbox of its own: python -m qa.with_sandbox [--sandbox-arg …] -- command …

SANDBOX_URL holds its address for the command. The exit status is the command's.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from coupon_contract.cli.sandbox_process import USAGE, address_of, running_sandbox, started_sandbox

__all__ = ["address_of", "main", "running_sandbox", "started_sandbox"]


def main(arguments: Sequence[str]) -> int:
    """Start a sandbox with the arguments before `--`, and run the command after it."""
    if "--" not in arguments:
        print(__doc__, file=sys.stderr)
        return USAGE
    middle = list(arguments).index("--")
    if not arguments[middle + 1 :]:
        print("with_sandbox: name the command to run after --", file=sys.stderr)
        return USAGE
    with running_sandbox(arguments[:middle]) as url:
        return subprocess.run(arguments[middle + 1 :], env=os.environ | {"SANDBOX_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
