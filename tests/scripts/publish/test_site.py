"""The site as a browser opens it, from files and without a network."""

import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts.publish import site as builder
from tests.browser import CONTRAST

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
HERE = ("file", "data", "blob")
ENTRIES = ("clauses", "ledger", "codes")


class Found(HTMLParser):
    """Where a page leads to, and the places in it that can be led to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src") and value:
                self.targets.append(value)


def chromium() -> str:
    done = subprocess.run([ROOT / "scripts" / "browser", "--only-look"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no browser; scripts/browser installs one")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def asked() -> list[str]:
    """The addresses that pages asked for."""
    return []


@pytest.fixture
def tab(browser: Browser, asked: list[str]) -> Iterator[Page]:
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()


def read(site: Path) -> dict[str, Found]:
    """Every page of the site but the reference, which makes its own links."""
    paths = (path for path in site.rglob("*.html") if path.name != "openapi.html")
    return {path.relative_to(site).as_posix(): Found(path.read_text(encoding="utf-8")) for path in paths}


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = read(site)
    dead = []
    for name, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme:
                continue
            file = (site / name).parent / unquote(parts.path) if parts.path else site / name
            known = pages.get(file.resolve().relative_to(site.resolve()).as_posix())
            if not file.exists() or (known and parts.fragment and unquote(parts.fragment) not in known.ids):
                dead.append(f"{name}: {target}")

    assert dead == []


def test_every_page_of_docs_is_in_the_navigation_of_the_start_page(site: Path) -> None:
    wanted = {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} - {"index.html"}
    wanted |= {"callers.html", "ledger.html", "clauses.html", "errors.html", "changelog.html", "reference.html"}

    assert wanted <= set(read(site)["index.html"].targets)


def test_no_page_asks_anybody_for_anything_or_lacks_a_file(site: Path, tab: Page, asked: list[str]) -> None:
    failed: list[str] = []
    tab.on("requestfailed", lambda request: failed.append(request.url))  # a worker (blob:) ends with its page
    for path in opened(site):
        tab.goto(path.as_uri())
        tab.wait_for_load_state("networkidle")

    assert [address for address in asked if urlsplit(address).scheme not in HERE] == []
    assert [address for address in failed if urlsplit(address).scheme != "blob"] == []


def opened(site: Path) -> list[Path]:
    """Every page of the site, but of the entries one of each kind, because they are made in the same way."""
    of_entries = [min((site / folder).glob("*.html")) for folder in ENTRIES]
    return [*sorted(site.glob("*.html")), *of_entries]


def test_the_reference_shows_no_logo_and_complains_of_nothing(site: Path, tab: Page) -> None:
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.goto((site / "openapi.html").as_uri())
    tab.get_by_text(spec.ISSUE_PATH).first.wait_for()
    tab.wait_for_load_state("networkidle")

    assert tab.locator("img[alt*='logo']").count() == 0
    assert not tab.get_by_text("API docs by").is_visible()
    assert complaints == []


def test_the_reference_reaches_nobody_even_where_there_is_a_network(site: Path, tab: Page) -> None:
    reached: list[str] = []
    tab.on("response", lambda response: reached.append(response.url))
    tab.route("https://**", lambda route: route.fulfill(body="reached"))
    tab.goto((site / "openapi.html").as_uri())
    tab.get_by_text(spec.ISSUE_PATH).first.wait_for()
    tab.wait_for_load_state("networkidle")

    assert [address for address in reached if urlsplit(address).scheme not in HERE] == []


def test_the_reference_shows_every_operation(site: Path, tab: Page) -> None:
    tab.goto((site / "openapi.html").as_uri())
    tab.get_by_text(spec.ISSUE_PATH).first.wait_for()
    text = tab.inner_text("body")

    assert [path for path in spec.document()["paths"] if path not in text] == []


def search(tab: Page, site: Path, words: str) -> list[str]:
    """Search for words, and return the pages of the results, best first."""
    tab.goto(f"{(site / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
    tab.wait_for_selector("#search-results li a")
    links = tab.locator("#search-results li a").all()
    return [str(link.get_attribute("href")) for link in links]


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("padded zeros", "ledger/external-id-padding.html"),
        ("runner", "vectors.html"),
        ("one-per-customer", "clauses/one-per-customer.html"),
        ("couponId", "clauses/coupon-shape.html"),
        ("748", "errors.html"),
        ("626", "codes/5001.html"),
        *((str(row.code), f"codes/{row.code}.html") for row in spec.error_table()),
    ],
)
def test_the_search_finds_a_page_by_its_words(site: Path, tab: Page, words: str, page: str) -> None:
    assert page in {link.partition("#")[0] for link in search(tab, site, words)}


def test_the_page_of_a_code_is_the_first_that_a_search_for_it_finds(site: Path, tab: Page) -> None:
    assert search(tab, site, "709")[0] == "codes/709.html"


def test_the_search_shows_the_text_around_what_it_found(site: Path, tab: Page) -> None:
    search(tab, site, "lost response")
    marked = tab.locator("#search-results .context mark").all_inner_texts()

    assert {word.lower() for word in marked} >= {"lost", "response"}
    assert len(tab.locator("#search-results .context").first.inner_text()) > len("lost response")


def test_the_search_says_that_it_found_nothing(site: Path, tab: Page) -> None:
    tab.goto(f"{(site / 'search.html').as_uri()}?q=qwertzuiop")

    assert "Nothing has all the words" in tab.inner_text("#search-summary")


@pytest.mark.parametrize("name", ["errors.html", "clauses.html"])
def test_a_table_is_readable_on_a_phone_without_moving_it_sideways(site: Path, browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]})
    page.goto((site / name).as_uri())
    wide = "nodes => nodes.filter(node => node.scrollWidth > node.clientWidth + 1).length"
    label = "cell => getComputedStyle(cell, '::before').content"

    assert page.eval_on_selector_all("table.docutils, .table-wrapper", wide) == 0
    assert page.eval_on_selector("table.docutils tbody tr td:nth-child(2)", label) not in ("none", "normal", '""')


def test_the_table_of_codes_takes_a_few_screens_of_a_phone_and_hides_no_code(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]})
    page.goto((site / "errors.html").as_uri())
    shown = page.locator("article td[data-label='code']:visible").all_inner_texts()
    listed = [row.code for row in spec.error_table()] + [other.code for other in spec.platform_codes()]

    assert [int(code) for code in shown] == listed
    assert page.evaluate("document.documentElement.scrollHeight") < 6 * PHONE["height"]


def test_each_clause_entry_and_code_has_a_page_that_its_table_links_to(site: Path) -> None:
    pages = read(site)
    wanted = {
        "clauses.html": {f"clauses/{id}.html" for id in spec.clauses()},
        "ledger.html": {f"ledger/{id}.html" for id in spec.ledger()},
        "errors.html": {f"codes/{row.code}.html" for row in spec.error_table()},
    }

    assert {name: sorted(links - set(pages[name].targets)) for name, links in wanted.items()} == {
        name: [] for name in wanted
    }


def test_the_page_of_a_clause_says_all_of_it(site: Path, tab: Page) -> None:
    clause = spec.clauses()["one-per-customer"]
    tab.goto((site / "clauses" / f"{clause.id}.html").as_uri())
    text = tab.inner_text("article")
    entry = spec.ledger()[clause.ledger[0]]

    assert [words for words in (clause.level, clause.text, "709", entry.accepted[:40]) if words not in text] == []


def test_the_home_page_leads_to_each_task_and_shows_the_flow(site: Path, tab: Page) -> None:
    tab.goto((site / "index.html").as_uri())
    pictures = "nodes => nodes.map(node => node.complete && node.naturalWidth)"
    links = set(tab.eval_on_selector_all("table a", "links => links.map(link => link.getAttribute('href'))"))

    assert links >= {
        "judge.html",
        "integrate.html",
        "judge-callers.html",
        "sandbox.html",
        "errors.html",
        "interop.html",
    }
    assert tab.eval_on_selector_all("article img", pictures)
    assert all(tab.eval_on_selector_all("article img", pictures))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "errors.html", "search.html?q=709", "codes/709.html"])
def test_text_has_contrast(site: Path, browser: Browser, name: str, scheme: Literal["light", "dark"]) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.goto(f"{site.as_uri()}/{name}")

    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize(
    "name",
    [
        *("index.html", "ledger.html", "clauses.html", "errors.html", "judge.html", "callers.html", "search.html"),
        *("codes/709.html", "clauses/one-per-customer.html", "ledger/certain-refusals.html"),
    ],
)
def test_a_page_is_no_wider_than_a_phone(site: Path, browser: Browser, name: str) -> None:
    page = browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]})
    page.goto((site / name).as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_table_of_callers_is_on_the_site(site: Path) -> None:
    page = (ROOT / "bench" / "callers.md").read_text(encoding="utf-8")
    measured = re.findall(r"^\| (\w.*?) \|", page, re.M)
    shown = (site / "callers.html").read_text(encoding="utf-8")

    assert len(measured) > 10
    assert [name for name in measured if f"<p>{name}</p>" not in shown] == []


def test_the_page_on_callers_leads_to_their_table(site: Path) -> None:
    assert "callers.html" in read(site)["judge-callers.html"].targets


def test_every_ledger_entry_and_clause_is_on_the_site(site: Path) -> None:
    ledger, clauses = ((site / f"{name}.html").read_text(encoding="utf-8") for name in ("ledger", "clauses"))

    assert [entry for entry in spec.ledger() if f'id="{entry}"' not in ledger] == []
    assert [clause for clause in spec.clauses() if f">{clause}</span>" not in clauses] == []


def linked(text: str, tmp_path: Path) -> str:
    return builder._linked(text, {"vectors": "", "ledger": ""}, tmp_path)


def test_a_link_to_a_file_of_the_repository_becomes_a_copy(tmp_path: Path) -> None:
    assert linked("[it](../spec/openapi.yaml)", tmp_path) == "[it](_files/spec/openapi.yaml)"
    assert (tmp_path / "_files" / "spec" / "openapi.yaml").read_bytes() == spec.DOCUMENT.read_bytes()


def test_a_link_to_a_folder_of_the_repository_becomes_its_name(tmp_path: Path) -> None:
    assert linked("[the ledger](../spec) and [more](vectors.md)", tmp_path) == "the ledger and [more](vectors.md)"


def test_a_link_to_the_ledger_leads_to_its_page(tmp_path: Path) -> None:
    assert linked("[why](../spec/ledger.toml) and [how](vectors.md#run)", tmp_path) == (
        "[why](ledger.md) and [how](vectors.md#run)"
    )


def test_the_navigation_leaves_out_pages_that_are_not_there_yet() -> None:
    found = builder._contents({"index": "", "judge": "", "zoo": "", "ledger": ""})

    assert re.findall(r"^\w+$", found, re.M) == ["judge", "ledger", "zoo"]
