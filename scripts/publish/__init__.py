"""Builds everything that other teams take of the contract. The same commit gives the same bytes."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from coupon_contract import pages as source_pages
from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from scripts import node, release_versions, vectors, yaml_files
from scripts.changes import __main__ as gate
from scripts.changes import record
from scripts.publish import (
    bundle,
    collections,
    guide,
    languages,
    npm,
    openapi30,
    pages,
    reference,
    request_validation,
    schemas,
    site,
    wheels,
)

Json = Any
FAILURES = (
    *(node.ToolError, openapi30.Invalid, gate.NoBase, wheels.BuildError, bundle.NoTime, vectors.VectorError),
    source_pages.UnclosedBlock,
)
README = """# Coupon contract {version}

What every other team needs of the contract of `POST /v2/coupon/issue/multiple`, made from one commit. Start here:

| you | start at |
|---|---|
| implement the operation | [start/implementer.md](start/implementer.md) |
| call it from Python | [start/caller-python.md](start/caller-python.md) |
{languages}
| call it from another language | [start/caller-other-language.md](start/caller-other-language.md) |
| test with a collection of requests | [start/tester.md](start/tester.md) |
| read the contract | [start/spec-reader.md](start/spec-reader.md) |

| file | for |
|---|---|
| `openapi.yaml`, `openapi.json` | the OpenAPI 3.1 document: generate from it, validate with it |
| `openapi-request-validation.yaml`, `openapi-request-validation.json` | a variant to mount as a request validator |
| `openapi-3.0.yaml`, `openapi-3.0.json` | a 3.0.3 variant for generators; `openapi-3.0-losses.md` says what it lacks |
| `outcomes.toml`, `docs/outcomes.md` | the decision table: what became of a call |
| `languages/` | for each language a helper to copy, generator settings that work, and a program that uses both |
| `schemas/` | JSON Schemas of request and answer, the same in every draft from 07 to 2020-12, so without `$schema` |
| `schemas/*.judged.schema.json` | what the suite demands; many `issued` vectors break both, on purpose |
| `errors.json`, `errors.csv`, `errors.md` | the error table |
| `ledger.md`, `clauses.md` | what was corrected and why; what the suite asserts |
| `vectors/` | test vectors for clients and implementations, and how to write a runner |
| `collections/` | requests with assertions and documented answers, for Postman and Bruno |
| `changes.json`, `docs/upgrade.md` | what changed since each earlier version, and who has to act |
| `docs/` | all other pages: issue once, the sandbox, the suite, the judge of callers, known traps |
| `deploy/` | a GitHub action and a GitLab template ([how](docs/ci.md)), and a unit for systemd |
| `wheels/` | suite with sandbox and player of the vectors, and the Python client |
| `reference.html` | the API reference, one page, offline |
| `sbom/` | what the wheels bring along (CycloneDX) |
| `CHANGELOG.md`, `LICENSE`, `SHA256SUMS` | `sha256sum --check SHA256SUMS` |
"""


def publish(output: Path) -> list[Path]:
    """Build everything into the directory, replacing earlier files; return the top-level files.

    Raises FAILURES.
    """
    epoch, version = bundle.timestamp(ROOT), spec.document()["info"]["version"]
    shutil.rmtree(output, ignore_errors=True)
    parts = output / f"coupon-contract-{version}"
    parts.mkdir(parents=True)
    progress = Progress("publish", steps=9)
    with progress.step("documents and schemas"):  # the first to need the Node tools, which all others share
        _documents(parts)
    with ThreadPoolExecutor() as pool:  # the tools are processes of their own
        wheels_made = pool.submit(_step, progress, "wheels and their bills of materials", _wheels, parts, output, epoch)
        with progress.step("changes since earlier versions"):
            changes = _changes(parts, version)
        with progress.step("API reference"):
            bundle.write(parts, {"reference.html": reference.page(spec.DOCUMENT)})
        folder = output / f"coupon-contract-site-{version}"
        site_made = pool.submit(_step, progress, "site", _site, folder, parts, epoch)
        with progress.step("texts, languages and vectors"):
            _texts(parts, version, changes)
            vectors.write(parts / "vectors")
        with progress.step("collections"):
            collections.write(parts / "collections", parts / "openapi.json")
        with progress.step("npm package"):
            npm.pack(parts, output, version)
        for made in (wheels_made, site_made):
            made.result()
    with progress.step("archives and checksums"):
        bundle.sum_up(parts)
        bundle.pack(parts, output / f"{parts.name}.zip", epoch)
        bundle.pack(folder, output / f"{folder.name}.zip", epoch)
        bundle.sum_up(output)
    return sorted(path for path in output.iterdir() if path.is_file())


def _step(progress: Progress, title: str, make: Callable[..., None], *arguments: object) -> None:
    with progress.step(title):
        make(*arguments)


def _documents(parts: Path) -> None:
    """Write the document, its variants for older generators and for request validators, and the schemas."""
    document = spec.document()
    variant, relaxed = openapi30.converted(document), request_validation.relaxed(document)
    bundle.write(
        parts,
        {
            "openapi.yaml": spec.DOCUMENT.read_bytes(),
            "openapi.json": _json(document),
            "openapi-request-validation.yaml": yaml_files.written(relaxed),
            "openapi-request-validation.json": _json(relaxed),
            "openapi-3.0.yaml": yaml_files.written(variant),
            "openapi-3.0.json": _json(variant),
            "openapi-3.0-losses.md": openapi30.page(list(openapi30.losses(document, variant))),
            **{f"schemas/{name}": _json(schema) for name, schema in schemas.all_of(document).items()},
        },
    )


def _changes(parts: Path, version: str) -> Json:
    """Write changes.json: what changed since each earlier release, and who has to act. Raises node.ToolError."""
    since = [
        (earlier, gate.since(str(release_versions.RELEASES / earlier / "openapi.yaml"))[2])
        for earlier in release_versions.earlier(release_versions.released(), version)
    ]
    changes = record.of(since, version)
    bundle.write(parts, {"changes.json": _json(changes)})
    return changes


def _texts(parts: Path, version: str, changes: Json) -> None:
    """Write the pages for people, and the languages with theirs."""
    upgrade = release_versions.PAGE.read_text(encoding="utf-8")
    overrides = {"docs/upgrade.md": release_versions.with_changes(upgrade, changes)}
    bundle.write(parts, guide.files(overrides))
    bundle.write(parts, pages.everything())
    copies = {"LICENSE": ROOT / "LICENSE", "outcomes.toml": spec.DIRECTORY / "outcomes.toml"}
    bundle.write(parts, {name: path.read_bytes() for name, path in copies.items()})
    rows = "\n".join(
        f"| call it from {language.name} | [{place}]({place}) |"
        for language in languages.languages()
        for place in [f"{languages.TARGET}/{language.folder}/README.md"]
    )
    bundle.write(parts, {"README.md": README.format(version=version, languages=rows)})


def _wheels(parts: Path, output: Path, epoch: int) -> None:
    """Build each wheel, put it beside the bundle and into it, and list what it brings along."""
    built = [(project, wheels.build(project, output, epoch)) for project in wheels.projects()]
    with ThreadPoolExecutor() as pool:
        bills = pool.map(lambda made: wheels.bill_of_materials(made[0], made[1], epoch), built)
        for (_, wheel), bill in zip(built, bills, strict=True):
            name = wheel.name.partition("-")[0].replace("_", "-")
            bundle.write(parts, {f"sbom/{name}.cdx.json": bill, f"wheels/{wheel.name}": wheel.read_bytes()})


def _site(folder: Path, parts: Path, epoch: int) -> None:
    site.build(folder, (parts / "reference.html").read_text(encoding="utf-8"), epoch)


def _json(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
