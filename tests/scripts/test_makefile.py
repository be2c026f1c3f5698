"""Values given to make reach the commands as they were written, and none of them runs as a command."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT

STUB = """#!/bin/sh
printf '%s\\n' "$@" > "{seen}"
"""
VALUES = [
    "x; touch RAN",
    "x && touch RAN",
    "$(touch RAN)",
    "`touch RAN`",
    "$(shell touch RAN)",
    "x' ; touch RAN ; '",
    'x" ; touch RAN ; "',
    "a file with spaces.toml",
    "costs $5 and ${HOME} and $$",
    "# no comment",
    "it's",
    "back\\slash",
]
RECIPES = {
    "contract-test": ("coupon-contract", {"TARGET": 2}),
    "replay": ("coupon-contract", {"CASE": 1, "TARGET": 2}),
    "compare": ("coupon-contract", {"A": 1, "B": 2}),
    "diff": ("python", {"BASE": 3}),
}


def arguments_of(verb: str, values: dict[str, str], directory: Path) -> list[str]:
    """Run a verb with a stub in place of its program, and return the arguments that the stub got."""
    program, seen = RECIPES[verb][0], directory / "seen"
    (directory / program).write_text(STUB.format(seen=seen), encoding="utf-8")
    (directory / program).chmod(0o755)
    (directory / "ready").touch()
    shutil.copy(ROOT / "Makefile", directory)
    command = ["make", verb, f"BIN={directory}", "JUDGE=ready", "DEVELOP=ready", "--old-file=ready"]
    command += [f"{name}={value}" for name, value in values.items()]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "ARGS"))}  # of make test
    subprocess.run(command, cwd=directory, env=plain, check=True, capture_output=True)  # noqa: S603 - ours
    return seen.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("verb", RECIPES)
def test_a_value_given_to_make_arrives_as_it_was_written(verb: str, value: str, tmp_path: Path) -> None:
    places = RECIPES[verb][1]
    arrived = arguments_of(verb, dict.fromkeys(places, value), tmp_path)

    assert {name: arrived[place] for name, place in places.items()} == dict.fromkeys(places, value)
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize("verb", ["contract-test", "replay"])
def test_without_a_target_none_is_named(verb: str, tmp_path: Path) -> None:
    assert arguments_of(verb, {"CASE": "1"} if verb == "replay" else {}, tmp_path)[1:] in ([], ["1"])
