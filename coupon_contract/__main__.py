"""Judge an implementation of the coupon contract, or serve its sandbox.

coupon-contract judge [--target TOML|URL] [options]   exit status: 0 conformant, 1 not, 3 could not judge, 4 usage
coupon-contract replay CASE [TARGET] [--yes]          send the request of a failure again: 0 nothing is wrong any more
coupon-contract compare A B                           say what differs between two results.json: 0 nothing does
coupon-contract sandbox [options]                     serve the sandbox until interrupted
coupon-contract --version

With --help behind it, each lists its options.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import version

import sandbox.__main__
from contract_tests.verdict import Exit
from coupon_contract import comparing, judging, replaying


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the first argument says; the others are its own."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    match given[:1]:
        case ["judge"]:
            return judging.main(given[1:])
        case ["replay"]:
            return replaying.main(given[1:])
        case ["compare"]:
            return comparing.main(given[1:])
        case ["sandbox"]:
            return sandbox.__main__.main(given[1:])
        case ["--version"]:
            print(version("coupon-contract"))
            return 0
        case ["--help" | "-h"]:
            print(__doc__)
            return 0
    print(__doc__, file=sys.stderr)
    return Exit.USAGE


if __name__ == "__main__":
    sys.exit(main())
