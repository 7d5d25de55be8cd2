"""Does something to a module as soon as it is there: now, or right after its first import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class _Finder:
    """Lets the other finders find the module, and acts when its code has run."""

    def __init__(self, name: str, act: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._act = act
        self._asking = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name or self._asking:
            return None
        self._asking = True
        try:
            spec = find_spec(name)
        finally:
            self._asking = False
        if spec is not None and spec.loader is not None:
            # A source file's loader is its module's own, so that no other import passes here.
            execute = spec.loader.exec_module

            def execute_and_act(module: ModuleType) -> None:
                execute(module)
                if module.__name__ == name and self in sys.meta_path:
                    self._act(module)

            setattr(spec.loader, "exec_module", execute_and_act)  # noqa: B010 - checkers refuse the plain form
        return spec


def when_imported(name: str, act: Callable[[ModuleType], None]) -> Callable[[], None]:
    """Call *act* with a module: at once if it is loaded, else after it was imported. Gives what ends the waiting."""
    if (loaded := sys.modules.get(name)) is not None:
        act(loaded)
        return _nothing
    finder = _Finder(name, act)
    sys.meta_path.insert(0, finder)

    def forget() -> None:
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)

    return forget


def _nothing() -> None:
    """There is nothing to end."""
