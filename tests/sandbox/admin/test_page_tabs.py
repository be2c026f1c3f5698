"""The tabs of the page at /, and what is done in them, in a real browser at the widths of a desk and a phone."""

import base64
import json
import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, expect

from coupon_contract import spec
from qa.with_sandbox import running_sandbox
from tests.browser import Opened
from tests.sandbox.conftest import ABIJITH, BASIC, issue_at

SOON = 10_000  # milliseconds
TABS = ["Requests", "Issue", "Series", "Customers", "Credentials", "Control"]
KEY = "a-key"

PHONE = 390  # pixels

at_both_widths = pytest.mark.parametrize("width", [1280, PHONE])


def at(browser: Browser, url: str, tab: str = "requests", width: int = PHONE, **options: Any) -> Opened:
    return Opened(browser, f"{url}/#{tab}", width, **options)


def first_request(opened: Opened) -> Locator:
    row = opened.page.locator(".request").first
    row.locator("summary").click()
    return row


def control(url: str, path: str) -> Any:
    return httpx.get(f"{url}/__sandbox{path}").raise_for_status().json()["data"]


# --- tabs -------------------------------------------------------------------------------------------------------------


@at_both_widths
def test_each_tab_shows_its_part_alone(browser: Browser, url: str, width: int) -> None:
    opened = at(browser, url, width=width)
    shown = {}
    for name in TABS:
        opened.page.get_by_role("tab", name=name).click()
        shown[name] = opened.page.get_by_role("tabpanel").evaluate_all("(all) => all.map((panel) => panel.id)")

    assert shown == {name: [name.lower()] for name in TABS}


def test_tabs_are_reached_by_arrow_keys(browser: Browser, url: str) -> None:
    opened = at(browser, url)
    opened.page.get_by_role("tab", name="Requests").focus()
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home", "ArrowRight"):
        opened.page.keyboard.press(key)

    expect(opened.page.get_by_role("tab", name="Issue")).to_be_focused()
    expect(opened.page.get_by_role("tab", name="Issue")).to_have_attribute("aria-selected", "true")
    expect(opened.page.locator("#tabs [tabindex='0']")).to_have_count(1)


def test_the_address_names_the_tab_and_the_way_back_works(browser: Browser, url: str) -> None:
    opened = at(browser, url, "series")
    expect(opened.page.get_by_role("tab", name="Series")).to_have_attribute("aria-selected", "true")
    opened.page.get_by_role("tab", name="Control").click()
    expect(opened.page).to_have_url(f"{url}/#control")
    opened.page.go_back()

    expect(opened.page.locator("#series")).to_be_visible()


# --- requests ---------------------------------------------------------------------------------------------------------


@at_both_widths
def test_twenty_requests_are_shown_and_more_on_demand(browser: Browser, url: str, width: int) -> None:
    for _ in range(45):
        issue_at(url, seriesId=415446)
    opened = at(browser, url, width=width)
    shown, height = [], opened.page.evaluate("document.documentElement.scrollHeight")
    for words in ("Show 20 more of 45", "Show 5 more of 45"):
        shown.append(opened.page.locator(".request:visible").count())
        opened.page.get_by_role("link", name=words).click()
    shown.append(opened.page.locator(".request:visible").count())

    assert shown == [20, 40, 45]
    expect(opened.page.locator("#more")).to_be_hidden()
    expect(opened.page.locator(".request summary").nth(40)).to_be_focused()
    assert height < 3_000


def test_the_filter_finds_requests_beyond_the_first_twenty(browser: Browser, url: str) -> None:
    issue_at(url, seriesId=71300)
    for _ in range(25):
        issue_at(url, seriesId=415446)
    opened = at(browser, url)
    opened.page.get_by_label("Find").fill("series-expired")

    expect(opened.page.locator(".request:visible .outcome")).to_have_text(["refused 713"])


def test_without_scripts_a_link_shows_the_other_requests(browser: Browser, url: str) -> None:
    for _ in range(25):
        issue_at(url, seriesId=415446)
    opened = at(browser, url, java_script_enabled=False)
    before = opened.page.locator(".request:visible").count()
    opened.page.get_by_role("link", name="Show more").click()

    assert before == 20
    expect(opened.page.locator(".request:visible")).to_have_count(25)


def test_a_request_is_sent_again_as_it_was(browser: Browser, url: str) -> None:
    body = b'{"seriesId":\t415446, "customer": {"mobile": "it\'s \xc3\xa9"}}\n'
    httpx.post(url + spec.ISSUE_PATH, content=body, headers={"Content-Type": "application/json"}, auth=BASIC)
    opened = at(browser, url)
    first_request(opened).get_by_role("button", name="Send again", exact=True).click()
    expect(opened.page.locator(".request .outcome")).to_have_text(["refused 701", "refused 701"], timeout=SOON)

    for view in control(url, "/requests"):
        assert (view["request"].encode(), view["till"], view["content_type"]) == (body, BASIC[0], "application/json")


def test_a_request_without_credentials_is_sent_again_without(browser: Browser, url: str) -> None:
    httpx.get(url + spec.READ_BACK_PATH, params={"issuedToIds": "1"}, auth=("till.sandbox", "wrong"))
    opened = at(browser, url)
    first_request(opened).get_by_role("button", name="Send again", exact=True).click()

    expect(opened.page.locator(".request .outcome")).to_have_text(["HTTP 401", "HTTP 401"], timeout=SOON)


def test_the_command_of_a_request_is_copied(browser: Browser, url: str) -> None:
    body = {"seriesId": 415446, "customer": {"mobile": "it's"}}
    httpx.post(url + spec.ISSUE_PATH, json=body, auth=BASIC)
    opened = at(browser, url, permissions=["clipboard-read", "clipboard-write"])
    first_request(opened).get_by_role("button", name="Copy: Command that sends it again").click()
    opened.page.locator("#toast.shown").wait_for()
    command: str = opened.page.evaluate("navigator.clipboard.readText()")

    assert command.startswith("curl -X POST -u till.sandbox:")
    assert command.endswith(url + spec.ISSUE_PATH)


@at_both_widths
def test_the_whole_query_of_a_read_back_is_shown_and_wrapped(browser: Browser, url: str, width: int) -> None:
    query = "couponIds=" + ",".join(map(str, range(10**8, 10**8 + 150)))
    httpx.get(f"{url}{spec.READ_BACK_PATH}?{query}", auth=BASIC)
    opened = at(browser, url, width=width)
    closed = opened.page.locator(".request summary").bounding_box()
    shown = first_request(opened).get_by_label("Request", exact=True)

    expect(shown).to_have_text(f"GET {spec.READ_BACK_PATH}?{query}")
    assert closed is not None
    assert closed["height"] < 120
    assert shown.evaluate("(block) => block.scrollWidth <= block.clientWidth")


@at_both_widths
def test_read_backs_are_hidden_and_shown(browser: Browser, url: str, width: int) -> None:
    issue_at(url, seriesId=415446)
    httpx.get(url + spec.READ_BACK_PATH, params={"issuedToIds": "1"}, auth=BASIC)
    httpx.get(url + spec.CUSTOMER_COUPONS_PATH, params=ABIJITH, auth=BASIC)
    opened = at(browser, url, width=width)
    seen = []
    for _ in range(2):
        opened.page.get_by_label("read back").click()
        seen.append(opened.page.locator(".request:visible").count())

    assert seen == [1, 3]


def test_no_refusal_and_no_failure_has_a_check_mark(browser: Browser, url: str) -> None:
    httpx.get(url + spec.CUSTOMER_COUPONS_PATH, params={"mobile": "4915100000000"}, auth=BASIC)
    httpx.post(url + spec.REVOKE_PATH, json={"couponCodes": ["NONE"]}, auth=BASIC)
    httpx.post(url + spec.REVOKE_PATH, json={}, auth=BASIC)
    httpx.get(url + spec.CUSTOMER_COUPONS_PATH, params={"status": "odd"}, auth=BASIC)
    httpx.get(url + spec.READ_BACK_PATH, auth=("till.sandbox", "wrong"))
    opened = at(browser, url)
    mark = "(all) => all.map((outcome) => getComputedStyle(outcome, '::before').content)"

    assert opened.page.locator(".request .outcome").all_inner_texts() == [
        *("HTTP 401", "HTTP 400", "refused 756", "revoked 0 of 1", "refused 701"),
    ]
    assert not any("✓" in content for content in opened.page.locator(".request .outcome").evaluate_all(mark))


def test_a_request_that_was_not_kept_is_not_sent_again(browser: Browser, url: str) -> None:
    httpx.post(url + spec.TOKEN_PATH, json={"key": "sandbox-key", "secret": "sandbox-secret"})
    row = first_request(at(browser, url))

    expect(row.get_by_text("the request was not kept as it was sent")).to_be_visible()
    expect(row.locator(".resend")).to_have_count(0)


# --- the issue form ---------------------------------------------------------------------------------------------------


@at_both_widths
def test_the_form_issues_coupons(browser: Browser, url: str, width: int) -> None:
    opened = at(browser, url, width=width, tab="issue")
    opened.page.get_by_role("button", name="Issue", exact=True).click()
    expect(opened.page.locator("#issue-form .said")).to_have_text("Issued 2 coupons", timeout=SOON)
    (request,) = control(url, "/requests")

    assert (request["what"], request["customer"]) == ("2 of series 415446", "mobile 11223569865")
    expect(opened.page.get_by_label("Response to the form", exact=True)).to_contain_text('"couponId"')


def test_the_form_tells_a_refusal_with_its_code(browser: Browser, url: str) -> None:
    opened = at(browser, url, "issue")
    opened.page.locator("#issue-form").get_by_label("Series").fill("71300")
    opened.page.keyboard.press("Enter")

    expect(opened.page.locator("#issue-form .said")).to_have_text(re.compile("^Refused: 713 "), timeout=SOON)


def test_a_large_number_is_sent_as_it_is_written(browser: Browser, url: str) -> None:
    opened = at(browser, url, "issue")
    opened.page.locator("#issue-form").get_by_label("Series").fill("9007199254740993")
    opened.page.get_by_role("button", name="Issue", exact=True).click()
    expect(opened.page.locator("#issue-form .said")).to_contain_text("707", timeout=SOON)

    assert json.loads(control(url, "/requests")[0]["request"])["seriesId"] == 9_007_199_254_740_993


def test_an_identifier_of_the_seed_brings_its_type(browser: Browser, url: str) -> None:
    opened = at(browser, url, "issue")
    opened.page.get_by_label("Identifier", exact=True).fill("Tomhills@captech.com")

    expect(opened.page.get_by_label("Identifier type")).to_have_value("email")


def test_the_form_works_behind_a_control_key(browser: Browser) -> None:
    with running_sandbox(["--control-key", KEY]) as url:
        opened = at(browser, url, "issue", http_credentials={"username": "me", "password": KEY})
        opened.page.get_by_role("button", name="Issue", exact=True).click()

        expect(opened.page.locator("#issue-form .said")).to_have_text("Issued 2 coupons", timeout=SOON)


# --- series, customers, coupons ---------------------------------------------------------------------------------------


@at_both_widths
def test_a_series_is_added_with_its_terms(browser: Browser, url: str, width: int) -> None:
    opened = at(browser, url, width=width, tab="series")
    opened.page.get_by_text("Add a series").click()
    form = opened.page.locator("#series form")
    for label, value in (
        ("Id", "9223372036854775807"),
        ("Name", "few"),
        ("Limit in all", "7"),
        ("Uploaded codes", "3"),
    ):
        form.get_by_label(label, exact=True).fill(value)
    form.get_by_label("Expires, UTC").fill("2999-01-02T03:04:00")
    form.get_by_role("button", name="Add series").click()
    expect(form.locator(".said")).to_have_text("Added series 9223372036854775807", timeout=SOON)
    row = opened.page.locator("#series-rows tr", has_text="9223372036854775807")

    for words in ("open", "7 in all", "uploaded codes", "expires 2999-01-02", "few"):
        expect(row).to_contain_text(words, timeout=SOON)


def test_a_mistake_in_a_new_series_is_told(browser: Browser, url: str) -> None:
    opened = at(browser, url, "series")
    opened.page.get_by_text("Add a series").click()
    form = opened.page.locator("#series form")
    form.get_by_label("One code for everybody").fill("ONE")
    form.get_by_label("Uploaded codes").fill("3")
    form.get_by_role("button", name="Add series").click()

    expect(form.locator(".said")).to_contain_text("only one kind of codes", timeout=SOON)


def test_a_customer_is_added_and_gets_coupons(browser: Browser, url: str) -> None:
    opened = at(browser, url, "customers")
    opened.page.get_by_text("Add a customer").click()
    form = opened.page.locator("#customers form")
    form.get_by_label("First name").fill("Fresh")
    form.get_by_label("mobile").fill("4915100000077")
    form.get_by_role("button", name="Add customer").click()
    expect(form.locator(".said")).to_have_text(re.compile(r"^Added customer \d{9}$"), timeout=SOON)
    answer = issue_at(url, seriesId=415446, count=2, customer={"mobile": "4915100000077"}).json()
    card = opened.page.locator("#customer-cards li", has_text="Fresh")
    card.get_by_role("link", name="Coupons").click()

    for coupon in answer["coupons"]:
        expect(opened.page.get_by_role("dialog")).to_contain_text(coupon["code"], timeout=SOON)


@at_both_widths
def test_the_coupons_of_a_series_are_listed_twenty_at_a_time(browser: Browser, url: str, width: int) -> None:
    latest = issue_at(url, seriesId=415446, count=45).json()["coupons"][-1]["code"]
    opened = at(browser, url, width=width, tab="series")
    opened.page.get_by_role("link", name="45 coupons of series 415446").click()
    rows = opened.page.locator("#coupon-rows tr")
    expect(rows).to_have_count(20, timeout=SOON)
    expect(rows.first).to_contain_text(latest)
    expect(rows.first).to_contain_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"))
    opened.page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(40)
    opened.page.keyboard.press("Escape")

    expect(opened.page.get_by_role("dialog")).to_be_hidden()
    expect(opened.page.get_by_role("link", name="45 coupons of series 415446")).to_be_focused()


def test_a_series_has_one_state_after_it_was_used_up(browser: Browser, url: str) -> None:
    issue_at(url, seriesId=50060, count=3)
    row = at(browser, url, "series").page.locator("#series-rows tr", has_text="50060")

    expect(row.locator(".status")).to_have_text("nothing left")
    assert not re.search(r"\b3 left|\(3\)|\bopen\b", row.inner_text())


def test_numbers_have_one_format(browser: Browser, url: str) -> None:
    opened = at(browser, url, "series")
    text = opened.page.locator("#series-rows").inner_text()

    assert "5,000" in text
    assert "1,000 in all" in text
    assert not re.search(r"\d[\u202f\xa0 ]\d{3}\b", text)


def test_the_password_is_sent_as_basic_credentials_alone(browser: Browser, url: str) -> None:
    opened = at(browser, url, "issue")
    with opened.page.expect_request(lambda request: request.url.endswith(spec.ISSUE_PATH)) as sent:
        opened.page.get_by_role("button", name="Issue", exact=True).click()

    assert sent.value.headers["authorization"] == f"Basic {base64.b64encode(':'.join(BASIC).encode()).decode()}"
