import re
from pathlib import Path
from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import release_check
from scripts.changes import Change
from scripts.changes import __main__ as gate
from scripts.publish import bundle


def test_a_version_that_has_a_tag_is_not_released_again() -> None:
    assert list(release_check.version_is_new("0.1.0", ["v0.1.0"]))
    assert not list(release_check.version_is_new("0.1.0", ["v0.0.9", "0.1.0"]))


@pytest.mark.parametrize(
    ("changelog", "ready"),
    [
        ("# Changelog\n\n## 0.1.0 (unreleased)\n\n- Something.\n", True),
        ("# Changelog\n\n## 0.1.0\n\n## 0.0.9\n\n- Something.\n", False),
        ("# Changelog\n\n## 0.1.01\n\n- Something.\n", False),
        ("# Changelog\n", False),
    ],
)
def test_the_changelog_must_speak_of_the_version(changelog: str, ready: bool) -> None:
    assert (not list(release_check.changelog_has_it("0.1.0", changelog))) is ready


def test_what_is_not_committed_is_in_the_way() -> None:
    assert list(release_check.nothing_is_uncommitted(" M spec/openapi.yaml\n"))
    assert not list(release_check.nothing_is_uncommitted(""))


def test_two_builds_that_differ_are_named(tmp_path: Path) -> None:
    for name, content in (("one", "a"), ("two", "b")):
        bundle.write(tmp_path / name, {"same.txt": "same", "other.txt": content})
        bundle.sum_up(tmp_path / name)

    assert set(release_check.builds_are_equal(tmp_path / "one", tmp_path / "two")) == {"two builds differ in other.txt"}
    assert not list(release_check.builds_are_equal(tmp_path / "one", tmp_path / "one"))


def test_the_last_release_is_found_by_its_numbers_and_is_older_than_the_version() -> None:
    assert release_check.last_release(["0.9.0", "0.10.0", "0.11.0"], "0.11.0") == "0.10.0"
    assert release_check.last_release(["0.1.0"], "0.1.0") is None


RELEASED = sorted(path.name for path in release_check.RELEASES.iterdir())


@pytest.mark.parametrize("version", RELEASED)
def test_a_kept_release_is_the_document_of_its_version_with_its_clauses(version: str) -> None:
    document, clauses = gate.base(str(release_check.RELEASES / version / "openapi.yaml"))

    assert document["info"]["version"] == version
    assert clauses


@pytest.mark.parametrize("version", RELEASED)
def test_a_kept_release_has_a_date_in_the_changelog(version: str) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", changelog, re.M)


def test_the_changes_since_the_last_release_need_no_newer_version_than_this_one() -> None:
    version = spec.document()["info"]["version"]
    last = release_check.last_release(RELEASED, version)

    assert last
    assert not list(release_check.changes_allow_it(str(release_check.RELEASES / last / "openapi.yaml")))


@pytest.mark.parametrize(("kind", "ready"), [("documentation", True), ("additive", True), ("breaking", False)])
def test_the_version_must_say_what_changed(kind: Any, ready: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "since", lambda _: ((0, 1, 0), (0, 1, 1), [Change(kind, "/", "")]))

    assert (not list(release_check.changes_allow_it("v0.1.0"))) is ready


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    status = release_check.main(["--now"])

    assert (status, "release_check [DIRECTORY]" in capsys.readouterr().err) == (4, True)
