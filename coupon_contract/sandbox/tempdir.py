"""Temporary directories that are removed with the process, or by the next one if the process was killed."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

OWNER = "owner"  # a file that the process keeps locked; the system releases the lock with the process


def temporary_directory(prefix: str) -> str:
    """Return a new directory. Directories that dead processes of the same user left behind are removed."""
    for stale in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if is_left_behind(stale):
            shutil.rmtree(stale, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=prefix))
    descriptor = os.open(made / "new", os.O_RDWR | os.O_CREAT, 0o600)  # stays open, and is not inherited by workers
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (made / "new").rename(made / OWNER)  # locked before it gets its final name
    return str(made)


def is_left_behind(directory: Path) -> bool:
    """Return True if the process of the directory is gone. Uses a lock, because process ids repeat in containers."""
    try:
        if directory.is_symlink() or directory.stat().st_uid != os.getuid():
            return False
        descriptor = os.open(directory / OWNER, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
