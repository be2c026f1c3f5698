"""The reference of the Python client on the site."""

import re
from pathlib import Path

import coupon_client
from coupon_client import errors, refusals, testing
from coupon_contract.paths import ROOT
from scripts.publish import client_api

PUBLIC = {f"coupon_client.{name}" for name in coupon_client.__all__ if name != "__version__"}
PUBLIC |= {f"coupon_client.refusals.{kind.__name__}" for kind in refusals.BY_CODE.values()}
PUBLIC |= {f"coupon_client.testing.{name}" for name in testing.__all__}


def test_each_public_name_is_documented_once() -> None:
    documented = re.findall(r"^\.\. auto\w+:: ([\w.]+)$", client_api.page(), re.M)

    assert sorted(documented) == sorted(PUBLIC)


def test_the_tree_of_exceptions_is_that_of_the_classes_and_of_the_pages() -> None:
    drawn = re.findall(r"── (\w+)", client_api.tree())
    pages = (errors.__doc__ or "", (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8"))

    for text in pages:
        assert sorted(drawn) == sorted(re.findall(r"[├└]── (\w+)", text))


def test_the_page_of_the_site_has_signatures_with_types(site: Path) -> None:
    html = (site / "client-api.html").read_text(encoding="utf-8")

    assert [name for name in sorted(PUBLIC) if f'id="{name}"' not in html] == []
    assert 'id="coupon_client.CouponClient.issue"' in html
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
    assert "metadata: Metadata | None = None" in text
