"""Writes generated/coupon_api from spec/openapi.yaml; with --check, fails when the committed client is not that.

Exit status: 0 written or fresh, 1 stale (with the difference on standard output).
"""

import argparse
import filecmp
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "spec" / "openapi.yaml"
SETTINGS = ROOT / "scripts" / "generate.yaml"
CLIENT = ROOT / "generated" / "coupon_api"


def generate(output: Path, document: Path = DOCUMENT) -> None:
    """Generate the client package of `document` into the directory `output`, replacing what is there.

    Raises subprocess.CalledProcessError when the generator fails or warns.
    """
    tools = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}  # its hooks call ruff
    command = [str(tools / "openapi-python-client"), "generate", "--path", str(document), "--config", str(SETTINGS)]
    command += ["--output-path", str(output), "--meta", "none", "--overwrite", "--fail-on-warning"]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def differences(left: Path, right: Path) -> list[str]:
    """Paths of Python files, relative to the directories, that differ or stand in one of them only."""
    names = {path.relative_to(base) for base in (left, right) for path in base.rglob("*") if _is_source(path)}
    return sorted(str(name) for name in names if not _same(left / name, right / name))


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _same(left: Path, right: Path) -> bool:
    return left.is_file() and right.is_file() and filecmp.cmp(left, right, shallow=False)


def main() -> int:
    """Parse the arguments and generate or check."""
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the client is stale")
    if not parser.parse_args().check:
        generate(CLIENT)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / CLIENT.name
        generate(fresh)
        stale = differences(CLIENT, fresh)
    for name in stale:
        print(f"generated/coupon_api/{name} is not what `make generate` writes")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
