import pytest

from interop.cargo_lock import PINS, main, with_sources, without_sources

SOURCE = 'source = "registry+somewhere"\n'
PINNED = """\
[[package]]
name = "ours"
version = "0.0.0"

[[package]]
name = "theirs"
version = "1.2.3"
checksum = "00ff"
"""


def test_only_packages_of_a_registry_get_a_source() -> None:
    locked = with_sources(PINNED, SOURCE)

    assert locked == PINNED.replace('checksum = "00ff"', f'{SOURCE}checksum = "00ff"')


def test_pins_come_back_as_they_were() -> None:
    pins = PINS.read_text(encoding="utf-8")

    assert without_sources(with_sources(pins, SOURCE)) == pins


@pytest.mark.parametrize("arguments", [[], ["renew"], ["pin", "restore"]])
def test_anything_but_one_verb_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert (main(arguments), "restore | pin" in capsys.readouterr().err) == (4, True)
