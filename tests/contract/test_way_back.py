"""What stands between an answer and its outcome imports nothing: it was loaded on the way to the send.

At the limit of open files an import fails, and with it the call whose message was accepted.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "async_messaging"
ROOMS = ("codec", "models", "pipeline", "settling")
ALONE = ("clock.py", "errors.py", "operation.py")
ON_THE_WAY = [
    file
    for file in (*(PACKAGE / one for one in ALONE), *PACKAGE.glob("*/*.py"))
    if file.name != "__init__.py" and (file.parent == PACKAGE or file.parent.name in ROOMS)
]
LAZY_CODECS = {
    "utf-8-sig",
    "utf_8_sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1252",
    "idna",
    "punycode",
}
"""Python imports these when they are first used; they are allowed where a text is made ready."""

MADE_READY = {"codec/segments.py"}


def _inner(tree: ast.AST) -> list[ast.AST]:
    return [
        inner
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
    ]


@pytest.mark.parametrize("file", ON_THE_WAY, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_function_imports(file: Path) -> None:
    found = [
        node.lineno
        for node in _inner(ast.parse(file.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


@pytest.mark.parametrize("file", ON_THE_WAY, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_function_loads_a_codec(file: Path) -> None:
    if str(file.relative_to(PACKAGE)) in MADE_READY:
        return
    found = [
        node.lineno
        for node in _inner(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value in LAZY_CODECS
    ]
    assert found == []
