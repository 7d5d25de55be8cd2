"""Taking a message in: opt-outs and other recipients that are refused, the sender's queue, price and fate.

Of a scheduled message much of that is found out only when it departs (see `departures`).
"""

from __future__ import annotations

import mimetypes

from . import alter, callbacks, segments, senders
from .accounts import Account
from .answers import RefusedError
from .checks import Draft
from .records import NOT_DEPARTED, UNQUEUED, StoredMedia, StoredMessage
from .resources import link_domains
from .world import World

_SMS_PRICE = 7_900
_MMS_PRICE = 20_000
_ABROAD_PRICE = 40_000
_VALIDITY = 36_000.0


def weigh(body: str, *, is_mms: bool) -> int:
    """Segments of a message; an MMS is one."""
    return 1 if is_mms else segments.count(body)


def accept(
    world: World, account: Account, draft: Draft, now: float
) -> tuple[StoredMessage, alter.Kept]:
    """Stores a message that may be sent, and plans what is told of it; with what Twilio keeps of it."""
    senders.check_recipient(draft.to)
    if draft.sender:
        _check_sender(account, draft)
    sender = draft.sender
    if draft.send_at:
        world.departures.check_room(account.sid)
    else:
        sender = sender or _choose(account, draft)
        _check_opt_outs(world, account, draft, sender)
    if draft.to in world.conditions.landlines:
        raise RefusedError(21614, draft.to)
    return store(world, account, draft, sender, now)


def _check_sender(account: Account, draft: Draft) -> None:
    service = account.pools.service(draft.service)
    if service is not None and draft.direction == "outbound-api":
        account.pools.check_member(service, draft.sender)
    numbers = account.numbers
    if draft.sender not in numbers and account.pools.owner(draft.sender):
        numbers = (*numbers, draft.sender)
    senders.check_sender(draft.sender, draft.to, numbers)


def _check_opt_outs(world: World, account: Account, draft: Draft, sender: str) -> None:
    opt_outs = account.opt_outs
    if draft.to in world.conditions.opted_out or (
        opt_outs and opt_outs.refuses(draft.to, sender, draft.service)
    ):
        raise RefusedError(21610, draft.to)


def _choose(account: Account, draft: Draft) -> str:
    assert draft.service is not None
    is_mms = bool(draft.media_urls) or draft.as_mms
    number = len(account.messages) + 1
    return account.choose_sender(draft.service, draft.to, number, is_mms=is_mms)


def store(
    world: World, account: Account, draft: Draft, sender: str, now: float
) -> tuple[StoredMessage, alter.Kept]:
    """Stores a message from `sender` without asking who may write to whom; a full queue refuses it (21611)."""
    message = _stored(world, account, draft, sender, now)
    if draft.send_at:
        world.departures.add(message)
    host = link_domains.short_host(account, draft.service, alter.SHORT_HOST)
    kept = alter.keep(draft, message.sid, world.conditions.alter, host)
    message.kept_body, message.kept_to = kept.body, kept.to
    account.keep(message)
    if message.callback:
        callbacks.watch(world, message, now)
    return message, kept


def _place(
    world: World, account: Account, draft: Draft, sender: str, weight: int, now: float
) -> tuple[float, int]:
    """Seconds in the sender's queue, and what becomes of the message as far as that is known by now."""
    fate = senders.fate_of(draft.to) or draft.fate
    if draft.send_at:
        return NOT_DEPARTED, fate
    if draft.direction == "outbound-reply" and world.loops.stops(sender, draft.to, now):
        return 0.0, 14107
    wait = account.queues.reserve(sender, weight, now)
    if wait is not None:
        return wait, fate
    if draft.service is None:
        raise RefusedError(21611, sender)
    return 0.0, 30001


def _stored(world: World, account: Account, draft: Draft, sender: str, now: float) -> StoredMessage:
    service = draft.service
    is_mms = bool(draft.media_urls) or draft.as_mms
    weight = weigh(draft.body, is_mms=is_mms)
    wait, fate = _place(world, account, draft, sender, weight, now)
    return StoredMessage(
        serial=len(account.messages) + 1,
        sid=account.new_sid("MM" if is_mms else "SM"),
        account=account.sid,
        to=draft.to,
        from_=sender,
        service=service,
        body=draft.body,
        segments=weight,
        created=now,
        start=draft.send_at or now,
        wait=wait,
        validity=draft.validity or _validity_of(account, service),
        price=0 if fate in UNQUEUED else _price(draft.to, weight, is_mms=is_mms),
        fate=fate or world.deck.fate(),
        chosen_later=not draft.sender,
        mms=is_mms,
        wants_feedback=draft.wants_feedback,
        direction=draft.direction,
        template=f"{draft.content} {draft.variables}" if draft.content else "",
        media=tuple(store_media(account, url) for url in draft.media_urls),
        callback=draft.callback or (world.webhooks.status_callback(service) if service else ""),
    )


def _validity_of(account: Account, service: str | None) -> float:
    record = account.pools.service(service)
    period = record.fields.get("validity_period") if record else None
    return float(period) if isinstance(period, int | float) and period > 0 else _VALIDITY


def store_media(account: Account, url: str) -> StoredMedia:
    """The record of a file at `url`; its type is guessed from the name."""
    guessed, _ = mimetypes.guess_type(url.partition("?")[0])
    return StoredMedia(account.new_sid("ME"), guessed or "image/jpeg")


def _price(to: str, weight: int, *, is_mms: bool) -> int:
    if is_mms:
        return _MMS_PRICE
    return weight * (_SMS_PRICE if to.startswith("+1") else _ABROAD_PRICE)
