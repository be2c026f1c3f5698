"""Runs the commands of a page as they stand: every `sh` and `bash` block, in the order of the page.

Blocks that use make or .venv run in a copy of the checkout, the others in an empty folder that holds the wheels. The
blocks of a page that run in the same place share one shell. A page may use what its reader has: a running sandbox at
$SANDBOX, a target file `target.toml` for it, and a recording `traffic.har`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from coupon_contract import spec
from tests.scripts.publish.conftest import copy_of_the_repository
from tests.suite.conftest import body, example, exchange
from tests.suite.har_files import entry, recording

SECONDS = 600  # for the blocks of a page
BLOCK = re.compile(r"^```(sh|bash)\n(.*?)^```", re.S | re.M)
BARE = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
READY = (".ready-judge", ".ready-develop")
# The only commands that do not run as they stand. A sandbox serves until it is stopped, so it is stopped once it
# serves. The judge and the tests run a selection, because CI runs all of both; `make interop` compiles for minutes, and
# CI runs it.
MAKE = """
make() {
    case "$1" in
    sandbox)
        ARGS= command make "$@" > served.txt &
        until grep -q "coupon sandbox at http" served.txt; do kill -0 $!; sleep 0.2; done
        kill $!
        wait $! || true
        ;;
    contract-test) ARGS="-k count-too-high" command make "$@" ;;
    test) PYTEST_ADDOPTS=tests/test_facts.py command make "$@" ;;
    interop) command make --dry-run "$@" ;;
    *) command make "$@" ;;
    esac
}
"""


INSTALLED = """#!/bin/sh
case "$*" in
"sandbox logs"* | judge*-k* | judge*--har* | judge*--plan*) exec {program} "$@" ;;
judge\\ *) exec {program} "$@" -k count-too-high ;;
sandbox*)
    {program} "$@" > served.txt &
    until grep -q "coupon sandbox at http" served.txt; do kill -0 $!; sleep 0.2; done
    kill $!
    wait $! || true
    ;;
*) exec {program} "$@" ;;
esac
"""


@frozen
class Block:
    """A block of commands; `shell` is sh or bash."""

    shell: str
    text: str

    @property
    def needs_checkout(self) -> bool:
        """True for commands of the repository."""
        return bool(re.search(r"\bmake |\.venv/", self.text))


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    return [Block(*found) for found in BLOCK.findall(page.read_text(encoding="utf-8"))]


def run_blocks(page: Path, sandbox: str, folder: Path, wheels: Path, programs: Path) -> str:
    """Run every block of a page, and return what was printed.

    `wheels` is a folder with both wheels, `programs` one with the commands of the installed wheel.

    Raises AssertionError with the output if a command fails.
    """
    printed = []
    for needs_checkout in (True, False):
        for shell in ("sh", "bash"):
            chosen = [
                each.text for each in blocks(page) if (each.shell, each.needs_checkout) == (shell, needs_checkout)
            ]
            if not chosen:
                continue
            place = folder / f"{shell}-{'checkout' if needs_checkout else 'wheels'}"
            prepare(place, sandbox, None if needs_checkout else wheels)
            wrapped = wrapper(folder / f"{place.name}-commands", programs)
            printed.append(run_in(place, shell, MAKE + "".join(chosen), sandbox, wrapped, programs))
    return "".join(printed)


def wrapper(folder: Path, programs: Path) -> Path:
    """Make a folder with INSTALLED as `coupon-contract`, in front of the installed one."""
    folder.mkdir()
    command = folder / "coupon-contract"
    command.write_text(INSTALLED.format(program=programs / "coupon-contract"), encoding="utf-8")
    command.chmod(0o755)
    return folder


def run_in(place: Path, shell: str, commands: str, sandbox: str, *programs: Path) -> str:
    """Run commands, with folders of programs first in PATH, and return what they printed.

    Raises AssertionError if one fails.
    """
    done = subprocess.run(  # noqa: S603 - our own page
        [shell, "-eu", "-c", commands],
        cwd=place,
        env=BARE | {"SANDBOX": sandbox, "PATH": os.pathsep.join([*map(str, programs), BARE["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def prepare(place: Path, sandbox: str, wheels: Path | None) -> None:
    """Make a folder to run commands in: with the wheels, or a copy of the checkout with the environment of this one."""
    if wheels is None:
        copy_of_the_repository(place)
        link_environment(place / ".venv")
    else:
        shutil.copytree(wheels, place)
    own = (spec.DIRECTORY / "targets" / "sandbox.toml").read_text(encoding="utf-8")
    (place / "target.toml").write_text(own.replace("${SANDBOX_URL}", sandbox), encoding="utf-8")
    recording(place, entry(exchange(body(count=2), example("Issued"))))


def link_environment(folder: Path) -> None:
    """Make an environment that is this one, so that make installs nothing."""
    folder.mkdir()
    for child in Path(sys.prefix).iterdir():
        if child.name not in READY:
            (folder / child.name).symlink_to(child)
    for name in READY:
        (folder / name).touch()
