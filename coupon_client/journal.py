"""Journals: the caller's durable memory of which key is at which step (docs/issue-once.md).

A journal locks a key against other callers, and keeps one text per key. `SqliteJournal` is one file for the processes
of one machine, `PostgresJournal` a table for several machines; any class with the three methods of `Journal` serves.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from coupon_client.arguments import does_its_work
from coupon_client.base_errors import InvalidRequest

if TYPE_CHECKING:
    import psycopg

RETENTION = 400.0  # days for which a key's text is kept after the last write
DAY = 86_400.0  # seconds
ATTEMPT = '%"attempt": [%'  # matches the entries of journal_entry.py with an attempt under way
LONGEST_RETENTION = 365_000.0  # days
METHODS = ("lock", "write", "unlock")
BUSY_SECONDS = 30.0  # seconds that a write waits for other processes


class Journal(Protocol):
    """Keeps one text per key, and lets one caller at a time work on a key.

    Methods are called from one thread at a time per key, never at once for the same key. They may block: the async
    client calls them in a thread. The lock must end when its holder's process ends, and must not end before.
    """

    def lock(self, key: str) -> str | None:
        """Lock the key for this caller. Return its text, empty for a new key; None while another caller has it."""

    def write(self, key: str, text: str) -> None:
        """Replace the text of a locked key. Must be durable when it returns; must raise if the lock was lost."""

    def unlock(self, key: str) -> None:
        """Let others lock the key."""


def checked_journal(journal: Any) -> Journal:
    """Return the journal. Raises InvalidRequest unless it has the methods of `Journal`, as plain ones."""
    methods = [] if isinstance(journal, type) else [getattr(journal, name, None) for name in METHODS]
    if not methods or not all(map(callable, methods)):
        raise InvalidRequest(
            'journal must be a SqliteJournal("coupons-journal.db"), a PostgresJournal(url), or an object with the'
            f" methods {', '.join(METHODS)}"
        )
    if not all(map(does_its_work, methods)):
        raise InvalidRequest("the methods of a journal must be plain ones: the async client calls them in a thread")
    return cast(Journal, journal)


def _checked_retention(retention: Any) -> float:
    """Return the days. Raises InvalidRequest: a number below 0 would drop every entry."""
    if not isinstance(retention, int | float) or isinstance(retention, bool) or not retention > 0:
        raise InvalidRequest("retention is a number of days above 0")
    return float(min(retention, LONGEST_RETENTION))


class JournalError(Exception):
    """The journal cannot be used, or the lock of a key was lost. Nothing is sent after it."""


class SqliteJournal:
    """A journal in one SQLite file, for all processes and threads of one machine. Survives kill -9 and power cuts.

    `retention` is in days. The file and its companions are readable by their owner only. A key's lock is a lock of the
    operating system on a byte of `<path>.lock`, so it ends with the process that has it. Not for network file systems.
    Raises InvalidRequest for a path or a retention that cannot be one, JournalError if the file cannot be used.
    """

    def __init__(self, path: str | os.PathLike[str], retention: float = RETENTION) -> None:
        if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path) or str(path) == ":memory:":
            raise InvalidRequest("a journal needs the path of its file, a text or a Path")  # SQLite's own name: no file
        retention = _checked_retention(retention)
        self._path = Path(path)
        try:
            _create_private(self._path)
            self._locks = _LockFile.of(self._path.with_name(self._path.name + ".lock"))
            self._connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._mutex = threading.Lock()
            self._run("PRAGMA journal_mode = WAL")
            self._run("PRAGMA synchronous = FULL")
            self._run("CREATE TABLE IF NOT EXISTS journal (key TEXT PRIMARY KEY, text TEXT NOT NULL, at REAL NOT NULL)")
            # An attempt under way stays, whatever the clock says: without it, a restart would issue again at once.
            old = "DELETE FROM journal WHERE at < ? AND text NOT LIKE ?"
            self._run(old, time.time() - retention * DAY, ATTEMPT)
        except (OSError, sqlite3.Error) as error:
            raise JournalError(f"the journal {self._path} cannot be used: {error}") from None

    def lock(self, key: str) -> str | None:
        """See Journal.lock."""
        if not self._locks.take(key):
            return None
        try:
            rows = self._run("SELECT text FROM journal WHERE key = ?", key)
        except BaseException:
            self._locks.give_back(key)
            raise
        return str(rows[0][0]) if rows else ""

    def write(self, key: str, text: str) -> None:
        """See Journal.write."""
        if not self._locks.has(key):
            raise JournalError("the key is not locked by this process")
        self._run("INSERT OR REPLACE INTO journal (key, text, at) VALUES (?, ?, ?)", key, text, time.time())

    def unlock(self, key: str) -> None:
        """See Journal.unlock."""
        self._locks.give_back(key)

    def close(self) -> None:
        """Close the file. Locked keys stay locked until they are unlocked or the process ends."""
        with self._mutex:
            self._connection.close()

    def _run(self, statement: str, *values: Any) -> list[Any]:
        try:
            with self._mutex, closing(self._connection.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"the journal {self._path} cannot be used: {error}") from None

    def __repr__(self) -> str:
        return f"SqliteJournal({str(self._path)!r})"


class PostgresJournal:
    """A journal in the table `coupon_journal` of a PostgreSQL database, for several machines. Needs psycopg.

    A key's lock is an advisory lock of a session of its own, so `url` must not lead through a pooler that hands
    sessions round. It ends with the caller's process or connection. `retention` is in days by the database's clock.
    Raises InvalidRequest for a url or a retention that cannot be one, JournalError if the database cannot be used; its
    texts hold no password.
    """

    def __init__(self, url: str, retention: float = RETENTION) -> None:
        if not isinstance(url, str) or not url:
            raise InvalidRequest("url must be that of a PostgreSQL database, a text such as postgresql://host/database")
        retention = _checked_retention(retention)
        self._url = url
        self._sessions: dict[str, psycopg.Connection[Any]] = {}
        with closing(self._connect()) as connection:
            self._run(connection, "SELECT pg_advisory_lock(1668706672)")  # concurrent CREATE … IF NOT EXISTS may fail
            self._run(
                connection,
                "CREATE TABLE IF NOT EXISTS coupon_journal"
                " (key TEXT PRIMARY KEY, text TEXT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())",
            )
            old = "DELETE FROM coupon_journal WHERE at < now() - %s * interval '1 day' AND text NOT LIKE %s"
            self._run(connection, old, retention, ATTEMPT)

    def lock(self, key: str) -> str | None:
        """See Journal.lock."""
        if key in self._sessions:
            return None
        connection = self._connect()
        try:
            ((taken,),) = self._run(
                connection, "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || %s, 0))", key
            )
            rows = self._run(connection, "SELECT text FROM coupon_journal WHERE key = %s", key) if taken else []
        except BaseException:
            connection.close()
            raise
        if not taken:
            connection.close()
            return None
        self._sessions[key] = connection
        return str(rows[0][0]) if rows else ""

    def write(self, key: str, text: str) -> None:
        """See Journal.write."""
        connection = self._sessions.get(key)
        if connection is None:
            raise JournalError("the key is not locked by this process")
        statement = (
            "INSERT INTO coupon_journal (key, text) VALUES (%s, %s)"
            " ON CONFLICT (key) DO UPDATE SET text = excluded.text, at = now()"
        )
        self._run(connection, statement, key, text)

    def unlock(self, key: str) -> None:
        """See Journal.unlock."""
        connection = self._sessions.pop(key, None)
        if connection is not None:
            with suppress(Exception):  # a broken connection has lost its lock
                connection.close()

    def close(self) -> None:
        """Close the sessions of keys that are still locked, which unlocks them."""
        for key in list(self._sessions):
            self.unlock(key)

    def _connect(self) -> psycopg.Connection[Any]:
        import psycopg  # imported on demand: only this journal needs the driver

        try:
            connection: psycopg.Connection[Any] = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            raise JournalError(f"the journal's database cannot be used: {type(error).__name__}") from None
        return connection

    def _run(self, connection: psycopg.Connection[Any], statement: str, *values: Any) -> list[Any]:
        import psycopg

        try:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise JournalError(f"the journal's database failed: {type(error).__name__}") from None

    def __repr__(self) -> str:
        return "PostgresJournal(…)"


class _LockFile:
    """Locks on bytes of one file, one byte per key. Shared by all journals of this process on the same path.

    Locks of `fcntl.lockf` belong to a process, and closing any descriptor of the file ends them all. So there is one
    descriptor, never closed, and threads of this process exclude each other by `_held`.
    """

    _files: dict[tuple[int, int, int], _LockFile] = {}  # noqa: RUF012 - process, device, inode
    _mutex = threading.Lock()

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._held: set[str] = set()
        self._process = os.getpid()

    @classmethod
    def of(cls, path: Path) -> _LockFile:
        """Return the lock file at `path`, created if it is missing. Raises OSError."""
        with cls._mutex:
            with suppress(FileNotFoundError):
                about = path.stat()  # checked before opening: closing a second descriptor would end all locks
                if known := cls._files.get((os.getpid(), about.st_dev, about.st_ino)):
                    return known
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            about = os.fstat(descriptor)
            return cls._files.setdefault((os.getpid(), about.st_dev, about.st_ino), cls(descriptor))

    def take(self, key: str) -> bool:
        """Lock the key's byte; False if another thread or process has it."""
        try:
            import fcntl
        except ImportError:  # Windows lacks byte locks that end with their process
            raise JournalError(
                "SqliteJournal needs a POSIX system; use PostgresJournal or a journal of your own"
            ) from None
        with self._mutex:
            self._after_fork()
            if key in self._held:
                return False
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
            except (BlockingIOError, PermissionError):
                return False
            self._held.add(key)
            return True

    def has(self, key: str) -> bool:
        """Return True if this process holds the key's lock."""
        with self._mutex:
            self._after_fork()
            return key in self._held

    def give_back(self, key: str) -> None:
        """Release the lock of the key."""
        import fcntl

        with self._mutex:
            self._after_fork()
            if key in self._held:
                self._held.discard(key)
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, _place(key))

    def _after_fork(self) -> None:
        """Forget the locks of the parent process, which are not inherited."""
        if self._process != os.getpid():
            self._process, self._held = os.getpid(), set()


def _place(key: str) -> int:
    """Return the byte of a key, from a hash: two keys on one byte only wait for each other."""
    from hashlib import blake2b

    return int.from_bytes(blake2b(key.encode(), digest_size=7).digest())


def _create_private(path: Path) -> None:
    """Create the file with mode 0600 if it is missing, or give it that mode; SQLite gives its companions the same."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", ".lock"))):
        with suppress(FileNotFoundError):
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
