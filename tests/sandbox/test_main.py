"""The process: what it prints, how it ends, and what it holds against many callers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.sandbox.__main__ import main
from coupon_contract.sandbox.seed import DEFAULT_SEED
from tests.sandbox.conftest import ABIJITH, BASIC

DEADLINE = 30  # seconds for anything a process does


@frozen
class Running:
    """A sandbox process and its address."""

    process: "subprocess.Popen[str]"
    url: str

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def issue(self, series_id: int, count: int = 1, **options: Any) -> dict[str, Any]:
        body = {"seriesId": series_id, "count": count, "customer": ABIJITH}
        options.setdefault("auth", BASIC)
        answer: dict[str, Any] = httpx.post(self.url + spec.ISSUE_PATH, json=body, timeout=DEADLINE, **options).json()
        return answer


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts sandboxes, and ends those that are left."""
    processes: list[subprocess.Popen[str]] = []

    def start_one(*arguments: object) -> Running:
        command = [sys.executable, "-m", "coupon_contract.sandbox", *map(str, arguments)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
        processes.append(process)
        assert process.stdout is not None
        return Running(process, process.stdout.readline().removeprefix("coupon sandbox at ").rstrip("\n"))

    yield start_one
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def running(start: Callable[..., Running]) -> Running:
    return start()


def test_the_first_line_is_the_address(running: Running) -> None:
    assert httpx.URL(running.url).host == "127.0.0.1"
    assert running.issue(415446, 2)["successCount"] == 2


def test_the_printed_command_issues_coupons(running: Running) -> None:
    assert running.process.stdout is not None
    lines = [running.process.stdout.readline() for _ in range(12)]
    command = "".join(line for line in lines if line.startswith(("  curl", "    -d")))
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=DEADLINE, check=True)  # noqa: S603, S607

    assert '"successCount":2' in done.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(running: Running, number: int) -> None:
    running.issue(415446)

    assert running.stop(number) == 0


def test_a_signal_right_after_the_first_line_ends_it_cleanly(running: Running) -> None:
    assert running.stop() == 0


def test_an_open_connection_does_not_keep_it_alive(running: Running) -> None:
    url = httpx.URL(running.url)
    with socket.create_connection((url.host, url.port or 0)):
        started = time.monotonic()
        status = running.stop()

    assert status == 0
    assert time.monotonic() - started < DEADLINE / 2


def test_nothing_about_requests_is_logged(running: Running) -> None:
    running.issue(415446)
    running.issue(415446, auth=("till.sandbox", "wrong"))
    running.stop()
    _, errors = running.process.communicate()

    assert errors == ""


def test_a_restart_keeps_coupons_and_tokens(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start("--database", tmp_path / "coupons.db")
    claim = {"key": "sandbox-key", "secret": "sandbox-secret"}
    token = httpx.post(first.url + spec.TOKEN_PATH, json=claim).json()["data"]["accessToken"]
    coupon = first.issue(50020, 3)["coupons"][0]
    first.stop()
    second = start("--database", tmp_path / "coupons.db")
    found = httpx.get(
        second.url + spec.READ_BACK_PATH, params={"couponCodes": coupon["code"]}, headers={TOKEN_HEADER: token}
    )

    assert [entry["code"] for entry in found.json()["data"]] == [coupon["code"]]
    assert second.issue(50020, 5)["successCount"] == 2


def test_a_change_that_is_still_in_force_is_announced(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start("--database", tmp_path / "coupons.db")
    httpx.post(f"{first.url}/__sandbox/clock/advance", json={"seconds": 60}).raise_for_status()
    first.stop()
    second = start("--database", tmp_path / "coupons.db")

    assert second.process.stdout is not None
    assert "still in force" in second.process.stdout.readline()


def test_the_command_line_wins_over_what_was_kept(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start("--database", tmp_path / "coupons.db")
    httpx.put(f"{first.url}/__sandbox/behaviour", json={"name": "count-ignored"}).raise_for_status()
    httpx.put(f"{first.url}/__sandbox/hazards", json={"error_rate": 1}).raise_for_status()
    first.stop()
    second = start("--database", tmp_path / "coupons.db", "--fault", "coupon-id-as-text", "--latency", "1ms")
    state = httpx.get(f"{second.url}/__sandbox/state").json()

    assert second.process.stdout is not None
    assert "wrong on purpose, fault coupon-id-as-text" in second.process.stdout.readline()
    assert (state["behaviour"], state["hazards"]["error_rate"]) == ("coupon-id-as-text", 0)


def test_another_seed_is_announced_with_what_stays(start: Callable[..., Running], tmp_path: Path) -> None:
    ours = DEFAULT_SEED.read_text(encoding="utf-8")
    (tmp_path / "seed.toml").write_text(ours.replace('state = "ordinary"', 'state = "as usual"'), encoding="utf-8-sig")
    start("--database", tmp_path / "coupons.db").stop()
    second = start("--database", tmp_path / "coupons.db", "--seed", tmp_path / "seed.toml")
    second.stop()
    assert second.process.stdout is not None
    told = second.process.stdout.read()

    assert "was last seeded from another seed" in told
    assert "not as the seed: series 415446\n" in told
    assert "  415446       ordinary" in told


def test_the_same_seed_is_not_announced(start: Callable[..., Running], tmp_path: Path) -> None:
    for _ in range(2):
        running = start("--database", tmp_path / "coupons.db")
        running.issue(50060, 2)
        running.stop()
    assert running.process.stdout is not None

    assert "another seed" not in running.process.stdout.read()


def test_a_killed_process_loses_no_answered_coupon(start: Callable[..., Running], tmp_path: Path) -> None:
    first = start("--database", tmp_path / "coupons.db")
    answered = [first.issue(50020)["coupons"][0]["couponId"] for _ in range(3)]
    first.process.kill()
    first.process.wait(DEADLINE)
    second = start("--database", tmp_path / "coupons.db")

    assert second.issue(50020, 5)["coupons"][0]["couponId"] == answered[-1] + 1


@pytest.mark.parametrize(("series_id", "limit"), [(50020, 5), (50060, 3), (96004, 1)])
def test_limits_hold_under_parallel_requests(running: Running, series_id: int, limit: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: running.issue(series_id, 2), range(48)))

    assert sum(answer.get("successCount", 0) for answer in answers) == limit


def test_limits_hold_between_servers_on_one_file(start: Callable[..., Running], tmp_path: Path) -> None:
    servers = [start("--database", tmp_path / "coupons.db") for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda nth: servers[nth % 3].issue(50020, 2), range(36)))

    assert sum(answer.get("successCount", 0) for answer in answers) == 5


def test_an_endless_body_is_refused_without_being_kept(running: Running) -> None:
    chunks = (b" " * 65536 for _ in range(1600))
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(running.url + spec.ISSUE_PATH, content=chunks, headers=headers, auth=BASIC, timeout=DEADLINE)

    assert answer.status_code == 400
    assert resident_bytes(running.process.pid) < 100e6


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- what cannot start ----------------------------------------------------------------------------------------------


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status = main(["--port", str(port)])

    assert status == 4
    assert f"127.0.0.1 port {port}: Address already in use" in capsys.readouterr().err


def test_a_wrong_seed_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "seed.toml").write_text("sereis = []")

    assert main(["--seed", str(tmp_path / "seed.toml")]) == 4
    assert "seed.toml: " in capsys.readouterr().err


def test_a_database_that_cannot_be_opened_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--database", str(tmp_path / "nowhere" / "coupons.db")]) == 4
    assert "coupons.db: unable to open database file" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["256.0.0.1", "a..b"])
def test_an_impossible_host_is_named(capsys: pytest.CaptureFixture[str], host: str) -> None:
    assert main(["--host", host]) == 4
    assert host in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--database", ""], "the path of a file or a postgresql:// URL"),
        (["--database", "sqlite:///x"], "the path of a file or a postgresql:// URL"),
        (["--port", "abc"], "abc is not a port"),
        (["--workers", "x"], "x is not a number of workers"),
    ],
)
def test_a_usage_error_says_what_to_write(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit):
        main(arguments)

    assert words in capsys.readouterr().err


def test_faults_are_listed_whatever_else_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workers", "2", "--list-faults"]) == 0
    assert "coupon-id-as-text" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--port", "http"], ["--port", "99999"], ["--port", "-1"], ["--colour"]])
def test_a_usage_error_has_our_status(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 4


def test_an_address_that_is_not_loopback_is_warned_of(start: Callable[..., Running]) -> None:
    public = start("--host", "0.0.0.0")  # noqa: S104 - that is what the warning is for
    status = httpx.get(f"{public.url}/healthz").status_code
    public.stop()
    _, errors = public.process.communicate()

    assert "0.0.0.0 is not loopback" in errors
    assert (httpx.URL(public.url).host, status) == ("127.0.0.1", 200)


def test_a_seed_with_controls_cannot_control_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seed = tmp_path / "seed\x1b[2J.toml"
    status = main(["--seed", str(seed)])

    assert (status, "\x1b" in capfd.readouterr().err) == (4, False)


@pytest.mark.parametrize("argument", ["--fault", "--port", "--database"])
def test_an_argument_with_controls_cannot_control_the_terminal(
    argument: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with suppress(SystemExit):
        main([argument, "nowhere\x1b[2J\u202e/x"])
    shown = capfd.readouterr()

    assert "nowhere" in shown.err
    assert not [text for text in shown if "\x1b" in text or "\u202e" in text]
