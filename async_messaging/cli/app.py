"""The command line, ``async-messaging``, put together; groups are loaded when one of their commands is asked for."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from .bulk import bulk
from .doctor import doctor
from .exits import epilog
from .listen import listen
from .messages import app as messages
from .prices import prices, segments
from .send import send

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


def simulate(context: typer.Context) -> None:
    """Run Twilio on localhost, to try things out at no cost."""
    from ..simulator.__main__ import main

    raise typer.Exit(main(context.args, prog="async-messaging simulate"))


def _group(text: str, module: str, exits: str = "") -> typer.Typer:
    """A group of commands; its module is loaded on first use, so that the others start faster."""

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
                loaded = import_module(f".{module}", __package__)
                self.commands.update(get_group(loaded.app).commands)

    return typer.Typer(cls=Commands, help=text, epilog=exits or None, no_args_is_help=True)


app.command(epilog=epilog())(send)
app.command(epilog=epilog())(bulk)
_SENDING = "Send to a million people; a crash loses and doubles nothing."
app.add_typer(_group(_SENDING, "campaign_commands", epilog()), name="campaign")
_SETTLING = "Settle single sends whose outcome nobody knows."
app.add_typer(_group(_SETTLING, "outbox_keys", epilog()), name="outbox")
app.command()(listen)
app.add_typer(messages, name="messages")
_REFUSING = "Who wants no more messages; campaigns ask before each message."
app.add_typer(_group(_REFUSING, "suppressions"), name="suppressions")
app.command(epilog=epilog())(doctor)
app.command()(prices)
app.command()(segments)
app.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)(simulate)
