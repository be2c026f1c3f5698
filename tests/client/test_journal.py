import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coupon_client import (
    Coupon,
    CouponClient,
    JournalError,
    Mobile,
    PostgresJournal,
    SqliteJournal,
)
from coupon_client.boot_clock import Moment
from coupon_client.journal_entry import Attempt, Entry
from tests.client.conftest import ABIJITH
from tests.client.disturbed_sandbox import SERIES


@pytest.fixture(params=["sqlite", "postgresql"])
def make_journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    url = request.getfixturevalue("postgres")() if request.param == "postgresql" else None
    made: list[SqliteJournal | PostgresJournal] = []

    def make(**settings: float) -> Any:
        file = tmp_path / "journal.db"
        made.append(SqliteJournal(file, **settings) if url is None else PostgresJournal(url, **settings))
        return made[-1]

    yield make
    for journal in made:
        journal.close()


def test_a_key_is_locked_by_one_caller_at_a_time(make_journal: Callable[[], Any]) -> None:
    one, other = make_journal(), make_journal()

    assert (one.lock("k"), other.lock("k"), one.lock("k"), other.lock("other")) == ("", None, None, "")
    one.write("k", "text")
    one.unlock("k")
    assert other.lock("k") == "text"


def test_a_key_that_is_not_locked_cannot_be_written(make_journal: Callable[[], Any]) -> None:
    with pytest.raises(JournalError, match="not locked"):
        make_journal().write("k", "text")


def test_threads_exclude_each_other(make_journal: Callable[[], Any]) -> None:
    journal = make_journal()
    taken: list[Any] = []
    threads = [threading.Thread(target=lambda: taken.append(journal.lock("k"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(text is None for text in taken) == [False] + [True] * 7


CHILD = """
import sys
from coupon_client import SqliteJournal
journal = SqliteJournal(sys.argv[1])
print(repr(journal.lock("k")), flush=True)
sys.stdin.read()
"""


def test_the_lock_of_a_process_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", CHILD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"''\n"
        journal = SqliteJournal(path)
        while_it_lives = journal.lock("k")
        child.kill()
        child.wait()

    assert (while_it_lives, journal.lock("k")) == (None, "")


def test_closing_another_journal_on_the_file_keeps_the_lock(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.db")
    journal.lock("k")
    SqliteJournal(tmp_path / "journal.db").close()
    program = "import sys; from coupon_client import SqliteJournal; print(SqliteJournal(sys.argv[1]).lock('k'))"
    child = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", program, str(tmp_path / "journal.db")], capture_output=True, check=True
    )

    assert child.stdout == b"None\n"


def test_the_journals_files_are_their_owners_alone(
    client: CouponClient, journal: SqliteJournal, tmp_path: Path
) -> None:
    client.issue_once("order 1", SERIES, ABIJITH, journal=journal)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_the_journal_holds_neither_key_nor_customer_in_clear(
    client: CouponClient, journal: SqliteJournal, tmp_path: Path
) -> None:
    client.issue_once("order of 11223569865", SERIES, ABIJITH, journal=journal)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"11223569865" not in content
    assert b"order of" not in content


def test_old_entries_are_dropped_and_their_keys_are_found_on_the_platform(
    client: CouponClient, journal: SqliteJournal, tmp_path: Path
) -> None:
    result = client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)
    forgetful = SqliteJournal(tmp_path / "journal.db", retention=1e-9)
    client.check_keys(SERIES, Mobile("11223569866"), journal=forgetful)

    assert client.issue_once("order 1", SERIES, ABIJITH, 2, journal=forgetful) == result


def test_an_attempt_under_way_outlives_any_clock(make_journal: Callable[..., Any]) -> None:
    journal, entry = make_journal(), Entry("", "")
    entry.attempt = Attempt(Moment("boot", 1.0), 65.0)
    journal.lock("key")
    journal.write("key", entry.text())
    journal.unlock("key")

    assert make_journal(retention=1e-9).lock("key") == entry.text()


def test_a_file_that_others_could_read_becomes_its_owners_alone(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "journal.db").close()
    (tmp_path / "journal.db").chmod(0o644)
    SqliteJournal(tmp_path / "journal.db")

    assert stat.S_IMODE((tmp_path / "journal.db").stat().st_mode) == 0o600


def test_a_journal_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("this is not a database, and long enough to be looked at as one " * 9)
    with pytest.raises(JournalError, match="cannot be used"):
        SqliteJournal(tmp_path / "journal.db")


def test_coupons_are_not_shown(client: CouponClient, journal: SqliteJournal) -> None:
    result = client.issue_once("order 1", SERIES, ABIJITH, journal=journal)

    assert result.codes[0] not in repr((result, Coupon(*result.coupons[0]), client.find("order 1", ABIJITH), journal))
    with pytest.raises(TypeError, match="truth value"):
        bool(result)
