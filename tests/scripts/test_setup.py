"""The set-up installs what pip would install, from where pip is configured to take it, and only once."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from scripts import setup

PIN = re.compile(r"^(\S+==\S+)(?: ; ([^\\\n]+?))? \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.M)


def pins(group: str) -> dict[str, str]:
    """Each pin of a group, with its hashes."""
    return {found[1]: found[3] for found in PIN.finditer((setup.PINS / f"{group}.txt").read_text(encoding="utf-8"))}


@pytest.mark.parametrize("group", ["judge", "installer"])
def test_a_smaller_group_repeats_pins_and_hashes_of_the_largest(group: str) -> None:
    smaller = pins(group)

    assert smaller
    assert smaller.items() <= pins("develop").items()


def test_judging_installs_fewer_packages_than_developing() -> None:
    assert len(pins("judge")) < len(pins("develop")) / 2


@pytest.mark.parametrize("file", sorted(setup.PINS.iterdir()), ids=lambda file: file.name)
def test_pins_name_no_address_of_a_registry(file: Path) -> None:
    assert "://" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "value", "variable", "translated"),
    [
        ("index-url", "https://a.example/simple", "UV_DEFAULT_INDEX", "https://a.example/simple"),
        ("extra-index-url", "https://a.example\nhttps://b.example", "UV_INDEX", "https://a.example https://b.example"),
        ("find-links", "https://a.example/x  file:///b", "UV_FIND_LINKS", "https://a.example/x,file:///b"),
        ("find-links", f"{ROOT}", "UV_FIND_LINKS", f"{ROOT}"),
        ("find-links", f"/no/such/folder {ROOT}", "UV_FIND_LINKS", f"{ROOT}"),
        ("find-links", "~", "UV_FIND_LINKS", str(Path.home())),
        ("find-links", "/no/such/folder", "UV_FIND_LINKS", None),
        ("no-index", "true", "UV_NO_INDEX", "1"),
        ("no-index", "0", "UV_NO_INDEX", None),
        ("cert", str(ROOT / "README.md"), "SSL_CERT_FILE", str(ROOT / "README.md")),
        ("cert", str(ROOT), "SSL_CERT_DIR", str(ROOT)),
        ("client-cert", "/key.pem", "SSL_CLIENT_CERT", "/key.pem"),
        ("trusted-host", "a.example\nb.example:8443", "UV_INSECURE_HOST", "a.example b.example:8443"),
        ("proxy", "http://proxy.example:3128", "ALL_PROXY", "http://proxy.example:3128"),
        ("timeout", "60", "UV_HTTP_TIMEOUT", "60"),
        ("default-timeout", "180", "UV_HTTP_TIMEOUT", "180"),
        ("retries", "9", "UV_HTTP_RETRIES", "9"),
        ("keyring-provider", "subprocess", "UV_KEYRING_PROVIDER", "subprocess"),
        ("keyring-provider", "auto", "UV_KEYRING_PROVIDER", None),
        ("no-cache-dir", "yes", "UV_NO_CACHE", "1"),
    ],
)
def test_an_option_of_pip_reaches_uv(option: str, value: str, variable: str, translated: str | None) -> None:
    assert setup.uv_environment({option: value}, {}).get(variable) == translated


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_certificate_that_pip_takes_from_the_environment_reaches_uv(variable: str) -> None:
    assert setup.uv_environment({}, {variable: "/bundle.pem"})["SSL_CERT_FILE"] == "/bundle.pem"


def test_pips_own_certificate_wins_over_one_of_the_environment() -> None:
    given = {"SSL_CERT_FILE": "/machine.pem", "REQUESTS_CA_BUNDLE": "/requests.pem"}

    assert setup.uv_environment({"cert": "/pip.pem"}, given)["SSL_CERT_FILE"] == "/pip.pem"


def test_a_variable_of_uv_that_is_set_stays_in_force() -> None:
    given = {"UV_DEFAULT_INDEX": "https://uv.example"}

    assert "UV_DEFAULT_INDEX" not in setup.uv_environment({"index-url": "https://pip.example"}, given)


@pytest.mark.parametrize(
    ("listed", "options"),
    [
        ("global.cert='/a'\n", {"cert": "/a"}),
        ("global.cert='/a'\ninstall.cert='/b'\n", {"cert": "/b"}),
        ("install.cert='/b'\nglobal.cert='/a'\n", {"cert": "/b"}),
        (":env:.cert='/c'\ninstall.cert='/b'\n", {"cert": "/c"}),
        ("global.find_links='\\n/a\\n/b'\n", {"find-links": "\n/a\n/b"}),
        ('global.index-url="https://u:it\'s=x@a.example"\n', {"index-url": "https://u:it's=x@a.example"}),
        ("download.cert='/d'\n", {}),
        ("WARNING: something else\n", {}),
        ("", {}),
    ],
)
def test_the_options_are_those_of_pip_install(
    listed: str, options: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "run", lambda *_: subprocess.CompletedProcess((), 0, listed, None))

    assert setup.pip_configuration("python") == options


class Installers:
    """Stands in for processes: records each command, and ends as told."""

    def __init__(self, uv_status: int = 0, pip_status: int = 0) -> None:
        self.commands: list[str] = []
        self.statuses = {"uv": uv_status, "pip": pip_status}

    def __call__(self, *command: str, environment: object = None) -> "subprocess.CompletedProcess[str]":
        name = "uv" if command[0].endswith("uv") else command[2]
        self.commands.append(" ".join([name, *command[3:]] if name == "pip" else [name, *command[1:]]))
        listing = command[3:5] == ("config", "list")
        return subprocess.CompletedProcess((), 0 if listing else self.statuses.get(name, 0), f"{name} printed this")

    def installed(self, what: str) -> list[str]:
        """The installers that were run for an argument, in order."""
        return [command.split()[0] for command in self.commands if what in command.split()]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with an empty environment that has uv."""
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "uv").touch()
    return tmp_path


def test_uv_installs_the_pins_and_pip_only_uv(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "run", installers := Installers())
    setup.set_up("judge")

    assert installers.installed(str(setup.PINS / "installer.txt")) == ["pip"]
    assert installers.installed(str(setup.PINS / "judge.txt")) == ["uv"]
    assert installers.installed("--editable") == ["uv"]


def test_pip_installs_where_uv_fails(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "run", installers := Installers(uv_status=2))
    setup.set_up("judge")

    assert installers.installed(str(setup.PINS / "judge.txt")) == ["uv", "pip"]


def test_pip_installs_where_there_is_no_uv(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / ".venv" / "bin" / "uv").unlink()
    monkeypatch.setattr(setup, "run", installers := Installers())
    setup.set_up("judge")

    assert installers.installed(str(setup.PINS / "judge.txt")) == ["pip"]


def test_every_installation_checks_hashes_or_installs_no_dependency(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "run", installers := Installers(uv_status=2))
    setup.set_up("develop")
    installing = [command.split() for command in installers.commands if "install" in command.split()]

    assert len(installing) == 5
    assert all({"--require-hashes", "--no-deps"} & {*command} for command in installing)


def test_what_neither_can_install_is_reported_with_what_pip_printed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "run", Installers(uv_status=2, pip_status=1))

    assert setup.main(["judge"]) == setup.FAILED
    assert "pip printed this" in capsys.readouterr().err
    assert not setup.is_ready("judge")


def commands_of(groups: str, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of each set-up, one after the other in the same folder."""
    runs = []
    for group in groups.split():
        monkeypatch.setattr(setup, "run", installers := Installers())
        setup.set_up(group)
        runs.append(installers.commands)
    return runs


@pytest.mark.parametrize("groups", ["judge judge", "develop develop", "develop judge"])
def test_a_second_set_up_installs_nothing(groups: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert commands_of(groups, monkeypatch)[1] == []


def test_developing_after_judging_keeps_the_environment(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = commands_of("judge develop", monkeypatch)[1]

    assert not any("venv --clear" in command for command in commands)
    assert any(str(setup.PINS / "develop.txt") in command for command in commands)


@pytest.mark.parametrize("group", setup.GROUPS)
def test_changed_pins_make_the_environment_anew(group: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands_of(group, monkeypatch)
    setup.stamp("judge").write_text("other pins", encoding="utf-8")
    setup.stamp("develop").write_text("other pins", encoding="utf-8")
    again = commands_of(group, monkeypatch)[0]

    assert any(f"--clear {setup.VENV}" in command for command in again)


@pytest.mark.parametrize("arguments", [[], ["everything"], ["judge", "develop"], ["--help"]])
def test_unknown_arguments_are_a_usage_error(arguments: list[str]) -> None:
    assert setup.main(arguments) == setup.USAGE


def test_an_old_python_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))

    assert setup.main(["judge"]) == setup.USAGE
    assert "make PYTHON=python3.12" in capsys.readouterr().err
