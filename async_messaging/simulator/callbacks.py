"""Status callbacks: which changes of a message's status are told, and in which words.

Every change but the first status is told, as Twilio does: `sending`, `sent`, `delivered`, `undelivered`, `failed`,
`canceled`, `read`; of a service's or a scheduled message `queued` and `accepted` too. Statuses of a message whose clock
has jumped are all told, in their order. Source: Twilio's page "Track the Message Status of Outbound Messages".
"""

from __future__ import annotations

import hashlib
import time

import msgspec

from . import senders
from .catalogue import DELIVERY_ERRORS
from .lifecycle import Moment
from .outgoing import Callback
from .records import StoredMessage
from .world import World

_RECEIPTS = frozenset({"delivered", "undelivered"})


def watch(world: World, message: StoredMessage, now: float) -> None:
    """Plans the callbacks of a message that was just accepted, if it wants any."""
    if message.callback:
        _plan(world, message, world.moment(message, now))


def changed(world: World, message: StoredMessage, now: float) -> None:
    """Tells of a status that somebody has set; what was planned for this message falls away."""
    if message.callback:
        world.outgoing.unplan(message)
        _announce(world, message, world.moment(message, now), now)


def advance(world: World, now: float) -> None:
    """Makes what is due ready to be posted."""
    outgoing = world.outgoing
    for at, what in outgoing.due(now):
        if isinstance(what, Callback):
            outgoing.ready.append(what)
        else:
            state = world.moment(what, at)
            _announce(world, what, state, at)
            _plan(world, what, state)


def _plan(world: World, message: StoredMessage, state: Moment) -> None:
    if state.until is not None:
        world.outgoing.plan(state.until, message)


def _announce(world: World, message: StoredMessage, state: Moment, at: float) -> None:
    outgoing = world.outgoing
    callback = Callback(
        number=outgoing.number(),
        kind="status",
        url=message.callback,
        message_sid=message.sid,
        fields=status_fields(message, state),
    )
    outgoing.keep(callback)
    fault = world.deck.draw("callback")
    if fault == "lost":
        outgoing.settle(callback, "lost")
    elif fault == "late":
        outgoing.plan(at + world.deck.lateness() / world.conditions.speed, callback)
    else:
        outgoing.ready.append(callback)
    if fault == "twice":
        again = msgspec.structs.replace(callback, number=outgoing.number(), attempts=[])
        outgoing.keep(again)
        outgoing.ready.append(again)


def status_fields(message: StoredMessage, state: Moment) -> dict[str, str]:
    """The form of a status callback."""
    fields = {
        "AccountSid": message.account,
        "ApiVersion": "2010-04-01",
        "MessageSid": message.sid,
        "MessageStatus": state.status,
        "SmsSid": message.sid,
        "SmsStatus": state.status,
        "To": message.shown_to,
    }
    if state.sender_known:
        fields["From"] = message.from_
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if state.error:
        fields["ErrorCode"] = str(state.error)
        fields["ErrorMessage"] = DELIVERY_ERRORS.get(state.error, "Unknown error")
    channel = senders.channel_of(message.to)
    if channel:
        fields.update(_channel_fields(channel, message, state))
    elif state.status in _RECEIPTS:
        fields["RawDlrDoneDate"] = time.strftime("%y%m%d%H%M", time.gmtime(state.changed))
    return fields


def _channel_fields(channel: str, message: StoredMessage, state: Moment) -> dict[str, str]:
    digest = hashlib.blake2b(message.from_.encode(), digest_size=16).hexdigest()
    fields = {
        "ChannelInstallSid": f"XE{digest}",
        "ChannelPrefix": channel,
        "ChannelToAddress": message.shown_to,
    }
    if state.status == "read":
        fields["EventType"] = "READ"
    if state.error:
        fields["ChannelStatusMessage"] = DELIVERY_ERRORS.get(state.error, "Unknown error")
    return fields
