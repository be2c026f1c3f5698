"""Judge an implementation of the coupon contract or a program that calls one, or serve its sandbox.

coupon-contract judge [--target TOML|URL] [options]   exit status: 0 conformant, 1 not, 3 could not judge, 4 usage
coupon-contract judge --har FILE [--target TOML]      judge the calls in a recording: the same exit statuses
coupon-contract judge-caller [options] -- COMMAND…    judge a program that issues coupons: the same exit statuses
coupon-contract init --url URL [options]              write a target file, and check its ids
coupon-contract check-target [TARGET]                 ask the target about the ids of its file: 0 none is wrong
coupon-contract replay CASE [TARGET] [--yes]          send the request of a failure again: 0 the response is right
coupon-contract compare A B                           say what differs between two results.json: 0 nothing does
coupon-contract explain CLAUSE                        print a clause with its reasons and its tests
coupon-contract play-vectors FILE [-- PROGRAM…]       play the test vectors to a client in any language, and judge it
coupon-contract sandbox [options]                     serve the sandbox until interrupted
coupon-contract sandbox logs URL                      print the requests of a running sandbox as they come
coupon-contract --version

With --help behind it, each lists its options.
"""

import sys

from coupon_contract import isolation

TYPE_CHECKING = False
if TYPE_CHECKING:  # no other import before `isolation.enter`
    from collections.abc import Sequence


def main(arguments: "Sequence[str] | None" = None) -> int:
    """Run the verb of the first argument with the other arguments (default: those of the command line)."""
    if arguments is None:
        isolation.enter("coupon_contract")
    from coupon_contract import terminal

    given = list(sys.argv[1:] if arguments is None else arguments)
    match given[:1]:
        case ["judge"] if any(argument.partition("=")[0] == "--har" for argument in given):
            from coupon_contract.cli import judge_har

            return judge_har.main(given[1:])
        case ["judge"]:
            from coupon_contract.cli import judge

            return judge.main(given[1:])
        case ["judge-caller"]:
            from coupon_contract.cli import judge_caller

            return judge_caller.main(given[1:])
        case ["init"]:
            from coupon_contract.cli import init

            return init.main(given[1:])
        case ["check-target"]:
            from coupon_contract.cli import check_target

            return check_target.main(given[1:])
        case ["replay"]:
            from coupon_contract.cli import replay

            return replay.main(given[1:])
        case ["compare"]:
            from coupon_contract.cli import compare

            return compare.main(given[1:])
        case ["explain"]:
            from coupon_contract.cli import explain

            return explain.main(given[1:])
        case ["play-vectors"]:
            from coupon_contract.cli import play_vectors

            return play_vectors.main(given[1:])
        case ["sandbox"]:
            return _serve(given[1:])
        case ["--version"]:
            from importlib.metadata import version

            terminal.write(version("coupon-contract"))
            return 0
        case ["--help" | "-h"]:
            terminal.write(__doc__)
            return 0
    terminal.write_error(__doc__)
    from coupon_contract.suite.verdict import Exit

    return Exit.USAGE


def serve_sandbox() -> int:
    """`coupon-sandbox`: serve the sandbox with the arguments of the command line."""
    isolation.enter("coupon_contract", "sandbox")
    return _serve(sys.argv[1:])


def _serve(arguments: "Sequence[str]") -> int:
    from coupon_contract.cli import sandbox_extra

    sandbox_extra.demand()
    from coupon_contract.sandbox.__main__ import main as serve

    return serve(arguments)


if __name__ == "__main__":
    sys.exit(main())
