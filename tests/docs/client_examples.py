"""The examples of the client on the pages and in docstrings."""

import re
from pathlib import Path
from textwrap import dedent
from types import ModuleType

from coupon_contract.paths import ROOT

PAGES = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "scripts" / "client_wheel" / "README.md"]
CLIENT_PAGES = [page for page in sorted(PAGES) if "import CouponClient" in page.read_text(encoding="utf-8")]
CLIENT_PAGES += [ROOT / "docs" / "integrate.md", ROOT / "docs" / "issue-once.md"]
CLIENT_PAGES = sorted(set(CLIENT_PAGES))


def programs(page: Path) -> list[str]:
    """Return the Python programs of a page that use the client."""
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    return [block for block in blocks if "coupon_client" in block]


def examples(module: ModuleType) -> list[str]:
    """Return the indented blocks of a module's docstring."""
    return [dedent(block) for block in re.findall(r"(?:^    .*\n)+", module.__doc__ or "", re.M)]
