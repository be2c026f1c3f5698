"""Installs pinned packages into .venv: python3 scripts/setup.py judge|develop.

`judge` installs what judging the sandbox needs, `develop` everything else as well. Both read the pins in requirements/,
install with uv, and fall back to pip where uv cannot be had or cannot install. Imports the standard library alone, and
runs with any Python 3, so that an old one can be told what is missing. Exit status: 0 ready, 1 a package could not be
installed, 4 usage.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PINS = ROOT / "requirements"
GROUPS = ("judge", "develop")  # each is a subset of the next
OLDEST = (3, 11)
FAILED, USAGE = 1, 4
TRUE = ("1", "true", "yes", "on")
QUIET_PIP = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}


class SetupError(Exception):
    """A step failed; the text says which, what it printed, and what to do."""


def main(arguments: list[str]) -> int:
    """Install the group that the only argument names."""
    if sys.version_info < OLDEST:
        return _usage(f"{sys.executable} is older than 3.11; name a newer one: make PYTHON=python3.12 …")
    if len(arguments) != 1 or arguments[0] not in GROUPS:
        return _usage(__doc__)
    try:
        set_up(arguments[0])
    except SetupError as problem:
        sys.stderr.write(f"setup: {problem}\n")
        return FAILED
    except KeyboardInterrupt:
        return FAILED
    return 0


def _usage(text: str) -> int:
    sys.stderr.write(f"setup: {text.strip()}\n")
    return USAGE


def set_up(group: str) -> None:
    """Bring .venv to the pins of a group, and mark it ready. Raises SetupError."""
    sys.path.insert(0, str(ROOT))
    from coupon_contract.progress import Progress

    if is_ready(group):
        mark_ready(group)
        return
    pins = PINS / f"{group}.txt"
    packages = sum(line[:1].isalnum() for line in pins.read_text(encoding="utf-8").splitlines())
    fresh = not is_ready(GROUPS[0])
    progress = Progress("setup", steps=4 if fresh else 2)
    started = time.monotonic()
    if fresh:
        with progress.step("environment in .venv"):
            make_environment()
        with progress.step("installer uv, by pip"):
            install_uv()
    with progress.step(f"up to {packages} packages of requirements/{group}.txt, once"):
        install("--require-hashes", "-r", str(pins))
    with progress.step("this project, editable"):
        install("--no-deps", "--no-build-isolation", "--editable", ".")
    mark_ready(group)
    sys.stderr.write(f"setup: ready to {group} after {time.monotonic() - started:.1f} s\n")


def make_environment() -> None:
    """Make .venv anew. Raises SetupError."""
    done = run(sys.executable, "-m", "venv", "--clear", str(VENV))
    if done.returncode:
        raise SetupError(
            f"{sys.executable} cannot make a virtual environment; on Debian: apt-get install python3-venv\n"
            f"{done.stdout}"
        )


def install_uv() -> None:
    """Install uv where there is a build of it for this machine; without it, pip installs."""
    done = pip("install", "--quiet", "--require-hashes", "-r", str(PINS / "installer.txt"))
    if done.returncode:
        sys.stderr.write(f"setup: no uv ({_last_line(done.stdout)}); pip installs, which takes longer\n")


def install(*arguments: str) -> None:
    """Install into .venv with uv, or with pip where uv is missing or fails. Raises SetupError."""
    uv = VENV / "bin" / "uv"
    if uv.exists():
        environment = {**os.environ, **uv_environment(pip_configuration(str(PYTHON)), os.environ)}
        done = run(str(uv), "pip", "install", "--quiet", "--python", str(PYTHON), *arguments, environment=environment)
        if done.returncode == 0:
            return
        sys.stderr.write(f"setup: uv failed, pip tries again:\n{done.stdout}\n")
    done = pip("install", "--quiet", *arguments)
    if done.returncode:
        raise SetupError(f"the packages could not be installed; pip reads its index from `pip config`:\n{done.stdout}")


def pip_configuration(python: str) -> dict[str, str]:
    """Return the options that a Python's pip installs with: those of its files, overridden by the environment's."""
    listed = run(python, "-m", "pip", "config", "list")
    options: dict[str, dict[str, str]] = {}
    for line in listed.stdout.splitlines():
        place, equals, value = line.partition("=")
        section, dot, name = place.rpartition(".")
        if equals and dot and value[:1] in "'\"":
            options.setdefault(section, {})[name.lower().replace("_", "-")] = ast.literal_eval(value)
    return {
        name: value for section in ("global", "install", ":env:") for name, value in options.get(section, {}).items()
    }


def uv_environment(options: dict[str, str], environment: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """Return the variables that make uv use the registries, certificates and proxy that pip is configured for.

    uv reads neither pip's files nor its variables. A variable of uv's own that is set already stays in force.
    """
    links = [os.path.expanduser(link) for link in options.get("find-links", "").split()]  # noqa: PTH111 - URLs as well
    certificates = options.get("cert") or environment.get("REQUESTS_CA_BUNDLE") or environment.get("CURL_CA_BUNDLE", "")
    translated = {
        "UV_DEFAULT_INDEX": options.get("index-url", ""),
        "UV_INDEX": " ".join(options.get("extra-index-url", "").split()),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip: any registry may have the file that the hash names
        # pip passes over a folder that does not exist; uv refuses to start.
        "UV_FIND_LINKS": ",".join(link for link in links if "://" in link or os.path.exists(link)),  # noqa: PTH110
        "UV_NO_INDEX": "1" if options.get("no-index", "").lower() in TRUE else "",
        "UV_INSECURE_HOST": " ".join(options.get("trusted-host", "").split()),
        "UV_KEYRING_PROVIDER": "subprocess" if options.get("keyring-provider") == "subprocess" else "",
        "UV_HTTP_TIMEOUT": options.get("timeout") or options.get("default-timeout", ""),
        "UV_HTTP_RETRIES": options.get("retries", ""),
        "UV_NO_CACHE": "1" if options.get("no-cache-dir", "").lower() in TRUE else "",
        "SSL_CLIENT_CERT": options.get("client-cert", ""),
        "ALL_PROXY": options.get("proxy", ""),
    }
    if certificates:  # also over a variable of the machine: pip trusts what its own option names
        place = "SSL_CERT_DIR" if os.path.isdir(certificates) else "SSL_CERT_FILE"  # noqa: PTH112
        return {place: certificates} | _unset(translated, environment)
    return _unset(translated, environment)


def _unset(variables: dict[str, str], environment: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if value and not environment.get(name)}


def is_ready(group: str) -> bool:
    """Return whether .venv holds the pins of a group, or of a larger one, for this Python."""
    return any(stamp(name).is_file() and stamp(name).read_text("utf-8") == state(name) for name in larger(group))


def mark_ready(group: str) -> None:
    """Write the stamps that make compares with the pins: of the group, and of each smaller one."""
    for name in GROUPS[: GROUPS.index(group) + 1]:
        stamp(name).write_text(state(name), encoding="utf-8")


def larger(group: str) -> tuple[str, ...]:
    """Return the group, and those that contain it."""
    return GROUPS[GROUPS.index(group) :]


def stamp(group: str) -> Path:
    """Return the file that says that a group is installed."""
    return VENV / f".ready-{group}"


def state(group: str) -> str:
    """Return what an installed group depends on: its pins, the project's metadata, and the Python."""
    import tomllib  # not in the Pythons that are too old

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    content = (PINS / f"{group}.txt").read_text(encoding="utf-8") + json.dumps(project)
    return f"{hashlib.sha256(content.encode()).hexdigest()} {sys.base_prefix} {sys.version_info[:2]}\n"


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the pip of .venv, in the project's folder."""
    return run(str(PYTHON), "-m", "pip", *arguments, environment={**os.environ, **QUIET_PIP})


def run(*command: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, and return its status with all that it printed."""
    return subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
