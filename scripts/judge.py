"""Judges an implementation: python -m scripts.judge [target file | URL] [pytest options].

Without a target it starts our own sandbox and judges that. Results go to reports/: results.json, results.html and
junit.xml.
"""

import sys

from coupon_contract import isolation

if __name__ == "__main__":
    isolation.enter("scripts.judge")

from collections.abc import Sequence

import spec
from contract_tests.commands import OUR_TARGET
from coupon_contract.judging import QUIET, RESULTS, judge, judge_our_own, with_results

__all__ = ["OUR_TARGET", "QUIET", "RESULTS", "ROOT", "judge", "main"]
ROOT = spec.DIRECTORY.parent


def main(arguments: Sequence[str]) -> int:
    """Judge what the first argument names, or our own sandbox when there is none."""
    if arguments and not arguments[0].startswith("-"):
        return judge(arguments[0], with_results(arguments[1:]))
    return judge_our_own(with_results(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
