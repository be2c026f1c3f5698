import ast
from pathlib import Path

import pytest

from qa import language_report
from qa.language_report import bound_names, is_ing_module, is_wh_clause, modules, report


@pytest.mark.parametrize(
    "docstring", ["What a request may be answered.", "Whether it holds", "\n  How many.", "`Which` one"]
)
def test_an_interrogative_first_word_is_a_wh_clause(docstring: str) -> None:
    assert is_wh_clause(docstring)


@pytest.mark.parametrize(
    "docstring", ["Return what is left.", "Whole coupons.", "Howls.", "A request that is sent when…", "…"]
)
def test_other_first_words_are_no_wh_clause(docstring: str) -> None:
    assert not is_wh_clause(docstring)


@pytest.mark.parametrize("name", ["telling.py", "planting.py", "giving/__init__.py"])
def test_a_bare_verb_in_ing_is_a_finding(name: str) -> None:
    assert is_ing_module(Path("sandbox") / name)


@pytest.mark.parametrize(
    "name", ["masking.py", "reporting/__init__.py", "group_testing_mode.py", "load_ing2.py", "ing.py", "rings.py"]
)
def test_nouns_of_the_field_and_compounds_are_no_finding(name: str) -> None:
    assert not is_ing_module(Path("suite") / name)


@pytest.mark.parametrize(
    "source",
    [
        "NAME = 1",
        "NAME: int",
        "NAME += 1",
        "self.NAME = 1",
        "for NAME in (): pass",
        "[1 for NAME in ()]",
        "(NAME := 1)",
        "def f(NAME): pass",
        "def f(*, NAME=1): pass",
        "lambda *NAME: 1",
        "def NAME(): pass",
        "class NAME: pass",
        "import os as NAME",
        "with open() as NAME: pass",
        "try: pass\nexcept OSError as NAME: pass",
        "match 1:\n case NAME: pass",
        "match 1:\n case [*NAME]: pass",
        "match 1:\n case {**NAME}: pass",
    ],
)
@pytest.mark.parametrize("name", ["found", "_held"])
def test_every_way_to_bind_a_name_is_counted_once(source: str, name: str) -> None:
    names = [bound for node in ast.walk(ast.parse(source.replace("NAME", name))) for bound, _ in bound_names(node)]

    assert names.count(name) == 1


def test_uses_of_a_name_are_not_counted(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("print(found, found.one, f(each=1), 'told')  # said\n", encoding="utf-8")

    assert report([module]).empty_names == []


def test_figures_are_shares_of_docstrings_and_of_lines(tmp_path: Path) -> None:
    module = tmp_path / "telling.py"
    module.write_text(
        '"""A module."""\n\n\ndef f():\n    """What it says."""\n\n\nclass C:\n    """A class."""\n\n    one = 1\n',
        encoding="utf-8",
    )
    figures = report([module])

    assert (figures.lines, figures.docstrings) == (11, 3)
    assert [(finding.line, finding.text) for finding in figures.wh_docstrings] == [(5, "What it says.")]
    assert [(finding.line, finding.text) for finding in figures.empty_names] == [(11, "one")]
    assert [finding.text for finding in figures.ing_modules] == ["telling.py"]
    assert (round(figures.wh_percent, 1), round(figures.names_per_1000, 1)) == (33.3, 90.9)


def test_no_modules_have_no_findings() -> None:
    assert (report([]).wh_percent, report([]).names_per_1000) == (0, 0)


def test_generated_code_tests_and_hidden_folders_are_out_of_scope(tmp_path: Path) -> None:
    inside = ["coupon_client/a.py", "contract_tests/conftest.py", "qa/test_helpers.py"]
    outside = [
        "generated/a.py",
        "tests/qa/a.py",
        "contract_tests/test_a.py",
        ".venv/lib/a.py",
        "interop/ts/node_modules/a.py",
    ]
    for name in (*inside, *outside):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert {path.relative_to(tmp_path).as_posix() for path in modules(tmp_path)} == set(inside)


def test_the_command_lists_each_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("held = 1\n", encoding="utf-8")
    monkeypatch.setattr(language_report, "ROOT", tmp_path)

    assert language_report.main(["--list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "a.py:1: held"
