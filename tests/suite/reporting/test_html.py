"""The page of results: what it says, and that it is good to read in a browser, on a phone too."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from attrs import evolve
from playwright.sync_api import Browser

from coupon_contract import spec
from coupon_contract.suite.reporting import html
from coupon_contract.suite.reporting.results import LEDGER_PARTS
from coupon_contract.suite.target import Deviation
from coupon_contract.suite.verdict import Observation, Seen
from tests.browser import CONTRAST, Opened, started
from tests.suite.conftest import TARGET, body, entry, example, exchange
from tests.suite.reporting.test_results import BEGIN, SESSION, TOO_MANY, found, run

Json = Any
HOSTILE = "<script>document.title='planted'</script>\"'&<b>"


def failing() -> Json:
    """Results with failures of every kind: of rules, of a test, with long and odd content, and one that is listed."""
    listed = {"count-too-low": Deviation("answers 701 <for now>", BEGIN.date(), "https://tracker.example.com/1")}
    target = evolve(TARGET, name="staging " + HOSTILE, deviations=listed, max_coupons=2_000)
    issued = example("Issued")
    answers = [
        TOO_MANY,
        exchange(body(), issued | {"totalCount": "1", "x" * 90: HOSTILE, "long": "y" * 900}),
        exchange(body(count=0), {"errors": [entry(701)]}),
        exchange(
            b'{"seriesId": "' + b"9" * 20_000 + b'"}', b"<no>", 500, (("Content-Type", "text/html; " + "z" * 80),)
        ),
    ]
    seen = run(*(evolve(one, number=number) for number, one in enumerate(answers, 1)), target=target)
    seen.observe("permission", f"no-access was answered with {HOSTILE}", exchange(body(), issued, who="no-access"))
    seen.observe("limits-in-parallel", "6 coupons where `5` are the limit; expected at most 5")
    seen.observations += [Observation("series-expired", Seen.NOT_OFFERED, "series.expired")]
    return found(seen)


def conformant() -> Json:
    """Results in which every clause held."""
    seen = run()
    seen.observations += [Observation(clause, Seen.HELD) for clause in spec.clauses()]
    return found(seen)


def could_not() -> Json:
    """Results of a run against nobody."""
    reason = "staging at http://127.0.0.1:1: no response from the target: ConnectError"
    return found(run(), 3, evolve(SESSION, reason=reason))


def many_failures(number: int) -> Json:
    """Results in which this many clauses failed, all others passed."""
    seen, asked = run(), exchange(body(count=501), example("Issued"))
    clauses = [clause.id for clause in spec.clauses().values() if clause.level == "MUST"]
    for place, clause in enumerate(clauses, 1):
        wrong = "answered with 2 coupons; expected a refusal with 677" if place <= number else None
        seen.observe(clause, wrong, evolve(asked, number=place))
    return found(seen)


PAGES = {"failing": failing(), "conformant": conformant(), "could not judge": could_not()}


def text_of(results: Json) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", html.render(results).partition("<body>")[2]))


def test_the_page_says_which_must_clauses_failed() -> None:
    said = text_of(PAGES["failing"])

    assert all(part in said for part in ("Not conformant", "MUST clauses failed", "count-too-high"))


def test_the_page_of_a_conformant_target_says_so() -> None:
    must = sum(clause.level == "MUST" for clause in spec.clauses().values())

    assert f"Conformant {must} MUST clauses were observed, and every one held" in text_of(PAGES["conformant"])


def test_the_page_of_a_dead_target_says_why_and_no_more() -> None:
    start = text_of(PAGES["could not judge"]).partition("Requests")[0]

    assert "Could not judge staging at http://127.0.0.1:1: no response" in start
    assert "never observed" not in start


def test_a_failure_shows_all_that_is_needed_to_act() -> None:
    said = html.render(PAGES["failing"])
    failure = next(one for one in PAGES["failing"]["failures"] if one["clause"] == "count-too-high")
    clause = spec.clauses()["count-too-high"]

    for part in (clause.text, failure["test"], failure["replay"], "may issue up to 501 coupons"):
        assert part in said
    for name in clause.ledger:
        assert all(html._ticked(getattr(spec.ledger()[name], part)) in said for part in LEDGER_PARTS)


def test_a_failure_shows_both_sides_with_the_field_marked() -> None:
    said = text_of(PAGES["failing"])

    assert "expected a refusal with 677 actual errors[].code a refusal with 756" in said
    assert "<mark>      &#34;code&#34;: 756,</mark>" in html.render(PAGES["failing"])


@pytest.mark.parametrize(
    ("only", "sent", "words"),
    [
        (True, "own", ""),
        (False, "own", "Earlier exchanges may be part of the proof."),
        (True, "kept", "The others on it may be the cause."),
        (True, "parallel", "was one of several at the same time."),
    ],
)
def test_the_page_says_what_besides_its_exchange_proves_a_failure(
    only: bool, sent: Literal["own", "kept", "parallel"], words: str
) -> None:
    seen = run()
    seen.exchanges = seen.judged = 1 if only else 2
    seen.observe("metadata-too-long", "answered with coupons", evolve(TOO_MANY, connection=sent))

    remarks = re.findall('class="remark">(.*?)</p>', html.render(found(seen)))

    assert [words in remark for remark in remarks] == [True] * bool(words)


@pytest.mark.parametrize(("times", "words"), [(1, "holds in 1 test "), (2, "holds in 2 tests ")])
def test_the_page_counts_tests_with_the_right_noun(times: int, words: str) -> None:
    seen = run()
    seen.observations += [Observation("permission", Seen.HELD, times=times)]

    assert words in text_of(found(seen))


def test_a_deviation_shows_its_date_and_its_link() -> None:
    said = html.render(PAGES["failing"])

    assert "Listed since 2026-08-01" in said
    assert '<a href="https://tracker.example.com/1" rel="noreferrer">' in said


def test_the_page_counts_the_failures_of_the_results() -> None:
    said = text_of(PAGES["failing"])

    assert f"Failures {PAGES['failing']['verdict']['failures']} " in said
    assert f"{PAGES['failing']['verdict']['failures']} failures of " in said


def test_every_clause_and_every_code_is_on_the_page() -> None:
    said = html.render(PAGES["conformant"])

    assert all(f"<code>{clause}</code>" in said for clause in spec.clauses())
    assert all(f'<th scope="row">{one["code"]}</th>' in said for one in PAGES["conformant"]["codes"])


@pytest.mark.parametrize("results", PAGES.values(), ids=PAGES)
def test_nothing_of_an_answer_becomes_markup(results: Json) -> None:
    said = html.render(results)

    assert (said.count("<script>"), said.count("planted'</script>")) == (1, 0)


@pytest.mark.parametrize("results", PAGES.values(), ids=PAGES)
def test_no_id_is_given_twice(results: Json) -> None:
    ids = re.findall(r'\bid="([^"]+)"', html.render(results))

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("results", PAGES.values(), ids=PAGES)
def test_every_link_within_the_page_leads_somewhere(results: Json) -> None:
    said = html.render(results)

    assert set(re.findall(r'href="#([^"]+)"', said)) <= set(re.findall(r'\bid="([^"]+)"', said))


# --- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(params=PAGES)
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "results.html"
    path.write_text(html.render(PAGES[request.param]), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1280, 360])
def test_the_verdict_is_visible_and_nothing_is_wider_than_the_screen(
    browser: Browser, file: Path, width: int, tmp_path: Path
) -> None:
    opened = Opened(browser, file.as_uri(), width)
    title = opened.page.locator("h1")
    box = title.bounding_box()
    opened.page.screenshot(path=str(tmp_path / f"{width}.png"), full_page=True)

    assert title.is_visible()
    assert box is not None
    assert box["y"] < 200
    opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert opened.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_asks_for_nothing_and_complains_about_nothing(browser: Browser, file: Path, width: int) -> None:
    opened = Opened(browser, file.as_uri(), width)

    assert (opened.asked, opened.said) == ([file.as_uri()], [])
    assert opened.page.title() != "planted"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(browser: Browser, file: Path, scheme: Any) -> None:
    opened = Opened(browser, file.as_uri(), 1280, color_scheme=scheme)
    opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")

    assert opened.page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_twenty_failures_take_less_than_6000_pixels(browser: Browser, tmp_path: Path, width: int, scheme: Any) -> None:
    path = tmp_path / "results.html"
    path.write_text(html.render(many_failures(20)), encoding="utf-8")
    opened = Opened(browser, path.as_uri(), width, color_scheme=scheme)

    assert opened.page.evaluate("document.documentElement.scrollHeight") < 6_000
    assert opened.page.evaluate(CONTRAST) == []


def failing_page(tmp_path: Path) -> Path:
    path = tmp_path / "results.html"
    path.write_text(html.render(PAGES["failing"]), encoding="utf-8")
    return path


def shown(opened: Opened) -> list[str]:
    return opened.page.locator(".clause:visible .tags > code").all_inner_texts()


def test_clauses_are_filtered_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, failing_page(tmp_path).as_uri(), 360)
    opened.page.locator("#filter-text").focus()
    opened.page.keyboard.type("generic series gives the same code")

    assert shown(opened) == ["generic-shares-one-code"]
    opened.page.keyboard.press("Control+A")
    opened.page.keyboard.press("Delete")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Space")
    assert set(shown(opened)) == {clause.id for clause in spec.clauses().values() if clause.level == "MUST"}


def test_the_first_key_leads_to_the_failures(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, failing_page(tmp_path).as_uri(), 1280)
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Enter")

    opened.page.wait_for_url("**#failures")


def test_a_command_is_copied(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, failing_page(tmp_path).as_uri(), 1280, permissions=["clipboard-read", "clipboard-write"])
    button = opened.page.get_by_role("button", name="Copy: Command that sends the request again").first
    button.focus()
    opened.page.keyboard.press("Enter")
    opened.page.get_by_text("Copied").wait_for()

    assert opened.page.evaluate("navigator.clipboard.readText()").startswith("make replay CASE=")


def test_the_page_works_without_scripts(browser: Browser, tmp_path: Path) -> None:
    opened = Opened(browser, failing_page(tmp_path).as_uri(), 360, java_script_enabled=False)

    assert opened.page.locator("#filter, button").locator("visible=true").count() == 0
    assert opened.page.locator(".failure").count() == len({one["clause"] for one in PAGES["failing"]["failures"]})


def test_a_link_to_a_clause_opens_its_group(browser: Browser, tmp_path: Path) -> None:
    passed = next(one["id"] for one in PAGES["failing"]["clauses"] if one["word"] == "passed")
    opened = Opened(browser, failing_page(tmp_path).as_uri(), 360)
    opened.page.evaluate(f"location.hash = 'clause-{passed}'")

    opened.page.locator(f"#clause-{passed}").wait_for(state="visible")


def test_results_survive_their_way_through_json() -> None:
    assert html.render(json.loads(json.dumps(PAGES["failing"]))) == html.render(PAGES["failing"])
