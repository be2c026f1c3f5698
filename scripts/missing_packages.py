"""Says what to do when a module is run with a Python that lacks the project's packages, in place of a traceback.

Uses the standard library alone: it runs where nothing is installed.
"""

import sys
from types import TracebackType

ADVICE = (
    "{missing} is not installed for {python}. The commands of this repository run with the Python of .venv, which make"
    " sets up: `make check` once, then `.venv/bin/python -m …`"
)


def explain() -> None:
    """Explain missing packages from now on, if a module is being run with `python -m`."""
    if sys.argv[:1] == ["-m"]:  # while the packages around the module are imported
        sys.excepthook = _hook


def _hook(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
    if isinstance(error, ModuleNotFoundError) and error.name:
        print(ADVICE.format(missing=error.name.partition(".")[0], python=sys.executable), file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, at)
