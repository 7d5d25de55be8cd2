from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from async_messaging.campaigns import mailbox as module
from async_messaging.campaigns.mailbox import Mailbox
from async_messaging.campaigns.rows import Note
from async_messaging.campaigns.spool import Spool, spool_path
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import LedgerError
from async_messaging.storage.files import Watched
from tests.unit.campaigns.ledgers import PLAN, events_of, sealed_file, sid_of

SERVICE = "MG" + "a" * 32
ADA = "+15558675310"


def notes(path: Path) -> list[Note]:
    with Spool(path) as spool:
        return [note for _, note in spool.waiting()]


async def test_a_receipt_is_in_the_spool_on_return(tmp_path: Path) -> None:
    path, campaign = await sealed_file(tmp_path)
    query = {"campaign": campaign, "row": "2", "token": "t"}
    async with Mailbox(path) as mailbox:
        assert await mailbox.receipt(query, sid=sid_of(1), status="sent", code=7, sender="+1")
        (note,) = notes(path)
    assert (note.kind, note.row, note.token, note.sid) == ("receipt", 2, "t", sid_of(1))
    assert (note.status, note.code, note.sender) == ("sent", 7, "+1")


async def test_an_event_that_comes_again_is_kept_once(tmp_path: Path) -> None:
    path, campaign = await sealed_file(tmp_path)
    query = {"campaign": campaign, "row": "1", "token": "t"}
    for _ in range(2):  # also by another process
        async with Mailbox(path) as mailbox:
            for status in ("sent", "delivered", "sent"):
                await mailbox.receipt(query, sid=sid_of(1), status=status)
    assert [note.status for note in notes(path)] == ["sent", "delivered"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"campaign": "another", "row": "1", "token": "t"},
        {"campaign": "own", "row": "one", "token": "t"},
        {"campaign": "own", "row": "-1", "token": "t"},
        {"campaign": "own", "row": "9" * 30, "token": "t"},
    ],
)
async def test_what_is_of_no_campaign_is_not_kept(tmp_path: Path, query: dict[str, str]) -> None:
    path, campaign = await sealed_file(tmp_path)
    if query.get("campaign") == "own":
        query = {**query, "campaign": campaign}
    async with Mailbox(path) as mailbox:
        assert not await mailbox.receipt(query, sid=sid_of(1), status="sent")
    assert notes(path) == []


async def test_row_0_is_a_probe(tmp_path: Path) -> None:
    path, campaign = await sealed_file(tmp_path)
    async with Mailbox(path) as mailbox:
        query = {"campaign": campaign, "row": "0", "token": "t"}
        assert await mailbox.receipt(query, sid=sid_of(1), status="queued")
    assert [(note.kind, note.token) for note in notes(path)] == [("probe", "t")]
    async with await SQLiteLedger.open(path) as ledger:
        assert len(await ledger.take_in()) == 1
        assert await events_of(ledger) == []


@pytest.mark.parametrize(
    ("own", "service", "told"),
    [
        (PLAN.sender, "", True),
        ("+15005550007", "", False),
        (SERVICE, SERVICE, True),
        (SERVICE, "", True),  # nobody knows that the number is not the service's
        (SERVICE, "MG" + "b" * 32, False),
        (None, "", True),  # its rows name their senders
    ],
)
async def test_a_stop_is_told_to_the_campaigns_of_its_sender(
    tmp_path: Path, own: str | None, service: str, told: bool
) -> None:
    path, _ = await sealed_file(tmp_path, plan=replace(PLAN, sender=own))
    async with Mailbox(path) as mailbox:
        await mailbox.stop(ADA, sender=PLAN.sender or "", service=service, key="stop|SM1")
    assert [note.to for note in notes(path)] == ([ADA] if told else [])


async def test_many_wait_for_one_flush(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, campaign = await sealed_file(tmp_path)
    groups: list[int] = []

    def counted(where: Path, left: list[Note]) -> None:
        groups.append(len(left))
        leave(where, left)

    leave = module._leave  # noqa: SLF001 - counted, not replaced
    monkeypatch.setattr(module, "_leave", counted)
    async with Mailbox(path) as mailbox:
        query = {"campaign": campaign, "row": "1", "token": "t"}
        await asyncio.gather(
            *(mailbox.receipt(query, sid=sid_of(number), status="sent") for number in range(500))
        )
    assert len(notes(path)) == sum(groups) == 500
    assert len(groups) <= 3


async def test_who_waits_is_told_that_it_could_not_be_kept(tmp_path: Path) -> None:
    path, campaign = await sealed_file(tmp_path)
    other, second = await sealed_file(tmp_path, "summer")
    async with Mailbox(path, other) as mailbox:
        spool_path(path).write_bytes(b"no database at all, but long enough" * 40)
        query = {"row": "1", "token": "t", "campaign": campaign}
        with pytest.raises(LedgerError):
            await mailbox.receipt(query, sid=sid_of(1), status="sent")
        assert await mailbox.receipt({**query, "campaign": second}, sid=sid_of(1), status="sent")
    assert len(notes(other)) == 1


async def test_what_is_no_text_keeps_nobody_else_from_being_heard(tmp_path: Path) -> None:
    path, campaign = await sealed_file(tmp_path)
    query = {"row": "1", "token": "t", "campaign": campaign}
    async with Mailbox(path) as mailbox:
        bad = mailbox.receipt(query, sid=sid_of(1), status="\udc00")
        good = mailbox.receipt(query, sid=sid_of(2), status="sent")
        found = await asyncio.gather(bad, good, return_exceptions=True)
    assert (type(found[0]), found[1]) == (UnicodeEncodeError, True)
    assert [note.sid for note in notes(path)] == [sid_of(2)]


async def test_a_campaign_that_was_removed_gets_no_spool(tmp_path: Path) -> None:
    path, campaign = await sealed_file(tmp_path)
    async with Mailbox(path) as mailbox:
        path.unlink()
        query = {"row": "1", "token": "t", "campaign": campaign}
        with pytest.raises(LedgerError, match="gone"):
            await mailbox.receipt(query, sid=sid_of(1), status="sent")
    assert not spool_path(path).exists()


async def test_a_spool_that_was_removed_meanwhile_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, campaign = await sealed_file(tmp_path)
    check = Watched.check
    kept: list[Note] = []

    def removed(watched: Watched) -> None:
        """After the commit, before anybody is told of it."""
        monkeypatch.setattr(Watched, "check", check)
        kept.extend(notes(path))
        spool_path(path).unlink()
        check(watched)

    monkeypatch.setattr(Watched, "check", removed)
    async with Mailbox(path) as mailbox:
        query = {"row": "1", "token": "t", "campaign": campaign}
        await mailbox.receipt(query, sid=sid_of(1), status="sent")
    assert notes(path) == kept
    assert len(kept) == 1
