"""Messaging services and their senders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.contract.asking import Asked, Verdict, Visitor

PATH = "/v1/Services"
ADDED = {
    "PhoneNumber": ("PhoneNumbers", {"PhoneNumberSid": "PN" + "1" * 32}),
    "ShortCode": ("ShortCodes", {"ShortCodeSid": "SC" + "1" * 32}),
    "AlphaSender": ("AlphaSenders", {"AlphaSender": "Owl Lamps"}),
    "DestinationAlphaSender": (
        "DestinationAlphaSenders",
        {"AlphaSender": "Owl Lamps", "IsoCountryCode": "FR"},
    ),
    "ChannelSender": ("ChannelSenders", {"Sid": "XE" + "1" * 32}),
}
"""The path and the form of every kind of sender, by Twilio's name of it."""


def create(visitor: Visitor) -> Verdict:
    return visitor.ask("POST", PATH, {"FriendlyName": "Lamps"})


def made(visitor: Visitor, **form: str) -> str:
    """The path of a new service."""
    sid = visitor.made(PATH, {"FriendlyName": "Lamps", **form})["sid"]
    return f"{PATH}/{sid}"


def at_one(method: str, visitor: Visitor, form: dict[str, str] | None = None) -> Verdict:
    return visitor.ask(method, made(visitor), form)


def show_list(visitor: Visitor) -> Verdict:
    made(visitor)
    return visitor.get(PATH)


def add(kind: str, visitor: Visitor) -> Verdict:
    path, form = ADDED[kind]
    return visitor.ask("POST", f"{made(visitor)}/{path}", form)


def at_sender(method: str, kind: str, visitor: Visitor) -> Verdict:
    path, form = ADDED[kind]
    everyone = f"{made(visitor)}/{path}"
    return visitor.ask(method, f"{everyone}/{visitor.made(everyone, form)['sid']}")


def list_senders(kind: str, visitor: Visitor) -> Verdict:
    path, form = ADDED[kind]
    everyone = f"{made(visitor)}/{path}"
    visitor.made(everyone, form)
    return visitor.get(everyone)


def _senders(verb: str, ask: Callable[[str, Visitor], Verdict]) -> Asked:
    return {("messaging_v1", verb + kind): partial(ask, kind) for kind in ADDED}


ASKED: Asked = {
    ("messaging_v1", "CreateService"): create,
    ("messaging_v1", "FetchService"): partial(at_one, "GET"),
    ("messaging_v1", "UpdateService"): partial(at_one, "POST", form={"StickySender": "false"}),
    ("messaging_v1", "DeleteService"): partial(at_one, "DELETE"),
    ("messaging_v1", "ListService"): show_list,
    ("messaging_v1", "FetchUsecase"): lambda visitor: visitor.get(f"{PATH}/Usecases"),
    **_senders("Create", add),
    **_senders("Fetch", partial(at_sender, "GET")),
    **_senders("Delete", partial(at_sender, "DELETE")),
    **_senders("List", list_senders),
}
