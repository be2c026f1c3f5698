"""The Containerfile and the systemd unit: what linters say, and that they start what there is."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from coupon_contract.sandbox.__main__ import parser

CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "coupon-sandbox.service").read_text(encoding="utf-8")
PROGRAM = "/opt/coupon/bin/coupon-sandbox"


def test_the_containerfile_passes_its_linter() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([str(hadolint), str(ROOT / "Containerfile")], capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stdout) == (0, "")


def test_the_containerfile_copies_all_that_a_wheel_is_made_of() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    kept = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"}

    assert {Path(package).parts[0] for package in packages["only-include"]} < kept
    assert all((ROOT / path).exists() for path in kept)


def run(*command: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)  # noqa: S603


def test_the_install_lines_of_the_containerfile_make_a_sandbox_in_an_empty_environment(tmp_path: Path) -> None:
    source, prefix = tmp_path / "src", tmp_path / "coupon"
    kept = [line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"]
    for name in kept:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        source.mkdir(exist_ok=True)
        copy(ROOT / name, source / name)
    build = CONTAINERFILE.partition("FROM ${PYTHON}\n")[0]
    lines = re.findall(r"^RUN ((?:.*\\\n)*.*)$", build, re.M)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for line in lines:
        command = line.replace("/opt/coupon", str(prefix))
        done = subprocess.run(  # noqa: S602 - the lines of our own recipe
            command,
            shell=True,
            cwd=source,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    listed = subprocess.run(  # noqa: S603
        [str(prefix / "bin" / "coupon-sandbox"), "--list-faults"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(lines) == 1
    assert (listed.returncode, "coupon-id-as-text" in listed.stdout) == (0, True), listed.stderr


def test_the_containerfile_installs_nothing_without_a_hash() -> None:
    installs = [line for line in CONTAINERFILE.replace("\\\n", " ").split("&&") if "pip install" in line]

    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_the_base_image_is_a_build_argument() -> None:
    assert set(re.findall(r"^FROM (\S+)", CONTAINERFILE, re.M)) == {"${PYTHON}"}


def test_the_unit_passes_systemds_own_check(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        assert not os.environ.get("CI"), "CI has Debian's systemd"
        pytest.skip("no systemd-analyze: on Debian, apt-get install systemd")
    unit = tmp_path / "coupon-sandbox.service"
    unit.write_text(UNIT.replace(PROGRAM, sys.executable))  # the program that it starts has to exist
    done = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)  # noqa: S603

    assert (done.returncode, done.stderr) == (0, "")


def arguments_of_the_container() -> list[str]:
    entry, command = (re.findall(rf"^{name} (\[.*\])$", CONTAINERFILE, re.M)[0] for name in ("ENTRYPOINT", "CMD"))
    return [*json.loads(entry), *json.loads(command)]


def arguments_of_the_unit() -> list[str]:
    return shlex.split(re.findall(r"^ExecStart=(.*)$", UNIT, re.M)[0])


@pytest.mark.parametrize(
    "arguments", [arguments_of_the_container(), arguments_of_the_unit()], ids=["container", "unit"]
)
def test_they_start_the_sandbox_with_options_that_it_has(arguments: list[str]) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    options = parser().parse_args(arguments[1:])

    assert arguments[0] == PROGRAM
    assert Path(PROGRAM).name in scripts
    assert (options.port, Path(options.database).name) == (8000, "coupons.db")


def test_the_console_script_is_the_sandbox() -> None:
    script = Path(sys.executable).parent / "coupon-sandbox"
    done = subprocess.run([str(script), "--list-faults"], capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0
    assert "coupon-id-as-text" in done.stdout
