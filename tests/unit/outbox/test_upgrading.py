"""An outbox of version 0.1, killed in the middle, is brought up to date; nothing in it is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest

from async_messaging import Outbox, OutboxCounts, SqliteStore
from async_messaging.errors import LedgerError, OutcomeUnknown
from tests.kept import restore
from tests.unit.outbox.yard import SCAN, SETTLE, TO, Yard

BEFORE = {"ACCEPTED": 12, "HELD": 3, "INTENT": 3, "UNKNOWN": 2}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    folder.mkdir()
    yard = Yard("sqlite", tmp_path)
    restore(folder, ended=yard.clock.time() - 60)
    (folder / "spring.campaign").unlink()
    (folder / "twilio.db").unlink()
    return folder / "orders.outbox"


def tables(path: Path) -> Mapping[str, str]:
    with closing(connect(path)) as database:
        found = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: " ".join(sql.split()).replace('"', "") for name, sql in found}


def states(path: Path) -> dict[str, int]:
    with closing(connect(path)) as database:
        return dict(database.execute("SELECT state, count(*) FROM entries GROUP BY state"))


async def opened(yard: Yard, path: Path) -> Outbox:
    return yard.outbox(store=SqliteStore(path), on_unknown="resend")[0]


async def settled(yard: Yard, outbox: Outbox) -> None:
    for _ in range(4):
        await yard.drive(outbox.settle())
        await yard.pass_time(SETTLE + 4000 + SCAN)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard("sqlite", tmp_path)


async def test_it_has_the_tables_of_a_new_one(yard: Yard, old: Path, tmp_path: Path) -> None:
    assert states(old) == BEFORE
    outbox = await opened(yard, old)
    await yard.drive(outbox.status())
    await yard.drive(outbox.aclose(grace=0))
    await yard.send(yard.outbox()[0])
    columns = {name: sql for name, sql in tables(old).items() if name != "outbox"}
    assert columns == {k: v for k, v in tables(tmp_path / "codes.outbox").items() if k != "outbox"}
    assert states(old) == BEFORE


async def test_nothing_is_settled_before_somebody_looked_whose_it_is(yard: Yard, old: Path) -> None:
    outbox = await opened(yard, old)
    with pytest.raises(LedgerError, match="8 keys are open"):
        await yard.drive(outbox.settle())
    assert type(await yard.send(outbox, "new")) is not OutcomeUnknown
    assert await yard.drive(outbox.adopt()) == 8
    assert (await yard.drive(outbox.settle())).wait is not None
    await yard.drive(outbox.aclose(grace=0))


async def test_what_is_not_listed_is_held_under_every_policy(yard: Yard, old: Path) -> None:
    outbox = await opened(yard, old)
    await yard.drive(outbox.adopt())
    await settled(yard, outbox)
    assert await yard.drive(outbox.status()) == OutboxCounts(accepted=12, held=8)
    await yard.drive(outbox.aclose(grace=0))


async def test_a_message_with_its_text_is_evidence(yard: Yard, old: Path) -> None:
    with closing(connect(old)) as database:
        asked = "SELECT recipient FROM entries WHERE state = 'UNKNOWN'"
        numbers = [number for (number,) in database.execute(asked)]
    for number in numbers:
        order = f"5550{number[-3:]}" if len(number) > 3 else TO
        body = f"Your order {order} has been sent"
        yard.twilio.accept({"To": number, "From": "+15005550006", "Body": body})
    outbox = await opened(yard, old)
    await yard.drive(outbox.adopt())
    await settled(yard, outbox)
    counts = await yard.drive(outbox.status())
    assert counts == OutboxCounts(accepted=12 + len(numbers), held=8 - len(numbers))
    await yard.drive(outbox.aclose(grace=0))
