"""The callers that are judged: ours, wrong ones of Python, and the clients of interop/ that are built."""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from coupon_contract.paths import ROOT

TWICE, LOST, RIGHT_END = "caller-never-twice", "caller-never-lost", "caller-right-end"
REDIRECT, TIME = "caller-no-redirect", "caller-time-bounded"
BRIDGE = ROOT / "qa" / "judged_callers" / "interop_client.py"
OKHTTP = frozenset({RIGHT_END, TWICE, REDIRECT})  # sends again by itself, and has a timeout for each read
MISREAD = frozenset({RIGHT_END, TIME})  # by all defaults: a failed status is a failed call, and no timeout is set
DEFAULTS = {  # of the HTTP library below each generated client
    "Go": MISREAD | {REDIRECT},
    "Go with ogen": MISREAD | {REDIRECT},
    "Go with openapi-generator": MISREAD | {REDIRECT},
    "Java": MISREAD,
    "Java with okhttp-gson": OKHTTP,
    "Kotlin": OKHTTP,
    "PHP": MISREAD | {REDIRECT},
    "Ruby": MISREAD,
    "Rust": MISREAD | {REDIRECT},
    "TypeScript": MISREAD | {REDIRECT},
    "TypeScript with hey-api": MISREAD | {REDIRECT},
    "TypeScript with orval": MISREAD | {REDIRECT},
}


@frozen
class Caller:
    """A program to judge. `breaks` are clauses that it is known to fail; none for a right one."""

    name: str
    about: str
    command: Sequence[str]
    breaks: frozenset[str] = frozenset()
    key: bool = False

    @property
    def without(self) -> list[str]:
        """The features that it does not offer."""
        return [] if self.key else ["key"]


def callers() -> list[Caller]:
    """Return the callers, right ones and wrong ones."""
    ours = [sys.executable, "-m", "qa.judged_callers.ours"]
    stock = [sys.executable, "-m", "qa.judged_callers.stock"]
    return [
        Caller("coupon_client", "our client for Python, `issue`", [*ours, "plain"]),
        Caller("coupon_client, issue_once", "the same with a key and a journal", [*ours, "once"], key=True),
        Caller("coupon_client, OAuth", "the same without a key, and with a token", [*ours, "oauth"]),
        Caller("naive loop", "httpx, three tries after any error", [*stock, "naive"], frozenset({TWICE})),
        Caller(
            "httpx as often used",
            "redirects followed, each error a failure",
            [*stock, "session"],
            frozenset({RIGHT_END, REDIRECT}),
        ),
        Caller(
            "token renewal",
            "httpx, once more after every 401, whatever it says",
            [*stock, "renewing"],
            frozenset({TWICE}),
        ),
        Caller("Python, defaults", "openapi-python-client", [*stock, "generated"], frozenset({RIGHT_END, LOST})),
        *_of_interop(),
    ]


def _of_interop() -> Iterator[Caller]:
    """Yield each built client of interop/ with its defaults, and with the settings that docs/interop.md documents."""
    for file in sorted((ROOT / "interop").glob("*/interop.toml")):
        language, folder = tomllib.loads(file.read_text(encoding="utf-8")), file.parent
        if not (folder / language["built"]).exists():
            continue
        name, about = language["name"], f"{language['generator']} {language['version']}"
        yield Caller(f"{name}, defaults", about, _in_folder(folder, language["defaults"]), frozenset(DEFAULTS[name]))
        yield Caller(
            f"{name}, documented settings", about, [sys.executable, str(BRIDGE), str(folder), *language["run"]]
        )


def _in_folder(folder: Path, command: Sequence[str]) -> list[str]:
    """Return a command that runs another one in a folder, in one process."""
    return ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", str(folder), *command]
