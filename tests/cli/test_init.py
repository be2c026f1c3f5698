"""`coupon-contract init`, without a terminal and on one."""

import io
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupon_contract.cli.init import main
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.states import STATES
from qa.with_sandbox import running_sandbox

ACCESS = {"TILL_USER": "till.sandbox", "TILL_PASSWORD": "sandbox-password"}
IDS = (
    "--known",
    "mobile=11223569865,externalId=3873472",
    "--known",
    "mobile=11223569901",
    "--unknown",
    "mobile=10000000000",
)
SERIES = ("--series", "ordinary=415446", "--series", "expired=71300", "--series", "few-codes-left=50060:3")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "target.toml"


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def init(monkeypatch: pytest.MonkeyPatch, url: str, file: Path, *options: str) -> int:
    """Write a target file without a terminal, with the credentials in the environment."""
    for name, value in ACCESS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return main(["--url", url, "--output", str(file), *options])


def test_a_file_is_written_and_its_ids_are_checked(
    monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = init(monkeypatch, sandbox, file, *IDS, *SERIES)
    table = tomllib.loads(file.read_text("utf-8"))

    assert (status, "fits        series.ordinary = 415446" in capsys.readouterr().out) == (0, True)
    assert table["series"] == {"ordinary": 415446, "expired": 71300, "few-codes-left": {"id": 50060, "left": 3}}


def test_the_file_refers_to_the_variables_of_credentials(
    monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path
) -> None:
    init(monkeypatch, sandbox, file, *IDS, *SERIES)

    assert tomllib.loads(file.read_text("utf-8"))["auth"] == {
        "till": {"user": "${TILL_USER}", "password": "${TILL_PASSWORD}"}
    }


def test_the_file_has_a_comment_for_every_state(monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path) -> None:
    init(monkeypatch, sandbox, file, *IDS, *SERIES)
    text = file.read_text("utf-8")

    assert [state.name for state in STATES.values() if f"# {state.recipe}" not in text] == []


def test_a_file_that_could_not_be_used_is_not_written(
    monkeypatch: pytest.MonkeyPatch, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = init(monkeypatch, "http://127.0.0.1:1", file, "--no-input", *SERIES)
    said = capsys.readouterr()

    assert (status, file.exists(), said.out) == (4, False, "")
    assert "customers.known: is missing" in said.err
    assert "nothing was written" in said.err


def test_a_file_that_is_there_survives_answers_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    file.write_text("mine", encoding="utf-8")

    assert init(monkeypatch, "http://127.0.0.1:1", file, "--force", *SERIES) == 4
    assert file.read_text("utf-8") == "mine"


def test_a_wrong_id_is_exit_status_4(monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path) -> None:
    assert init(monkeypatch, sandbox, file, *IDS, *SERIES, "--series", "uploaded=77") == 4


def test_a_target_that_is_not_there_is_exit_status_3(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    assert init(monkeypatch, "http://127.0.0.1:1", file, *IDS, *SERIES) == 3


def test_a_file_that_is_there_is_kept(monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path) -> None:
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        init(monkeypatch, sandbox, file, *IDS, *SERIES)

    assert (end.value.code, file.read_text("utf-8")) == (4, "mine")


def test_a_file_that_is_there_is_replaced_with_force(monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path) -> None:
    file.write_text("mine", encoding="utf-8")

    assert init(monkeypatch, sandbox, file, *IDS, *SERIES, "--force") == 0


@pytest.mark.parametrize(
    "option", [("--known", "nickname=ann-secret"), ("--series", "odd=1"), ("--series", "ordinary=x")]
)
def test_an_option_that_cannot_be_read_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, file: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as end:
        init(monkeypatch, "http://127.0.0.1:1", file, *option)

    assert (end.value.code, "ann-secret" in capsys.readouterr().err, file.exists()) == (4, False, False)


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Give these answers at a terminal without credentials in its environment; passwords are asked for apart."""
    for name in (*ACCESS, "OAUTH_KEY", "OAUTH_SECRET"):
        monkeypatch.delenv(name, raising=False)
    keyboard = io.StringIO("".join(f"{line}\n" for line in lines))
    keyboard.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", keyboard)
    monkeypatch.setattr("getpass.getpass", lambda _: "sandbox-password")


CUSTOMERS = ("11223569865", "", "", "", "", "", "10000000000", "", "")
NO_SERIES = [""] * (sum(not state.claimed for state in STATES.values()) - 1)


def test_on_a_terminal_it_asks_for_everything(monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path) -> None:
    on_a_terminal(monkeypatch, sandbox, "till.sandbox", "", *CUSTOMERS, "415446", *NO_SERIES)

    assert main(["--output", str(file)]) == 0


def test_a_file_with_a_password_is_its_owner_s_alone(
    monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on_a_terminal(monkeypatch, sandbox, "till.sandbox", "", *CUSTOMERS, "415446", *NO_SERIES)
    main(["--output", str(file)])

    assert (mode(file), "sandbox-password" in "".join(capsys.readouterr())) == (0o600, False)


def test_what_options_give_is_not_asked_for(monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path) -> None:
    on_a_terminal(monkeypatch, "till.sandbox", "")

    assert main(["--url", sandbox, "--output", str(file), *IDS, *SERIES]) == 0


def test_an_input_that_ends_writes_nothing(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    on_a_terminal(monkeypatch, "http://127.0.0.1:1")

    assert (main(["--output", str(file)]), file.exists()) == (4, False)


def test_every_series_of_a_disposable_target_can_be_described(
    monkeypatch: pytest.MonkeyPatch, sandbox: str, file: Path
) -> None:
    series = tomllib.loads(SANDBOX_TARGET.read_text("utf-8"))["series"]
    values = {state: [*given.values()] if isinstance(given, dict) else [given] for state, given in series.items()}
    options = [word for state, given in values.items() for word in ("--series", f"{state}={':'.join(map(str, given))}")]
    init(monkeypatch, sandbox, file, *IDS, *options, "--disposable")

    assert tomllib.loads(file.read_text("utf-8"))["series"] == series
