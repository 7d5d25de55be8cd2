"""``async-messaging prices``: what a segment costs in a country."""

from __future__ import annotations

import unicodedata
from typing import Annotated

import typer

from ..client import MessagingClient
from ..codec.segments import count_segments
from ..models import MessagingCountry, MessagingPrice
from .exits import command
from .options import BaseUrl, Json
from .screen import facts, out, record_of, say_json, table


@command(verbose=True)
async def prices(
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="Two letters, such as US.")],
    base_url: BaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show what a segment to and from a country costs."""
    async with MessagingClient(base_url=base_url) as client:
        found = await client.pricing.messaging.fetch(country)
    if as_json:
        say_json(record_of(found))
    else:
        _show_prices(found)


def _show_prices(found: MessagingCountry) -> None:
    out().put(f"{found.country} ({found.iso_country}), {found.price_unit} a segment")
    rows = [("direction", "carrier", "number", "list", "yours")]
    for carrier in found.outbound_sms_prices or ():
        name = carrier.carrier or "any carrier"
        rows += (("to", name, *_cells(price)) for price in carrier.prices or ())
    rows += (("from", "", *_cells(price)) for price in found.inbound_sms_prices or ())
    table(rows, right=(3, 4))


def _cells(price: MessagingPrice) -> tuple[str, str, str]:
    return price.number_type or "", str(price.base_price or ""), str(price.current_price or "")


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
