"""The account's short codes (`SMS/ShortCodes` of the 2010 API).

An account has those whose sids were added to a messaging service; no other can be fetched (20404). The code hangs on its
sid. `SmsUrl` and the like are where messages to the code go: see `webhooks`. In the list's filter `ShortCode`, `*` stands
for any digit. Source: Twilio's reference, "Short Codes".
"""

from __future__ import annotations

import re

from .. import dates, paging, parameters
from ..answers import Answer, json_answer
from ..exchange import Exchange
from ..parameters import read_form
from ..records import Record
from ..routes import Route
from .collection import Collection

KIND = "account_short_codes"

_PATH = "/2010-04-01/Accounts/{AccountSid}/SMS/ShortCodes"
_METHODS = ("GET", "POST")
_PARAMETERS = (
    parameters.text("FriendlyName", 64),
    parameters.choice("ApiVersion", ("2010-04-01", "2008-08-01"), default="2010-04-01"),
    parameters.url("SmsUrl"),
    parameters.choice("SmsMethod", _METHODS, default="POST"),
    parameters.url("SmsFallbackUrl"),
    parameters.choice("SmsFallbackMethod", _METHODS, default="POST"),
)
_FILTERS = (
    parameters.text("FriendlyName"),
    parameters.text("ShortCode", pattern=r"[0-9*]{1,6}"),
)


def digits_of(sid: str) -> int:
    """The number that a sid's 32 hex digits make."""
    return int.from_bytes(bytes.fromhex(sid[2:]), "big")


def find_or_make(exchange: Exchange, sid: str) -> Record:
    """The account's short code with this sid, which may be new."""
    shelf = exchange.account.shelves[KIND]
    known = shelf.get(sid)
    if known is not None:
        return known
    fields = read_form({}, _PARAMETERS, whole_record=True)
    taken = {one.text("short_code") for one in shelf}
    start = digits_of(sid)
    # Codes of five digits; the next one that is free.
    code = next(
        code
        for step in range(90_000)
        if (code := str(10_000 + (start + step) % 90_000)) not in taken
    )
    return CODES.new(exchange, {**fields, "short_code": code, "friendly_name": code}, sid)


def represent(exchange: Exchange, code: Record) -> dict[str, object]:
    """The short code as Twilio shows it."""
    account = exchange.account.sid
    return {
        "sid": code.sid,
        "account_sid": account,
        **code.fields,
        "date_created": dates.rfc2822(code.created),
        "date_updated": dates.rfc2822(code.updated),
        "uri": f"{_PATH.format(AccountSid=account)}/{code.sid}.json",
    }


CODES = Collection(
    kind=KIND,
    key="short_codes",
    placeholder="ShortCodeSid",
    represent=represent,
    parameters=_PARAMETERS,
)


def show_list(exchange: Exchange) -> Answer:
    """GET of the list, filtered by `FriendlyName` and `ShortCode`."""
    wanted = read_form(exchange.query, _FILTERS, whole_record=False)
    name = wanted.get("friendly_name")
    pattern = str(wanted.get("short_code", "")).replace("*", "[0-9]") or "[0-9]+"
    found = [
        one
        for one in CODES.shelf(exchange)
        if name in (None, one.fields["friendly_name"])
        and re.fullmatch(pattern, one.text("short_code"))
    ]
    window = paging.read_window(exchange.query)
    part, shown = paging.cut_sequence(found, window, lambda code: code.sid)
    told = {"short_codes": [represent(exchange, code) for code in shown]}
    return json_answer(paging.page_2010(exchange.target, exchange.query, window, part, told))


ROUTES = (
    Route("GET", _PATH + ".json", show_list),
    Route("GET", _PATH + "/{ShortCodeSid}.json", CODES.fetch),
    Route("POST", _PATH + "/{ShortCodeSid}.json", CODES.update),
)
