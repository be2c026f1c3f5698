import re
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT

MOST_LINES = 400
PLURAL_LEFT_OPEN = re.compile(r"\b[a-z]{3,}\(s\)(?![\w.])")  # such as "coupon(s)"; str(s) is a call
PACKAGES = {"suite": "coupon_contract/suite", "sandbox": "coupon_contract/sandbox", "cli": "coupon_contract/cli"}
PACKAGES["caller"] = "coupon_contract/caller"
PACKAGES["client"] = "coupon_client"
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py"))


def mirrored(folder: Path) -> Path:
    """Return the folder whose tests a folder of tests/ holds."""
    top, *rest = folder.parts[1:] or ("coupon_contract",)
    return ROOT.joinpath(PACKAGES.get(top, top), *rest)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_test_module_holds_one_concept_in_at_most_400_lines(module: Path) -> None:
    assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("folder", sorted({module.parent for module in MODULES}), ids=str)
def test_a_folder_of_tests_mirrors_a_package(folder: Path) -> None:
    assert mirrored(folder).is_dir()


@pytest.mark.parametrize(
    "package", ["bench", "contract_tests", "coupon_client", "coupon_contract", "interop", "qa", "scripts"]
)
def test_no_text_leaves_the_plural_to_its_reader(package: str) -> None:
    files = (path for path in (ROOT / package).rglob("*") if path.suffix in (".py", ".jinja", ".md", ".yaml", ".toml"))
    texts = [path for path in files if "node_modules" not in path.parts]
    found = [f"{path.name}: {word}" for path in texts for word in PLURAL_LEFT_OPEN.findall(path.read_text("utf-8"))]

    assert found == []
