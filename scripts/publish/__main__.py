"""Builds dist/: python -m scripts.publish [DIRECTORY]. The same commit gives the same bytes.

Exit status: 0 built, 1 something could not be built, 4 usage.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.paths import ROOT
from scripts.publish import FAILURES, publish

USAGE = 4


def main(arguments: Sequence[str]) -> int:
    """Build into the directory that the only argument names, or into dist/."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return USAGE
    output = Path(arguments[0] if arguments else ROOT / "dist").resolve()
    try:
        # Built aside first, so that a failure leaves the earlier files.
        with tempfile.TemporaryDirectory(dir=output.parent) as scratch:
            built = publish(Path(scratch) / "dist")
            shutil.rmtree(output, ignore_errors=True)
            built[0].parent.rename(output)
    except FAILURES as problem:
        print(f"publish: {problem}", file=sys.stderr)
        return 1
    for path in sorted(output.iterdir()):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
