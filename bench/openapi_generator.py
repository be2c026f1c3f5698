"""The Python client that openapi-generator generates from the same document; needs Java."""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coupon_contract import spec


@contextmanager
def generated_client() -> Iterator[Any]:
    """Return the package `openapi_client`, freshly generated. Raises SystemExit when the generator fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "openapi-generator-cli"), "generate", "-g", "python"]
        command += ["-i", str(spec.DOCUMENT), "-o", folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"openapi-generator failed (is there a Java?):\n{done.stdout}")
        sys.path.insert(0, folder)
        try:
            yield importlib.import_module("openapi_client")
        finally:
            sys.path.remove(folder)
