"""``async-messaging campaign``: a durable bulk send, from the file of recipients to the report."""

from __future__ import annotations

import typer

from .groups import group


def _commands() -> typer.Typer:
    from .campaign_commands import app as commands

    return commands


app: typer.Typer = group("Send to a million people; a crash loses and doubles nothing.", _commands)
