"""Handsets write: the message that comes in, the webhook that is asked, and the TwiML it answers.

STOP, START and HELP are seen to before the webhook is asked, as Twilio does it by default: opted out at once, and a
confirmation sent unless nothing changed. A reply to somebody who has just opted out is refused with 21610. Of more than
10 replies to one message the rest is dropped (14109), and replies that go round in a loop fail (14107, see `throughput.Loops`).
Source: Twilio's pages "Twilio's request to your incoming message webhook URL" and "TwiML for Programmable Messaging".
"""

from __future__ import annotations

import re
from itertools import islice
from operator import attrgetter
from urllib.parse import urljoin

import msgspec

from . import acceptance, alter, optout, senders, twiml
from .accounts import Account
from .answers import RefusedError
from .checks import MAX_BODY, Draft, check_said
from .outgoing import Callback, Outgoing, Reply
from .records import Mark, StoredMedia, StoredMessage
from .webhooks import Webhook, is_web_url
from .world import World

_PRICE = 7_900
_MAX_REDIRECTS = 10
_MAX_MEDIA = 10
_MAX_REPLIES = 10
_ATTACHED = re.compile(r"[!-~][ -~]{0,254}")


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a handset writes, as `POST /inbox/replies` takes it (see `Simulator.reply`)."""

    from_: str = msgspec.field(name="from")
    to: str | None = None
    body: str = ""
    media: tuple[str, ...] = ()
    service: str | None = None


def receive(world: World, account: Account, written: Written, origin: str) -> Reply:
    """Takes in what a handset writes; `origin` is where its media can be fetched. ValueError: it can't be written, and why."""
    now = world.clock.time()
    world.depart(now)
    last = _last_to(account, written)
    to = written.to or (last.from_ if last else "")
    _check(account, written, to)
    service = written.service or (last.service if last else None) or account.pools.owner(to)
    message = _store(account, written, to, service, now)
    reply = Reply(sid=message.sid)
    _heed_keyword(world, account, message, reply)
    webhook = world.webhooks.inbound(to, service)
    if webhook.url:
        fields = _fields(account, message, reply.opt_out_type, origin)
        _ask(world, reply, webhook.url, webhook.method, fields)
    else:
        reply.finished = True
    return reply


def _last_to(account: Account, written: Written) -> StoredMessage | None:
    def wrote(message: StoredMessage) -> bool:
        mine = message.to == written.from_ and message.direction != "inbound"
        return mine and written.to in (None, message.from_)

    # An account that hides the ends of numbers keeps them under what it shows.
    found = [
        message
        for shown in (written.from_, alter.mask(written.from_))
        for message in islice(filter(wrote, account.newest_first(shown)), 1)
    ]
    return max(found, key=attrgetter("serial"), default=None)


def _check(account: Account, written: Written, to: str) -> None:
    if not senders.is_phone(written.from_) and not senders.channel_of(written.from_):
        raise ValueError("from is neither a phone number nor a channel's address")
    if not to:
        raise ValueError("to is missing, and nobody has written to this handset yet")
    mine = to in account.numbers or account.pools.owner(to) is not None
    if senders.is_phone(to) and not mine:
        raise ValueError("to is not a number of this account")
    if senders.is_alphanumeric(to) or senders.channel_of(to) != senders.channel_of(written.from_):
        raise ValueError("to is no sender that this handset can write to")
    if written.service is not None and not senders.SERVICE.fullmatch(written.service):
        raise ValueError("service must be MG and 32 hex digits")
    if not written.body and not written.media:
        raise ValueError("body and media are both missing")
    if len(written.body) > MAX_BODY or len(written.media) > _MAX_MEDIA:
        raise ValueError(f"at most {MAX_BODY} characters and {_MAX_MEDIA} files can be written")
    if not all(_ATTACHED.fullmatch(name) for name in written.media):
        raise ValueError("media must be content types, image/png, or names of files")


def _store(
    account: Account, written: Written, to: str, service: str | None, now: float
) -> StoredMessage:
    is_mms = bool(written.media)
    message = StoredMessage(
        serial=len(account.messages) + 1,
        sid=account.new_sid("MM" if is_mms else "SM"),
        account=account.sid,
        to=to,
        from_=written.from_,
        service=service,
        body=written.body,
        segments=acceptance.weigh(written.body, is_mms=is_mms),
        created=now,
        start=now,
        price=_PRICE,
        mms=is_mms,
        media=tuple(_attach(account, name) for name in written.media),
        direction="inbound",
        mark=Mark("received", now, sent=now),
    )
    account.keep(message)
    return message


def _attach(account: Account, name: str) -> StoredMedia:
    if name.count("/") == 1:
        return StoredMedia(account.new_sid("ME"), name)
    return acceptance.store_media(account, name)


def _heed_keyword(world: World, account: Account, message: StoredMessage, reply: Reply) -> None:
    word = "" if senders.channel_of(message.from_) else optout.keyword(message.body)
    if not word:
        return
    reply.opt_out_type = word
    pairs = [sender for sender in (message.to, message.service) if sender]
    says_so = word == "HELP"
    if word == "STOP":
        says_so = account.opt_outs.stop(message.from_, pairs, message.created)
    elif word == "START":
        says_so = account.opt_outs.start(message.from_, pairs)
    if says_so:
        draft = _draft(message, twiml.Message(optout.CONFIRMATIONS[word]), "")
        try:
            sent, _ = acceptance.store(world, account, draft, message.to, message.created)
        except RefusedError as refusal:
            reply.refused.append(refusal.code)
        else:
            reply.replies.append(sent.sid)


def _fields(
    account: Account, message: StoredMessage, opt_out_type: str, origin: str
) -> dict[str, str]:
    fields = {
        "AccountSid": account.sid,
        "ApiVersion": "2010-04-01",
        "Body": message.body,
        "From": message.from_,
        "MessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "NumSegments": str(message.segments),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
    }
    if message.service:
        fields["MessagingServiceSid"] = message.service
    if opt_out_type:
        fields["OptOutType"] = opt_out_type
    if senders.channel_of(message.from_) == "whatsapp":
        fields["WaId"] = message.from_.partition("+")[2]
        fields["ProfileName"] = "Handset"
        fields["MessageType"] = "image" if message.media else "text"
    else:
        places = ("City", "State", "Zip", "Country")
        fields.update({f"{end}{place}": "" for end in ("From", "To") for place in places})
    base = f"{origin}/2010-04-01/Accounts/{account.sid}/Messages/{message.sid}/Media"
    for i, media in enumerate(message.media):
        fields[f"MediaUrl{i}"] = f"{base}/{media.sid}"
        fields[f"MediaContentType{i}"] = media.content_type
    return fields


def _ask(world: World, reply: Reply, url: str, method: str, fields: dict[str, str]) -> None:
    outgoing = world.outgoing
    callback = Callback(
        number=outgoing.number(),
        kind="message",
        url=url,
        method=method,
        message_sid=reply.sid,
        fields=fields,
    )
    reply.webhook.append(callback)
    outgoing.asked[callback.number] = reply
    outgoing.keep(callback)
    outgoing.ready.append(callback)


def take_answer(
    world: World, outgoing: Outgoing, callback: Callback, content_type: str, body: bytes | None
) -> None:
    """Does what the webhook's answer says; `body` is None when there was none to go by."""
    reply = outgoing.asked.pop(callback.number, None)
    if reply is None:
        return  # the simulator was reset in the meantime
    verbs: list[twiml.Message | twiml.Redirect] = []
    if body is not None:
        callback.answer = body.decode(errors="replace")
        try:
            verbs = twiml.read(content_type, body)
        except twiml.TwimlError as error:
            callback.error_code = error.code
    if callback.error_code and _fall_back(world, reply, callback):
        return
    world.depart(world.clock.time())
    account = world.accounts[callback.account_sid]
    message = account.find(reply.sid)
    sent = 0
    for verb in verbs if message is not None else ():
        assert message is not None
        if isinstance(verb, twiml.Message):
            sent += 1
            if sent > _MAX_REPLIES:
                callback.error_code = 14109
                continue
            _send(world, account, message, verb, callback, reply)
        elif _redirect(world, reply, callback, verb):
            return
    reply.finished = True


def _fall_back(world: World, reply: Reply, callback: Callback) -> bool:
    message_to, service = callback.fields["To"], callback.fields.get("MessagingServiceSid")
    webhook: Webhook = world.webhooks.inbound(message_to, service)
    if not webhook.fallback or "ErrorCode" in callback.fields:
        return False
    fields = {
        **callback.fields,
        "ErrorCode": str(callback.error_code),
        "ErrorUrl": callback.url.partition("#")[0],
    }
    _ask(world, reply, webhook.fallback, webhook.method, fields)
    return True


def _redirect(world: World, reply: Reply, callback: Callback, verb: twiml.Redirect) -> bool:
    url = urljoin(callback.url.partition("#")[0], verb.url)
    if len(reply.webhook) > _MAX_REDIRECTS or not is_web_url(url):
        callback.error_code = 12100
        return False
    _ask(world, reply, url, "GET" if verb.method == "GET" else "POST", callback.fields)
    return True


def _send(
    world: World,
    account: Account,
    message: StoredMessage,
    verb: twiml.Message,
    callback: Callback,
    reply: Reply,
) -> None:
    status_url = urljoin(callback.url.partition("#")[0], verb.callback) if verb.callback else ""
    try:
        draft = _draft(message, verb, status_url)
        sent, _ = acceptance.accept(world, account, draft, world.clock.time())
    except RefusedError as refusal:
        reply.refused.append(refusal.code)
    else:
        reply.replies.append(sent.sid)
        if sent.fate == 14107:
            callback.error_code = 14107


def _draft(message: StoredMessage, verb: twiml.Message, status_url: str) -> Draft:
    if not verb.body and not verb.media:
        raise RefusedError(21602)
    check_said(verb.body, verb.media)
    return Draft(
        to=verb.to or message.from_,
        sender=verb.sender or message.to,
        service=None if verb.sender else message.service,
        body=verb.body,
        media_urls=verb.media,
        send_at=0.0,
        validity=0.0,
        wants_feedback=False,
        as_mms=False,
        callback=status_url,
        direction="outbound-reply",
    )
