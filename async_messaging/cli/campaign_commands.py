"""The commands of ``async-messaging campaign``, put together."""

from __future__ import annotations

import typer

from .campaign_after import retry, sync
from .campaign_control import cancel, pause, set_options
from .campaign_create import create, send_test
from .campaign_decide import held, reconcile, report
from .campaign_privacy import forget, purge
from .campaign_run import resume, run
from .campaign_watch import status, watch
from .exits import epilog

app: typer.Typer = typer.Typer(rich_markup_mode=None)

app.command()(create)
app.command("test")(send_test)
app.command(epilog=epilog())(run)
app.command(epilog=epilog())(resume)
app.command()(status)
app.command()(watch)
app.command()(pause)
app.command("set")(set_options)
app.command()(cancel)
app.command()(reconcile)
app.command()(held)
app.command()(report)
app.command()(sync)
app.command()(retry)
app.command()(purge)
app.command()(forget)
