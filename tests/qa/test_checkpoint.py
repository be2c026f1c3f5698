from pathlib import Path

from qa.checkpoint import Checkpoint


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    kept = Checkpoint(tmp_path / "reports" / "some.jsonl")
    kept.add({"name": "a"})
    kept.add({"name": "b"})

    assert kept.lines() == [{"name": "a"}, {"name": "b"}]


def test_a_line_that_was_cut_off_is_left_out_and_written_over(tmp_path: Path) -> None:
    kept = Checkpoint(tmp_path / "some.jsonl")
    kept.add({"name": "a"})
    with kept.path.open("a", encoding="utf-8") as file:
        file.write('{"name": "cut o')
    before = kept.lines()
    kept.add({"name": "b"})

    assert (before, kept.lines()) == ([{"name": "a"}], [{"name": "a"}, {"name": "b"}])


def test_what_was_never_kept_is_nothing(tmp_path: Path) -> None:
    kept = Checkpoint(tmp_path / "some.jsonl")
    kept.clear()

    assert kept.lines() == []
