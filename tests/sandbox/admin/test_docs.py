"""The reference at /docs, in a real browser on a running sandbox."""

import copy
import gzip
import re
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from coupon_contract import spec
from coupon_contract.sandbox.admin import docs
from coupon_contract.suite.states import STATES
from qa.with_sandbox import running_sandbox
from tests.browser import TOO_WIDE, Opened
from tests.sandbox.conftest import Api

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


def examples_of(document: Any) -> Any:
    return document["paths"][spec.ISSUE_PATH]["post"]["requestBody"]["content"]["application/json"]["examples"]


def test_the_served_document_is_ours_but_for_its_first_server_and_further_examples(url: str) -> None:
    served = httpx.get(f"{url}/docs/openapi.json").json()
    first, *servers = served["servers"]
    ours = copy.deepcopy(spec.document())
    documented = {name: example for name, example in examples_of(served).items() if name in examples_of(ours)}
    examples_of(served).clear()
    examples_of(served).update(documented)

    assert first["url"] == "/"
    assert {**served, "servers": servers} == ours


def test_the_reference_has_an_example_for_each_state_of_series(url: str) -> None:
    served = httpx.get(f"{url}/docs/openapi.json").json()

    assert set(STATES) <= set(examples_of(served))


def test_each_example_of_a_series_ends_as_its_summary_says(api: Api) -> None:
    served = api.request("GET", "/docs/openapi.json").json()
    examples = [example for name, example in examples_of(served).items() if name in STATES]
    api.clock.now = time.time()
    for example in examples:
        api.post(example["value"])
    requests = api.request("GET", "/__sandbox/requests", auth=None, headers={"Host": "127.0.0.1"}).json()["data"]

    assert [example["summary"].partition(": ")[2] for example in examples] == [
        request["outcome"] for request in reversed(requests)
    ]


def test_an_example_is_chosen_in_the_reference(browser: Browser, url: str) -> None:
    opened = reference(browser, url)
    opened.page.locator(f"{ISSUING} .opblock-summary-control").click()
    opened.page.locator(f"{ISSUING} .opblock-section-request-body .examples-select select").select_option("expired")

    expect(opened.page.locator(f"{ISSUING} .opblock-section-request-body textarea")).to_have_value(re.compile("71300"))


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_the_files_of_the_reference_are_those_of_the_package(url: str, encoding: str) -> None:
    sent = httpx.get(f"{url}/docs/swagger-ui-bundle.js", headers={"Accept-Encoding": encoding})

    assert sent.content == gzip.decompress((docs.HERE / "swagger-ui-bundle.js.gz").read_bytes())


@pytest.mark.parametrize("name", ["__init__.py", "..%2fapp.py", "LICENSE", "nothing"])
def test_no_other_file_is_served(url: str, name: str) -> None:
    assert httpx.get(f"{url}/docs/{name}").status_code == 404
