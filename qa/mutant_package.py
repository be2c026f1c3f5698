"""Loads the sandbox anew in this process, with the text of one of its modules replaced.

For forked processes: everything else is imported already, and the sandbox is a package that nothing below it knows.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

from attrs import frozen

from coupon_contract.paths import ROOT

PACKAGE = "coupon_contract.sandbox"


class NotStarted(Exception):
    """The package cannot be imported with this text, or its server does not start."""


class _Loader(SourceFileLoader):
    """Loads a module from a text that replaces its file."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the text; a cache would hold the file's code."""
        code: CodeType = compile(self._source, self.path, "exec")
        return code


@frozen
class _Finder(MetaPathFinder):
    """Finds the replaced module before anything else does."""

    name: str
    source: str

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the replaced module, None for every other."""
        if fullname != self.name:
            return None
        file = ROOT / f"{fullname.replace('.', '/')}.py"
        file = file if file.exists() else file.with_suffix("") / "__init__.py"
        return spec_from_file_location(fullname, file, loader=_Loader(fullname, str(file), self.source))


def load(name: str, source: str) -> None:
    """Import the package anew, with `source` as the text of the module `name`. Raises NotStarted."""
    for loaded in [module for module in sys.modules if module == PACKAGE or module.startswith(f"{PACKAGE}.")]:
        del sys.modules[loaded]
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    sys.meta_path.insert(0, _Finder(name, source))
    try:
        importlib.import_module(f"{PACKAGE}.__main__")
    except Exception as error:
        raise NotStarted(f"{type(error).__name__} on import") from None
