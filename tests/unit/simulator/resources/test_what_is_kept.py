"""Whoever keeps records that were touched, as JSON, has all that the resources of compliance and channels know."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from async_messaging.simulator.records import Record, Shelf
from tests.contract.asked import a2p, channels, links, tollfree
from tests.contract.asking import Asked, Verdict, Visitor

ASKED: Asked = {**a2p.ASKED, **channels.ASKED, **links.ASKED, **tollfree.ASKED}


class Keeper(Visitor):
    """A visitor who copies what each request touched."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], bytes] = {}

    def ask(self, *given: Any, **options: Any) -> Verdict:
        verdict = super().ask(*given, **options)
        for kind, shelf in self.shelves():
            for sid in shelf.touched:
                record = shelf.get(sid)
                self.kept.pop((kind, sid), None)
                if record is not None:
                    self.kept[kind, sid] = msgspec.json.encode(record)
            shelf.touched.clear()
        return verdict

    def shelves(self) -> list[tuple[str, Shelf]]:
        return list(self.world.accounts[self.world.account_sid].shelves.items())


@pytest.mark.parametrize("key", sorted(ASKED), ids=".".join)
def test_what_was_touched_is_all_there_is(key: tuple[str, str]) -> None:
    keeper = Keeper()
    ASKED[key](keeper)
    found = {(kind, one.sid): one for kind, shelf in keeper.shelves() for one in shelf}
    copies = {name: msgspec.json.decode(text, type=Record) for name, text in keeper.kept.items()}
    assert copies == found


def test_records_are_made() -> None:
    keeper = Keeper()
    for ask in (channels.verify, links.associate, tollfree.show_rejected, a2p.list_campaigns):
        ask(keeper)
    kinds = {kind for kind, _ in keeper.kept}
    assert kinds == {
        "brands",
        "campaigns",
        "channels_senders",
        "link_domains",
        "link_services",
        "tollfree_verifications",
    }
