"""The collections for Postman and Bruno, with the runners that testers use."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from coupon_contract import spec
from qa.with_sandbox import running_sandbox
from scripts import node
from scripts.publish import collections
from tests.scripts.publish.published_files import Json, loaded

RUNNERS = ["newman", "bru"]
# Each is seen in another way: schema, counts, uniqueness, the code of a refusal, status, and the companions.
FAULTS = ["coupon-id-as-text", "count-ignored", "code-677-is-756", "created"]


@pytest.fixture
def folder(parts: Path, tmp_path: Path) -> Path:
    """A copy of the published collections."""
    return Path(shutil.copytree(parts / "collections", tmp_path / "collections"))


def run(runner: str, folder: Path, url: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a collection as start/tester.md says."""
    options = [f"--env-var={name}={value}" for name, value in {"baseUrl": url, **variables}.items()]
    command = {
        "newman": ["run", str(folder / "coupon-contract.postman.json"), "--color=off", *options],
        "bru": ["run", "--env", "sandbox", *options],
    }[runner]
    program = node.installed(node.RUNNERS) / runner
    environment = os.environ | {"PATH": f"{node.TOOLS}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [program, *command], cwd=folder / "bruno", env=environment, capture_output=True, text=True, check=False
    )


def postman(parts: Path) -> Json:
    return loaded(parts / "collections" / "coupon-contract.postman.json")


def bruno_requests(parts: Path) -> list[str]:
    """The issuing requests of the Bruno collection, in their order."""
    files = sorted((parts / "collections" / "bruno" / "Issuance").glob("[0-9]*.bru"))
    return [path.read_text(encoding="utf-8") for path in files]


def bodies(parts: Path) -> dict[str, list[Json]]:
    """The bodies of issuing requests of both collections, with the values of the variables."""
    values = {one["key"]: one["value"] for one in postman(parts)["variable"]}

    def filled(text: str) -> Json:
        return json.loads(re.sub(r"\{\{(\w+)\}\}", lambda name: str(values[name[1]]), text))

    of_bruno = [re.search(r"^body:json \{\n(.*?)^\}", text, re.S | re.M) for text in bruno_requests(parts)]
    return {
        "postman": [filled(item["request"]["body"]["raw"]) for item in postman(parts)["item"][0]["item"]],
        "bruno": [filled(match[1]) for match in of_bruno if match],
    }


@pytest.mark.parametrize("kind", ["postman", "bruno"])
def test_a_collection_has_each_documented_request_then_a_refusal_and_a_401(parts: Path, kind: str) -> None:
    examples = spec.document()["components"]["examples"]
    wanted = [one["value"] for name, one in examples.items() if name.startswith("Request")]

    assert bodies(parts)[kind] == [*wanted, {**wanted[0], "count": 501}, wanted[0]]


def test_both_collections_show_every_documented_answer(parts: Path) -> None:
    document = spec.document()
    listed = document["paths"][spec.ISSUE_PATH]["post"]["responses"]["200"]["content"]["application/json"]["examples"]
    names = [example["$ref"].rpartition("/")[2] for example in listed.values()]
    examples = [document["components"]["examples"][name] for name in names]
    saved = postman(parts)["item"][0]["item"][0]["response"]

    assert [json.loads(one["body"]) for one in saved if one["code"] == 200] == [one["value"] for one in examples]
    assert [one["summary"] for one in examples if f"name: {one['summary']}" not in bruno_requests(parts)[0]] == []


def test_no_collection_follows_redirects_or_leaves_this_machine_by_itself(parts: Path) -> None:
    for folder in postman(parts)["item"]:
        assert all(item["protocolProfileBehavior"] == {"followRedirects": False} for item in folder["item"])
    for path in (parts / "collections" / "bruno").glob("*/[0-9]*.bru"):
        assert "followRedirects: false" in path.read_text(encoding="utf-8"), path.name
    environment = (parts / "collections" / "bruno" / "environments" / "sandbox.bru").read_text(encoding="utf-8")
    addresses = [one["value"] for one in postman(parts)["variable"] if one["key"] == "baseUrl"]
    addresses += re.findall(r"baseUrl: (\S+)", environment)

    assert [httpx.URL(address).host for address in addresses] == ["127.0.0.1"] * 2


def test_both_collections_have_the_same_variables(parts: Path) -> None:
    environment = (parts / "collections" / "bruno" / "environments" / "sandbox.bru").read_text(encoding="utf-8")
    of_bruno = dict(re.findall(r"^  (\w+): (\S+)$", environment, re.M))

    assert of_bruno == {one["key"]: one["value"] for one in postman(parts)["variable"]}


def test_no_two_schemas_of_the_checks_have_the_same_id() -> None:
    assert '"$id"' not in json.dumps(collections.response_schemas(spec.document()))


@pytest.mark.lengthy
@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    "options",
    [
        [],
        pytest.param(["--variant", "large-ids"], marks=pytest.mark.thorough),
        pytest.param(["--variant", "more-fields"], marks=pytest.mark.thorough),
    ],
    ids=" ".join,
)
def test_a_collection_passes_against_a_server_that_is_right(runner: str, options: list[str], folder: Path) -> None:
    with running_sandbox(options) as url:
        done = run(runner, folder, url)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.lengthy
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_collection_fails_where_every_request_is_answered_with_401(runner: str, folder: Path) -> None:
    with running_sandbox() as url:
        done = run(runner, folder, url, tillPasswordMd5="0" * 32)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "401 Unauthorized" in done.stdout


@pytest.mark.lengthy
@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize(
    "fault", [FAULTS[0], *(pytest.param(fault, marks=pytest.mark.thorough) for fault in FAULTS[1:])]
)
def test_a_collection_fails_against_a_server_that_is_wrong(runner: str, fault: str, folder: Path) -> None:
    with running_sandbox(["--fault", fault]) as url:
        done = run(runner, folder, url)

    assert done.returncode == 1, done.stdout + done.stderr
