"""Writes requirements.lock: every package with its hashes, for all platforms and Pythons, without any address."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header")


def main() -> int:
    """Compile pyproject.toml with its dev group."""
    uv = str(Path(sys.executable).parent / "uv")
    command = [
        uv,
        "pip",
        "compile",
        "pyproject.toml",
        "--group",
        "dev",
        "--no-annotate",
        "--upgrade",
        "--quiet",
        *OPTIONS,
    ]
    return subprocess.run([*command, "-o", "requirements.lock"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
