"""Groups of commands that are loaded when one of them is asked for: the others start faster so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from .exits import epilog


def group(text: str, load: Callable[[], typer.Typer]) -> typer.Typer:
    """A group of commands.

    Args:
        text: what the group is for, in a sentence.
        load: gives its commands; called on first use.
    """

    class Commands(TyperGroup):
        # Any: Typer doesn't export the types in question

        def list_commands(self, ctx: Any) -> list[str]:
            self._load()
            return super().list_commands(ctx)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            self._load()
            return super().get_command(ctx, cmd_name)

        def _load(self) -> None:
            if not self.commands:
                self.commands.update(get_group(load()).commands)

    return typer.Typer(cls=Commands, help=text, epilog=epilog(), no_args_is_help=True)
