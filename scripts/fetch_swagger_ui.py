"""Fetches Swagger UI (npm's swagger-ui-dist), with which the sandbox shows the document at /docs.

python -m scripts.fetch_swagger_ui [--check]. The package is pinned by version and digest. `--check` compares the
committed files with npm's. The files are kept compressed, as they are sent. Needs npm.
"""

import base64
import gzip
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.paths import ROOT

DIRECTORY = ROOT / "coupon_contract" / "sandbox" / "admin" / "docs"
PACKAGE = "swagger-ui-dist"
VERSION = "5.35.0"
# npm view swagger-ui-dist@VERSION dist.integrity
DIGEST = "sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8" + "CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
COMPRESSED = {  # with the SHA-256 of what is in them, which the tests hold the committed files to
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}
PLAIN = ("LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")


class VendorError(Exception):
    """The package is not available, or is not the pinned one."""


def fetched() -> dict[str, bytes]:
    """Return the files to commit, by name. Raises VendorError."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise VendorError(f"npm has no {PACKAGE}@{VERSION}: {done.stderr.strip()[:500]}")
        package = next(Path(scratch).glob("*.tgz"))
        digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != DIGEST:
            raise VendorError(f"{PACKAGE}@{VERSION} has the digest sha512-{digest}, not the pinned one")
        with tarfile.open(package) as archive:
            content = {name: archive.extractfile(f"package/{name}") for name in (*COMPRESSED, *PLAIN)}
            files = {name: file.read() for name, file in content.items() if file}
    packed = {f"{name}.gz": gzip.compress(files[name], 9, mtime=0) for name in COMPRESSED}
    return packed | {name: files[name] for name in PLAIN}


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with --check compare; exit status 1 when they differ, 4 for a usage error or without npm."""
    if not set(arguments) <= {"--check"}:
        print(__doc__, file=sys.stderr)
        return 4
    try:
        files = fetched()
    except (VendorError, FileNotFoundError) as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 4
    stale = [name for name, content in files.items() if not same(DIRECTORY / name, content)]
    if "--check" not in arguments:
        for name, content in files.items():
            (DIRECTORY / name).write_bytes(content)
    print(f"vendor: {PACKAGE} {VERSION}: " + (", ".join(stale) + " differed" if stale else "nothing differs"))
    return 1 if stale and "--check" in arguments else 0


def same(path: Path, content: bytes) -> bool:
    """Return True if the file has this content. Compressed files are compared unpacked, because zlib
    versions differ.
    """
    if not path.exists():
        return False
    unpacked = gzip.decompress if path.suffix == ".gz" else bytes
    return unpacked(path.read_bytes()) == unpacked(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
