"""``async-messaging simulate``: Twilio on localhost. Its options are the simulator's own."""

from __future__ import annotations

import typer


def simulate(context: typer.Context) -> None:
    """Run Twilio on localhost, to try things out at no cost."""
    from ..simulator.__main__ import main

    raise typer.Exit(main(context.args, prog="async-messaging simulate"))
