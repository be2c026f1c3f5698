"""The mocks that the sandbox is measured against: Prism and Specmatic, from npm, in a temporary folder."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from attrs import frozen

from coupon_contract import spec
from qa.postgres import free_port

PRISM, SPECMATIC = "@stoplight/prism-cli@5.16.0", "specmatic@2.55.1"
SILENT = "Prism that prints nothing"
START_SECONDS = 90.0


@frozen
class Served:
    """A running server to measure."""

    name: str
    port: int
    pid: int

    def spent(self) -> float:
        """Return the processor seconds of all its threads so far; 0 where the system has no /proc."""
        stat_file = Path(f"/proc/{self.pid}/stat")
        if not stat_file.exists():
            return 0.0
        user, system = stat_file.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def mock(name: str, package: str, tool: Sequence[str], folder: Path) -> Iterator[Served]:
    """Start a mock from npm. Raises CalledProcessError when npm fails, TimeoutError when the mock does not start."""
    home = folder / name
    home.mkdir()
    npm = shutil.which("npm") or "npm"
    install = [npm, "install", "--silent", "--no-audit", "--no-fund", package]
    subprocess.run(install, cwd=home, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    command = [part.format(home=home, port=port, document=spec.DOCUMENT) for part in tool]
    with subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield Served(name, port, process.pid)
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Return when the server answers. Raises TimeoutError."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=START_SECONDS)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"nothing answers on port {port}")


def mocks(folder: Path, stack: ExitStack) -> list[Served]:
    """Start Prism and Specmatic with their defaults, and a Prism that logs nothing. Their output is dropped."""
    modules = "{home}/node_modules"
    prism = [f"{modules}/.bin/prism", "mock", "-p", "{port}", "{document}"]
    java = [shutil.which("java") or "java", "-jar", f"{modules}/specmatic/specmatic.jar"]
    specmatic = [*java, "stub", "--host", "127.0.0.1", "--port", "{port}", "{document}"]
    started = [("Prism", PRISM, prism), (SILENT, PRISM, [*prism, "-v", "fatal"]), ("Specmatic", SPECMATIC, specmatic)]
    return [stack.enter_context(mock(*parameters, folder)) for parameters in started]
