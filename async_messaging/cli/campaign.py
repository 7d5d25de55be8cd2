"""``async-messaging campaign``: a durable bulk send, from the file of recipients to the report.

Its commands are loaded when one of them is asked for: the other commands start faster so.
"""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from .exits import epilog

__all__ = ["app"]


class _Commands(TyperGroup):
    """A group that loads its commands on first use."""

    # Any: Typer doesn't export the types in question

    def list_commands(self, ctx: Any) -> list[str]:
        self._load()
        return super().list_commands(ctx)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        self._load()
        return super().get_command(ctx, cmd_name)

    def _load(self) -> None:
        if not self.commands:
            from .campaign_commands import app as loaded

            self.commands.update(get_group(loaded).commands)


app: typer.Typer = typer.Typer(
    cls=_Commands,
    help="Send to a million people; a crash loses and doubles nothing.",
    epilog=epilog(),
    no_args_is_help=True,
)
