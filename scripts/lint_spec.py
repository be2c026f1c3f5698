"""Lints spec/openapi.yaml: its YAML, Redocly's strict rules, the OpenAPI validator, and our own rules.

python -m scripts.lint_spec [FILE]. Exit status: 0 clean, 1 with a line per problem, 4 usage.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from coupon_contract import spec
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
USAGE = 4


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


def main(arguments: Sequence[str]) -> int:
    """Print every problem of the document, or of the file that the only argument names."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return USAGE
    path = Path(arguments[0]).resolve() if arguments else spec.DOCUMENT
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        lines = [*by_yaml_version(path), *by_redocly(path), *by_our_rules(document)]
    except (OSError, yaml.YAMLError, node.ToolError) as problem:
        print(f"lint_spec: {problem}", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
