"""Writes what follows from spec/: code lists of openapi.yaml, generated/coupon_api, modules of coupon_client, a table.

With --check, compares in place of writing. Exit status: 0 written or fresh, 1 stale (and what is).
"""

import argparse
import filecmp
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from scripts.client_code import client_code, refusal_rows
from scripts.code_lists import with_code_lists
from scripts.control_document import with_terms
from scripts.example_target import EXAMPLE, with_recipes, with_states
from scripts.example_target import GUIDE as JUDGE_GUIDE
from scripts.marks import replaced
from scripts.next_steps import PAGE as NEXT_STEPS
from scripts.next_steps import with_next_steps
from scripts.outcome_lists import CALLERS_PAGE, JAVASCRIPT, PAGE, callers_page, helpers, page, plain_javascript
from scripts.release_versions import PAGE as UPGRADE
from scripts.release_versions import with_versions

DOCUMENT = ROOT / "spec" / "openapi.yaml"
CONTROL = ROOT / "coupon_contract" / "sandbox" / "admin" / "control.openapi.yaml"
SETTINGS = ROOT / "scripts" / "generate.yaml"
CLIENT = ROOT / "generated" / "coupon_api"
SAFE_CLIENT = ROOT / "coupon_client"
GUIDE = ROOT / "docs" / "integrate.md"
TABLE = re.compile(r"(?<=\|---\|---\|---\|\n)(?:\|.*\n)*(?=<!-- end of the table -->)")


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
    """Return the paths of Python files, relative to the directories, that differ or exist in one of them only."""
    names = {path.relative_to(base) for base in (left, right) for path in base.rglob("*") if _is_source(path)}
    return sorted(str(name) for name in names if not _same(left / name, right / name))


def _is_source(path: Path) -> bool:
    """Return True for a Python file outside of caches."""
    return path.is_file() and "__pycache__" not in path.parts


def _same(left: Path, right: Path) -> bool:
    return left.is_file() and right.is_file() and filecmp.cmp(left, right, shallow=False)


def written() -> dict[Path, str]:
    """Return the files that are written whole or between marks, by path; all but the generated client."""
    texts = {SAFE_CLIENT / name: text for name, text in client_code(spec.document(), spec.error_table()).items()}
    guide = replaced(TABLE, _text(GUIDE), refusal_rows(spec.error_table()), GUIDE.name)
    yaml = {DOCUMENT: with_code_lists(_text(DOCUMENT)), CONTROL: with_terms(_text(CONTROL))}
    pages = {GUIDE: guide, PAGE: page(_text(PAGE)), NEXT_STEPS: with_next_steps(_text(NEXT_STEPS))}
    pages[CALLERS_PAGE] = callers_page(_text(CALLERS_PAGE))
    pages[UPGRADE] = with_versions(_text(UPGRADE))
    pages[JUDGE_GUIDE] = with_recipes(_text(JUDGE_GUIDE))
    return texts | pages | {EXAMPLE: with_states(_text(EXAMPLE))} | yaml | helpers()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main() -> int:
    """Parse the arguments and generate or check."""
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the client is stale")
    comparing = parser.parse_args().check
    progress = Progress("generate")
    if comparing:
        with progress.step("comparing with a fresh generation"):
            problems = list(stale())
        for problem in problems:
            print(problem)
        return 1 if problems else 0
    with progress.step("code lists, modules of coupon_client, table"):
        for path, text in written().items():
            path.write_text(text, encoding="utf-8")
        JAVASCRIPT.write_text(plain_javascript(), encoding="utf-8")  # from a helper that is written now
    with progress.step("generated/coupon_api"):
        generate(CLIENT)
    return 0


def stale() -> Iterator[str]:
    """Yield a line for each file that differs from what `generate` writes."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / CLIENT.name
        generate(fresh)
        names = [f"generated/coupon_api/{name}" for name in differences(CLIENT, fresh)]
    texts = written() | {JAVASCRIPT: plain_javascript()}
    names += [str(path.relative_to(ROOT)) for path, text in texts.items() if text != _text(path)]
    yield from (f"{name} is not what `make generate` writes" for name in names)


if __name__ == "__main__":
    sys.exit(main())
