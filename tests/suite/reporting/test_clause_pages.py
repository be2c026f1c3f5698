"""Links to the page of a clause: on the documentation site of a team, or else within the results."""

import re
import sys
from pathlib import Path

import pytest

from coupon_contract import spec
from coupon_contract.__main__ import main
from coupon_contract.suite.reporting import html, junit
from coupon_contract.suite.reporting.clause_pages import VARIABLE, clause_page, site
from coupon_contract.suite.reporting.results import schema
from coupon_contract.suite.verdict import Exit
from scripts.publish import entries
from tests.suite.reporting.test_results import TOO_MANY, found, run
from tests.suite.reporting.test_terminal import printed

SITE = "https://docs.example.com/coupons"
STUB = Path(__file__).parents[2] / "caller" / "stub_caller.py"


@pytest.fixture
def with_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a team that has put the site somewhere."""
    monkeypatch.setenv(VARIABLE, f"{SITE}/")


@pytest.mark.usefixtures("with_site")
def test_each_clause_links_to_a_page_that_the_site_has() -> None:
    pages = entries.everything()

    for clause in (*spec.clauses(), *spec.caller_clauses()):
        assert clause_page(clause).removeprefix(f"{SITE}/").removesuffix(".html") in pages


@pytest.mark.usefixtures("with_site")
def test_page_terminal_and_junit_link_to_the_site() -> None:
    address, results = f"{SITE}/clauses/count-too-high.html", found(run(TOO_MANY))

    assert schema().is_valid(results)
    assert f'<a href="{address}" rel="noreferrer"><code>count-too-high</code></a>' in html.render(results)
    assert f"   why: {address}" in printed(run(TOO_MANY))
    assert f"   why: {address}" in printed(run(TOO_MANY), None)
    assert f"why: {address}" in junit.render(results)


def test_without_a_site_terminal_and_junit_link_into_the_page_of_the_results() -> None:
    results = found(run(TOO_MANY))
    page = html.render(results)

    assert "   why: reports/results.html#clause-count-too-high" in printed(run(TOO_MANY))
    assert "why: results.html#clause-count-too-high" in junit.render(results)
    assert all(f'id="{clause["page"].partition("#")[2]}"' in page for clause in results["clauses"])


def test_results_of_a_version_without_links_have_a_page() -> None:
    results = found(run(TOO_MANY))
    for clause in results["clauses"]:
        del clause["page"]

    assert "count-too-high" in html.render(results)
    assert "explain count-too-high" in junit.render(results)


@pytest.mark.usefixtures("with_site")
def test_explain_names_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "count-too-high"])

    assert f"page: {SITE}/clauses/count-too-high.html" in capsys.readouterr().out


@pytest.mark.usefixtures("with_site")
def test_a_failure_of_a_program_links_to_the_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--results", str(tmp_path), "--case", "issued"]
    main(["judge-caller", *options, "--", sys.executable, str(STUB), "forgets"])
    address = f"{SITE}/clauses/caller-never-lost.html"

    assert re.search(rf"^  why: +{re.escape(address)}$", capsys.readouterr().out, re.MULTILINE)
    assert f'href="{address}"' in (tmp_path / "results.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "address",
    [
        "docs",
        "ftp://x",
        "https://",
        "https://me:secret@x",
        "https://x/?a",
        'https://x/"',
        "javascript:1",
        "https://x y",
    ],
)
@pytest.mark.parametrize(
    "command", [["explain", "count-too-high"], ["judge", "--target", "x.toml"], ["judge-caller", "--", "true"]]
)
def test_what_is_no_address_of_a_site_is_a_usage_error(
    address: str, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(SystemExit) as ended:
        main(command)

    assert ended.value.code == Exit.USAGE
    assert VARIABLE in capsys.readouterr().err


@pytest.mark.parametrize("address", [SITE, f"{SITE}/", "http://127.0.0.1:8000", "https://[::1]:1/a/~b"])
def test_the_address_of_a_site_has_no_slash_at_its_end(address: str) -> None:
    assert site({VARIABLE: address}) == address.rstrip("/")
