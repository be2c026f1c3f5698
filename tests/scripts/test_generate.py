from pathlib import Path

import pytest

from scripts.generate import CLIENT, differences, generate

FILES = {"client.py": "one", "models/coupon.py": "two", "py.typed": ""}


def _written(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


@pytest.fixture
def left(tmp_path: Path) -> Path:
    return _written(tmp_path / "left", FILES)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (FILES, []),
        (FILES | {"client.py": "ONE"}, ["client.py"]),
        (FILES | {"client.py": "one "}, ["client.py"]),
        (FILES | {"models/coupon.py": "other", "client.py": "other"}, ["client.py", "models/coupon.py"]),
        (FILES | {"models/extra.py": ""}, ["models/extra.py"]),
        ({"client.py": "one", "py.typed": ""}, ["models/coupon.py"]),
        (FILES | {"__pycache__/client.pyc": "compiled"}, []),
    ],
    ids=["equal", "changed", "longer", "two changed", "extra", "missing", "compiled"],
)
def test_changed_missing_and_extra_files_are_named(
    left: Path, tmp_path: Path, files: dict[str, str], names: list[str]
) -> None:
    right = _written(tmp_path / "right", files)

    assert differences(left, right) == names


def test_differences_are_the_same_from_both_sides(left: Path, tmp_path: Path) -> None:
    right = _written(tmp_path / "right", {"client.py": "ONE", "extra.py": ""})

    assert differences(left, right) == differences(right, left)


def test_a_file_in_place_of_a_directory_is_a_difference(left: Path, tmp_path: Path) -> None:
    right = _written(tmp_path / "right", {"client.py": "one", "py.typed": "", "models": "a file"})

    assert differences(left, right) == ["models", "models/coupon.py"]


def test_the_committed_client_is_what_the_document_gives(tmp_path: Path) -> None:
    fresh = tmp_path / CLIENT.name
    generate(fresh)

    assert differences(CLIENT, fresh) == []
