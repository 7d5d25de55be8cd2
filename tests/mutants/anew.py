"""A mutant of what runs at import: a child that has imported other people's packages alone."""

from __future__ import annotations

import importlib
from contextlib import suppress
from importlib.abc import SourceLoader
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest

from .children import Ended, Failures, forked, within
from .jobs import Asked
from .made import ROOT, compiled

__all__ = ["asked_anew", "warm"]

_TIMES, _MORE = 5, 40.0
_OTHERS = (
    "aiohttp.web anyio hypothesis msgspec.json phonenumbers pytest_asyncio.plugin sqlite3 tenacity"
    " trustme uvloop"
)


def warm() -> None:
    """Import what every child needs, and nothing of ours: children start in a third of the time."""
    for name in _OTHERS.split():
        with suppress(ImportError):
            importlib.import_module(name)


def asked_anew(asked: Asked) -> Ended:
    """Import the package with a mutant in it, and ask the tests."""
    mutant = asked.mutant
    path, code = str(ROOT / mutant.file), compiled(mutant.source, mutant.file)
    seconds = sum(each for _, each in asked.tests)

    def work(folder: Path) -> str:
        real = SourceFileLoader.get_code

        def get_code(loader: SourceLoader, fullname: str) -> CodeType | None:
            return code if loader.get_filename(fullname) == path else real(loader, fullname)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
        within(seconds * _TIMES + _MORE)
        failures = Failures()
        tests = [test for test, _ in asked.tests]
        options = ["-x", "-q", "-p", "no:xdist", "--basetemp", str(folder / "tests")]
        status = pytest.main([*options, *tests], plugins=[failures])
        return "" if status == 0 else (failures.tests or [f"pytest ends with {status}"])[0]

    return forked(work)
