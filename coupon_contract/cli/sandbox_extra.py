"""The packages of the `sandbox` extra: an installation that only judges has none of them."""

import json
from importlib.metadata import PackageNotFoundError, distribution, requires
from typing import TYPE_CHECKING

from coupon_contract import terminal
from coupon_contract.suite.verdict import Exit

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PROJECT, EXTRA = "coupon-contract", "sandbox"
UNKNOWN_WHEEL = "<file:// or https:// address of its wheel>"


def missing_packages() -> list[str]:
    """Return the packages of the extra that are not installed, as the metadata of this installation names them."""
    from packaging.requirements import Requirement  # slow to import, and most commands do not come here

    try:
        requirements = [Requirement(line) for line in requires(PROJECT) or []]
    except PackageNotFoundError:  # the code was copied here without being installed
        return []
    return sorted(
        requirement.name for requirement in requirements if _of_the_extra(requirement) and _absent(requirement)
    )


def wheel() -> str:
    """Return the address of the wheel that this was installed from, or words for it: no registry has the project."""
    try:
        written = distribution(PROJECT).read_text("direct_url.json")
        address = str(json.loads(written or "{}").get("url", ""))
    except (PackageNotFoundError, ValueError, AttributeError):
        address = ""
    return address if address.endswith(".whl") and "@" not in address else UNKNOWN_WHEEL


def demand() -> None:
    """Raise SystemExit with status 4 when the sandbox cannot be served here, after printing how to install it."""
    if missing := missing_packages():
        terminal.write_error(
            f"the sandbox is not installed (missing: {', '.join(missing)}); install it from the wheel, with\n"
            f"  pip install '{PROJECT}[{EXTRA}] @ {wheel()}'\n"
            "or name another server: coupon-contract judge --target URL or a target file"
        )
        raise SystemExit(Exit.USAGE)


def _of_the_extra(requirement: "Requirement") -> bool:
    marker = requirement.marker
    return marker is not None and marker.evaluate({"extra": EXTRA}) and not marker.evaluate({"extra": ""})


def _absent(requirement: "Requirement") -> bool:
    try:
        distribution(requirement.name)
    except PackageNotFoundError:
        return True
    return False
