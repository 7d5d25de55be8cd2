"""One place decides what became of a send: nobody else compares texts or reads the list for it."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.contract.test_layers import FILES, PACKAGE

READS_THE_LIST = {
    "settling/listing.py": "the one reader",
    "settling/driver.py": "asks for Twilio's time",
    "campaigns/sync.py": "states of messages that are known to be ours",
    "cli/messages.py": "shows the list",
    "cli/checks.py": "asks whether the account answers",
    "campaigns/run.py": "asks whether the account answers",
}
"""Who calls the list of messages, and why that is no evidence of its own."""


def name_of(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def importers(module: str) -> set[str]:
    found: set[str] = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                named = {*(node.module or "").split("."), *(alias.name for alias in node.names)}
                if module in named and (node.level or "async_messaging" in named):
                    found.add(name_of(file))
    return found


def callers_of_the_list() -> set[str]:
    found: set[str] = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == "list":
                of = node.value
                name = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
                if name.strip("_") == "messages":
                    found.add(name_of(file))
    return found


def test_only_settling_compares_texts() -> None:
    found = importers("likeness")
    assert "settling/rules.py" in found
    assert {name.split("/")[0] for name in found} == {"settling"}


def test_who_reads_the_list_of_messages_is_known() -> None:
    found = callers_of_the_list()
    assert "settling/listing.py" in found
    assert {name for name in found if not name.startswith("simulator/")} <= set(READS_THE_LIST)
