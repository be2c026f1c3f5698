"""Keeps the current directory out of a program: neither code nor settings are loaded from it.

Imports only modules that Python has loaded before it runs a program: with `python -m` or a relative PYTHONPATH, any
other import might come from the current directory.
"""

import os
import sys

# Settings of Python and of the tools of a run: any of them can name code, options or files of the current directory.
PREFIXES = ("PYTHON", "PYTEST_", "HYPOTHESIS_", "SCHEMATHESIS_", "COVERAGE_", "COV_CORE_")
HARMLESS = {
    "PYTHONCOERCECLOCALE",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHASHSEED",
    "PYTHONIOENCODING",
    "PYTHONNOUSERSITE",
    "PYTHONUNBUFFERED",
    "PYTHONUTF8",
}
PATHS = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE")  # kept where they are absolute
OURS = {"PYTHONSAFEPATH": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
KEPT = "COUPON_CONTRACT_GIVEN_"  # before the names of variables that programs of the user get back


def environment(given: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """Return the environment without settings of Python and of the suite's tools that depend on the current directory.

    Settings of pytest are dropped as well: a plugin might repeat requests, or distribute them among processes, each
    with its own budget.
    """
    kept = {name: value for name, value in given.items() if not name.startswith(PREFIXES) or name in HARMLESS}
    for name in PATHS:
        if entries := [entry for entry in given.get(name, "").split(os.pathsep) if os.path.isabs(entry)]:  # noqa: PTH117
            kept[name] = os.pathsep.join(entries)
    return kept | OURS


def given(current: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """Return the environment as it was before `enter`: for programs of the user, which import their own modules."""
    restored = {name.removeprefix(KEPT): value for name, value in current.items() if name.startswith(KEPT)}
    unchanged = {name: value for name, value in current.items() if not name.startswith(KEPT)}
    ours = set(OURS) if current.get("PYTHONSAFEPATH") else set()
    return {name: value for name, value in unchanged.items() if name not in ours} | restored


def python() -> list[str]:
    """Return the command that starts this Python without the current directory in its path."""
    return [sys.executable, "-I" if sys.flags.isolated else "-P"]


def enter(module: str, *verbs: str) -> None:
    """Replace this process by `python -m module`, unless nothing can be loaded from the current directory.

    Does not return if it does; arguments, process id and exit status are those of this process.
    """
    wanted = environment(os.environ)
    if sys.flags.safe_path and dict(os.environ) == wanted:
        return
    changed = {name: text for name, text in os.environ.items() if wanted.get(name) != text or name in OURS}
    wanted |= {KEPT + name: text for name, text in changed.items()}
    command = [*python(), "-m", module, *verbs, *sys.argv[1:]]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, wanted)  # noqa: S606 - this very Python
