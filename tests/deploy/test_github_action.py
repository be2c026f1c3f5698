"""The GitHub action: what linters say of it, and its steps run as the shell that they are."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import frozen

from coupon_contract.paths import ROOT
from qa.with_sandbox import running_sandbox

Json = Any
FOLDER = ROOT / "deploy" / "github"
ACTION = yaml.safe_load((FOLDER / "action.yml").read_text(encoding="utf-8"))
INSTALL, JUDGE = ACTION["runs"]["steps"]
STUB = ROOT / "tests" / "caller" / "stub_caller.py"
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
TOOLS = Path(sys.executable).parent


@frozen
class Ended:
    """A step that ended, with the files that the runner reads."""

    status: int
    stdout: str
    outputs: dict[str, str]
    summary: str


def step(definition: Json, temporary: Path, folder: Path, **given: str) -> Ended:
    """Run a step as the runner does, with these inputs."""
    inputs = {name: described.get("default", "") for name, described in ACTION["inputs"].items()} | given
    values = {f"inputs.{name.replace('-', '_')}": value for name, value in inputs.items()}
    values["github.action_path"] = str(FOLDER)
    filled = {
        name: EXPRESSION.sub(lambda match: values[match[1].replace("-", "_")], text)
        for name, text in definition["env"].items()
    }
    files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.touch()
    environment = os.environ | filled | {name: str(file) for name, file in files.items()}
    environment |= {"RUNNER_TEMP": str(temporary)}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", definition["run"]]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return Ended(done.returncode, done.stdout, outputs, files["GITHUB_STEP_SUMMARY"].read_text())


@pytest.fixture(scope="module")
def temporary(suite_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner's folder for temporary files, after the first step."""
    folder = tmp_path_factory.mktemp("runner")
    done = step(INSTALL, folder, folder, wheel=str(suite_wheel), python=sys.executable)
    assert done.status == 0, done.stdout
    return folder


def test_the_action_passes_its_linter() -> None:
    done = subprocess.run([TOOLS / "zizmor", "--offline", FOLDER], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("definition", [INSTALL, JUDGE], ids=lambda definition: definition["name"])
def test_a_step_passes_the_linter_of_its_shell(definition: Json) -> None:
    command = [str(TOOLS / "shellcheck"), "--shell=bash", "-"]
    done = subprocess.run(command, input=definition["run"], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "")


def test_every_input_is_used() -> None:
    used = set(re.findall(r"inputs\.([a-z-]+)", json.dumps(ACTION["runs"])))
    assert used == set(ACTION["inputs"])


@pytest.mark.parametrize("page", ["judge-callers.md", "ci.md"])
def test_the_example_of_its_page_gives_inputs_that_it_has(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    example = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M)[0])
    steps = example if isinstance(example, list) else example["contract"]["steps"]
    (inputs,) = [used["with"] for used in steps if "wheel" in used.get("with", {})]
    required = {name for name, described in ACTION["inputs"].items() if described.get("required")}
    assert required <= set(inputs) <= set(ACTION["inputs"])


def test_it_uses_no_action_of_others() -> None:
    assert all("uses" not in definition for definition in ACTION["runs"]["steps"])


def test_a_right_caller_passes(temporary: Path, tmp_path: Path) -> None:
    options = "--without\nkey\n--case\nissued\n"
    ended = step(JUDGE, temporary, tmp_path, caller=f"{sys.executable} {STUB} none", options=options)
    assert (ended.status, ended.outputs) == (0, {"exit-status": "0", "verdict": "selection passed"})


def test_a_wrong_caller_fails_with_an_annotation_and_a_summary(temporary: Path, tmp_path: Path) -> None:
    options = "--without\nkey\n--case\nissued\n--case\nno-refusal\n"
    ended = step(JUDGE, temporary, tmp_path, caller=f"{sys.executable} {STUB} trusts", options=options)
    assert (ended.status, ended.outputs) == (1, {"exit-status": "1", "verdict": "not conformant"})
    assert len(re.findall(r"::error title=MUST caller-right-end #\d+::", ended.stdout)) == 1
    assert "| <code>caller-right-end</code> | MUST |" in ended.summary


def test_an_implementation_is_judged_by_its_address(temporary: Path, tmp_path: Path) -> None:
    with running_sandbox(["--fault", "code-677-is-756"]) as url:
        ended = step(JUDGE, temporary, tmp_path, target=url, options="-k\ncount-too-high", results="found here")
    assert (ended.status, ended.outputs["verdict"]) == (1, "not conformant")
    assert (tmp_path / "found here" / "results.html").is_file()


def test_what_is_judged_prints_no_command_to_the_runner(temporary: Path, tmp_path: Path) -> None:
    ended = step(JUDGE, temporary, tmp_path, caller="true '\n::add-path::/tmp'", options="--case\nissued")
    (token,) = re.findall(r"^::stop-commands::([0-9a-f]{32})$", ended.stdout, re.M)
    stopped, _, after = ended.stdout.partition(f"\n::{token}::\n")
    assert "caller-never-twice" in stopped
    assert "::add-path" not in after


@pytest.mark.parametrize("given", [{}, {"target": "http://127.0.0.1:1", "caller": "true"}])
def test_neither_or_both_of_target_and_caller_is_wrong_usage(given: dict[str, str], tmp_path: Path) -> None:
    assert step(JUDGE, tmp_path, tmp_path, **given).status == 4


def test_results_of_an_earlier_run_are_not_shown_for_wrong_usage(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "results.json").write_text('{"verdict": {"word": "conformant"}}', encoding="utf-8")
    ended = step(JUDGE, temporary, tmp_path, caller="true", options="--no-such-option")
    assert (ended.status, ended.outputs, ended.summary) == (4, {"exit-status": "4"}, "")


def test_a_wheel_that_is_not_there_ends_the_action(tmp_path: Path) -> None:
    assert step(INSTALL, tmp_path, tmp_path, wheel="no-such.whl", python=sys.executable).status != 0


# --- the summary alone -----------------------------------------------------------------------------------------------


def shown(tmp_path: Path, problem: str, page: str = "results.html#clause-some-clause") -> tuple[str, str]:
    """Return the annotations and the summary of a run with one failure, of a clause with this page."""
    failure = {"number": 3, "clause": "some-clause", "level": "SHOULD", "problem": problem, "rerun": "again"}
    verdict = {"word": "conformant", "failures": 2, "counts": {"passed": 3, "failed": 1, "skipped": 0}}
    content = {"verdict": verdict, "target": {"name": "<b>staging</b>"}, "failures": [failure, failure]}
    content["clauses"] = [{"id": "some-clause", "page": page}]
    results = tmp_path / "results.json"
    results.write_text(json.dumps(content), encoding="utf-8")
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    command = [sys.executable, "-I", str(FOLDER / "summary.py"), str(results)]
    done = subprocess.run(command, env=os.environ | files, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout, Path(files["GITHUB_STEP_SUMMARY"]).read_text()


def test_a_failure_is_one_annotation_whatever_it_says(tmp_path: Path) -> None:
    annotations, _ = shown(tmp_path, "one\n::error::two, 100 %")
    assert annotations == "::warning title=SHOULD some-clause #3::one%0A::error::two, 100 %25\n"


def test_texts_of_results_are_neither_markdown_nor_html(tmp_path: Path) -> None:
    _, summary = shown(tmp_path, "a | b\n<img src=x> [link](http://example.com) `code` www.example.com")
    (row,) = [line for line in summary.splitlines() if "some-clause" in line]
    assert row.count("|") == 5
    assert not re.search(r"<(?!/?code>)|`|\]\(|www\.", summary)


def test_a_clause_links_to_its_page_where_that_is_on_a_site(tmp_path: Path) -> None:
    _, summary = shown(tmp_path, "x", "https://docs.example.com/clauses/some-clause.html")
    (address,) = re.findall(r'<a href="([^"]+)"><code>some-clause</code></a>', summary)
    assert unescape(address) == "https://docs.example.com/clauses/some-clause.html"


def test_counts_of_nothing_are_left_out(tmp_path: Path) -> None:
    assert "2 failures; clauses: 3 passed, 1 failed\n" in shown(tmp_path, "x")[1]
