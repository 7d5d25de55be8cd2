"""How the simulator is asked for every operation: a module of `asked` for every chapter of Twilio's API.

Each caller makes what it needs and returns the answer to the operation itself. `send` is a form or, for the hosts that
take it, JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from async_messaging.simulator.desk import Verdict
from tests.unit.simulator import visitor as desk

__all__ = ["Asked", "Verdict", "Visitor", "all_asked"]


class Visitor(desk.Visitor):
    """A client of a fresh simulator."""

    def send(self, path: str, body: dict[str, Any], *, method: str = "POST") -> Verdict:
        """A request with a JSON body."""
        content_type = "application/json"
        return self.ask(method, path, body=json.dumps(body).encode(), content_type=content_type)

    def made(self, path: str, form: dict[str, Any]) -> dict[str, Any]:
        """What a POST with a form has made."""
        verdict = self.ask("POST", path, form)
        assert verdict.answer.status < 300, verdict.answer.body
        return desk.read(verdict)

    def read(self, verdict: Verdict) -> dict[str, Any]:
        """The JSON of an answer."""
        return desk.read(verdict)


Asked = dict[tuple[str, str], Callable[[Visitor], Verdict]]


def all_asked() -> Asked:
    """The callers of every chapter, by api and operation."""
    found: Asked = {}
    for file in sorted((Path(__file__).parent / "asked").glob("*.py")):
        found |= import_module(f"tests.contract.asked.{file.stem}").ASKED
    return found
