"""What reaches the terminal: text that controls nothing and floods nothing."""

import logging
import os
import subprocess
import sys
import unicodedata

import pytest

from coupon_contract import terminal

CATEGORIES = ("Cc", "Cf", "Zl", "Zp")
CONTROLS = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in CATEGORIES and character != "\n"
]


def test_every_character_of_the_categories_cc_cf_zl_and_zp_is_escaped() -> None:
    assert not [character for character in CONTROLS if not terminal.for_terminal(f"a{character}b").isprintable()]


def test_lone_surrogates_are_escaped() -> None:
    assert terminal.for_terminal("\udc80") == r"\udc80"


@pytest.mark.parametrize("text", ["plain", "Zürich, 東京, Ω", "two\nlines", ""])
def test_text_without_controls_stays(text: str) -> None:
    assert terminal.for_terminal(text) == text


def test_a_long_line_is_cut_and_its_length_is_written() -> None:
    line = terminal.for_terminal("x" * 60_000)

    assert len(line) < 2 * terminal.LONGEST_LINE
    assert line.endswith("<60000 characters>")


def test_a_long_line_of_controls_is_cut_after_it_is_escaped() -> None:
    assert len(terminal.for_terminal("\x1b" * 60_000)) < 2 * terminal.LONGEST_LINE


def test_a_usage_error_with_controls_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    parser = terminal.Parser(prog="prog")
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["\x1b[2J\u202e"])

    assert (ended.value.code, "\\x1b[2J\\u202e" in capsys.readouterr().err) == (4, True)


def test_a_log_record_with_controls_in_its_traceback_is_escaped() -> None:
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        record = logging.LogRecord("name", logging.ERROR, "", 1, "%s", ("\x9b31m",), sys.exc_info())
    shown = terminal.Formatter().format(record)

    assert not [character for character in shown if character != "\n" and not character.isprintable()]
    assert "ValueError" in shown


def test_a_reader_that_has_gone_changes_no_exit_status() -> None:
    explain = [sys.executable, "-m", "coupon_contract", "explain", "count-maximum"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(explain, stdout=writing, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")
