"""``async-messaging segments``: how a text is cut and billed, before it is sent."""

from __future__ import annotations

import unicodedata
from typing import Annotated

import typer

from ..codec.segments import count_segments
from .options import Json
from .records import record_of
from .screen import facts, say_json

__all__ = ["segments"]


def segments(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text of a message.")],
    as_json: Json = False,
) -> None:
    """Count a text's segments, and name what makes it longer."""
    counted = count_segments(text)
    if as_json:
        say_json(record_of(counted))
        return
    room = counted.segments * counted.per_segment
    rows = [
        ("encoding", counted.encoding),
        ("segments", f"{counted.segments} of up to {counted.per_segment} units"),
        ("units", f"{counted.units} of {room}"),
    ]
    rows += [("UCS-2 for", _named(char)) for char in counted.offending]
    facts(rows)


def _named(cluster: str) -> str:
    names = (f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" for char in cluster)
    return f"{cluster}  {', '.join(names)}"
