"""``async-messaging prices``: what a segment costs in a country."""

from __future__ import annotations

from typing import Annotated

import typer

from ..client import MessagingClient
from ..models import MessagingCountry, MessagingPrice
from .calls import run
from .options import BaseUrl, Json, Verbose
from .records import record_of
from .screen import aligned, out, say_json

__all__ = ["prices"]


def prices(
    country: Annotated[str, typer.Argument(metavar="COUNTRY", help="Two letters, such as US.")],
    base_url: BaseUrl = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show what a segment to and from a country costs."""

    async def work() -> None:
        async with MessagingClient(base_url=base_url) as client:
            found = await client.pricing.messaging.fetch(country)
        if as_json:
            say_json(record_of(found))
        else:
            _show(found)

    run(work, as_json=as_json, verbose=verbose)


def _show(found: MessagingCountry) -> None:
    out().put(f"{found.country} ({found.iso_country}), {found.price_unit} a segment")
    rows = [("direction", "carrier", "number", "list", "yours")]
    for carrier in found.outbound_sms_prices or ():
        name = carrier.carrier or "any carrier"
        rows += (("to", name, *_cells(price)) for price in carrier.prices or ())
    rows += (("from", "", *_cells(price)) for price in found.inbound_sms_prices or ())
    for line in aligned(rows, right=(3, 4)):
        out().put(line)


def _cells(price: MessagingPrice) -> tuple[str, str, str]:
    return price.number_type or "", str(price.base_price or ""), str(price.current_price or "")
