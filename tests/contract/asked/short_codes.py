"""The account's short codes."""

from __future__ import annotations

from tests.contract.asked.services import made
from tests.contract.asking import Asked, Verdict, Visitor

SID = "SC" + "1" * 32


def own(visitor: Visitor, sid: str = SID) -> str:
    """The path of a short code that the account has got."""
    visitor.made(f"{made(visitor)}/ShortCodes", {"ShortCodeSid": sid})
    return f"{visitor.base}/SMS/ShortCodes/{sid}.json"


def show_list(visitor: Visitor) -> Verdict:
    own(visitor)
    return visitor.get("SMS/ShortCodes.json")


ASKED: Asked = {
    ("api_v2010", "FetchShortCode"): lambda visitor: visitor.get(own(visitor)),
    ("api_v2010", "UpdateShortCode"): lambda visitor: visitor.ask(
        "POST", own(visitor), {"FriendlyName": "Lamps"}
    ),
    ("api_v2010", "ListShortCode"): show_list,
}
