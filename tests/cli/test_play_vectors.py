import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from coupon_contract import spec
from coupon_contract.__main__ import main
from scripts import vectors

DECODING = {"kind": "decoding", "vectors": list(vectors.decoding())}


def file_of(folder: Path, content: object) -> str:
    file = folder / "decoding.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return str(file)


def test_a_vector_is_the_response_under_its_name_until_terminated(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "coupon_contract", "play-vectors", file_of(tmp_path, DECODING)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as player:  # noqa: S603
        assert player.stdout is not None
        line = player.stdout.readline()
        vector = next(entry for entry in DECODING["vectors"] if entry["end"] == "issued" and "body" in entry["answer"])
        answer = httpx.post(f"{line.split()[-1]}/{vector['id']}{spec.ISSUE_PATH}", content=b"{}")
        player.terminate()  # a process in the background may ignore SIGINT

        try:
            assert player.wait(10) == 0
        finally:
            player.kill()
    assert line.startswith(f"playing {len(DECODING['vectors'])} vectors at http://127.0.0.1:")
    assert answer.text == vector["answer"]["body"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"kind": "requests", "vectors": []}, "holds no vectors for clients"),
        ([], "holds no vectors for clients"),
        ({"kind": "decoding", "vectors": [{"id": "x"}]}, "holds no vectors for clients"),
        ({"kind": "external-ids", "vectors": [{"left": "1", "right": "01", "same": True}]}, "holds no responses"),
        ({"kind": "issue-once", "vectors": [{"id": "x", "answer": {}}]}, "holds no vectors for clients"),
    ],
)
def test_another_file_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object, words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["play-vectors", file_of(tmp_path, content)])

    assert ended.value.code == 4
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.json"], "cannot be read as JSON"),
        ([], "the following arguments are required"),
        (["missing.json", "--port", "-1"], "cannot be read"),
        (["--port", "70000", "missing.json"], "must be a number from 0 to 65535"),
        (["missing.json", "--", "true"], "cannot be read as JSON"),
    ],
)
def test_wrong_arguments_are_usage_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["play-vectors", *arguments])

    assert ended.value.code == 4
    assert words in capsys.readouterr().err
