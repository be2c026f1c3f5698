"""The helper for programs without TypeScript says what the one of TypeScript says."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from coupon_contract.cli.vector_player import body_of
from interop.language import ENVIRONMENT, PATH
from scripts import outcome_lists, vectors

Json = Any
NODE = shutil.which("node", path=PATH)
PROGRAM = """
import { readFileSync } from "node:fs";
const { outcome } = await import(process.argv[1]);
for (const { status, body, count, whole } of JSON.parse(readFileSync(0, "utf8"))) {
  console.log(JSON.stringify(outcome(status, Buffer.from(body, "base64"), count, whole)));
}
"""


def call(vector: Json) -> Json:
    """The arguments of `outcome` for a vector."""
    answer, body = vector["answer"], body_of(vector["answer"])
    whole = "cut" not in answer and "Content-Encoding" not in answer["headers"]
    told = {"status": answer["status"], "count": vector["request"]["count"], "whole": whole}
    return told | {"body": base64.b64encode(body).decode()}


def outcomes(helper: Path, decoding: list[Json]) -> list[Json]:
    assert NODE is not None
    command = [NODE, "--no-warnings", "--input-type=module", "--eval", PROGRAM, helper.as_uri()]
    done = subprocess.run(  # noqa: S603 - our own helpers
        command,
        input=json.dumps([call(vector) for vector in decoding]),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def plain() -> list[Json]:
    return outcomes(outcome_lists.JAVASCRIPT, vectors.decoding())


def test_every_vector_ends_right_in_plain_javascript(plain: list[Json]) -> None:
    assert [found["end"] for found in plain] == [vector["end"] for vector in vectors.decoding()]


def test_both_helpers_say_the_same_of_every_vector(plain: list[Json]) -> None:
    assert plain == outcomes(outcome_lists.TYPESCRIPT, vectors.decoding())


def test_the_plain_helper_has_no_type_in_it() -> None:
    text = outcome_lists.JAVASCRIPT.read_text(encoding="utf-8")

    assert [word for word in ("export type", ": string", "private ", "readonly ") if word in text] == []
