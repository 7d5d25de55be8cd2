from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from msgspec.structs import replace

from async_messaging.simulator.accounts import Account, SidMint
from async_messaging.simulator.records import StoredMedia, StoredMessage
from async_messaging.simulator.throughput import SenderQueues


@pytest.fixture
def account() -> Account:
    mint = SidMint(random.Random(1))
    made = Account("AC" + "0" * 32, ("+14155550111",), SenderQueues({}), 1000, mint)
    for serial in range(1, 7):
        made.keep(
            StoredMessage(
                serial=serial,
                sid=f"SM{serial:032x}",
                account=made.sid,
                to=f"+{serial % 2}",
                from_="+14155550111",
                service=None,
                body=str(serial),
                segments=1,
                created=0.0,
                start=0.0,
                price=10,
                media=(StoredMedia(f"ME{serial:032x}", "image/png"),),
            )
        )
    return made


def test_owns_its_numbers_and_the_magic_one(account: Account) -> None:
    assert account.numbers == ("+14155550111", "+15005550006")


def test_pays_for_what_it_keeps(account: Account) -> None:
    assert account.balance == 940


def test_walks_both_ways_from_a_serial(account: Account) -> None:
    account.messages[3].deleted = True
    assert [m.serial for m in account.newest_first(None)] == [6, 5, 3, 2, 1]
    assert [m.serial for m in account.newest_first(None, 5)] == [3, 2, 1]
    assert [m.serial for m in account.newest_first("+1", 5)] == [3, 1]
    assert [m.serial for m in account.oldest_first(None, 2)] == [3, 5, 6]
    assert [m.serial for m in account.oldest_first("+0", 1)] == [2, 6]
    assert list(account.newest_first("+9")) == []


class Counted(list[StoredMessage]):
    """A list that counts how many of its items are looked at, and is not walked from end to end."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:
        assert isinstance(index, int)
        self.looks += 1
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[StoredMessage]:
        raise AssertionError("walked from end to end")


def test_a_page_costs_what_it_shows_wherever_it_begins(account: Account) -> None:
    one = account.messages[0]
    kept = Counted([replace(one, serial=serial) for serial in range(1, 100_001)])
    account.messages = kept
    for found in (
        account.newest_first(None),
        account.newest_first(None, 60_000),
        account.oldest_first(None, 60_000),
    ):
        assert len(list(islice(found, 1001))) == 1001
    assert kept.looks <= 3 * 2 * 1001


ADDRESSES = ("+14155550100", "+14155550101", "+14155550111", "whatsapp:+14155550100")


def talk(account: Account) -> None:
    """Forty messages between handsets and numbers of both kinds, some of them under a hidden end."""
    dice, example = random.Random(4), account.messages[0]
    for serial in range(len(account.messages) + 1, 47):
        inbound = dice.random() < 0.3
        handset, sender = dice.choice(ADDRESSES), dice.choice(("+14155550111", "12345"))
        to, from_ = (sender, handset) if inbound else (handset, sender)
        hidden = None if inbound or dice.random() < 0.7 else f"{to[:-4]}XXXX"
        direction: Any = "inbound" if inbound else "outbound-api"
        fields: Any = {"to": to, "from_": from_, "kept_to": hidden, "direction": direction}
        account.keep(replace(example, serial=serial, sid=f"SM{serial:032x}", **fields))


def test_whoever_an_address_is_its_messages_are_found_both_ways(account: Account) -> None:
    talk(account)
    for address in (*ADDRESSES, "12345", "+1", "+1415555XXXX"):
        for edge in (0, 1, 7, 23, 46, 60):

            def has(message: StoredMessage, address: str = address) -> bool:
                return address in (message.to, message.from_)

            newer, older = account.since(edge, address), account.ahead_of(edge, address)
            expected = [m.serial for m in account.messages if has(m)]
            assert [m.serial for m in newer if has(m)] == [n for n in expected if n > edge]
            assert [m.serial for m in older if has(m)] == [n for n in expected if n < edge][::-1]


def test_a_handsets_messages_are_found_without_looking_at_others(account: Account) -> None:
    talk(account)
    account.messages = Counted(account.messages)
    found = [*account.since(0, ADDRESSES[0]), *account.ahead_of(100, ADDRESSES[0])]
    assert len(found) > 10
    assert account.messages.looks == 0


def test_finds_by_sid(account: Account) -> None:
    message = account.messages[0]
    assert account.find(message.sid) is message
    assert account.find_media(f"ME{1:032x}") is message.media[0]
    message.deleted = True
    assert account.find(message.sid) is None
    assert account.serial_of(message.sid) == 1
    assert account.serial_of("SM") is None
    assert account.find_media("ME") is None


def test_a_mint_makes_sids_of_twilios_form() -> None:
    mint = SidMint(random.Random(1))
    sids = {mint.mint("SM") for _ in range(1000)}
    assert len(sids) == 1000
    assert all(re.fullmatch("SM[0-9a-f]{32}", sid) for sid in sids)
