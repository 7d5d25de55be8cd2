"""Puts messaging services and their senders on an account's shelves, as if they had been created."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from async_messaging.simulator import callbacks
from async_messaging.simulator.records import Record
from tests.unit.simulator.visitor import SERVICE, Json, Visitor

_numbers = count(1)
_UNSET = {
    "inbound_request_url": "",
    "inbound_method": "POST",
    "fallback_url": "",
    "status_callback": "",
    "use_inbound_webhook_on_number": False,
}


def put(visitor: Visitor, kind: str, parent: str = SERVICE, **fields: object) -> str:
    """Puts a sender into a service's pool; its sid."""
    sid = f"XX{next(_numbers):032x}"
    shelf = visitor.world.accounts[visitor.world.account_sid].shelves[kind]
    shelf.put(Record(sid=sid, created=0.0, updated=0.0, parent=parent, fields=fields))
    return sid


def remove(visitor: Visitor, kind: str, sid: str) -> None:
    """Takes a sender out of its pool."""
    visitor.world.accounts[visitor.world.account_sid].shelves[kind].remove(sid)


def serve(visitor: Visitor, *numbers: str, service: str = SERVICE, **fields: object) -> str:
    """Creates a service, or overwrites it, and adds numbers to its pool; its sid."""
    shelves = visitor.world.accounts[visitor.world.account_sid].shelves
    told = {**_UNSET, **fields}
    shelves["services"].put(Record(sid=service, created=0.0, updated=0.0, fields=told))
    for number in numbers:
        put(visitor, "phone_numbers", service, phone_number=number, capabilities=["SMS", "MMS"])
    return service


def sender_of(visitor: Visitor, to: str, **form: object) -> str:
    """Sends a message through the service; whom it chose, once that is told."""
    asked = {"From": None, "MessagingServiceSid": SERVICE, **form}
    message = visitor.create(To=to, **asked)
    assert (message["from"], message["num_segments"]) == (None, "0")
    visitor.clock.advance(1)
    return str(visitor.fetch(message["sid"])["from"])


def schedule(visitor: Visitor, seconds: float = 600, **form: object) -> Json:
    """Schedules a message through the service, so many seconds from now."""
    at = datetime.fromtimestamp(visitor.clock.time() + seconds, UTC)
    asked = {"From": None, "MessagingServiceSid": SERVICE, "ScheduleType": "fixed", **form}
    return visitor.create(**asked, SendAt=at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def told(visitor: Visitor, seconds: float) -> list[tuple[str, str]]:
    """Recipients and statuses of the callbacks that come up in so many seconds, in order."""
    visitor.clock.advance(seconds)
    callbacks.advance(visitor.world, visitor.clock.time())
    made = [callback.fields for callback in visitor.world.outgoing.ready]
    visitor.world.outgoing.ready.clear()
    return [(fields["To"], fields["MessageStatus"]) for fields in made]
