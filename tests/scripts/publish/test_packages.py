"""Each package, installed into an empty environment and used from a folder that knows nothing of this repository."""

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from qa.with_sandbox import running_sandbox
from scripts import node
from scripts.publish import wheels
from tests.scripts.publish.conftest import VERSION
from tests.suite.test_isolation import NOBODY, PLACES, Place, done

Json = Any
PLAIN = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
USE_CLIENT = """
import sys
from coupon_client import CouponClient, Mobile, TillAuth

with CouponClient(sys.argv[1], auth=TillAuth("till.sandbox", "sandbox-password")) as client:
    print(len(client.issue(series_id=415446, count=2, customer=Mobile("11223569865")).codes))
"""
USE_TYPES = """
import type { components, paths } from 'coupon-contract';
import document from 'coupon-contract/openapi.json' with { type: 'json' };
import errors from 'coupon-contract/errors.json' with { type: 'json' };

type Answer = paths['/v2/coupon/issue/multiple']['post']['responses']['200']['content']['application/json'];

const request: components['schemas']['IssuanceRequest'] = { seriesId: 415446, customer: { mobile: '11223569865' } };
const refused: Answer = { errors: [{ status: false, code: 799, message: 'A code of tomorrow' }] };
const codes: string[] = refused.coupons?.map((coupon) => coupon.code) ?? [];
console.log(JSON.stringify([request.seriesId, codes.length, document.info.version, errors.codes.length]));
"""
TSCONFIG = {
    "compilerOptions": {
        "strict": True,
        "module": "nodenext",
        "target": "es2022",
        "resolveJsonModule": True,
        "types": [],
        "lib": ["es2022", "dom"],
    },
    "files": ["use.mts"],
}


def run(*command: str | Path, cwd: Path, environment: Mapping[str, str] = PLAIN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=dict(environment), capture_output=True, text=True, check=False
    )


def wheel(dist: Path, name: str) -> Path:
    (found,) = dist.glob(f"{name}-*.whl")
    return found


@pytest.fixture(scope="module")
def suite(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `coupon-contract` command of an environment that holds the wheel and what it needs."""
    return wheels.install(tmp_path_factory.mktemp("suite"), wheel(dist, "coupon_contract")).parent / "coupon-contract"


def verdicts(results: Path) -> Json:
    found = json.loads(results.read_text(encoding="utf-8"))
    return found["verdict"]["exit_status"], [(one["id"], one["word"]) for one in found["clauses"]]


def test_the_installed_suite_judges_as_the_repository_does(suite: Path, tmp_path: Path) -> None:
    with running_sandbox() as url:
        environment = PLAIN | {"SANDBOX_URL": url}
        installed = run(suite, "judge", "--target", SANDBOX_TARGET, cwd=tmp_path, environment=environment)
    with running_sandbox() as url:
        command = (wheels.TOOLS / "coupon-contract", "judge", "--target", SANDBOX_TARGET, "--results", tmp_path / "own")
        own = run(*command, cwd=ROOT, environment=PLAIN | {"SANDBOX_URL": url})

    assert (installed.returncode, own.returncode) == (0, 0), installed.stdout + installed.stderr
    assert verdicts(tmp_path / "reports" / "results.json") == verdicts(tmp_path / "own" / "results.json")


def test_the_installed_suite_finds_what_is_wrong(suite: Path, tmp_path: Path) -> None:
    with running_sandbox(["--fault", "code-677-is-756"]) as url:
        judged = run(suite, "judge", "--target", url, "-k", "count-too-high", cwd=tmp_path)

    assert judged.returncode == 1, judged.stdout + judged.stderr
    assert "count-too-high" in judged.stdout


@pytest.mark.parametrize("named", ["rerun", "replay"])
def test_the_commands_that_a_failure_names_find_it_again_where_the_suite_is_installed(
    suite: Path, tmp_path: Path, named: str
) -> None:
    with running_sandbox(["--fault", "code-677-is-756"]) as url:
        run(suite, "judge", "--target", url, "-k", "count-too-high", cwd=tmp_path)
        failure, *_ = json.loads((tmp_path / "reports" / "results.json").read_text(encoding="utf-8"))["failures"]
        command, *arguments = shlex.split(failure[named])
        again = run(suite, *arguments, *(["--yes"] if named == "replay" else []), cwd=tmp_path)

    assert (command, again.returncode) == ("coupon-contract", 1), again.stdout + again.stderr
    assert "count-too-high" in again.stdout


@pytest.mark.parametrize("place", ["everything", "everything in the parent", "PYTHONPATH relative"])
def test_the_installed_suite_takes_nothing_from_where_it_is_started(suite: Path, tmp_path: Path, place: str) -> None:
    hostile, clean = PLACES[place], Place()
    ends = [
        done((str(suite), "judge", *NOBODY), one.made_in(tmp_path / name), one.variables)
        for name, one in (("hostile", hostile), ("clean", clean))
    ]

    assert (ends[1].status, ends[0]) == (3, ends[1])


def test_without_a_target_the_installed_suite_judges_its_own_sandbox(suite: Path, tmp_path: Path) -> None:
    judged = run(suite, "judge", "-k", "count-omitted", cwd=tmp_path)

    assert "count-omitted" in judged.stdout, judged.stderr
    assert (tmp_path / "reports" / "results.json").exists()


def test_the_installed_sandbox_starts_and_says_its_options(suite: Path, tmp_path: Path) -> None:
    listed = run(suite, "sandbox", "--list-faults", cwd=tmp_path)

    assert listed.returncode == 0, listed.stderr
    assert "coupon-id-as-text" in listed.stdout


def test_the_installed_command_says_its_version(suite: Path, tmp_path: Path) -> None:
    assert run(suite, "--version", cwd=tmp_path).stdout.strip() == VERSION


@pytest.mark.parametrize("arguments", [[], ["jugde"], ["judge", "--target"]])
def test_the_installed_command_says_how_it_is_used(suite: Path, tmp_path: Path, arguments: list[str]) -> None:
    done = run(suite, *arguments, cwd=tmp_path)

    assert (done.returncode, "coupon-contract judge [" in done.stderr) == (4, True)


def test_the_installed_client_issues_coupons(dist: Path, tmp_path: Path) -> None:
    python = wheels.install(tmp_path / "client", wheel(dist, "coupon_client"))
    with running_sandbox() as url:
        used = run(python, "-c", USE_CLIENT, url, cwd=tmp_path)

    assert used.stdout.strip() == "2", used.stderr


def project(folder: Path, dist: Path, program: str) -> Path:
    """A TypeScript project that has installed the package, and nothing else."""
    (folder / "package.json").write_text('{"name": "user", "private": true, "type": "module"}', encoding="utf-8")
    (folder / "use.mts").write_text(program, encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(TSCONFIG), encoding="utf-8")
    node.npm("install", "--prefix", folder, dist / f"coupon-contract-{VERSION}.tgz", "--offline", "--loglevel=error")
    return folder


def test_the_npm_package_compiles_and_runs_in_a_project_of_its_own(dist: Path, tmp_path: Path) -> None:
    node.run("tsc", "--project", project(tmp_path, dist, USE_TYPES))
    used = run(wheels.TOOLS / "node", "use.mjs", cwd=tmp_path)

    assert json.loads(used.stdout) == [415446, 0, VERSION, len(spec.error_table())], used.stderr


def test_the_types_refuse_what_the_document_refuses(dist: Path, tmp_path: Path) -> None:
    wrong = project(tmp_path, dist, USE_TYPES.replace("seriesId: 415446", "seriesIds: [415446]"))

    with pytest.raises(node.ToolError, match="seriesIds"):
        node.run("tsc", "--project", wrong)


def test_a_wheel_installs_where_an_earlier_version_of_it_is_in_use(
    dist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier:
        name, version = "coupon-client", "0.0.1"

    here = list(distributions())
    monkeypatch.setattr("scripts.publish.wheels.distributions", lambda: [*here, Earlier()])

    assert wheels.install(tmp_path / "client", wheel(dist, "coupon_client")).exists()
