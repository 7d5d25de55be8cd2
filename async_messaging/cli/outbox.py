"""``async-messaging outbox``: look after the keys of single sends, from outside the program."""

from __future__ import annotations

import typer

from .groups import group


def _commands() -> typer.Typer:
    from .outbox_commands import app as commands

    return commands


app: typer.Typer = group("Settle single sends whose outcome nobody knows.", _commands)
