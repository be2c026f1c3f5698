"""The folder of PHP as programs of others take it: with Composer, and with a plain `require`."""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from interop.language import ENVIRONMENT, languages, missing

(PHP,) = languages(["php"])
REFUSAL = '{"errors": [{"status": false, "code": 713, "message": "x"}]}'
USE = f"echo CouponOutcome\\Outcome::of(200, '{REFUSAL}', 2)->end;"
WITHOUT_REGISTRY = {"packagist.org": False}


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - commands of this file
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("composer") is None, reason="needs Composer")
def test_composer_requires_the_folder_by_its_path_and_needs_nothing_else(tmp_path: Path) -> None:
    package = shutil.copytree(PHP.directory, tmp_path / "php", ignore=shutil.ignore_patterns("build", "vendor"))
    project = tmp_path / "project"
    project.mkdir()
    path = {"type": "path", "url": str(package)}
    (project / "composer.json").write_text(json.dumps({"repositories": [path, WITHOUT_REGISTRY]}), encoding="utf-8")
    run("composer", "require", "coupon-contract/outcome:@dev", "--no-interaction", folder=project)

    assert run("php", "-r", f"require 'vendor/autoload.php'; {USE}", folder=project) == "refused"


@pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP")
def test_the_helper_works_by_a_plain_require_of_its_file(tmp_path: Path) -> None:
    shutil.copy(PHP.directory / "src" / "Outcome.php", tmp_path)

    assert run("php", "-r", f"require 'Outcome.php'; {USE}", folder=tmp_path) == "refused"


@pytest.mark.skipif(missing(PHP) is not None, reason="needs PHP with guzzle")
def test_autoload_loads_the_helper_and_leaves_the_handling_of_errors_alone(tmp_path: Path) -> None:
    program = f"require '{PHP.directory}/autoload.php'; {USE} var_dump(set_error_handler(null));"

    assert run("php", "-r", program, folder=tmp_path).split() == ["refusedNULL"]


def test_the_package_has_the_licence_of_the_project() -> None:
    package = json.loads((PHP.directory / "composer.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert package["license"] == project["license"]
