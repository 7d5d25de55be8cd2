"""From a file to a sealed ledger: what is taken, what is refused, and an import that was killed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Unpack

import pytest

from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.importing import ImportOptions, hash_of
from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.rows import Counts, Row
from async_messaging.errors import InvalidInput, LedgerError
from async_messaging.settling.states import STATES

PEOPLE = "to,name,birthday\n+14155550001,Ann,1990\n+14155550002,Bob,1991\n+14155550003,Cat,1992\n"


def wrote(folder: Path, text: str, name: str = "people.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def made(
    folder: Path, source: Path, ledger: str = "spring.campaign", **options: Unpack[ImportOptions]
) -> Campaign:
    options.setdefault("template", "Hi {name}")
    options.setdefault("sender", "+15017122661")
    options.setdefault("durability", "process")
    return await Campaign.create(folder / ledger, source, **options)


def rows_of(campaign: Campaign) -> dict[int, Row]:
    rows = [row for state in STATES for row in campaign.rows(state)]
    with LedgerView(campaign.path) as view:
        assert view.check() == []
    return {row.row: row for row in sorted(rows, key=lambda row: row.row)}


async def test_a_file_becomes_a_sealed_ledger(tmp_path: Path) -> None:
    source = wrote(tmp_path, PEOPLE)
    told: list[int] = []
    campaign = await made(tmp_path, source, ledger="spring.campaign", tell=told.append)
    facts = campaign.facts()
    assert (facts.rows, facts.source_hash) == (3, hash_of(source))
    assert (facts.plan.name, facts.plan.source) == ("spring", "people.csv")
    rows = rows_of(campaign)
    assert [row.to for row in rows.values()] == [f"+1415555000{n}" for n in (1, 2, 3)]
    assert rows[2].variables == {"name": "Bob"}
    assert rows[2].segments == 1
    assert len({row.token for row in rows.values()}) == 3
    assert told == [3]
    assert campaign.counts() == Counts(ready=3)


async def test_json_lines_keep_lists_and_objects(tmp_path: Path) -> None:
    lines = (
        '{"to":"+14155550001","content_sid":"HX' + "1" * 32 + '","content_variables":{"1":"Ann"}}\n'
        '{"to":"+14155550002","content_sid":"HX' + "1" * 32 + '","media_url":["https://a.example"]}'
    )
    source = wrote(tmp_path, lines, "people.jsonl")
    rows = rows_of(await made(tmp_path, source, template=None))
    assert rows[1].variables["content_variables"] == {"1": "Ann"}
    assert rows[2].variables["media_url"] == ["https://a.example"]


async def test_a_number_counts_once_however_it_is_written(tmp_path: Path) -> None:
    text = "to,name\n+14155550001,Ann\n+1 (415) 555-0001,Ann\n+14155550002,Bob\n+1415-555-0001,Z\n"
    source = wrote(tmp_path, text)
    rows = rows_of(await made(tmp_path, source))
    assert [row.state for row in rows.values()] == ["READY", "SKIPPED", "READY", "SKIPPED"]
    assert rows[4].error == "duplicate: row 1 has this number"
    campaign = await made(tmp_path, source, ledger="all.campaign", repeats=True, again=True)
    assert campaign.counts() == Counts(ready=4)


async def test_bad_rows_are_kept_with_a_reason_that_tells_nobody(tmp_path: Path) -> None:
    text = 'to,name\n+14155550001,Ann\n4155550002,"Secret Bob"\nnobody,Cat\n+14155550004,\n+1,"x\n'
    rows = rows_of(await made(tmp_path, wrote(tmp_path, text)))
    assert [row.state for row in rows.values()] == ["READY", *["SKIPPED"] * 4]
    assert rows[4].error == "invalid: name: is empty"
    assert rows[2].to == "4155550002"
    for row in list(rows.values())[1:]:
        assert row.error.startswith("invalid: ")
        for secret in ("4155550002", "Secret", "nobody", "Cat"):
            assert secret not in row.error
        assert row.variables == {}


async def test_an_import_that_was_killed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wrote(tmp_path, PEOPLE)
    monkeypatch.setattr("async_messaging.campaigns.importing._ROWS_AT_ONCE", 1)

    def killed(read: int) -> None:
        if read == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await made(tmp_path, source, tell=killed)
    with LedgerView(tmp_path / "spring.campaign") as view:
        tokens = [row.token for row in view.rows("READY")]
    assert len(tokens) == 2
    campaign = await made(tmp_path, source)
    assert [row.token for row in rows_of(campaign).values()][:2] == tokens
    assert campaign.counts() == Counts(ready=3)


async def test_an_import_can_not_go_on_with_another_file_or_other_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wrote(tmp_path, PEOPLE)
    monkeypatch.setattr("async_messaging.campaigns.importing._ROWS_AT_ONCE", 1)

    def killed(_read: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await made(tmp_path, source, tell=killed)
    with pytest.raises(LedgerError, match="is there already"):
        await made(tmp_path, source, template="Ho {name}")
    wrote(tmp_path, PEOPLE + "+14155550004,Dan,1993\n")
    with pytest.raises(LedgerError, match="is there already"):
        await made(tmp_path, source)
    wrote(tmp_path, PEOPLE)
    assert (await made(tmp_path, source)).counts() == Counts(ready=3)


async def test_a_sealed_campaign_is_not_imported_again(tmp_path: Path) -> None:
    source = wrote(tmp_path, PEOPLE)
    await made(tmp_path, source)
    with pytest.raises(LedgerError, match="is there already"):
        await made(tmp_path, source)


async def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = wrote(tmp_path, PEOPLE)
    monkeypatch.setattr("async_messaging.campaigns.importing._ROWS_AT_ONCE", 1)

    def changed(read: int) -> None:
        if read == 3:
            wrote(tmp_path, PEOPLE.replace("Ann", "Eve"))

    with pytest.raises(InvalidInput, match="has changed"):
        await made(tmp_path, source, tell=changed)
    assert files_of(tmp_path) == ["people.csv"]
    assert rows_of(await made(tmp_path, source))[1].variables == {"name": "Eve"}


async def test_an_import_that_fails_leaves_a_campaign_that_was_there(tmp_path: Path) -> None:
    source = wrote(tmp_path, PEOPLE)
    campaign = await made(tmp_path, source)
    for other in ({"again": True}, {"again": True, "template": "Ho"}):
        with pytest.raises(LedgerError, match="is there already"):
            await made(tmp_path, source, **other)
    assert campaign.counts() == Counts(ready=3)


async def test_a_ledger_that_was_emptied_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    source = wrote(tmp_path, PEOPLE)
    campaign = await made(tmp_path, source)
    campaign.path.write_bytes(b"")
    campaign.path.with_name("spring.campaign-wal").write_bytes(b"")
    with pytest.raises(LedgerError, match="a campaign has been there"):
        await made(tmp_path, source)
    assert campaign.path.read_bytes() == b""


@pytest.mark.parametrize(
    "other",
    [
        {"template": "Ho {name}"},
        {"sender": "+15017122662"},
        {"again": True},
    ],
)
async def test_the_same_to_the_same_people_needs_to_be_meant(
    tmp_path: Path, other: ImportOptions
) -> None:
    source = wrote(tmp_path, PEOPLE)
    await made(tmp_path, source)
    (tmp_path / "broken.campaign").write_text("no ledger", encoding="utf-8")
    with pytest.raises(LedgerError, match=r"spring\.campaign sends the same"):
        await made(tmp_path, source, ledger="again.campaign")
    assert not (tmp_path / "again.campaign").exists()
    campaign = await made(tmp_path, source, ledger="again.campaign", **other)
    assert campaign.counts() == Counts(ready=3)


async def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InvalidInput, match="must be a file"):
        await made(tmp_path, tmp_path / "pipe.csv")
    with pytest.raises(InvalidInput, match="must be a file"):
        await made(tmp_path, tmp_path)
    assert not (tmp_path / "spring.campaign").exists()


@pytest.mark.parametrize("text", ["to,name\n", "to,name\n\n,\n"])
async def test_a_file_without_rows_is_refused_and_leaves_nothing(tmp_path: Path, text: str) -> None:
    source = wrote(tmp_path, text)
    with pytest.raises(InvalidInput, match="has no rows"):
        await made(tmp_path, source)
    wrote(tmp_path, PEOPLE)
    assert (await made(tmp_path, source)).counts() == Counts(ready=3)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"template": "Hi {who}"}, "template"),
        ({"template": None}, "file"),
        ({"sender": "\x07"}, "from_"),
        ({"sender": "MG..."}, "sender"),
        ({"sender": "MG" + "g" * 32}, "sender"),
        ({"media_url": "https://example.com/a.png"}, "media_url"),
        ({"status_calback": "https://example.com/s"}, "status_calback"),
        ({"repeat": True}, "repeat"),
        ({"rate": 5.0}, "rate"),
        ({"phone_column": "mobile"}, "phone_column"),
        ({"status_callback": "ftp://example.com"}, "status_callback"),
    ],
)
async def test_what_makes_no_campaign_is_refused_before_a_file_is_made(
    tmp_path: Path, wrong: ImportOptions, field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await made(tmp_path, wrote(tmp_path, PEOPLE), **wrong)
    assert caught.value.field == field
    assert not (tmp_path / "spring.campaign").exists()
