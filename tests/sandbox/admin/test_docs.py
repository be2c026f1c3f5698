"""The reference at /docs, in a real browser on a running sandbox."""

import gzip
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from coupon_contract import spec
from coupon_contract.sandbox.admin import docs
from qa.with_sandbox import running_sandbox
from tests.browser import TOO_WIDE, Opened

SOON = 10_000  # milliseconds

TOKEN = "#operations-Companions-generateToken"
ISSUING = "#operations-Issuance-issueMultipleCoupons"


def reference(browser: Browser, url: str, **options: Any) -> Opened:
    opened = Opened(browser, f"{url}/docs", **options)
    opened.page.locator(ISSUING).wait_for()
    return opened


def test_coupons_are_issued_by_try_it(browser: Browser, url: str) -> None:
    opened = reference(browser, url)
    opened.page.locator(f"{ISSUING} .opblock-summary-control").click()
    opened.page.get_by_role("button", name="Execute").click()
    status = opened.page.locator(f"{ISSUING} .live-responses-table .response .response-col_status")
    expect(status).to_contain_text("200", timeout=SOON)
    expect(opened.page.locator(f"{ISSUING} .live-responses-table .response")).to_contain_text("successCount")
    told = httpx.get(f"{url}/__sandbox/requests").json()["data"][0]

    assert (told["outcome"], told["caller"]) == ("issued 2", "till till.sandbox")


def test_a_token_is_fetched_by_try_it_although_the_browser_knows_the_control_key(browser: Browser) -> None:
    with running_sandbox(["--control-key", "a-key"]) as url:
        opened = reference(browser, url, http_credentials={"username": "me", "password": "a-key"})
        opened.page.goto(url)
        opened.page.goto(f"{url}/docs")
        token = opened.page.locator(TOKEN)
        token.locator(".opblock-summary-control").click()
        token.locator("textarea").fill('{"key": "sandbox-key", "secret": "sandbox-secret"}')
        token.get_by_role("button", name="Execute").click()
        expect(token.locator(".live-responses-table .response")).to_contain_text("accessToken", timeout=SOON)


def test_try_it_works_by_keyboard(browser: Browser, url: str) -> None:
    opened = reference(browser, url)
    opened.page.locator(f"{ISSUING} .opblock-summary-control").focus()
    opened.page.keyboard.press("Enter")
    opened.page.get_by_role("button", name="Execute").focus()
    opened.page.keyboard.press("Enter")

    expect(opened.page.locator(f"{ISSUING} .live-responses-table")).to_contain_text("successCount", timeout=SOON)


def test_the_reference_asks_for_nothing_elsewhere_and_complains_about_nothing(browser: Browser, url: str) -> None:
    opened = reference(browser, url)
    opened.page.locator(f"{ISSUING} .opblock-summary-control").click()
    opened.page.get_by_role("button", name="Execute").click()
    expect(opened.page.locator(f"{ISSUING} .live-responses-table")).to_contain_text("successCount", timeout=SOON)

    assert {httpx.URL(address).netloc for address in opened.asked} - {""} == {httpx.URL(url).netloc}
    assert opened.said == []


def test_another_server_than_the_sandbox_is_never_reached(browser: Browser, url: str) -> None:
    opened = reference(browser, url)
    opened.page.locator(".servers select").select_option(index=1)
    opened.page.locator(f"{ISSUING} .opblock-summary-control").click()
    opened.page.get_by_role("button", name="Execute").click()
    expect(opened.page.locator(f"{ISSUING} .live-responses-table")).to_contain_text("Failed to fetch", timeout=SOON)

    assert any("Content Security Policy" in words for words in opened.said)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_reference_fits_the_screen(browser: Browser, url: str, width: int) -> None:
    opened = reference(browser, url, width=width)
    opened.page.locator(f"{ISSUING} .opblock-summary-control").click()

    assert not opened.page.evaluate(TOO_WIDE)


def test_the_reference_is_dark_where_that_is_wanted(browser: Browser, url: str) -> None:
    opened = reference(browser, url, color_scheme="dark")

    assert "dark-mode" in (opened.page.locator("html").get_attribute("class") or "")


def test_the_label_of_the_examples_is_light_on_dark(browser: Browser, url: str) -> None:
    opened = reference(browser, url, color_scheme="dark")
    opened.page.locator(f"{ISSUING} .opblock-summary-control").click()

    expect(opened.page.locator(f"{ISSUING} .examples-select__section-label").first).to_have_css(
        "color", "rgb(231, 234, 238)"
    )


def test_the_served_document_has_the_sandbox_first_and_is_ours_otherwise(url: str) -> None:
    served = httpx.get(f"{url}/docs/openapi.json").json()

    assert served["servers"][0]["url"] == "/"
    assert {**served, "servers": served["servers"][1:]} == spec.document()


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_files_of_the_reference_are_those_of_the_package(url: str, encoding: str) -> None:
    sent = httpx.get(f"{url}/docs/swagger-ui-bundle.js", headers={"Accept-Encoding": encoding})

    assert sent.content == gzip.decompress((docs.HERE / "swagger-ui-bundle.js.gz").read_bytes())


@pytest.mark.parametrize("name", ["__init__.py", "..%2fapp.py", "LICENSE", "nothing"])
def test_no_other_file_is_served(url: str, name: str) -> None:
    assert httpx.get(f"{url}/docs/{name}").status_code == 404
