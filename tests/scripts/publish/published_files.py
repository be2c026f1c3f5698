import json
from pathlib import Path
from typing import Any

Json = Any


def loaded(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))
