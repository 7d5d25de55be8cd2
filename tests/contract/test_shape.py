"""The rules of the house that a glance can check: sizes, names, exports, imports."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "async_messaging"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CODE = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_no_file_is_longer_than_400_lines(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 400


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not {file.stem for file in CODE} & {"utils", "helpers", "common", "manager", "misc"}


def test_folders_are_two_deep() -> None:
    deeper = {
        file.relative_to(PACKAGE).parts[:-1]
        for file in SOURCES
        if len(file.relative_to(PACKAGE).parts) > 2
    }
    # The simulator has a module for every chapter of Twilio's API, too many to stand beside its engine.
    assert deeper <= {("simulator", "resources")}


@pytest.mark.parametrize(
    "file", [f for f in SOURCES if "__all__ = [" in f.read_text()], ids=name_of
)
def test_all_is_true(file: Path) -> None:
    module = importlib.import_module(module_of(file))
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{name_of(file)}:{node.lineno} {node.name}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.body[0].lineno >= 40
        and node.name != "__init__"
    ]
    assert long == []


def test_any_and_ignores_are_rare() -> None:
    text = "\n".join(file.read_text() for file in SOURCES)
    thousands = text.count("\n") / 1000
    assert len(re.findall(r"\bAny\b(?! of)", text)) / thousands <= 15
    assert len(re.findall(r"# type: ignore|# pyright: ignore", text)) / thousands <= 1


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


OURS = "async_messaging"
HEAVY = {"aiohttp", "tenacity", "psycopg", "procrastinate", "typer", "rich", "phonenumbers"}


@pytest.mark.parametrize(
    "statement",
    [
        "import async_messaging",
        "from async_messaging import MessagingClient, MessageDraft, Limits, count_segments",
    ],
)
def test_imports_stay_light(statement: str) -> None:
    loaded = loaded_by(statement)
    assert not loaded & HEAVY
    parts = ("simulator", "twiml", "webhooks")
    assert not {name for name in loaded if name.startswith(tuple(f"{OURS}.{one}" for one in parts))}


def test_webhooks_need_no_web_framework() -> None:
    loaded = loaded_by("from async_messaging.webhooks import Webhooks; Webhooks().asgi()")
    assert f"{OURS}.webhooks.asgi_adapter" in loaded
    assert not loaded & {*HEAVY, "starlette", "fastapi", "django", "uvicorn"}


def test_the_public_names_exist() -> None:
    import async_messaging

    missing = [name for name in async_messaging.__all__ if not hasattr(async_messaging, name)]
    assert missing == []


def test_every_public_error_is_exported() -> None:
    import async_messaging
    from async_messaging import errors

    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MessagingError)
    }
    assert public <= set(async_messaging.__all__)
