"""Each package, installed into an empty environment and used from a folder that knows nothing of this repository."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from coupon_contract import spec
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from qa.with_sandbox import running_sandbox
from scripts import fetch_swagger_ui, node
from scripts.publish import bundle, npm, wheels
from tests.scripts.publish.conftest import VERSION
from tests.scripts.publish.published_files import loaded

Json = Any
STUB_CALLER = ROOT / "tests" / "caller" / "stub_caller.py"
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


@pytest.fixture
def suite(installed_suite: Path) -> Path:
    """The `coupon-contract` command of an environment that holds the wheel with its sandbox."""
    return installed_suite / "coupon-contract"


def test_the_published_wheel_is_the_one_that_these_tests_install(dist: Path, suite_wheel: Path) -> None:
    assert wheel(dist, "coupon_contract").read_bytes() == suite_wheel.read_bytes()


def verdicts(results: Path) -> Json:
    found = json.loads(results.read_text(encoding="utf-8"))
    return found["verdict"]["exit_status"], [(one["id"], one["word"]) for one in found["clauses"]]


@pytest.mark.thorough
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

    assert (command, again.returncode) == (str(suite), 1), again.stdout + again.stderr
    assert "count-too-high" in again.stdout


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


# --- without the sandbox extra ---------------------------------------------------------------------------------------


def distributions_of(python: Path, folder: Path) -> set[str]:
    """The names of the packages in an environment."""
    program = "from importlib.metadata import distributions; print(*(package.name for package in distributions()))"
    return set(map(canonicalize_name, run(python, "-I", "-c", program, cwd=folder).stdout.split()))


def server_packages() -> set[str]:
    """The packages that pyproject.toml names for the sandbox alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.split(r"[^\w-]", line)[0] for line in project["optional-dependencies"]["sandbox"]}


def test_an_installation_that_only_judges_has_none_of_the_servers_packages(
    installed_judge: Path, installed_suite: Path, tmp_path: Path
) -> None:
    assert {"uvloop", "psycopg", "uvicorn", "starlette"} <= server_packages()
    assert server_packages() <= distributions_of(installed_suite / "python", tmp_path)
    assert not server_packages() & distributions_of(installed_judge / "python", tmp_path)


def test_an_installation_that_only_judges_judges_as_the_repository_does(installed_judge: Path, tmp_path: Path) -> None:
    with running_sandbox() as url:
        judged = run(installed_judge / "coupon-contract", "judge", "--target", url, cwd=tmp_path)

    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize(("fault", "status"), [("none", 0), ("resends", 1)])
def test_an_installation_that_only_judges_judges_a_caller(
    installed_judge: Path, tmp_path: Path, fault: str, status: int
) -> None:
    cases = ["--case", "issued", "--case", "lost-after-close", "--case", "redirect"]
    options = ["--without", "key", *cases, "--", "python3", str(STUB_CALLER), fault]
    judged = run(installed_judge / "coupon-contract", "judge-caller", *options, cwd=tmp_path)

    assert judged.returncode == status, judged.stdout + judged.stderr
    assert (tmp_path / "reports" / "results.html").is_file()


@pytest.mark.parametrize(
    "command",
    [
        "coupon-contract judge",
        "coupon-contract judge --plan",
        "coupon-contract judge -k count-omitted",
        "coupon-contract sandbox",
        "coupon-contract sandbox --list-faults",
        "coupon-sandbox",
        "coupon-sandbox --port 0",
    ],
)
def test_without_the_extra_what_needs_the_sandbox_prints_how_to_install_it(
    command: str, installed_judge: Path, tmp_path: Path
) -> None:
    program, *arguments = command.split()
    ended = run(installed_judge / program, *arguments, cwd=tmp_path)

    assert (ended.returncode, ended.stdout) == (4, "")
    assert re.search(r"\n  pip install 'coupon-contract\[sandbox\] @ file://\S+\.whl'\n", ended.stderr), ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_the_extra_a_replay_without_a_target_prints_how_to_install_it(
    installed_judge: Path, tmp_path: Path
) -> None:
    program = installed_judge / "coupon-contract"
    with running_sandbox(["--fault", "code-677-is-756"]) as url:
        run(program, "judge", "--target", url, "-k", "count-too-high", cwd=tmp_path)
    ended = run(program, "replay", "1", "--yes", cwd=tmp_path)

    assert ended.returncode == 4
    assert "pip install 'coupon-contract[sandbox] @ file://" in ended.stderr


@pytest.mark.parametrize("name", ["decoding.json", "issue-once.json"])
def test_the_installed_player_plays_the_vectors_of_the_bundle(
    name: str, installed_judge: Path, parts: Path, tmp_path: Path
) -> None:
    file = parts / "vectors" / name
    command: list[str | Path] = [installed_judge / "coupon-contract", "play-vectors", file]
    with subprocess.Popen(command, cwd=tmp_path, env=PLAIN, stdout=subprocess.PIPE, text=True) as player:
        assert player.stdout is not None
        line = player.stdout.readline()
        player.terminate()

    assert line.startswith(f"playing {len(loaded(file)['vectors'])} vectors at http://127.0.0.1:")


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


@pytest.mark.parametrize("umask", [0o077, 0o002])
def test_the_npm_package_is_the_same_under_every_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    monkeypatch.setattr("scripts.publish.npm.types", lambda _: "export {};\n")  # takes long, and knows no umask
    packed = []
    for number, mask in enumerate((0o022, umask)):
        before = os.umask(mask)
        try:
            parts, output = tmp_path / f"parts-{number}", tmp_path / f"output-{number}"
            output.mkdir()
            bundle.write(parts, dict.fromkeys(("openapi.json", "openapi.yaml", "errors.json", "LICENSE"), "{}\n"))
            packed.append(npm.pack(parts, output, VERSION).read_bytes())
        finally:
            os.umask(before)

    assert packed[0] == packed[1]


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


@pytest.mark.parametrize("name", ["coupon_contract", "coupon_client"])
def test_the_bill_of_materials_has_the_hash_of_the_wheel(dist: Path, parts: Path, name: str) -> None:
    digest = hashlib.sha256(wheel(dist, name).read_bytes()).hexdigest()

    assert bill_of(parts, name)["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]


@pytest.mark.parametrize("name", ["coupon_contract", "coupon_client"])
def test_the_bill_of_materials_has_the_pinned_hashes_of_each_dependency(parts: Path, name: str) -> None:
    pins = (ROOT / "requirements" / "develop.txt").read_text(encoding="utf-8")
    python = [one for one in bill_of(parts, name)["components"] if one["purl"].startswith("pkg:pypi/")]

    assert python
    assert all(one["hashes"] for one in python)
    assert not [entry for one in python for entry in one["hashes"] if f"sha256:{entry['content']}" not in pins]


def test_the_bill_of_materials_lists_the_vendored_swagger_ui(parts: Path) -> None:
    vendored = [one for one in bill_of(parts, "coupon_contract")["components"] if one["name"] == "swagger-ui-dist"]

    assert [(one["version"], one["purl"]) for one in vendored] == [
        (fetch_swagger_ui.VERSION, f"pkg:npm/swagger-ui-dist@{fetch_swagger_ui.VERSION}")
    ]
    assert "swagger" not in json.dumps(bill_of(parts, "coupon_client"))


@pytest.mark.parametrize("name", ["coupon_contract", "coupon_client"])
def test_the_bill_of_materials_is_valid_and_names_no_registry(parts: Path, name: str) -> None:
    text = bill_text(parts, name)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert "/packages/" not in text  # as in the address of a file in a registry


def bill_text(parts: Path, name: str) -> str:
    """The bill of materials of a wheel, from the bundle."""
    return (parts / "sbom" / f"{name.replace('_', '-')}.cdx.json").read_text(encoding="utf-8")


def bill_of(parts: Path, name: str) -> Json:
    return json.loads(bill_text(parts, name))
