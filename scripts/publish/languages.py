"""The languages of interop/ for teams that use them: helper, generator settings and program, each with a start page.

What interop/ tries is what is published: a new folder there comes along by itself.
"""

import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from coupon_contract.paths import ROOT
from scripts import outcome_lists

Json = Any
SOURCE, TARGET = "interop", "languages"  # folders of the repository and of the bundle
DESCRIPTION = "interop.toml"
LEFT_OUT = {"build", "node_modules", "vendor", "target", "__pycache__", DESCRIPTION, "Cargo.lock"}
PINS, LOCK = "Cargo.pins", "Cargo.lock"
# The registry of a Cargo that is configured for no other; the repository keeps the pins without one.
CRATES = 'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
GENERATOR = "openapi-generator-cli"
FROM_PYPI = f"and the generator on the path, for example by `pip install {GENERATOR}=={{}}` in an active environment"
PLAY = "../../contract/bin/coupon-contract play-vectors"
PAGE = ROOT / "docs" / "interop.md"


@frozen
class Language:
    """What a folder of interop/ says of itself (interop/language.py explains each key)."""

    folder: str
    name: str
    generator: str
    version: str
    tools: Sequence[Json]
    commands: Sequence[Sequence[str]]
    run: Sequence[str]
    borrows: str

    @property
    def source(self) -> Path:
        """The folder."""
        return ROOT / SOURCE / self.folder


def languages() -> list[Language]:
    """Return every language of interop/, by folder."""
    return [_read(path) for path in sorted((ROOT / SOURCE).glob(f"*/{DESCRIPTION}"))]


def _read(path: Path) -> Language:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    # Commands that run Python are of the repository; what they make is published ready (Cargo.lock).
    commands = [command for command in (*said["generate"], *said["compile"]) if command[0] != "python"]
    named = {key: said[key] for key in ("name", "generator", "version", "tools", "run")}
    return Language(folder=path.parent.name, commands=commands, borrows=said.get("borrows", ""), **named)


def files(language: Language) -> dict[str, bytes]:
    """Return what interop/ holds of a language, by its path below the folder of the language."""
    held = dict(_held(language.source))
    if PINS in held:
        pins = held.pop(PINS).decode("utf-8")
        held[LOCK] = re.sub(r"^(?=checksum = )", CRATES, pins, flags=re.M).encode("utf-8")
    return held


def _held(directory: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory)
        if path.is_file() and not LEFT_OUT.intersection(name.parts):
            yield name.as_posix(), path.read_bytes()


def helpers(language: Language) -> list[str]:
    """Return the paths of the helper of a language, below its folder; none where it uses that of another folder."""
    return _helpers_in(language.source)


def _helpers_in(folder: Path) -> list[str]:
    paths = (path for path in outcome_lists.helpers() if path.is_relative_to(folder))
    return [path.relative_to(folder).as_posix() for path in paths]


def places() -> dict[str, str]:
    """Return the paths in the bundle of every folder of interop/ that is published, and of every file in it."""
    found = {}
    for language in languages():
        folder, target = f"{SOURCE}/{language.folder}", f"{TARGET}/{language.folder}"
        found[folder] = f"{target}/README.md"
        found |= {f"{folder}/{name}": f"{target}/{name}" for name in files(language)}
    return found


def page(language: Language, rules: str) -> str:
    """Return the start page of a caller in this language; its links are those of a page of docs/."""
    tools = [f"{tool.get('name', tool['command'][0])} {tool['minimum']} or newer" for tool in language.tools]
    tools += [FROM_PYPI.format(language.version)] if GENERATOR in {command[0] for command in language.commands} else []
    commands = "\n".join(map(_shown, language.commands))
    parts = [
        f"# Start: call the operation from {language.name}\n",
        rules,
        _helper(language),
        f"""## Generate and compile

With {language.generator} {language.version}; needs {", ".join(tools)}.

These commands, run in this folder, are those that the project runs itself, with the settings beside this page. They
generate a client from `openapi.yaml`, and compile or check it with the helper and a program that uses both:

```text
{commands}
```
""",
        f"""## Play the vectors

`{_shown(language.run)}` reads calls from standard input, one JSON object a line, makes each once, and prints what
became of it ([the form](vectors.md)): take it as the model of your own call. The field `password` of a line holds what
has to be sent: the MD5 of the till's password, in 32 lower-case hexadecimal digits. The player of the vectors needs
Python 3.11 or newer; its environment also holds `judge-caller` and the sandbox. In this folder:

```text
python3 -m venv ../../contract
../../contract/bin/pip install "$(echo ../../wheels/coupon_contract-*.whl)[sandbox]"
{PLAY} ../../vectors/decoding.json -- {_shown(language.run)}
{PLAY} ../../vectors/external-ids.json -- {_shown(language.run)}
```

Right are `0 wrong`, and an exit status of 0. [How to write a runner](vectors.md) says what is compared.
""",
        _section(language),
        """## Then

- Read [the known traps](traps.md), and [what holds whatever the language](interop.md#whatever-the-language).
- A key of your own settles lost responses: [issue once](issue-once.md#write-it-in-another-language), with
  `vectors/issue-once.json`.
- [Is my integration safe?](judge-callers.md) `coupon-contract judge-caller -- PROGRAM` starts your program against
  a server that goes wrong in every way that costs money.
- After a new version, [upgrade](upgrade.md): `changes.json` says what callers have to do.
""",
    ]
    return "\n".join(part for part in parts if part)


def _helper(language: Language) -> str:
    folder = language.borrows or language.folder
    names = [f"[{name}](../{SOURCE}/{folder}/{name})" for name in _helpers_in(ROOT / SOURCE / folder)]
    shared = f"The program here uses it, and other files of `../{folder}`, from there. " if language.borrows else ""
    return f"""## The helper

Copy {", ".join(names)} as it is. {shared}It needs nothing but the language's own library, takes the HTTP status, the
bytes of the body, the number of coupons requested and whether the body is whole, and tells the end of the call by
[the decision table](outcomes.md).
"""


def _shown(command: Sequence[str]) -> str:
    return shlex.join(part.replace("{document}", "../../openapi.yaml") for part in command)


def _section(language: Language) -> str:
    """Return the section of docs/interop.md about a language, or an empty text."""
    text = PAGE.read_text(encoding="utf-8")
    for name in (language.name, language.name.split()[0]):
        if section := re.search(rf"^## {re.escape(name)}\n\n(.*?)(?=^## |\Z)", text, re.M | re.S):
            return f"## What to know\n\n{section[1].rstrip()}\n"
    return ""
