"""Explicit tables, such as ``{"yunet": "mimik.faces.detect.yunet:YuNet"}``, and looking up an entry."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping

from mimik.errors import MimikWarning, OptionError, UnknownNameError

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than all of this
    from collections.abc import Callable
    from importlib.metadata import EntryPoint
    from typing import Any


class Table(Mapping[str, str]):
    """Names to ``"module:attribute"``: what is built in, then what installed packages add.

    A package adds to a table by an entry point of the table's group; a built-in name stays as it is. What
    is built in can be used without a look at the packages, which takes time: they are read once, when all
    names are listed or another one is asked for. An entry whose import fails isn't listed, with a
    MimikWarning; asked for by its name, it says why.
    """

    def __init__(self, group: str, built_in: Mapping[str, str]) -> None:
        """Nothing is imported yet.

        Args:
            group: Of the entry points, "mimik.tasks".
            built_in: mimik's own entries, in order.
        """
        self.group, self._built_in = group, dict(built_in)
        self._added: dict[str, EntryPoint] | None = None
        self._listed: tuple[str, ...] | None = None

    def __getitem__(self, name: str) -> str:
        return self._built_in[name] if name in self._built_in else self._entries()[name].value

    def __iter__(self) -> Iterator[str]:
        if self._listed is None:
            self._listed = (*self._built_in, *filter(self._works, self._entries()))
        return iter(self._listed)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those names that the table has, without repeats, in its order."""
        wanted = set(names)
        own = [name for name in self._built_in if name in wanted]
        others = self._entries() if wanted - set(own) else ()
        return (*own, *(name for name in others if name in wanted))

    def load(self, name: str) -> Any:
        """What the table names.

        Raises:
            KeyError: There is no such name.
            OptionError: A package names it, and importing it fails.
        """
        if name in self._built_in:
            return _attribute(self._built_in[name])
        entry = self._entries()[name]
        try:
            found = entry.load()
        except (Exception, SystemExit) as error:  # a package of others may fail in any way
            why = f"{self._words(entry)} can't be imported: {type(error).__name__}: {error}"
            raise OptionError(f"{why}; install what it lacks, or remove its package") from error
        if not callable(found):
            raise OptionError(f"{self._words(entry)} is no class: {found!r:.60}; mend or remove its package")
        return found

    def _works(self, name: str) -> bool:
        """Whether an entry of a package can be imported."""
        try:
            self.load(name)
        except OptionError as error:
            _warn(f"left out: {error}")
            return False
        return True

    def _entries(self) -> dict[str, EntryPoint]:
        """What installed packages add, by name."""
        if self._added is None:
            from importlib.metadata import entry_points  # here, for `import mimik` to stay quick

            self._added = {}
            for entry in entry_points(group=self.group):
                if entry.name in self._built_in or entry.name in self._added:
                    words = f"{self._words(entry)} is left out: there is another of that name"
                    _warn(f"{words}; have its package choose a name of its own")
                else:
                    self._added[entry.name] = entry
        return self._added

    def _words(self, entry: EntryPoint) -> str:
        """An entry point as messages name it."""
        package = f" of the package {entry.dist.name}" if entry.dist else ""
        return f"the entry point {entry.name!r} in {self.group}{package}"


def _warn(message: str) -> None:
    import warnings

    warnings.warn(" ".join(message.split()), MimikWarning, stacklevel=4)


def _attribute(where: str) -> Any:
    """What ``"module:attribute"`` names."""
    module, attribute = where.split(":")
    return getattr(importlib.import_module(module), attribute)


def load_entry(table: Mapping[str, str], name: str, kind: str) -> Any:
    """Import what a table names, only now that it is needed.

    Args:
        table: Names to ``"module:attribute"``.
        name: The entry that is wanted.
        kind: What the table holds, in the singular, for the message.

    Returns:
        The attribute, usually a class.

    Raises:
        UnknownNameError: The table has no such name.
        OptionError: A package names it, and importing it fails.
    """
    if name not in table:
        raise UnknownNameError(kind, name, table)
    return table.load(name) if isinstance(table, Table) else _attribute(table[name])


def late(module: str, names: Mapping[str, str]) -> Callable[[str], object]:
    """A module's ``__getattr__`` that imports a name when it is first used (PEP 562).

    Args:
        module: Name of the module, for the message.
        names: Public name to the module that defines it.
    """

    def get(name: str) -> object:
        if name in names:
            return getattr(importlib.import_module(names[name]), name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return get
