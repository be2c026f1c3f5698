"""Writes files with the same bytes each time: in order, with one timestamp, and with checksums."""

import hashlib
import os
import subprocess
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

SUMS = "SHA256SUMS"
PLAIN = 0o100644 << 16
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


class NoTime(Exception):
    """Neither SOURCE_DATE_EPOCH nor a commit gives a time to publish with."""


def timestamp(root: Path) -> int:
    """Return the time of all published files, in seconds since the epoch: SOURCE_DATE_EPOCH, or the commit's.

    Raises NoTime.
    """
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    command = ["git", "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout)
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise NoTime("there is no commit to take the time from; set SOURCE_DATE_EPOCH to seconds since 1970") from None


def write(directory: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files by their paths below the directory."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def sum_up(directory: Path) -> None:
    """Write the checksums of every file below the directory, in the form that `sha256sum --check` reads."""
    names = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((directory / name).read_bytes()).hexdigest()}  {name}" for name in names if name != SUMS]
    write(directory, {SUMS: "\n".join(lines) + "\n"})


def pack(directory: Path, archive: Path, epoch: int) -> None:
    """Zip a directory with its name as the first part of every path, all files with the same time and mode."""
    moment = max(time.gmtime(epoch)[:6], DATE)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(directory.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(directory.parent).as_posix(), moment)
                entry.external_attr, entry.compress_type = PLAIN, zipfile.ZIP_DEFLATED
                packed.writestr(entry, path.read_bytes())
