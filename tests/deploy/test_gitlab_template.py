"""The GitLab template: what linters say of it, and its script run as the shell that it is."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from coupon_contract.paths import ROOT
from qa.with_sandbox import running_sandbox

Json = Any
FILE = ROOT / "deploy" / "gitlab" / "coupon-contract.yml"
JOB = yaml.safe_load(FILE.read_text(encoding="utf-8"))[".coupon-contract"]
(SCRIPT,) = JOB["script"]
STUB = ROOT / "tests" / "caller" / "stub_caller.py"


def ran(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a runner does, with these variables of the job."""
    environment = os.environ | JOB["variables"] | {f"COUPON_CONTRACT_{name}": text for name, text in variables.items()}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", "-e", "-c", SCRIPT]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def test_its_script_passes_the_linter_of_its_shell() -> None:
    command = [str(Path(sys.executable).parent / "shellcheck"), "--shell=sh", "-"]
    done = subprocess.run(command, input=SCRIPT, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "")


def test_every_variable_is_used_and_declared() -> None:
    used = set(re.findall(r"COUPON_CONTRACT_[A-Z]+", SCRIPT + json.dumps(JOB["artifacts"])))
    assert used == set(JOB["variables"])


def test_the_examples_of_its_page_set_variables_that_it_has() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    jobs = [
        job
        for example in re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        for job in yaml.safe_load(example).values()
        if isinstance(job, dict) and job.get("extends") == ".coupon-contract"
    ]
    assert jobs
    assert all(set(job["variables"]) <= set(JOB["variables"]) for job in jobs)


def test_an_implementation_is_judged_with_the_files_that_gitlab_reads(suite_wheel: Path, tmp_path: Path) -> None:
    with running_sandbox(["--fault", "code-677-is-756"]) as url:
        done = ran(tmp_path, WHEEL=str(suite_wheel), TARGET=url, OPTIONS="-k\ncount-too-high", RESULTS="found here")
    suite = ElementTree.parse(tmp_path / "found here" / "junit.xml").getroot()  # noqa: S314 - ours
    assert done.returncode == 1, done.stderr
    assert int(suite.attrib["failures"]) > 0
    assert (tmp_path / "found here" / "results.html").is_file()


def test_a_program_is_judged(suite_wheel: Path, tmp_path: Path) -> None:
    options = "--without\nkey\n--case\nissued\n"
    done = ran(tmp_path, WHEEL=str(suite_wheel), CALLER=f"{sys.executable} {STUB} none", OPTIONS=options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "reports" / "junit.xml").is_file()


@pytest.mark.parametrize("given", [{}, {"TARGET": "http://127.0.0.1:1", "CALLER": "true"}])
def test_neither_or_both_of_target_and_caller_is_wrong_usage(
    given: dict[str, str], suite_wheel: Path, tmp_path: Path
) -> None:
    assert ran(tmp_path, WHEEL=str(suite_wheel), **given).returncode == 4


def test_a_wheel_that_is_not_there_ends_the_job(tmp_path: Path) -> None:
    assert ran(tmp_path, WHEEL="no-such.whl", TARGET="http://127.0.0.1:1").returncode not in (0, 4)
