"""Keeps the results of long measurements as lines of a file, so that a killed run resumes where it stopped."""

import json
from pathlib import Path
from typing import Any

from attrs import frozen

Json = Any


@frozen
class Checkpoint:
    """A file of JSON lines."""

    path: Path

    def lines(self) -> list[dict[str, Json]]:
        """Return the complete lines; a last line that was cut off is left out."""
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def clear(self) -> None:
        """Remove the file."""
        self.path.unlink(missing_ok=True)

    def keep(self, name: str, text: str) -> None:
        """Keep a text in a file of its own beside the lines."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        (self.path.parent / name).write_text(text, encoding="utf-8")

    def add(self, line: dict[str, Json]) -> None:
        """Append a line at once. A line that was cut off before is dropped."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            file.seek(0)
            there = file.read()
            if not there.endswith(b"\n"):  # complete lines of concurrent writers stay
                file.truncate(there.rfind(b"\n") + 1)
            file.write(json.dumps(line).encode() + b"\n")
