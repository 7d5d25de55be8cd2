"""The Messages resource: create, fetch, list, update (redact, cancel), delete; and Feedback.

Source: Twilio's reference, "Messages resource" and "MessageFeedback resource".
"""

from __future__ import annotations

from collections.abc import Callable

from . import callbacks, dates, lifecycle, paging, templates
from .acceptance import accept
from .accounts import Account
from .answers import Answer, RefusedError, json_answer
from .catalogue import DELIVERY_ERRORS
from .checks import check_form
from .exchange import Exchange
from .records import StoredMessage
from .world import MILLION

_DATE_FILTERS = (("DateSent", "="), ("DateSent<", "<"), ("DateSent>", ">"))


def create(exchange: Exchange) -> Answer:
    """POST Messages: checks, stores, answers 201."""
    draft = check_form(exchange.form, exchange.now)
    if draft.content:
        draft = templates.resolve(exchange, draft)
    message, kept = accept(exchange.world, exchange.account, draft, exchange.now)
    told = {
        **represent(exchange, message),
        "body": draft.body if kept.told is None else kept.told,
        "to": draft.to,
    }
    return json_answer(told, 201, accepted=True)


def represent(exchange: Exchange, message: StoredMessage) -> dict[str, object]:
    """The message as Twilio shows it now."""
    state = exchange.world.moment(message, exchange.now)
    base = f"/2010-04-01/Accounts/{exchange.account.sid}/Messages/{message.sid}"
    related = {"media": f"{base}/Media.json"}
    if message.wants_feedback:
        related["feedback"] = f"{base}/Feedback.json"
    sent = state.sent
    return {
        "account_sid": exchange.account.sid,
        "api_version": "2010-04-01",
        "body": message.shown_body,
        "date_created": dates.rfc2822(message.created),
        "date_sent": None if sent is None else dates.rfc2822(sent),
        "date_updated": dates.rfc2822(max(state.changed, message.changed)),
        "direction": message.direction,
        "error_code": state.error or None,
        "error_message": DELIVERY_ERRORS.get(state.error) if state.error else None,
        "from": message.from_ if state.sender_known else None,
        "messaging_service_sid": message.service,
        "num_media": str(len(message.media)),
        "num_segments": str(message.segments) if state.sender_known else "0",
        "price": None if sent is None else f"-{message.price / MILLION:.5f}",
        "price_unit": "USD",
        "sid": message.sid,
        "status": state.status,
        "subresource_uris": related,
        "to": message.shown_to,
        "uri": f"{base}.json",
    }


def find(exchange: Exchange) -> StoredMessage:
    """The message the path names, unless it is no more (20404)."""
    return exchange.found(exchange.account.find(exchange.path["MessageSid"]))


def fetch(exchange: Exchange) -> Answer:
    """GET Messages/{sid}: 404 too while `list_lag` hides a new message."""
    message = find(exchange)
    if not exchange.world.is_listed(message, exchange.now):
        raise RefusedError(20404, exchange.target)
    return json_answer(represent(exchange, message))


def update(exchange: Exchange) -> Answer:
    """POST Messages/{sid}: an empty `Body` redacts, `Status=canceled` cancels what is still scheduled."""
    message = find(exchange)
    body, status = exchange.form.get("Body"), exchange.form.get("Status")
    if (body is None) == (status is None):
        raise RefusedError(30400)
    if status is not None:
        _cancel(exchange, message, status)
    elif body != [""]:
        raise RefusedError(30400)
    else:
        message.redacted = True
        message.changed = exchange.now
    return json_answer(represent(exchange, message))


def _cancel(exchange: Exchange, message: StoredMessage, status: list[str]) -> None:
    if status != ["canceled"]:
        raise RefusedError(30400)
    if exchange.world.moment(message, exchange.now).status != "scheduled":
        raise RefusedError(30409, message.sid)
    message.canceled = exchange.now
    exchange.world.departures.forget(message)
    callbacks.changed(exchange.world, message, exchange.now)
    exchange.account.balance += message.price


def delete(exchange: Exchange) -> Answer:
    """DELETE Messages/{sid}: 204, but not before the message has come to its end."""
    message = find(exchange)
    if exchange.world.moment(message, exchange.now).status not in lifecycle.FINAL:
        raise RefusedError(20009, message.sid)
    message.deleted = True
    return Answer(204)


def give_feedback(exchange: Exchange) -> Answer:
    """POST Messages/{sid}/Feedback."""
    message = find(exchange)
    outcome = (exchange.form.get("Outcome") or ["confirmed"])[0]
    if outcome not in ("confirmed", "unconfirmed"):
        raise RefusedError(20001, "Outcome must be confirmed or unconfirmed")
    date_given = dates.rfc2822(exchange.now)
    return json_answer(
        {
            "account_sid": exchange.account.sid,
            "date_created": date_given,
            "date_updated": date_given,
            "message_sid": message.sid,
            "outcome": outcome,
            "uri": exchange.target,
        }
    )


def show_list(exchange: Exchange) -> Answer:
    """GET Messages: newest first, filtered by `To`, `From`, `DateSent`, `DateSent<`, `DateSent>`."""
    window = paging.read_window(exchange.query)
    keeps = _filters(exchange)
    to = exchange.asked("To") or None
    around = _anchor(exchange.account, window)
    if window.backwards:
        found = exchange.account.oldest_first(to, around or 0)
    else:
        found = exchange.account.newest_first(to, around)
    part, shown = paging.cut(filter(keeps, found), window, lambda message: message.sid)
    told = {"messages": [represent(exchange, message) for message in shown]}
    return json_answer(paging.page_2010(exchange.target, exchange.query, window, part, told))


def _anchor(account: Account, window: paging.Window) -> int | None:
    if not window.key:
        return None
    serial = account.serial_of(window.key)
    if serial is None:
        raise RefusedError(20001, "PageToken is not one of ours")
    return serial


def _filters(exchange: Exchange) -> Callable[[StoredMessage], bool]:
    world, now = exchange.world, exchange.now
    sender = exchange.asked("From")
    bounds = paging.read_bounds(exchange.query, _DATE_FILTERS)

    def keeps(message: StoredMessage) -> bool:
        if not world.is_listed(message, now):
            return False
        if not sender and not bounds:
            return True
        state = world.moment(message, now)
        if sender and (message.from_ != sender or not state.sender_known):
            return False
        return not bounds or (state.sent is not None and paging.within(state.sent, bounds))

    return keeps
