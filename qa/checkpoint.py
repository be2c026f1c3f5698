"""Results of long measurements, kept one a line, so that a run that was killed goes on where it stopped."""

import json
from pathlib import Path
from typing import Any

from attrs import frozen

Json = Any


@frozen
class Kept:
    """A file of JSON lines."""

    path: Path

    def lines(self) -> list[dict[str, Json]]:
        """What is there; a last line that was cut off is not."""
        if not self.path.exists():
            return []
        text = self.path.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def forget(self) -> None:
        """Begin anew."""
        self.path.unlink(missing_ok=True)

    def add(self, line: dict[str, Json]) -> None:
        """Write one down at once. What was cut off before is dropped."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            file.seek(0)
            there = file.read()
            if not there.endswith(b"\n"):  # whole lines of others who write at the same time stay
                file.truncate(there.rfind(b"\n") + 1)
            file.write(json.dumps(line).encode() + b"\n")
