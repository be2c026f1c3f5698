"""Runs the program of a language on calls from standard input: python -m interop.batch FOLDER.

The client is generated first where that has not been done, and compiled. Exit status: that of the program, 1 when it
cannot be compiled, 3 when a tool is missing, 4 for usage.
"""

import subprocess
import sys
from collections.abc import Sequence

from coupon_contract import spec
from interop.language import ENVIRONMENT, LanguageError, StepFailed, compile_all, generate, languages, missing

FAILED, COULD_NOT, USAGE = 1, 3, 4


def main(arguments: Sequence[str]) -> int:
    """Compile the program of the only argument if need be, and run it."""
    try:
        (language,) = languages(arguments)
        if len(arguments) != 1:
            raise LanguageError(__doc__ or "")
    except (LanguageError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return USAGE
    if reason := missing(language):
        print(f"{language.name}: {reason}", file=sys.stderr)
        return COULD_NOT
    try:
        if not (language.directory / language.makes).exists():
            generate(language, spec.DOCUMENT)
        compile_all(language, spec.DOCUMENT)
    except StepFailed as problem:
        print(problem, file=sys.stderr)
        return FAILED
    return subprocess.run(language.run, cwd=language.directory, env=ENVIRONMENT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
