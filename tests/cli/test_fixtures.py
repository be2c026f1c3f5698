import json
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from coupon_contract.cli import judge
from coupon_contract.cli.fixtures import fresh_series
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.target_file import TargetError, load
from qa.with_sandbox import running_sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


def target_file(folder: Path, url: str, fixtures: str) -> str:
    text = SANDBOX_TARGET.read_text(encoding="utf-8").replace("${SANDBOX_URL}", url).partition("[fixtures]")[0]
    file = folder / "target.toml"
    file.write_text(f"{text}\n{fixtures}\n", encoding="utf-8")
    return str(file)


def commanded(folder: Path, program: str) -> str:
    (folder / "fresh.py").write_text(program, encoding="utf-8")
    command = json.dumps([sys.executable, "fresh.py"])
    return target_file(folder, "http://127.0.0.1:1", f"[fixtures]\ncommand = {command}")


def problem_of(target: str) -> str:
    with pytest.raises(TargetError) as raised, fresh_series(target):
        pass
    return str(raised.value)


def test_a_command_gives_the_series_and_runs_in_the_folder_of_the_target_file(tmp_path: Path) -> None:
    target = commanded(tmp_path, 'print(\'{"race-in-all": {"id": 7, "left": 2}}\')')
    with fresh_series(target) as file:
        assert json.loads(Path(file).read_text(encoding="utf-8")) == {"race-in-all": {"id": 7, "left": 2}}


def test_the_file_of_fresh_series_goes_after_the_run(tmp_path: Path) -> None:
    with fresh_series(commanded(tmp_path, "print('{}')")) as file:
        pass

    assert not Path(file).exists()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("raise SystemExit(3)", "ended with status 3"),
        ("print('no JSON')", "must be one JSON object"),
        ("print('[1]')", "must be one JSON object"),
        ("print('{\"race-in-all\": 7}')", "series.race-in-all: needs left"),
        ("print('{\"no-such-state\": 7}')", "series.no-such-state: is not a key"),
        ("print('{\"generic\": 415446}')", "names one id in two states"),
    ],
)
def test_what_a_command_answers_wrongly_is_said(tmp_path: Path, program: str, words: str) -> None:
    assert words in problem_of(commanded(tmp_path, program))


def test_a_command_that_does_not_exist_is_said(tmp_path: Path) -> None:
    target = target_file(tmp_path, "http://127.0.0.1:1", '[fixtures]\ncommand = ["./missing"]')

    assert "fixtures.command: cannot be run" in problem_of(target)


def test_a_target_without_fixtures_is_said(tmp_path: Path) -> None:
    assert "fixtures: is missing" in problem_of(target_file(tmp_path, "http://127.0.0.1:1", ""))


@pytest.mark.parametrize(
    ("fixtures", "words"),
    [
        ("[fixtures]", "needs one of command"),
        ('[fixtures]\ncommand = ["x"]\nurl = "/y"', "needs one of command"),
        ('[fixtures]\ncommand = "x"', "must be a list"),
        ("[fixtures]\ncommand = []", "must be a list of words"),
        ('[fixtures]\nurl = "ftp://example.com"', "must be an address"),
        ("[fixtures]\nurls = 1", "is not a key"),
    ],
)
def test_fixtures_that_cannot_be_used_are_refused(tmp_path: Path, fixtures: str, words: str) -> None:
    with pytest.raises(TargetError, match=words):
        load(target_file(tmp_path, "http://127.0.0.1:1", fixtures))


def test_a_url_that_refuses_is_said(tmp_path: Path, sandbox: str) -> None:
    assert "answered with HTTP 404" in problem_of(target_file(tmp_path, sandbox, '[fixtures]\nurl = "/nothing"'))


def test_a_url_without_a_server_is_said(tmp_path: Path) -> None:
    assert "no response (ConnectError)" in problem_of(
        target_file(tmp_path, "http://127.0.0.1:1", '[fixtures]\nurl = "/x"')
    )


def test_the_sandbox_gives_a_fresh_series_for_each_that_runs_use_up(sandbox: str) -> None:
    answered = httpx.post(f"{sandbox}/__sandbox/fixtures")

    assert answered.status_code == 201
    assert answered.json().keys() == {
        *("one-per-customer", "limited-per-customer", "few-codes-left", "uploaded"),
        *("race-per-customer", "race-one-per-customer", "race-in-all", "race-codes"),
    }


def test_the_sandbox_gives_other_series_each_time(sandbox: str) -> None:
    one, two = (httpx.post(f"{sandbox}/__sandbox/fixtures").json() for _ in range(2))

    assert {entry["id"] for entry in one.values()}.isdisjoint(entry["id"] for entry in two.values())


def test_used_up_series_are_judged_again_with_fixtures_only(
    sandbox: str, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ["--target", sandbox, "-k", "limits-in-parallel", "--results", str(tmp_path)]
    assert judge.main([*options]) == 0, capfd.readouterr().out
    assert judge.main([*options]) == 3
    words = " ".join(capfd.readouterr().out.split())
    assert "earlier runs used up the series for limits-in-parallel; --fixtures makes fresh ones" in words
    assert judge.main([*options, "--fixtures"]) == 0, capfd.readouterr().out


def test_earlier_results_go_although_fixtures_fail(tmp_path: Path) -> None:
    earlier = tmp_path / "results.json"
    earlier.write_text("{}", encoding="utf-8")
    target = commanded(tmp_path, "raise SystemExit(3)")
    with pytest.raises(SystemExit):
        judge.main(["--target", target, "--fixtures", "--results", str(tmp_path)])

    assert not earlier.exists()


def test_fixtures_without_a_target_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        judge.main(["--fixtures"])

    assert ended.value.code == 4
    assert "--fixtures: needs --target" in capsys.readouterr().err
