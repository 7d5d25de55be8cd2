"""One signed text, cut in other ways: the event that it was, or refused."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest

from async_messaging import InvalidInput
from async_messaging.webhooks import Event, InboundMessage, StatusCallback, Webhooks, read_event
from async_messaging.webhooks.signature import signed_text
from tests.unit.webhooks.requests import (
    ACCOUNT,
    SID,
    TOKEN,
    URL,
    form_of,
    inbound,
    sid,
    signed,
    status,
)

VICTIM = "+14155550177"
OTHER = sid(9)


def receiver() -> tuple[Webhooks, list[Event]]:
    hooks = Webhooks(auth_token=TOKEN, public_url="https://example.com")
    events: list[Event] = []
    hooks.on_message(events.append)
    hooks.on_status(events.append)
    return hooks, events


async def cut_anew(
    old: dict[str, str], new: dict[str, str], *, url: str = URL, target: str = "/sms"
) -> int:
    """The answer to another cut of a signed text, by who has never seen the first."""
    hooks, events = receiver()
    headers, _ = signed(old, url=url)
    assert url + signed_text(old.items()) == f"https://example.com{target}" + signed_text(
        new.items()
    )
    hooks.validate(url=target, headers=headers, body=form_of(new))
    answer = await hooks.handle(method="POST", target=target, headers=headers, body=form_of(new))
    assert answer.status != 204 or events
    return answer.status


def without(params: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in names}


START = inbound(Body="START")


@pytest.mark.parametrize(
    ("dropped", "changed"),
    [
        (["NumMedia"], {"MessageSid": SID + "NumMedia0"}),
        (["MessageSid"], {"From": "+14155550100MessageSid" + SID}),
        (["From"], {"Body": "STARTFrom+14155550100"}),
        (["SmsStatus"], {"SmsSid": SID + "SmsStatusreceived"}),
        (["To"], {"SmsStatus": "receivedTo+15005550006"}),
        (["AccountSid"], {"AccountSi": "d" + ACCOUNT}),
        (["SmsSid"], {"SmsS": "id" + SID}),
    ],
)
async def test_a_start_cut_anew_is_refused(dropped: list[str], changed: dict[str, str]) -> None:
    new = {**without(START, *dropped), **changed}
    assert await cut_anew(START, new) == 400


@pytest.mark.parametrize(
    ("dropped", "changed"),
    [
        (["ErrorCode"], {"ApiVersion": "2010-04-01ErrorCode30003"}),
        (["ErrorCode"], {"ErrorCod": "e30003"}),
        (["RawDlrDoneDate"], {"RawDlrDoneDate26": "11251730"}),
        (["RawDlrDoneDate"], {"MessageStatus": "undeliveredRawDlrDoneDate2611251730"}),
        (["MessageStatus", "SmsStatus"], {
            "MessageSid": SID + "MessageStatusundelivered",
            "SmsSid": SID + "SmsStatusundelivered",
        }),
    ],
)  # fmt: skip
async def test_a_status_cut_anew_is_refused(dropped: list[str], changed: dict[str, str]) -> None:
    old = status("undelivered", ErrorCode="30003", RawDlrDoneDate="2611251730")
    assert await cut_anew(old, {**without(old, *dropped), **changed}) == 400


async def test_a_text_does_not_become_a_sender() -> None:
    """The writer's own message, which names another sender within its text."""
    old = inbound(Body=f"STARTFrom{VICTIM}FromCityX", FromCity="OAKLAND")
    new = inbound(Body="START", From=VICTIM, FromCity="XFrom+14155550100FromCityOAKLAND")
    assert await cut_anew(old, new) == 400
    assert await cut_anew(old, old) == 400  # the text could mean both


async def test_a_text_does_not_become_a_message() -> None:
    forged = {"AccountSid": ACCOUNT, "MessageSid": OTHER, "From": VICTIM, "SmsStatus": "received"}
    old = inbound(Body="x" + signed_text({**forged, "To": "+15005550006"}.items()) + "ToCity")
    assert await cut_anew(old, old) == 400


async def test_the_reference_to_another_message_is_not_the_message() -> None:
    old = inbound(OriginalRepliedMessageSid=OTHER)
    assert await cut_anew(old, old) == 204
    new = {**without(old, "OriginalRepliedMessageSid", "MessageSid", "NumMedia", "NumSegments")}
    new["From"] = f"+14155550100MessageSid{SID}NumMedia0NumSegments1OriginalReplied"
    assert await cut_anew(old, {**new, "MessageSid": OTHER}) == 400


async def test_no_parameter_moves_between_url_and_form() -> None:
    old = inbound()
    hooks, events = receiver()
    headers, _ = signed(old, url=f"{URL}?row=1")
    text = signed_text(old.items()).removeprefix("AccountSid")
    for target, form in (
        (f"/sms?row=1AccountSid{ACCOUNT}", without(old, "AccountSid")),
        ("/sms?row=1AccountSid", {text: ""}),
        ("/sms", {"?row=1": "", **old}),
        ("/sms?row", {"=1": "", **old}),
    ):
        answer = await hooks.handle(
            method="POST", target=target, headers=headers, body=form_of(form)
        )
        assert answer.status in {400, 403}, target
    assert events == []


async def test_a_form_does_not_become_a_get() -> None:
    """Its text holds a query, behind the names and values that come first."""
    query = urlencode({"AccountSid": ACCOUNT, "MessageSid": OTHER, "From": VICTIM, "Body": "START"})
    old = inbound(Body=f"&{query}&x=")
    hooks, events = receiver()
    headers, body = signed(old, url=f"{URL}?row=1")
    target = "/sms?row=1" + signed_text(old.items())
    for one in (target, target.replace("AccountSidAC", "%41ccountSidAC", 1)):
        answer = await hooks.handle(
            method="GET", target=one, headers={**headers, "Content-Type": ""}, body=b""
        )
        assert answer.status == 403
    assert events == []
    answer = await hooks.handle(method="POST", target="/sms?row=1", headers=headers, body=body)
    assert (answer.status, len(events)) == (400, 0)  # it names a message as a GET does


@pytest.mark.parametrize("first", ["Body", "MessageSid"])
async def test_a_get_does_not_become_a_form(first: str) -> None:
    """What a writer's blank becomes in a URL is the plus sign of a number in a form."""
    forged = {**inbound(Body="START", MessageSid=OTHER), "From": VICTIM}
    text = signed_text(forged.items()).replace("+", " ") + "ToCity"
    params = inbound(Body=text)
    names = sorted(params, key=lambda name: name != first)
    query = "&".join(f"{name}={quote_plus(params[name])}" for name in names)
    head, _, rest = query.partition(quote_plus(text))
    hooks, events = receiver()
    headers, _ = signed(url=f"{URL}?{query}")
    given = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
    form, target = form_of({**forged, "ToCity": rest}), f"/sms?{head}"
    hooks.validate(url=target, headers=given, body=form)
    answer = await hooks.handle(method="POST", target=target, headers=given, body=form)
    assert answer.status == 400
    answer = await hooks.handle(method="GET", target=f"/sms?{query}", headers=headers)
    assert answer.status == 403  # a URL that holds a form's text is none that Twilio signed
    assert events == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"MessageSid": "SM1"},
        {"SmsSid": "CA" + "1" * 32},
        {"AccountSid": "AC1"},
        {"SmsStatus": "received "},
        {"From": "+14155550100x"},
        {"To": "whatsapp:+1415a"},
    ],
)
@pytest.mark.parametrize("query", [None, ()])
def test_what_decides_has_twilios_form(wrong: dict[str, str], query: Any) -> None:
    with pytest.raises(InvalidInput, match="is not one of Twilio's"):
        read_event(inbound(**wrong).items(), query=query)


@pytest.mark.parametrize(
    "more",
    [
        {"From": "12345", "To": "ACME"},
        {"From": "messenger:100123456", "To": "rcs:brand_agent"},
        {
            "From": "whatsapp:+14155550100",
            "OriginalRepliedMessageSid": OTHER,
            "WaId": "14155550100",
        },
        {"Body": "From: +14155550177 To: me AccountSid MessageSid SmsStatus MessageStatus: sent"},
        {"Body": "FromTo OptOutType ErrorCode=30003"},
        {"OptOutType": "STOP", "Body": "STOP"},
        {"MessagingServiceSid": "MG" + "1" * 32, "SomethingNew": "x", "Zzz": SID},
        {"ForwardedFrom": "+14155550101", "ParentAccountSid": "AC" + "b" * 32},
    ],
)
async def test_true_messages_pass(more: dict[str, str]) -> None:
    params = inbound(**more)
    assert await cut_anew(params, params) == 204


async def test_2000_random_cuts_of_a_text_are_the_same_event_or_refused() -> None:
    """Names and values are cut at random where a capital letter stands, as a name would begin."""
    draw = random.Random(302)
    made = [
        inbound(Body="START", FromCity="NEW YORK", FromZip="", ProfileName="Ann Lee"),
        inbound(Body="Stop It Now", From="whatsapp:+14155550100", OriginalRepliedMessageSid=OTHER),
        status("undelivered", ErrorCode="30003", RawDlrDoneDate="2611251730"),
    ]
    same = 0
    for number in range(2_000):
        old = made[number % len(made)]
        pairs = recut(old, draw)
        try:
            event = read_event(pairs.items())
        except InvalidInput:
            continue
        first = read_event(old.items())
        assert (event.key, event.from_, event.to) == (first.key, first.from_, first.to)
        assert isinstance(event, (InboundMessage, StatusCallback))
        same += 1
    assert 20 < same < 1_900


def recut(params: dict[str, str], draw: random.Random) -> dict[str, str]:
    """Another form with the same signed text: pairs are joined, names cut, at random."""
    text = signed_text(params.items())
    while True:
        joined: list[tuple[str, str]] = []
        for name, value in sorted(params.items()):
            if joined and draw.random() < 0.15:
                last, before = joined.pop()
                joined.append((last, before + name + value))
            elif draw.random() < 0.1:
                cut = draw.randrange(1, len(name + value) + 1)
                joined.append(((name + value)[:cut], (name + value)[cut:]))
            else:
                joined.append((name, value))
        if signed_text(joined) == text and len(dict(joined)) == len(joined):
            return dict(joined)
