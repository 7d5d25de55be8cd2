"""Who may import whom. A new package is one new line here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "async_messaging"
ANYTHING = "errors clock settings operation codec models twiml webhooks transport pipeline resources storage settling audience bulk client campaigns outbox fleet observe simulator"
MAY_IMPORT = {
    "errors": "",
    "clock": "",
    "credentials": "errors",
    "settings": "errors credentials",
    "operation": "errors clock",
    "codec": "errors operation",
    "models": "errors codec",
    "twiml": "errors",
    "webhooks": "errors clock codec models twiml",
    "transport": "errors clock settings operation",
    "pipeline": "errors clock settings operation codec transport",
    "resources": "errors operation codec models",
    "storage": "errors clock",
    "settling": "errors clock operation codec models resources storage",
    "audience": "errors clock codec models storage",
    "bulk": "errors clock operation codec models pipeline resources audience",
    "client": "errors clock credentials settings operation codec models transport pipeline resources settling bulk",
    "campaigns": "errors clock operation codec models pipeline resources storage settling audience bulk client",
    "outbox": "errors clock operation codec models storage settling audience resources client",
    "fleet": "errors clock operation models pipeline bulk client campaigns",
    "observe": "errors operation pipeline campaigns",
    "simulator": "",
    "testing": ANYTHING,
    "cli": f"{ANYTHING} testing",
    "__main__": f"{ANYTHING} testing cli",
}
FILES = sorted(PACKAGE.rglob("*.py"))


def own(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and first package below ours of every import of our own, wherever it stands."""
    here = ("async_messaging", *file.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            parts = [*base, *(node.module or "").split(".")]
            names = [[*parts, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        for parts in names:
            found = [part for part in parts if part]
            if found[:1] == ["async_messaging"] and len(found) > 1 and found[1] != "__version__":
                yield node.lineno, found[1]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file: Path) -> None:
    layer = own(file)
    if layer == "__init__":
        return
    allowed = set(MAY_IMPORT[layer].split()) | {layer}
    if file.relative_to(PACKAGE) == Path("simulator/__init__.py"):
        allowed.add("client")
    wrong = [
        f"line {line}: {layer} imports {name}"
        for line, name in imports(file)
        if name not in allowed
    ]
    assert not wrong, wrong


def test_the_walk_sees_imports_inside_functions(tmp_path: Path) -> None:
    names = [name for _, name in imports(PACKAGE / "client.py")]
    assert "transport" in names
    assert "bulk" in names


def test_every_package_has_a_line() -> None:
    assert {own(file) for file in FILES} - {"__init__"} <= set(MAY_IMPORT)


def test_type_checking_imports_stand_only_where_things_load_on_first_use() -> None:
    where = {
        str(file.relative_to(PACKAGE))
        for file in FILES
        if "if TYPE_CHECKING:" in file.read_text()
        and file.name not in {"__init__.py", "client.py", "plugin.py"}
    }
    assert where == set()


def test_only_main_imports_the_command_line() -> None:
    importers = {own(file) for file in FILES for _, name in imports(file) if name == "cli"}
    assert importers <= {"cli", "__main__"}


def test_only_the_pipeline_hands_requests_to_a_transport() -> None:
    found = set[str]()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                named = ast.unparse(node.func.value).removeprefix("self.").strip("_")
                if node.func.attr in {"send", "stream"} and named.endswith("transport"):
                    found.add(own(file))
    assert found == {"pipeline"}
