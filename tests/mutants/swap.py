"""Put a mutant into a process that has everything imported.

A function's code can be replaced where the function stands: decorators, closures and other modules
that hold it see the mutant at once. What runs at import (constants, defaults, fields of a class,
decorators) can't be swapped: such a mutant needs a process that imports the package anew.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from types import CodeType, FunctionType

__all__ = ["Functions", "is_inside_functions"]

_OPTIMIZED = 0x1  # CO_OPTIMIZED: the code of a function, not of a module or of a class


def _inner(code: CodeType) -> Iterator[CodeType]:
    return (const for const in code.co_consts if isinstance(const, CodeType))


def _alike(one: CodeType, other: CodeType) -> bool:
    """Do two codes do the same, but for the functions and classes within?"""
    return (
        one.co_code == other.co_code
        and one.co_names == other.co_names
        and one.co_exceptiontable == other.co_exceptiontable
        and [_plain(const) for const in one.co_consts]
        == [_plain(const) for const in other.co_consts]
    )


def _plain(const: object) -> object:
    # Of equal constants of different types (1, 1.0 and True) each is itself.
    return None if isinstance(const, CodeType) else (type(const), repr(const))


def is_inside_functions(was: CodeType, now: CodeType) -> bool:
    """Do two codes of a module differ only in what functions do when they are called?"""
    if was.co_flags & _OPTIMIZED:
        return was.co_freevars == now.co_freevars
    if not _alike(was, now):
        return False
    return all(is_inside_functions(*pair) for pair in zip(_inner(was), _inner(now), strict=True))


def _functions(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """Every function's code, however deep, by its qualified name and its number under that name."""
    seen: Counter[str] = Counter()
    waiting = [code]
    while waiting:
        here = waiting.pop(0)
        for inner in _inner(here):
            waiting.append(inner)
            if inner.co_flags & _OPTIMIZED:
                seen[inner.co_qualname] += 1
                yield f"{inner.co_qualname}#{seen[inner.co_qualname]}", inner


def _mark(code: CodeType) -> tuple[str, int, tuple[str, ...]]:
    # Codes themselves are not compared: pytest has rewritten each `assert`, and Python 3.11 tells
    # code that ran from its like that did not.
    return code.co_qualname, code.co_firstlineno, code.co_varnames[: code.co_argcount]


class Functions:
    """The living functions of a module, by their code.

    Args:
        file: the module's path, as its code names it.
        code: the module's code, compiled for this and never run.
    """

    def __init__(self, file: str, code: CodeType) -> None:
        self._was = dict(_functions(code))
        names = {_mark(inner): name for name, inner in self._was.items()}
        self._live: dict[str, list[FunctionType]] = {}
        for found in gc.get_objects():
            if type(found) is FunctionType and found.__code__.co_filename == file:
                name = names.get(_mark(found.__code__))
                if name is not None:
                    self._live.setdefault(name, []).append(found)

    def become(self, code: CodeType) -> None:
        """Give every living function the code that it has in another version of the module.

        Raises:
            ValueError: a function closes over other variables there.
        """
        for name, inner in _functions(code):
            if inner != self._was.get(name):
                for function in self._live.get(name, ()):
                    function.__code__ = inner
