"""Progress is one redrawn line on a terminal, and plain lines elsewhere."""

import io
import re

import pytest

from coupon_contract import progress
from coupon_contract.progress import Progress


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture(autouse=True)
def terminal_that_can_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that can redraw a line, however the tests were started."""
    monkeypatch.setenv("TERM", "xterm")


def lines(stream: io.StringIO) -> list[str]:
    """What was written, without times."""
    return [re.sub(r"[\d.]+ s$", "N s", line) for line in stream.getvalue().splitlines()]


def test_elsewhere_a_step_is_a_line_when_it_begins_and_one_when_it_ends() -> None:
    steps = Progress("publish", steps=2, stream=(stream := io.StringIO()))
    with steps.step("wheels"):
        pass
    with steps.step("site"):
        pass

    assert lines(stream) == [
        "publish 1/2: wheels …",
        "publish 1/2: wheels took N s",
        "publish 2/2: site …",
        "publish 2/2: site took N s",
    ]


def test_a_step_that_raises_is_reported_as_broken_off() -> None:
    steps = Progress("publish", stream=(stream := io.StringIO()))
    with pytest.raises(KeyError), steps.step("wheels"):
        raise KeyError

    assert lines(stream)[-1] == "publish: wheels broke off after N s"


def test_a_long_step_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.01)
    stream = io.StringIO()
    with Progress("power", stream=stream).step("faults", total=150) as step:
        step.advance("coupon-id-as-text", by=17)
        while stream.getvalue().count("\n") < 3:
            pass

    assert "power: faults 17/150 coupon-id-as-text … N s" in lines(stream)
    assert lines(stream)[-1] == "power: faults 17/150 took N s"


def test_a_terminal_shows_one_line_that_is_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0.01)
    stream = Terminal()
    with Progress("setup", stream=stream).step("packages"):
        while stream.getvalue().count(progress.CLEAR_LINE) < 2:
            pass

    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().rsplit(progress.CLEAR_LINE, 1)[1].startswith("setup: packages took")


def test_a_line_on_a_narrow_terminal_does_not_wrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "REDRAW_SECONDS", 0.01)
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    with Progress("setup", stream=stream).step("x" * 100):
        while stream.getvalue().count(progress.CLEAR_LINE) < 2:
            pass

    assert all(len(part) < 20 for part in stream.getvalue().split(progress.CLEAR_LINE)[1:-1])


def test_a_terminal_that_cannot_redraw_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with Progress("setup", stream=stream).step("packages"):
        pass

    assert progress.CLEAR_LINE not in stream.getvalue()


def test_a_line_of_the_command_is_not_mixed_into_the_redrawn_one() -> None:
    stream, output = Terminal(), io.StringIO()
    steps = Progress("power", stream=stream)
    with steps.step("faults"):
        steps.write("coupon-id-as-text: caught", output)

    assert output.getvalue() == "coupon-id-as-text: caught\n"
    assert stream.getvalue().startswith(progress.CLEAR_LINE)
