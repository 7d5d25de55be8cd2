from __future__ import annotations

import pytest

from async_messaging.simulator.resources import service_senders
from async_messaging.simulator.resources.service_senders import number_sid
from tests.contract.asked.services import ADDED, made
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of, read

ALPHA = "AlphaSender"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


@pytest.mark.parametrize("kind", ["PhoneNumber", "ShortCode"])
def test_again_is_no_error(visitor: Visitor, kind: str) -> None:
    path, form = ADDED[kind]
    everyone = f"{made(visitor)}/{path}"
    first, second = (visitor.ask("POST", everyone, form) for _ in range(2))
    assert (first.answer.status, second.answer.status) == (201, 200)
    assert read(first) == read(second)


@pytest.mark.parametrize("kind", ["AlphaSender", "DestinationAlphaSender", "ChannelSender"])
def test_again_is_refused(visitor: Visitor, kind: str) -> None:
    path, form = ADDED[kind]
    everyone = f"{made(visitor)}/{path}"
    visitor.made(everyone, form)
    assert code_of(visitor.ask("POST", everyone, form)) == 21710


@pytest.mark.parametrize("kind", ["PhoneNumber", "ShortCode", "ChannelSender"])
def test_a_sender_is_in_one_service(visitor: Visitor, kind: str) -> None:
    path, form = ADDED[kind]
    mine, other = made(visitor), made(visitor)
    sid = visitor.made(f"{mine}/{path}", form)["sid"]
    assert code_of(visitor.ask("POST", f"{other}/{path}", form)) == 21712
    assert code_of(visitor.get(f"{other}/{path}/{sid}")) == 20404


def test_numbers_of_the_account_and_others(visitor: Visitor) -> None:
    everyone = f"{made(visitor)}/PhoneNumbers"
    own = visitor.made(everyone, {"PhoneNumberSid": number_sid("+15005550006")})
    assert own["phone_number"] == "+15005550006"
    sids = ["PN" + "1" * 32, "PN" + f"{int('1' * 32, 16) + 1200:032x}"]
    told = [visitor.made(everyone, {"PhoneNumberSid": sid})["phone_number"] for sid in sids]
    assert len(set(told)) == 2
    assert all(number[5:10] == "55501" for number in told)


def test_a_service_has_so_many_numbers(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_senders, "MOST_NUMBERS", 1)
    everyone = f"{made(visitor)}/PhoneNumbers"
    visitor.made(everyone, {"PhoneNumberSid": "PN" + "1" * 32})
    again = visitor.ask("POST", everyone, {"PhoneNumberSid": "PN" + "2" * 32})
    assert code_of(again) == 21714


@pytest.mark.parametrize("name", ["", "12345", "Twelve chars", "Owl!"])
def test_wrong_names(visitor: Visitor, name: str) -> None:
    assert code_of(visitor.ask("POST", f"{made(visitor)}/AlphaSenders", {ALPHA: name})) == 20001


def test_names_by_destination(visitor: Visitor) -> None:
    everyone = f"{made(visitor)}/DestinationAlphaSenders"
    assert visitor.made(everyone, {ALPHA: "Owl"})["iso_country_code"] == ""
    visitor.made(everyone, {ALPHA: "Owl", "IsoCountryCode": "FR"})
    told = visitor.read(visitor.get(f"{everyone}?IsoCountryCode=FR"))["alpha_senders"]
    assert [one["iso_country_code"] for one in told] == ["FR"]


def test_a_registered_channel_sender(visitor: Visitor) -> None:
    body = {"sender_id": "whatsapp:+15005550006", "profile": {"name": "Owl Lamps"}}
    sid = read(visitor.send("/v2/Channels/Senders", body))["sid"]
    told = visitor.made(f"{made(visitor)}/ChannelSenders", {"Sid": sid})
    assert (told["sender"], told["sender_type"]) == ("whatsapp:+15005550006", "WhatsApp")
