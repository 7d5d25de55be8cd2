"""``async-messaging suppressions``: who wants no more messages, by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..audience.suppressions import SuppressionStore
from ..bulk.decoding import DamagedError, open_text
from ..codec.numbers import normalise_number
from ..errors import InvalidInput, SettingsError
from .exits import command
from .options import Json, SuppressionsFile, suppressions_file
from .screen import facts, out, say_json

app: typer.Typer = typer.Typer(rich_markup_mode=None)

_DIGITS_OF_A_HEADING = 4
_WORDS = {"stop": "wrote STOP", "refused": "refused by Twilio (21610)", "hand": "added by hand"}

Numbers = Annotated[
    list[str] | None, typer.Argument(metavar="NUMBER", help="+15558675310, whatsapp:+...")
]
From = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="A file with a number first in each line."),
]


@app.command()
@command()
def add(
    numbers: Numbers = None,
    file: From = None,
    suppressions: SuppressionsFile = None,
    as_json: Json = False,
) -> None:
    """Send nothing more to these people, whoever sends."""
    wanted = _wanted(numbers, file)
    _tell("added", _store(suppressions).add(wanted), as_json=as_json)


@app.command()
@command()
def remove(
    numbers: Numbers = None,
    file: From = None,
    suppressions: SuppressionsFile = None,
    as_json: Json = False,
) -> None:
    """Let these people have messages again, whatever they had said."""
    wanted = _wanted(numbers, file)
    _tell("removed", _store(suppressions).remove(wanted), as_json=as_json)


@app.command()
@command()
def count(suppressions: SuppressionsFile = None, as_json: Json = False) -> None:
    """Count those who want no more messages.

    The file holds keyed hashes: no number can be read from it.
    """
    counts = _store(suppressions).counts()
    if as_json:
        say_json({str(origin): people for origin, people in counts.items()})
    else:
        facts((_WORDS[origin], f"{people:,}") for origin, people in counts.items())


def _store(given: Path | None) -> SuppressionStore:
    return SuppressionStore(suppressions_file(given, Path()))


def _wanted(numbers: list[str] | None, file: Path | None) -> list[str]:
    if not numbers and file is None:
        raise SettingsError("whom? give numbers, or --file FILE")
    found = [normalise_number(number) for number in numbers or ()]
    return found + ([] if file is None else list(_in_file(file)))


def _in_file(file: Path) -> Iterator[str]:
    """The first cell of each line; the first line may be a heading."""
    try:
        text = open_text(str(file))
    except OSError as error:
        raise InvalidInput(error.strerror or "can't be read", field=str(file)) from None
    place = 0
    try:
        for place, cells in enumerate(csv.reader(text.lines(), strict=True), 1):
            cell = cells[0].strip() if cells else ""
            if not cell or (place == 1 and _is_heading(cell)):
                continue
            try:
                yield normalise_number(cell)
            except InvalidInput as error:
                raise InvalidInput(f"line {place}: {error.reason}", field="file") from None
    except (DamagedError, csv.Error) as error:
        raise InvalidInput(f"line {place + 1}: {error}", field="file") from None
    finally:
        text.close()


def _is_heading(cell: str) -> bool:
    """Whether it is a word: a number that is written wrongly is not passed over."""
    return any(map(str.isalpha, cell)) and sum(map(str.isdigit, cell)) < _DIGITS_OF_A_HEADING


def _tell(what: str, people: int, *, as_json: bool) -> None:
    if as_json:
        say_json({what: people})
    else:
        out().put(f"{people:,} {what}.")
