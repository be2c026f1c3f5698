from collections.abc import Callable

import msgspec
import pytest

from interop.language import Language, languages


@pytest.fixture
def fake() -> Callable[..., Language]:
    """A language of which one says only what matters."""
    real = languages(["go"])[0]
    harmless = {
        "tools": [],
        "generate": [],
        "compile": [],
        "run": ["true"],
        "defaults": ["true"],
        "makes": "build/nothing",
    }

    def made(**changes: object) -> Language:
        return msgspec.structs.replace(real, **(harmless | changes))

    return made
