"""Measures the two commands of the README: seconds from the command to its verdict, after the one-time setup."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = ("make contract-test", "make test")
GOAL = 60.0  # seconds for the suite against the sandbox on 2 cores


def seconds(command: str) -> float:
    """Run a command, which must succeed, and return how long it took in seconds."""
    start = time.perf_counter()
    subprocess.run(command.split(), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    """Print a Markdown table."""
    print("| command | seconds |\n|---|---|")
    figures = {command: seconds(command) for command in COMMANDS}
    for command, figure in figures.items():
        print(f"| `{command}` | {figure:.1f} |")
    return 0 if figures[COMMANDS[0]] < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
