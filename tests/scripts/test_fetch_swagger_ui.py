import gzip
import hashlib
import subprocess

import pytest

from scripts.fetch_swagger_ui import COMPRESSED, DIRECTORY, PLAIN, main


@pytest.mark.parametrize("name", COMPRESSED)
def test_what_is_committed_is_what_was_pinned(name: str) -> None:
    content = gzip.decompress((DIRECTORY / f"{name}.gz").read_bytes())

    assert hashlib.sha256(content).hexdigest() == COMPRESSED[name]


def test_the_licences_are_there() -> None:
    assert all((DIRECTORY / name).read_text(encoding="utf-8").strip() for name in PLAIN)


def test_another_package_than_the_pinned_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def packs(command: list[str], cwd: str, **_: object) -> "subprocess.CompletedProcess[str]":
        with open(f"{cwd}/other.tgz", "wb") as file:  # noqa: PTH123 - as npm does
            file.write(b"something else")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", packs)

    assert main(["--check"]) == 4
    assert "not the pinned one" in capsys.readouterr().err


def test_a_package_that_npm_does_not_have_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "no such package")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)

    assert main([]) == 4
    assert "no such package" in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error() -> None:
    assert main(["--force"]) == 4
