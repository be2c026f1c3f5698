"""Rules for an OpenAPI document: its YAML, Redocly's strict rules, the OpenAPI validator, and our own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts import check_spec, node, spec_rules, yaml_files

Json = Any
SETTINGS = node.FOLDER / "lint.yaml"
ON_DOCUMENTS = (
    check_spec.document_is_valid,
    check_spec.references_are_alive,
    check_spec.examples_are_valid,
    check_spec.fields_are_described,
    *spec_rules.RULES,
)


def by_redocly(path: Path) -> Iterator[str]:
    """Yield a line for each problem that Redocly reports. Raises node.ToolError when it does not run."""
    report = node.run("redocly", "lint", path, "--config", SETTINGS, "--format", "json", succeeds=(0, 1))
    for problem in json.loads(report)["problems"]:
        pointer = problem["location"][0].get("pointer", "") if problem["location"] else ""
        yield f"openapi.yaml: {pointer.removeprefix('#')}: {problem['message']} ({problem['ruleId']})"


def by_yaml_version(path: Path) -> Iterator[str]:
    """Yield a line for each value that YAML 1.1 and 1.2 read differently. Raises yaml.YAMLError, node.ToolError."""
    yield from (f"openapi.yaml: {difference}" for difference in yaml_files.differences(path))


def by_our_rules(document: Json) -> Iterator[str]:
    """Yield a line for each problem that the validator and our own rules report."""
    for rule in ON_DOCUMENTS:
        yield from rule(document)


def problems(path: Path) -> Iterator[str]:
    """Yield every problem of a document, one line each. A file that cannot be read is one."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        yield from by_yaml_version(path)
        yield from by_redocly(path)
        yield from by_our_rules(document)
    except (OSError, yaml.YAMLError, node.ToolError) as problem:
        yield f"{path.name}: {problem}"
