"""The site as a browser opens it, from files and without a network."""

import re
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts.publish import site as builder

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}
HERE = ("file", "data", "blob")


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


def test_no_page_asks_anybody_for_anything(site: Path, tab: Page, asked: list[str]) -> None:
    for path in sorted(site.rglob("*.html")):
        tab.goto(path.as_uri())
        tab.wait_for_load_state("networkidle")

    assert {address for address in asked if urlsplit(address).scheme not in HERE} <= {
        "https://cdn.redoc.ly/redoc/logo-mini-full.svg"  # asked for by the page, and stopped by its policy
    }


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


@pytest.mark.parametrize(("words", "page"), [("padded zeros", "ledger.html"), ("runner", "vectors.html")])
def test_the_search_finds_a_page_by_its_words(site: Path, tab: Page, words: str, page: str) -> None:
    tab.goto(f"{(site / 'search.html').as_uri()}?q={words.replace(' ', '+')}")
    tab.wait_for_selector("#search-results li a")
    found = tab.eval_on_selector_all("#search-results li a", "links => links.map(link => link.getAttribute('href'))")

    assert page in {link.partition("#")[0] for link in found}


@pytest.mark.parametrize(
    "name", ["index.html", "ledger.html", "clauses.html", "errors.html", "judge.html", "callers.html"]
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
