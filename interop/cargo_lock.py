"""Keeps registry addresses out of Cargo.lock: python -m interop.cargo_lock restore | pin.

`restore` writes interop/rust/Cargo.lock from Cargo.pins, with the address of the registry that Cargo itself uses here.
`pin` writes Cargo.pins from the newest versions that Cargo.toml allows.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CRATE = Path(__file__).parent / "rust"
LOCK = CRATE / "Cargo.lock"
PINS = CRATE / "Cargo.pins"
SOURCE = re.compile(r'^source = ".*"\n', re.M)
USAGE = 4


def without_sources(lock: str) -> str:
    """Return a lock file without its addresses."""
    return SOURCE.sub("", lock)


def with_sources(pins: str, source: str) -> str:
    """Return the pins with this line of source; only packages from a registry have a checksum."""
    return re.sub(r"^(?=checksum = )", source.replace("\\", r"\\"), pins, flags=re.M)


def restore() -> None:
    """Write Cargo.lock unless it already matches the pins. Raises subprocess.CalledProcessError."""
    pins = PINS.read_text(encoding="utf-8")
    if LOCK.exists() and without_sources(LOCK.read_text(encoding="utf-8")) == pins:
        return
    LOCK.write_text(with_sources(pins, _source(_newest())), encoding="utf-8")


def pin() -> None:
    """Write Cargo.pins. Raises subprocess.CalledProcessError."""
    PINS.write_text(without_sources(_newest()), encoding="utf-8")


def _newest() -> str:
    LOCK.unlink(missing_ok=True)
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=CRATE, check=True)  # noqa: S607 - the user's cargo
    return LOCK.read_text(encoding="utf-8")


def _source(lock: str) -> str:
    match = SOURCE.search(lock)
    if match is None:
        raise SystemExit(f"cargo_lock: {LOCK} names no registry")
    return match[0]


def main(arguments: Sequence[str]) -> int:
    """Run the verb that the only argument names."""
    verbs = {"restore": restore, "pin": pin}
    if len(arguments) != 1 or arguments[0] not in verbs:
        print(__doc__, file=sys.stderr)
        return USAGE
    verbs[arguments[0]]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
