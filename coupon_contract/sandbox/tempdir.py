"""Directories in the system's one for temporary files that end with the process, and after it if that was killed."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

OWNER = "owner"  # a file that the process keeps locked as long as it lives; the system ends that with it


def scratch(prefix: str) -> str:
    """A new directory. Those that processes of the same user left behind are taken away."""
    for stale in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if is_left_behind(stale):
            shutil.rmtree(stale, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=prefix))
    descriptor = os.open(made / "new", os.O_RDWR | os.O_CREAT, 0o600)  # stays open, and no worker inherits it
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (made / "new").rename(made / OWNER)  # locked from the moment that it has this name
    return str(made)


def is_left_behind(directory: Path) -> bool:
    """Whether the process that made the directory is gone. A lock tells, a process id would not in a container."""
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
