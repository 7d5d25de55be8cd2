from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import pytest

from async_messaging.codec.sids import pack
from async_messaging.settling.attempts import OpenAttempt, Print, SendOptions
from async_messaging.settling.likeness import PrintOf
from async_messaging.settling.neighbours import Neighbours
from async_messaging.storage import folder as folder_module
from async_messaging.storage.folder import Neighbour, StoredAttempt, StoreFacts

ADA, REALM = "+15558675310", "AC1 us1"
SID = "SM" + "0a" * 16
STORED = StoredAttempt(
    key=7,
    attempt=2,
    state="UNKNOWN",
    recipient=ADA,
    sender="+15005550006",
    service=None,
    options=0,
    media=0,
    earliest=1_700_000_000_500,
    latest=1_700_000_003_000,
    hint=None,
    negatives=1,
    looks=2,
    looked_at=1_700_000_100_000,
    variables='{"name":"Ada"}',
    print=None,
    wall=0,
)
FACTS = StoreFacts("campaign", REALM, '{"template":"Hi {name}!"}', None, None)


def seen(
    monkeypatch: pytest.MonkeyPatch, stored: StoredAttempt = STORED, facts: StoreFacts = FACTS
) -> list[OpenAttempt]:
    neighbour = Neighbour(Path("other.campaign"), facts, [stored])

    def open_attempts(_: object, to: object) -> list[Neighbour]:
        assert to == [ADA]
        return [neighbour]

    monkeypatch.setattr(
        folder_module.Folder, "__init__", lambda self, _: setattr(self, "_stores", [])
    )
    monkeypatch.setattr(folder_module.Folder, "open_attempts", open_attempts)
    with Neighbours(Path("own.campaign"), [ADA], REALM) as found:
        return found.attempts


def test_a_rows_text_is_made_of_its_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = seen(monkeypatch)
    assert found == OpenAttempt(
        key=("other.campaign", 7, 2),
        to=ADA,
        sender="+15005550006",
        print=PrintOf().text("Hi Ada!"),
        earliest=1_700_000_000.5,
        latest=1_700_000_003.0,
        own=False,
        negatives=1,
        looks=2,
        looked_at=1_700_000_100.0,
    )


@pytest.mark.parametrize(
    ("plan", "variables", "text"),
    [
        ({"columns": ["to", "Body"]}, {"Body": "Hello"}, "Hello"),
        ({"columns": ["to", "media_url"]}, {"media_url": "https://x.test"}, None),
        ({"template": "Hi {name}!"}, {}, None),
        ({"template": "Hi {name"}, {"name": "Ada"}, None),
        ({"template": "Hi"}, {}, "Hi"),
    ],
)
def test_a_text_that_can_not_be_made_is_not_known(
    monkeypatch: pytest.MonkeyPatch,
    plan: dict[str, object],
    variables: dict[str, str],
    text: str | None,
) -> None:
    stored = STORED._replace(variables=json.dumps(variables))
    (found,) = seen(monkeypatch, stored, FACTS._replace(plan=json.dumps(plan)))
    assert found.print == PrintOf().text(text)
    (found,) = seen(monkeypatch, stored._replace(options=None), FACTS)
    assert found.print == Print()


def test_an_outboxs_hashes_come_with_their_key(monkeypatch: pytest.MonkeyPatch) -> None:
    known = PrintOf(b"key").text("Your code is 123456")
    stored = STORED._replace(
        key="code", print=msgspec.json.encode(known).decode(), variables=None, options=9
    )
    facts = StoreFacts("outbox", REALM, None, b"key", '["+15005550006"]')
    (found,) = seen(monkeypatch, stored, facts)
    assert (found.print, found.secret, found.exclusive) == (known, b"key", True)
    assert found.options == SendOptions.LINKS | SendOptions.HIDDEN


def test_times_that_are_not_known_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    (live,) = seen(monkeypatch, STORED._replace(state="INTENT", latest=None))
    assert (live.live, live.latest, live.bounds) == (True, math.inf, "server")
    (blind,) = seen(monkeypatch, STORED._replace(state="HELD", earliest=None))
    assert (blind.held, blind.earliest, blind.bounds) == (True, -math.inf, "blind")
    (wall,) = seen(monkeypatch, STORED._replace(wall=1))
    assert wall.bounds == "wall"


@pytest.mark.parametrize(("realm", "count"), [(REALM, 1), (None, 1), ("", 1), ("AC2 us1", 0)])
def test_what_was_sent_in_another_realm_competes_for_nothing(
    monkeypatch: pytest.MonkeyPatch, realm: str | None, count: int
) -> None:
    assert len(seen(monkeypatch, facts=FACTS._replace(realm=realm))) == count


def test_sids_are_asked_for_in_both_forms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "own.campaign"
    asked: set[object] = set()

    def claimed(_: object, sids: dict[bytes | str, str]) -> set[bytes | str]:
        asked.update(sids)
        return {packed, "strange"}

    packed = bytes(pack(SID))  # type: ignore[arg-type] # it looks like a sid
    monkeypatch.setattr(folder_module.Folder, "claimed", claimed)
    (tmp_path / "no.campaign").write_bytes(b"no ledger")
    with Neighbours(own, [ADA], REALM) as found:
        assert found.claimed([SID, "strange", "SM1"]) == {SID, "strange"}
        assert asked == {SID, packed, "strange", "SM1"}
        assert not found.readable
        assert not found.readable
