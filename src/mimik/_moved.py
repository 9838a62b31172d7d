"""Import paths that the documentation of 0.1 named, and where their modules live now."""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

MOVED = {
    "mimik.batch": "mimik.runs.batch",
    "mimik.detect": "mimik.faces.detect",
    "mimik.detect.base": "mimik.faces.detect.base",
    "mimik.formats": "mimik.results.interop",
    "mimik.formats.base": "mimik.results.interop.base",
    "mimik.summarise": "mimik.results.summarise",
    "mimik.writers": "mimik.results",
    "mimik.writers.base": "mimik.results.base",
    "mimik.writers.run": "mimik.runs.writer",
}


class _Called(ModuleType):
    """A module under a name that is now a function's: importing it puts it in the function's place."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Call the function that is named like the module."""
        return getattr(self, self.__name__.rpartition(".")[2])(*args, **named)


class Forwarder:
    """Finds a module of 0.1 under its new name.

    It stands first on ``sys.meta_path``: under an old package the files of the new one would be found, and
    run again.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """A spec for a name that has moved, None for all others."""
        if name not in MOVED:
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, not a copy."""
        warnings.warn(f"{spec.name} is now {MOVED[spec.name]}", DeprecationWarning, stacklevel=2)
        module = importlib.import_module(MOVED[spec.name])
        if hasattr(module, spec.name.rpartition(".")[2]):
            module.__class__ = _Called
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It was run under its own name; the import system gave it the old name's spec."""
        module.__spec__ = self._own


def forward() -> None:
    """Have the old paths go on working."""
    if not any(isinstance(finder, Forwarder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Forwarder())
