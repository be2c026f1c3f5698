import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "toolchains"
TOOLS = ("go", "javac", "mvn", "php", "ruby", "cargo")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the script on a machine with these tools, where apt-get only writes down what it was asked."""

    def put(name: str, script: str = "") -> None:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def ran(tools: Sequence[str], user: int = 0, apt: str = "") -> subprocess.CompletedProcess[str]:
        put("id", f"echo {user}")
        put("apt-cache", "exit 1")
        put("apt-get", f'echo "$@" >> {tmp_path}/asked; {apt}')
        for tool in tools:
            put(tool)
        environment = {"PATH": str(tmp_path)}
        command = ["/bin/sh", str(SCRIPT)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603

    return ran


def _asked(directory: Path) -> str:
    path = directory / "asked"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_machine_that_has_all_is_left_alone(run: Run, tmp_path: Path) -> None:
    done = run(TOOLS)

    assert (done.returncode, done.stderr, _asked(tmp_path)) == (0, "", "")


def test_root_gets_what_is_missing_and_nothing_else(run: Run, tmp_path: Path) -> None:
    go = f"printf '#!/bin/sh' > {tmp_path}/go; /bin/chmod +x {tmp_path}/go"
    done = run(["javac", "mvn", "php", "ruby"], apt=f"[ $1 = update ] || {{ {go}; }}")

    assert "--no-install-recommends golang-go cargo" in _asked(tmp_path)
    assert done.stderr == "toolchains: something is missing; on Debian: apt-get install cargo\n"


def test_others_are_told_what_to_install(run: Run, tmp_path: Path) -> None:
    done = run(["go", "php", "ruby", "cargo"], user=1000)

    assert (done.returncode, _asked(tmp_path)) == (1, "")
    assert "apt-get install default-jdk-headless maven" in done.stderr
