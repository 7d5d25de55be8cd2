from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from async_messaging.testing.first_import import when_imported


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a module in it that nobody has imported."""
    package = tmp_path / "sample_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("sample_package", "sample_package.inner"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "sample_package.inner"


def test_it_acts_right_after_the_import_and_imports_nothing_itself(sample: str) -> None:
    seen = list[tuple[str, int]]()
    forget = when_imported(sample, lambda module: seen.append((module.__name__, module.value)))
    assert (seen, "sample_package" in sys.modules) == ([], False)
    module = importlib.import_module(sample)
    assert seen == [(sample, 1)]
    assert (module.__spec__ and module.__spec__.origin) == module.__file__
    importlib.reload(module)
    forget()


def test_it_acts_at_once_on_what_is_loaded() -> None:
    seen = list[ModuleType]()
    when_imported("sys", seen.append)()
    assert seen == [sys]


def test_forgotten_it_does_nothing_and_leaves_nothing(sample: str) -> None:
    before, seen = list(sys.meta_path), list[ModuleType]()
    when_imported(sample, seen.append)()
    importlib.import_module(sample)
    assert (seen, sys.meta_path) == ([], before)


def test_what_does_not_exist_still_does_not() -> None:
    forget = when_imported("no_such_module_anywhere", lambda _: None)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_anywhere")
    forget()


def test_two_may_wait_for_one_module(sample: str) -> None:
    seen = list[ModuleType]()
    forgets = [when_imported(sample, seen.append) for _ in range(2)]
    module = importlib.import_module(sample)
    for forget in forgets:
        forget()
    assert seen == [module, module]
