"""No command runs code or reads settings of the directory where it is started, or of that directory's parents.

That holds for the commands of the checkout and for those of the wheel in an environment of its own.
"""

import gzip
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from attrs import frozen

from coupon_contract import isolation, spec

NOBODY = ("--target", "http://127.0.0.1:1", "--results", "results")
SECONDS = 120

# A module that says that it was run, and ends the process as if all were well.
RUN = "import os\nopen(os.path.join({place!r}, 'was-run'), 'a').write({name!r})\nos._exit(0)\n"
STARTED = "import re, sys; print(*{name.partition('.')[0] for name in sys.modules})"
OURS = {"bench", "contract_tests", "coupon_api", "coupon_client", "coupon_contract", "qa", "sandbox", "scripts", "spec"}
FOREIGN = {name for name in packages_distributions() if name.isidentifier()}


def loaded_at_start() -> set[str]:
    """Modules that Python itself, `python -m` or an installer's console script may load before our first line."""
    command = [sys.executable, "-I", "-c", f"import runpy, pkgutil; {STARTED}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)  # noqa: S603
    return {*done.stdout.split(), "coupon_contract", "sitecustomize", "usercustomize"}


MODULES = (OURS | FOREIGN | set(sys.stdlib_module_names) | {"plugin"}) - {"sitecustomize", "usercustomize"}
LATER = MODULES - loaded_at_start()  # what a relative PYTHONPATH or `python -m` without -P cannot bring in

NO_OPTION = "addopts = --no-such-option\n"
SETTINGS = {
    "pytest.ini": f"[pytest]\n{NO_OPTION}",
    ".pytest.ini": f"[pytest]\n{NO_OPTION}",
    "pytest.toml": "[pytest]\naddopts = ['--no-such-option']\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--no-such-option'\n",
    "tox.ini": f"[pytest]\n{NO_OPTION}",
    "setup.cfg": f"[tool:pytest]\n{NO_OPTION}",
    "schemathesis.toml": "this is [no TOML",
    "conftest.py": RUN,
    ".env": "PYTEST_ADDOPTS=--no-such-option\nPYTHONPATH=.\n",
    ".coveragerc": "[run]\nplugins = plugin\n",
    ".netrc": "default login someone password else\n",
    "coupon_contract-99.dist-info/METADATA": "Metadata-Version: 2.1\nName: coupon-contract\nVersion: 99\n",
    "coupon_contract-99.dist-info/entry_points.txt": "[pytest11]\nx = plugin\n[hypothesis]\nx = plugin\n",
}
VARIABLES = {
    "PYTEST_ADDOPTS": "--no-such-option",
    "PYTEST_PLUGINS": "plugin",
    "SCHEMATHESIS_HOOKS": "plugin",
    "HYPOTHESIS_STORAGE_DIRECTORY": ".hypothesis",
    "COVERAGE_PROCESS_START": ".coveragerc",
    "PYTHONSTARTUP": "plugin.py",
    "PYTHONBREAKPOINT": "plugin.run",
    "PYTHONINSPECT": "1",
}
ANY_PATH = {"relative": ".", "relative, with others": f"{spec.DIRECTORY}{os.pathsep}.", "empty": "", "empty entry": ":"}


def as_modules(names: set[str]) -> dict[str, str]:
    return {f"{name}.py": RUN for name in names}


def as_packages(names: set[str]) -> dict[str, str]:
    return {f"{name}/__init__.py": RUN for name in names} | {f"{name}/__main__.py": RUN for name in names}


@frozen
class Place:
    """A directory: its files, and those of its parent; `variables` are set besides."""

    files: Mapping[str, str] = {}
    parent: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}

    def made_in(self, directory: Path) -> Path:
        """The directory, with its files."""
        here = directory / "parent" / "here"
        here.mkdir(parents=True)
        for folder, files in ((here, self.files), (here.parent, self.parent)):
            for name, content in files.items():
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content.format(place=str(here), name=name) if content is RUN else content, "utf-8")
        return here


EVERYTHING = Place(as_modules(MODULES) | SETTINGS, as_modules(MODULES) | SETTINGS, VARIABLES)
PLACES = {
    "modules": Place(as_modules(MODULES)),
    "packages": Place(as_packages(MODULES)),
    "everything in the parent": Place(parent=as_modules(MODULES) | SETTINGS),
    "everything": EVERYTHING,
    **{name: Place({name: content}) for name, content in SETTINGS.items()},
    "variables": Place({"plugin.py": RUN}, variables=VARIABLES),
    **{
        f"PYTHONPATH {kind}": Place(as_modules(LATER) | SETTINGS, variables={"PYTHONPATH": entries})
        for kind, entries in ANY_PATH.items()
    },
}
# One file alone shows what a file that is read before it might hide. The wheel reads files as the checkout does.
JUDGED_IN = [
    *(pytest.param("checkout", place, id=f"checkout-{name}") for name, place in PLACES.items()),
    *(pytest.param("wheel", place, id=f"wheel-{name}") for name, place in PLACES.items() if name not in SETTINGS),
]


@frozen
class Done:
    """How a command ended, and what code of its directory it ran."""

    status: int
    text: str
    ran: str


def done(command: tuple[str, ...], place: Path, variables: Mapping[str, str] = {}) -> Done:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(isolation.PREFIXES)}
    ended = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=place,
        env=plain | {"COLUMNS": "120"} | dict(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    marks = [folder / "was-run" for folder in (place, place.parent)]
    ran = " ".join(mark.read_text("utf-8") for mark in marks if mark.exists())
    text = "\n".join(line for line in (ended.stdout + ended.stderr).splitlines() if "no tests ran in" not in line)
    return Done(ended.returncode, text, ran)


# --- judging --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["checkout", "wheel"])
def commands(request: pytest.FixtureRequest) -> Path:
    """The directory of an installation's commands."""
    wheel: Path = request.getfixturevalue("installed_suite") if request.param == "wheel" else Path()
    return wheel if request.param == "wheel" else Path(sys.executable).parent


@pytest.fixture(scope="module")
def judge(commands: Path) -> tuple[str, ...]:
    """The command that judges."""
    return (str(commands / "coupon-contract"), "judge")


@pytest.fixture(scope="module")
def clean(judge: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A target that does not exist, judged in an empty directory."""
    ended = done((*judge, *NOBODY), Place().made_in(tmp_path_factory.mktemp("clean")))
    assert ended.status == 3, ended.text
    return ended


@pytest.mark.parametrize(("commands", "place"), JUDGED_IN, indirect=["commands"], scope="module")
def test_a_dead_target_is_judged_as_in_an_empty_directory(
    place: Place, judge: tuple[str, ...], clean: Done, tmp_path: Path
) -> None:
    assert done((*judge, *NOBODY), place.made_in(tmp_path), place.variables) == clean


def test_python_without_the_directory_in_its_path_judges_as_in_an_empty_directory(
    commands: Path, clean: Done, tmp_path: Path
) -> None:
    ended = done(
        (str(commands / "python"), "-P", "-m", "coupon_contract", "judge", *NOBODY),
        EVERYTHING.made_in(tmp_path),
        VARIABLES,
    )

    assert ended == clean


def test_a_module_run_with_the_directory_in_its_path_loads_no_more_of_it_than_python_does(
    commands: Path, clean: Done, tmp_path: Path
) -> None:
    place = Place(as_modules(LATER) | SETTINGS).made_in(tmp_path)

    assert done((str(commands / "python"), "-m", "coupon_contract", "judge", *NOBODY), place) == clean


def seen(place: Path) -> object:
    """What a run saw: the requests that it counted, and the word for each clause."""
    found = json.loads((place / "results" / "results.json").read_text("utf-8"))
    return found["spent"], [(one["id"], one["word"], one["held"]) for one in found["clauses"]]


def test_our_own_sandbox_is_judged_as_in_an_empty_directory(judge: tuple[str, ...], tmp_path: Path) -> None:
    chosen = ("-k", "count-omitted or test_every_allowed_request", "--generated", "20", "--results", "results")
    places = [Place().made_in(tmp_path / "empty"), EVERYTHING.made_in(tmp_path / "everything")]
    letters = places[1] / ".hypothesis" / "unicode_data" / unicodedata.unidata_version / "charmap.json.gz"
    letters.parent.mkdir(parents=True)
    letters.write_bytes(gzip.compress(b'[["Lu", [[65, 66]]]]'))
    ends = [done((*judge, *chosen), place, variables) for place, variables in zip(places, ({}, VARIABLES), strict=True)]

    assert [(ended.status, ended.ran) for ended in ends] == [(0, ""), (0, "")], ends[1].text[-2000:]
    assert seen(places[1]) == seen(places[0])


def test_a_run_leaves_nothing_but_its_results_in_the_directory(judge: tuple[str, ...], tmp_path: Path) -> None:
    place = Place().made_in(tmp_path)
    done((*judge, "-k", "test_every_allowed_request", "--generated", "5", "--results", "results"), place)

    assert [path.name for path in place.iterdir()] == ["results"]


# --- the other commands ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("coupon-contract --version", 0),
        ("coupon-contract --help", 0),
        ("coupon-contract judge --help", 0),
        ("coupon-contract no-such-verb", 4),
        ("coupon-contract replay 1", 4),
        ("coupon-contract compare a.json b.json", 4),
        ("coupon-contract sandbox --list-faults", 0),
        ("coupon-contract sandbox --seed missing.toml", 4),
        ("coupon-sandbox --list-faults", 0),
        ("coupon-sandbox --seed missing.toml", 4),
    ],
)
def test_a_command_ends_as_in_an_empty_directory(command: str, status: int, commands: Path, tmp_path: Path) -> None:
    name, *arguments = command.split()
    places = [Place().made_in(tmp_path / "empty"), EVERYTHING.made_in(tmp_path / "everything")]
    ends = [done((str(commands / name), *arguments), place, VARIABLES) for place in places]

    assert (ends[0].status, ends[1]) == (status, ends[0])


# --- the environment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/a", "/a"),
        (".", None),
        ("", None),
        (":", None),
        ("a", None),
        ("/a::b:/c:.", "/a:/c"),
        ("../x", None),
        ("~", None),
    ],
)
def test_only_absolute_entries_of_a_path_are_kept(given: str, kept: str | None) -> None:
    assert isolation.environment({"PYTHONPATH": given}).get("PYTHONPATH") == kept


def test_an_environment_that_was_cleaned_is_clean() -> None:
    cleaned = isolation.environment(VARIABLES | {"PYTHONPATH": "/a:.", "HOME": "/home/a", "PYTHONUTF8": "1"})

    assert (
        isolation.environment(cleaned)
        == cleaned
        == isolation.OURS
        | {
            "PYTHONPATH": "/a",
            "HOME": "/home/a",
            "PYTHONUTF8": "1",
        }
    )


def test_a_program_of_the_user_gets_the_environment_that_the_user_gave(tmp_path: Path) -> None:
    """Its own modules are beside it, or found by PYTHONPATH."""
    (tmp_path / "shop.py").write_text("")
    script = tmp_path / "adapter.py"
    script.write_text("import os, shop; open(__file__ + '.seen', 'w').write(os.environ.get('PYTHONPATH', 'none'))")
    command = [sys.executable, "-m", "coupon_contract", "judge-caller", "--results", str(tmp_path), "--case", "issued"]
    given = {name: text for name, text in os.environ.items() if not name.startswith(isolation.PREFIXES)}
    subprocess.run(  # noqa: S603
        [*command, "--", sys.executable, str(script)],
        cwd=tmp_path,
        env=given | {"PYTHONPATH": "lib"},
        capture_output=True,
        check=False,
    )

    assert (tmp_path / "adapter.py.seen").read_text() == "lib"
