import subprocess
import sys

import httpx
import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT
from qa.with_sandbox import main, running_sandbox


def _status(url: str) -> int:
    return httpx.post(url + spec.ISSUE_PATH, content=b"{}", trust_env=False).status_code


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa.with_sandbox", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours


def test_the_address_answers() -> None:
    with running_sandbox() as url:
        assert _status(url) == 401


def test_nobody_is_at_the_address_afterwards() -> None:
    with running_sandbox() as url:
        pass

    with pytest.raises(httpx.ConnectError):
        _status(url)


def test_nobody_is_at_the_address_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), running_sandbox() as url:
        raise ZeroDivisionError

    with pytest.raises(httpx.ConnectError):
        _status(url)


def test_two_sandboxes_have_two_addresses() -> None:
    with running_sandbox() as one, running_sandbox() as other:
        assert one != other


def test_a_sandbox_that_does_not_start_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="4"), running_sandbox(["--no-such-option"]):
        pass

    assert "--no-such-option" in capfd.readouterr().err


@pytest.mark.parametrize("status", [0, 1, 3])
def test_the_exit_status_of_the_command_comes_through(status: int) -> None:
    done = _run("--", sys.executable, "-c", f"raise SystemExit({status})")

    assert done.returncode == status


def test_the_command_is_told_the_address() -> None:
    done = _run("--", sys.executable, "-c", "import os; print(os.environ['SANDBOX_URL'])")

    assert done.stdout.startswith("http://127.0.0.1:")


def test_what_stands_before_the_dashes_is_for_the_sandbox() -> None:
    done = _run("--host", "127.0.0.2", "--", sys.executable, "-c", "import os; print(os.environ['SANDBOX_URL'])")

    assert done.stdout.startswith("http://127.0.0.2:")


def test_without_a_command_it_says_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["true"])

    assert (status, "with_sandbox" in capsys.readouterr().err) == (4, True)


def test_an_empty_command_is_a_usage_error() -> None:
    done = _run("--")

    assert (done.returncode, "Traceback" in done.stderr) == (4, False)
