"""Directories of the project, in a checkout and in an installed wheel.

The wheel holds `spec/` as `coupon_contract/data` and `contract_tests/` as `coupon_contract/contract_tests`; a checkout
has both beside the package. Pages of `docs/` and helpers of `interop/` that the wheel holds are below `data/`.
"""

from pathlib import Path

PACKAGE = Path(__file__).parent
IN_CHECKOUT = not (PACKAGE / "data").is_dir()
ROOT = PACKAGE.parent if IN_CHECKOUT else PACKAGE  # contains contract_tests: test names in results are relative to it
SPEC = ROOT / "spec" if IN_CHECKOUT else PACKAGE / "data"
CONTRACT_TESTS = ROOT / "contract_tests"
SANDBOX_TARGET = SPEC / "targets" / "sandbox.toml"
