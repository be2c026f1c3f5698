import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT
from interop.language import (
    FOLDERS,
    Language,
    LanguageError,
    StepFailed,
    Tool,
    compile_all,
    generate,
    languages,
    live_addresses,
    missing,
    version_in,
)

Make = Callable[..., Language]
PROMISED = {"go", "java", "kotlin", "php", "ruby", "rust", "typescript"}
OTHER_GENERATORS = {"go-ogen", "go-openapi-generator", "java-okhttp-gson", "typescript-hey-api", "typescript-orval"}
VERBS = {"get", "put", "post", "delete", "patch"}


def test_the_promised_languages_are_there() -> None:
    assert {language.folder for language in languages()} >= PROMISED | OTHER_GENERATORS


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.folder)
def test_each_folder_has_a_helper_or_borrows_that_of_another_one(language: Language) -> None:
    having = {other.folder for other in languages() if other.helper}

    assert (language.helper is None) == (language.borrows in having)


def test_a_folder_that_there_is_not_is_named_with_those_that_there_are() -> None:
    with pytest.raises(LanguageError, match=r"cobol: .* go, .*java"):
        languages(["go", "cobol"])


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(msgspec.ValidationError, match="know"):
        msgspec.convert({"know": []}, Language)


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.folder)
def test_the_version_of_the_generator_is_the_pinned_one(language: Language) -> None:
    pins = (ROOT / language.pinned_in).read_text(encoding="utf-8")

    assert language.version in pins


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("go version go1.26.8 linux/amd64", "1.26.8"),
        ("javac 21", "21"),
        ("v20.20.2", "20.20.2"),
        ("\x1b[1mApache Maven 3.8.7\x1b[m\nMaven home: /usr/share/maven", "3.8.7"),
        ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0"),
        ("none", ""),
    ],
)
def test_the_version_is_the_first_number_that_a_tool_says(said: str, version: str) -> None:
    assert version_in(said) == version


def test_a_tool_that_is_not_there_is_missing(fake: Make) -> None:
    reason = missing(fake(tools=[Tool(["no-such-tool", "--version"], "1.2")]))

    assert reason == "no no-such-tool here; 1.2 or newer is needed"


def test_a_library_that_is_not_there_is_missing_under_its_name(fake: Make) -> None:
    library = Tool([sys.executable, "-c", "print('line 1'); import no_such_library"], "1.2", name="no_such_library")

    assert missing(fake(tools=[library])) == "no no_such_library here; 1.2 or newer is needed"


@pytest.mark.parametrize(("minimum", "enough"), [("1.25", False), ("1.24.9", True), ("1.24.10", False), ("0.99", True)])
def test_versions_are_compared_as_numbers(fake: Make, minimum: str, enough: bool) -> None:
    tool = Tool([sys.executable, "-c", "print('tool 1.24.9')"], minimum)

    assert (missing(fake(tools=[tool])) is None) is enough


def test_what_a_failed_step_printed_is_told(fake: Make) -> None:
    broken = fake(compile=[["sh", "-c", "echo one; echo two >&2; exit 3"]])

    with pytest.raises(StepFailed, match=r"one\ntwo$"):
        compile_all(broken, spec.DOCUMENT)


def test_a_step_whose_program_is_not_there_fails(fake: Make) -> None:
    with pytest.raises(StepFailed, match="no-such-program"):
        compile_all(fake(compile=[["no-such-program"]]), spec.DOCUMENT)


def test_steps_are_told_the_document(fake: Make, tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    generate(fake(generate=[["sh", "-c", f"echo {{document}} > {seen}"]]), Path("spec/openapi.yaml"))

    assert seen.read_text(encoding="utf-8").strip() == str(spec.DOCUMENT)


def test_what_was_generated_before_is_gone(fake: Make, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "stale").touch()

    generate(fake(makes=str(tmp_path / "made")), spec.DOCUMENT)

    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ('return "https://eu.api.capillarytech.com";', 1),
        ("const host = `https://EU.api.Capillarytech.com`", 1),
        ('new ServerVariable("", "eu.api.capillarytech.com", new HashSet<>())', 1),
        ("host: eu.api.capillarytech.com", 1),
        ("/// its example, `eu.api.capillarytech.com`, is the vendor's live system", 0),
        ('return "https://coupons.invalid";', 0),
    ],
)
def test_a_generated_client_that_would_call_the_live_host_by_default_is_a_problem(
    line: str, count: int, fake: Make, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "configuration.x").write_text(f"\n{line}\n", encoding="utf-8")

    assert len(live_addresses(fake(makes=str(tmp_path)))) == count


def test_no_schema_has_a_name_that_a_generator_makes_of_an_operation() -> None:
    operations = [
        operation["operationId"]
        for path in spec.document()["paths"].values()
        for verb, operation in path.items()
        if verb in VERBS
    ]
    taken = {f"{id}{end}".lower() for id in operations for end in ("Request", "Response", "Params", "JSONRequestBody")}

    assert not [name for name in spec.document()["components"]["schemas"] if name.lower() in taken]


def test_pins_hold_no_address_of_a_registry() -> None:
    locks = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDERS.glob("*/package-lock.json")]
    pins = (FOLDERS / "rust" / "Cargo.pins").read_text(encoding="utf-8")

    assert "://" not in pins
    assert not [name for lock in locks for name, package in lock["packages"].items() if "resolved" in package]
