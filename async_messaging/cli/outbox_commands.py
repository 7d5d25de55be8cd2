"""The commands of ``async-messaging outbox``, put together."""

from __future__ import annotations

import typer

from .exits import epilog
from .outbox_keys import decide, held, purge, status
from .outbox_settle import settle

app: typer.Typer = typer.Typer(rich_markup_mode=None)

app.command()(status)
app.command(epilog=epilog())(settle)
app.command()(held)
app.command()(decide)
app.command()(purge)
