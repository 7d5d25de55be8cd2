"""What the commands of an outbox have in common: which file is meant, and how its keys are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import asdict
from rich.text import Text

from ..client import MessagingClient
from ..errors import LedgerError
from ..outbox.outbox import Outbox
from ..outbox.results import OutboxCounts
from .exits import Exit
from .progress import STYLES
from .screen import aligned, out

OutboxFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The outbox's file, such as codes.outbox.")
]

_NAMES = {
    "accepted": ("accepted", ""),
    "refused": ("refused", "Twilio's answer is remembered"),
    "ready": ("not sent", "the next call under the key sends it"),
    "under_way": ("in flight", "a call is under way"),
    "unknown": ("being checked", "perhaps accepted; outbox settle looks for them"),
    "held": ("held", "perhaps accepted; outbox held lists them"),
    "assumed_sent": ("assumed sent", "a person decided that"),
}
"""Fields of the counts: the words on the screen, and what they mean."""


def outbox_at(path: Path) -> Path:
    """The file that is meant. A library's outbox is made on first use, a mistyped one is not."""
    if not path.exists():
        raise LedgerError(f"there is no outbox {path}")
    return path


def local_outbox(path: Path) -> Outbox:
    """An outbox of which only its file is asked: no call is made, so no credentials are needed."""
    nobody = MessagingClient(account_sid=f"AC{'0' * 32}", auth_token="0" * 32)
    return Outbox.open(outbox_at(path), nobody)


def exit_of(counts: OutboxCounts) -> Exit:
    """How a command ends that leaves the keys so."""
    if counts.unknown:
        return Exit.UNKNOWN
    return Exit.HELD if counts.held else Exit.OK


def keys_text(number: int) -> str:
    """So many keys."""
    return "1 key" if number == 1 else f"{number:,} keys"


def printable(key: str) -> str:
    """A key for the screen: a character that could steer a terminal is shown as its escape."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in key)


def counts_record(path: Path, counts: OutboxCounts) -> dict[str, object]:
    """How many keys there are, as ``--json`` prints it."""
    return {"outbox": path.name, "keys": counts.total, **asdict(counts)}


def show_counts(counts: OutboxCounts) -> None:
    """Print how many keys there are, by what is known of them."""
    rows = [
        (word, f"{number:,}", meaning)
        for name, (word, meaning) in _NAMES.items()
        if (number := getattr(counts, name)) or name == "accepted"
    ]
    for line in aligned(rows, right=(1,), width=out().width - 2):
        text = Text(f"  {line}")
        for word, style in STYLES.items():
            text.highlight_regex(rf"^  {word}(?=  )", style)
        out().put(text)
