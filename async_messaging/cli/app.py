"""The command line, put together."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from .bulk import bulk
from .campaign import app as campaign
from .doctor import doctor
from .exits import epilog
from .listen import listen
from .messages import app as messages
from .outbox import app as outbox
from .prices import prices, segments
from .send import send
from .simulate import simulate
from .suppressions import app as suppressions

app: typer.Typer = typer.Typer(
    name="async-messaging",
    help="Text messages through Twilio: as fast as your limits allow, and never twice.",
    epilog=epilog(),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"async-messaging {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[  # noqa: ARG001 - its callback has acted
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""
    logging.getLogger("async_messaging").addHandler(logging.NullHandler())  # else: into the display


app.command(epilog=epilog())(send)
app.command(epilog=epilog())(bulk)
app.add_typer(campaign, name="campaign")
app.add_typer(outbox, name="outbox")
app.command()(listen)
app.add_typer(messages, name="messages")
app.add_typer(suppressions, name="suppressions")
app.command(epilog=epilog())(doctor)
app.command()(prices)
app.command()(segments)
app.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)(simulate)
