from __future__ import annotations

import msgspec
import pytest

from async_messaging.simulator import parameters
from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.exchange import Exchange
from async_messaging.simulator.records import Record
from async_messaging.simulator.resources.collection import Collection, stamps
from tests.unit.simulator.visitor import Visitor

PARENT = "MG" + "1" * 32


def represent(exchange: Exchange, record: Record) -> dict[str, object]:
    return {**stamps(exchange, record), **record.fields}


THINGS = Collection(
    kind="things",
    key="things",
    placeholder="ChannelsSenderSid",
    parent="ServiceSid",
    represent=represent,
    parameters=(parameters.text("FriendlyName", required=True), parameters.text("Color")),
)


def exchange(visitor: Visitor, form: dict[str, str] | None = None, **path: str) -> Exchange:
    world = visitor.world
    return Exchange(
        world=world,
        account=world.accounts[world.account_sid],
        now=world.clock.time(),
        path={"ServiceSid": PARENT, **path},
        target="/v1/Things?PageSize=2",
        query={"PageSize": ["2"]},
        form={name: [value] for name, value in (form or {}).items()},
        origin="http://127.0.0.1:1",
    )


def made(visitor: Visitor, name: str = "One") -> str:
    answer = THINGS.create(exchange(visitor, {"FriendlyName": name}))
    assert answer.status == 201
    sid = msgspec.json.decode(answer.body)["sid"]
    assert isinstance(sid, str)
    return sid


def test_a_record_from_its_making_to_its_end(visitor: Visitor) -> None:
    sid = made(visitor)
    visitor.clock.advance(5)
    answer = THINGS.update(exchange(visitor, {"Color": "red"}, ChannelsSenderSid=sid))
    told = msgspec.json.decode(answer.body)
    assert (told["color"], told["friendly_name"]) == ("red", "One")
    assert told["date_created"] < told["date_updated"]
    assert THINGS.fetch(exchange(visitor, ChannelsSenderSid=sid)).body == answer.body
    assert THINGS.delete(exchange(visitor, ChannelsSenderSid=sid)).status == 204
    with pytest.raises(RefusedError):
        THINGS.fetch(exchange(visitor, ChannelsSenderSid=sid))


def test_another_parent_does_not_have_it(visitor: Visitor) -> None:
    sid = made(visitor)
    with pytest.raises(RefusedError) as caught:
        THINGS.fetch(exchange(visitor, ChannelsSenderSid=sid, ServiceSid="MG" + "2" * 32))
    assert caught.value.code == 20404


def test_a_list_goes_page_by_page(visitor: Visitor) -> None:
    sids = [made(visitor, str(number)) for number in range(3)]
    page = msgspec.json.decode(THINGS.show_list(exchange(visitor)).body)
    assert [each["sid"] for each in page["things"]] == sids[:2]
    assert page["meta"]["key"] == "things"
    assert page["meta"]["next_page_url"].startswith("http://127.0.0.1:1/v1/Things?PageSize=2")


def test_clearing_the_inbox_leaves_what_was_set_up(visitor: Visitor) -> None:
    sid = made(visitor)
    visitor.world.reset()
    assert THINGS.fetch(exchange(visitor, ChannelsSenderSid=sid)).status == 200
