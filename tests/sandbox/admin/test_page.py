"""The page at /, in a real browser on a running sandbox."""

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Dialog, Locator, expect

from coupon_contract import spec
from qa.with_sandbox import running_sandbox
from tests.browser import CONTRAST, TOO_WIDE, Opened
from tests.sandbox.conftest import BASIC, PATIENCE, issue_at

SOON = 10_000  # milliseconds
PROMPT = "Command that issues two coupons"


def busy(url: str) -> None:
    """Requests of every kind."""
    issue_at(url, seriesId=415446, count=2)
    issue_at(url, seriesId=50020, count=8)
    issue_at(url, seriesId=71300)
    issue_at(url, seriesId="<script>document.title='contents'</script>" + "x" * 200)
    httpx.post(url + spec.ISSUE_PATH, json={}, auth=("nobody", "nothing"))
    httpx.post(url + spec.TOKEN_PATH, json={"key": "sandbox-key", "secret": "sandbox-secret"})
    httpx.get(url + spec.READ_BACK_PATH, params={"issuedToIds": "555567088"}, auth=BASIC)


def outcomes(opened: Opened) -> list[str]:
    return opened.page.locator(".request:visible .outcome").all_inner_texts()


def open_all(opened: Opened) -> None:
    opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_request_shows_up_with_its_outcome_rule_and_clause(browser: Browser, url: str) -> None:
    opened = Opened(browser, url)
    issue_at(url, seriesId=71300)
    row = opened.page.locator(".request").first
    expect(row.locator(".outcome")).to_have_text("refused 713", timeout=SOON)
    row.locator("summary").click()

    for part in (
        "issuance.check_expiry",
        "series-expired",
        spec.clauses()["series-expired"].text,
        "Coupon has expired",
    ):
        expect(row).to_contain_text(part)


def test_every_outcome_is_told_apart(browser: Browser, url: str) -> None:
    busy(url)

    assert outcomes(Opened(browser, url)) == [
        *("done", "done", "HTTP 401", "HTTP 400"),
        *("refused 713", "5 of 8, 5002", "issued 2"),
    ]


def test_counts_follow_what_is_issued(browser: Browser, url: str) -> None:
    opened = Opened(browser, url)
    row = opened.page.locator("#series-rows tr", has_text="50060")
    before = row.locator(".status").text_content()
    issue_at(url, seriesId=50060, count=3)

    expect(row.locator(".status")).to_have_text("nothing left", timeout=SOON)
    assert before == "open"


def test_a_copied_id_keeps_the_focus_and_not_the_news_away(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#series")
    opened.page.locator("#series-rows .id", has_text="50060").click()
    issue_at(url, seriesId=50060, count=3)

    expect(opened.page.locator("#series-rows tr", has_text="50060")).to_contain_text("nothing left", timeout=SOON)
    expect(opened.page.locator("#series-rows .id", has_text="50060")).to_be_focused()


def test_what_is_changed_elsewhere_shows_up(browser: Browser, url: str) -> None:
    opened = Opened(browser, url)
    customer = {"first_name": "Fresh", "identifiers": {"mobile": "4915100000099"}}
    httpx.post(f"{url}/__sandbox/customers", json=customer).raise_for_status()
    httpx.put(f"{url}/__sandbox/hazards", json={"min_latency_ms": 7}).raise_for_status()

    expect(opened.page.locator("#customers")).to_contain_text("Fresh", timeout=SOON)
    expect(opened.page.get_by_label("Delay, ms")).to_have_value("7", timeout=SOON)


def test_a_reset_elsewhere_takes_old_requests_away(browser: Browser, url: str) -> None:
    busy(url)
    opened = Opened(browser, url)
    before = len(outcomes(opened))
    httpx.post(f"{url}/__sandbox/reset").raise_for_status()

    expect(opened.page.locator(".request")).to_have_count(0, timeout=SOON)
    assert before == 7


def test_a_filter_that_nothing_fits_says_so(browser: Browser, url: str) -> None:
    busy(url)
    opened = Opened(browser, url)
    opened.page.get_by_label("Find").fill("no such words")

    expect(opened.page.get_by_text("No request matches the filter.")).to_be_visible()
    expect(opened.page.locator("#list")).to_be_hidden()


def test_a_sandbox_that_is_stopped_is_told_as_long_as_it_is(browser: Browser) -> None:
    with running_sandbox() as url:
        opened = Opened(browser, f"{url}#control")
    expect(opened.page.locator("#trouble")).to_contain_text("does not answer", timeout=SOON)
    opened.page.get_by_role("button", name="Real time").click()

    expect(opened.page.locator("#control .said").first).to_contain_text("does not answer", timeout=SOON)


def test_requests_are_filtered_by_keyboard(browser: Browser, url: str) -> None:
    busy(url)
    opened = Opened(browser, url, 360)
    opened.page.keyboard.press("/")
    opened.page.keyboard.type("71300")
    found = outcomes(opened)
    opened.page.keyboard.press("Control+A")
    opened.page.keyboard.press("Delete")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Space")

    assert found == ["refused 713"]
    assert "issued 2" not in outcomes(opened)


def test_a_paused_page_stands_still(browser: Browser, url: str) -> None:
    opened = Opened(browser, url)
    opened.page.get_by_role("button", name="Pause").click()
    issue_at(url, seriesId=415446)
    opened.page.wait_for_timeout(2_500)
    paused = outcomes(opened)
    opened.page.get_by_role("button", name="Resume").click()

    assert paused == []
    expect(opened.page.locator(".request")).to_have_count(1, timeout=SOON)


def test_a_row_stays_open_while_news_come_in(browser: Browser, url: str) -> None:
    issue_at(url, seriesId=415446)
    opened = Opened(browser, url)
    opened.page.locator(".request summary").focus()
    opened.page.keyboard.press("Enter")
    issue_at(url, seriesId=71300)
    expect(opened.page.locator(".request")).to_have_count(2, timeout=SOON)

    assert opened.page.locator(".request details[open]").count() == 1


def copied(opened: Opened, button: Locator) -> str:
    button.focus()
    opened.page.keyboard.press("Enter")
    opened.page.locator("#toast.shown").wait_for()
    text: str = opened.page.evaluate("navigator.clipboard.readText()")
    return text


def test_ids_and_commands_are_copied(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#series", permissions=["clipboard-read", "clipboard-write"])
    series = copied(opened, opened.page.get_by_role("button", name="Copy series id 415446"))
    opened.page.get_by_role("tab", name="Issue").click()
    command = copied(opened, opened.page.get_by_role("button", name=f"Copy: {PROMPT}"))

    assert series == "415446"
    assert command == opened.page.get_by_label(PROMPT, exact=True).inner_text()
    assert command.startswith("curl ")


def test_the_clock_is_moved_and_brought_back(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#control")
    opened.page.get_by_role("button", name="+1 day").click()
    expect(opened.page.locator("#state")).to_contain_text("1 d ahead", timeout=SOON)
    opened.page.get_by_role("button", name="Real time").click()

    expect(opened.page.locator("#state")).to_contain_text("real time", timeout=SOON)


def test_the_clock_is_set(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#control")
    opened.page.get_by_label("UTC", exact=True).fill("2030-01-02T03:04:00")
    opened.page.get_by_role("button", name="Set", exact=True).click()

    expect(opened.page.locator("#state")).to_contain_text("2030-01-02 03:04", timeout=SOON)


def test_a_fault_is_switched_on_and_off(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#control")
    opened.page.locator("#control").get_by_label("Name").fill("coupon-id-as-text")
    opened.page.get_by_role("button", name="Switch on").click()
    expect(opened.page.locator("#state .changed")).to_contain_text("coupon-id-as-text", timeout=SOON)
    wrong = issue_at(url, seriesId=415446).json()["coupons"][0]["couponId"]
    opened.page.get_by_role("button", name="The contract").click()
    expect(opened.page.locator("#state .changed")).to_have_count(0, timeout=SOON)

    assert isinstance(wrong, str)
    expect(opened.page.locator(".request").first).to_contain_text(
        "was on, so the response may differ from the contract"
    )


def test_hazards_are_applied_and_taken_away(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#control")
    opened.page.get_by_label("Delay, ms").fill("5")
    opened.page.get_by_label("Error rate").fill("1")
    opened.page.get_by_label("503 when").select_option("after")
    opened.page.get_by_role("button", name="Apply").click()
    expect(opened.page.locator("#state .changed")).to_contain_text("503, after issuing", timeout=SOON)
    failed = issue_at(url, seriesId=415446).status_code
    opened.page.get_by_role("button", name="None").click()
    expect(opened.page.locator("#state .changed")).to_have_count(0, timeout=SOON)

    assert failed == 503
    expect(opened.page.locator(".request").first).to_contain_text("503 after it was processed")


def test_a_mistake_in_a_form_is_told(browser: Browser, url: str) -> None:
    opened = Opened(browser, f"{url}#control")
    opened.page.locator("#control").get_by_label("Name").fill("nonsense")
    opened.page.get_by_role("button", name="Switch on").click()

    expect(opened.page.locator("#control .said:visible")).to_contain_text("nonsense: no such", timeout=SOON)


def test_a_reset_asks_first(browser: Browser, url: str) -> None:
    issue_at(url, seriesId=415446)
    opened = Opened(browser, f"{url}#control")
    asked: list[str] = []

    def agree(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    opened.page.on("dialog", agree)
    opened.page.get_by_role("button", name="Reset").click()
    expect(opened.page.locator(".request")).to_have_count(0, timeout=SOON)

    assert asked == ["Delete all coupons and return to the seed?"]


def test_without_scripts_the_page_shows_what_there_is(browser: Browser, url: str) -> None:
    busy(url)
    opened = Opened(browser, url, 360, java_script_enabled=False)

    assert opened.page.locator("#controls, #filter, #issue-form, .add, .resend").locator("visible=true").count() == 0
    assert len(outcomes(opened)) == 7


@pytest.mark.parametrize("width", [1280, 390, 360])
def test_nothing_is_wider_than_the_screen(browser: Browser, url: str, width: int) -> None:
    busy(url)
    opened = Opened(browser, url, width)
    open_all(opened)

    for tab in opened.page.get_by_role("tab").all():
        tab.click()
        assert not opened.page.evaluate(TOO_WIDE), tab.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(browser: Browser, url: str, scheme: Any) -> None:
    busy(url)
    httpx.put(f"{url}/__sandbox/hazards", json={"min_latency_ms": 1}).raise_for_status()
    opened = Opened(browser, url, color_scheme=scheme)
    open_all(opened)

    for tab in opened.page.get_by_role("tab").all():
        tab.click()
        assert opened.page.evaluate(CONTRAST) == [], tab.inner_text()


def test_the_page_asks_for_nothing_elsewhere_and_complains_about_nothing(browser: Browser, url: str) -> None:
    busy(url)
    opened = Opened(browser, url)
    opened.page.wait_for_timeout(2_500)

    assert {httpx.URL(address).netloc for address in opened.asked} == {httpx.URL(url).netloc}
    assert opened.said == []
    assert opened.page.title() == "Coupon sandbox"


def test_nothing_that_was_sent_becomes_markup(url: str) -> None:
    busy(url)
    text = httpx.get(url).text

    assert (text.count("<script>"), text.count("contents'</script>")) == (1, 0)


def test_no_secret_of_a_request_is_on_the_page(url: str) -> None:
    token = httpx.post(url + spec.TOKEN_PATH, json={"key": "sandbox-key", "secret": "sandbox-secret"}).json()["data"]
    httpx.get(url + spec.READ_BACK_PATH, headers={"X-CAP-API-OAUTH-TOKEN": "a-token-of-mine"})
    httpx.post(url + spec.ISSUE_PATH, json={}, auth=("a-user-of-mine", "a-password-of-mine"))
    httpx.post(url + spec.TOKEN_PATH, json={"key": "a-key-of-mine", "secret": "a-secret-of-mine"})
    httpx.get(url + "/nowhere?password=a-query-of-mine")
    shown = httpx.get(url).text + httpx.get(f"{url}/__sandbox/requests").text

    assert "-of-mine" not in shown
    assert token["accessToken"] not in shown


def test_no_id_is_given_twice_and_every_link_within_the_page_leads_somewhere(url: str) -> None:
    busy(url)
    text = httpx.get(url).text
    ids = re.findall(r'\bid="([^"]+)"', text)

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


@pytest.mark.parametrize("after", ["x", "nan", "inf", "-1", "1e999"])
def test_an_odd_moment_is_no_trouble(url: str, after: str) -> None:
    assert httpx.get(url, params={"after": after}).status_code == 200


# --- several workers --------------------------------------------------------------------------------------------------


def test_the_page_shows_the_requests_of_every_worker(tmp_path: Path) -> None:
    with running_sandbox(["--workers", "2", "--database", str(tmp_path / "coupons.db")]) as url:
        httpx.get(url, timeout=PATIENCE).raise_for_status()  # somebody looks; workers may still be starting
        for _ in range(12):  # each on a connection of its own, so that both workers have some
            issue_at(url, seriesId=415446).raise_for_status()
        time.sleep(2)
        seen = [len(httpx.get(f"{url}/__sandbox/requests", timeout=PATIENCE).json()["data"]) for _ in range(6)]

    assert seen == [12] * 6


def test_a_request_with_half_a_character_is_shown(url: str) -> None:
    body = b'{"seriesId": 1, "customer": {"mobile": "\\ud800", "email": "\\u0000\\u202e"}}'
    httpx.post(url + spec.ISSUE_PATH, content=body, headers={"Content-Type": "application/json"}, auth=BASIC)

    assert httpx.get(url).status_code == httpx.get(f"{url}/__sandbox/requests").status_code == 200


def test_a_huge_identifier_is_not_kept(url: str) -> None:
    issue_at(url, seriesId=415446, customer={"mobile": "9" * 900_000})

    assert len(httpx.get(f"{url}/__sandbox/requests").content) < 20_000
