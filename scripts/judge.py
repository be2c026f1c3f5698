"""Judges an implementation: python -m scripts.judge [target file | URL] [pytest options].

Without a target it starts our own sandbox and judges that.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.with_sandbox import running_sandbox

ROOT = Path(__file__).parent.parent
OUR_TARGET = ROOT / "spec" / "targets" / "sandbox.toml"
QUIET = ("-q", "--no-header", "--tb=no", "-rN", "-p", "no:cacheprovider")


def judge(target: str, options: Sequence[str] = (), environment: dict[str, str] | None = None) -> int:
    """Run the suite against a target and return its exit status: 0, 1, 3 or 4 (design: The suite)."""
    command = [sys.executable, "-m", "pytest", *QUIET, str(ROOT / "contract_tests"), "--target", target, *options]
    return subprocess.run(command, cwd=ROOT, env=os.environ | (environment or {}), check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Judge what the first argument names, or our own sandbox when there is none."""
    if arguments and not arguments[0].startswith("-"):
        return judge(arguments[0], arguments[1:])
    with running_sandbox() as url:
        return judge(str(OUR_TARGET), arguments, {"SANDBOX_URL": url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
