"""Builds everything that other teams take of the contract. The same commit gives the same bytes."""

import json
import shutil
from pathlib import Path
from typing import Any

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import node, vectors, yaml_files
from scripts.progress import Progress
from scripts.publish import (
    bundle,
    collections,
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
FAILURES = (node.ToolError, openapi30.Invalid, wheels.BuildError, bundle.NoTime, vectors.VectorError)
README = """# Coupon contract {version}

What every other team needs of the contract of `POST /v2/coupon/issue/multiple`, made from one commit.

| file | for |
|---|---|
| `openapi.yaml`, `openapi.json` | the OpenAPI 3.1 document: generate from it, validate with it |
| `openapi-request-validation.yaml`, `openapi-request-validation.json` | a variant to mount as a request validator |
| `openapi-3.0.yaml`, `openapi-3.0.json` | a 3.0.3 variant for generators; `openapi-3.0-losses.md` says what it lacks |
| `schemas/` | JSON Schemas (2020-12) of request and answer; `judged` is the narrower one that the suite applies |
| `errors.json`, `errors.csv`, `errors.md` | the error table |
| `ledger.md`, `clauses.md` | what was corrected and why; what the suite asserts |
| `vectors/` | test vectors for clients and implementations, and how to write a runner |
| `collections/` | requests and documented answers for Postman and Bruno |
| `reference.html` | the API reference, one page, offline |
| `sbom/` | what the wheels bring along (CycloneDX) |
| `CHANGELOG.md`, `LICENSE`, `SHA256SUMS` | `sha256sum --check SHA256SUMS` |
"""


def publish(output: Path) -> list[Path]:
    """Build everything into the directory, replacing earlier files; return the top-level files.

    Raises node.ToolError, older.Invalid, wheels.BuildError, bundle.NoTime, vectors.VectorError.
    """
    epoch, version = bundle.timestamp(ROOT), spec.document()["info"]["version"]
    shutil.rmtree(output, ignore_errors=True)
    parts = output / f"coupon-contract-{version}"
    parts.mkdir(parents=True)
    progress = Progress("publish", steps=7)
    with progress.step("documents and schemas"):
        _documents(parts)
    with progress.step("texts and API reference"):
        _texts(parts, version)
    with progress.step("test vectors"):
        vectors.write(parts / "vectors")
    with progress.step("collections"):
        collections.write(parts / "collections", parts / "openapi.json")
    with progress.step("wheels and their bills of materials"):
        _wheels(parts, output, epoch)
    with progress.step("npm package and bundle"):
        npm.pack(parts, output, version)
        bundle.sum_up(parts)
        bundle.pack(parts, output / f"{parts.name}.zip", epoch)
    with progress.step("site"):
        pages_of_site = output / f"coupon-contract-site-{version}"
        site.build(pages_of_site, (parts / "reference.html").read_text(encoding="utf-8"), epoch)
        bundle.pack(pages_of_site, output / f"{pages_of_site.name}.zip", epoch)
        bundle.sum_up(output)
    return sorted(path for path in output.iterdir() if path.is_file())


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


def _texts(parts: Path, version: str) -> None:
    """Write the pages for people."""
    copies = {"CHANGELOG.md": "CHANGELOG.md", "LICENSE": "LICENSE", "vectors/README.md": "docs/vectors.md"}
    bundle.write(parts, {"README.md": README.format(version=version), **pages.everything()})
    bundle.write(parts, {name: (ROOT / source).read_bytes() for name, source in copies.items()})
    bundle.write(parts, {"reference.html": reference.page(spec.DOCUMENT)})


def _wheels(parts: Path, output: Path, epoch: int) -> None:
    for project in wheels.projects():
        wheel = wheels.build(project, output, epoch)
        name = wheel.name.partition("-")[0].replace("_", "-")
        bundle.write(parts, {f"sbom/{name}.cdx.json": wheels.bill_of_materials(project, wheel, epoch)})


def _json(content: Json) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
