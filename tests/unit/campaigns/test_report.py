from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.campaigns.reading import LedgerView
from async_messaging.campaigns.report import (
    CodeTotal,
    ReportRecord,
    report_rows,
    totals_of,
    write_report,
)
from async_messaging.campaigns.rows import NewRow, outcome_of
from async_messaging.campaigns.sqlite import SQLiteLedger
from async_messaging.errors import InvalidInput, LedgerError
from async_messaging.testing import FakeClock
from tests.unit.campaigns.ledgers import (
    SQLiteKeeper,
    accepted,
    claimed,
    new_rows,
    number_of,
    sealed,
    sid_of,
)

NOW = 1_700_000_000.123
COLUMNS = (
    "row,to,outcome,sid,status,code,error,attempts,created_at,finished_at,segments,price,price_unit"
    ",sender,reported_at"
)


@pytest.fixture
def keeper(tmp_path: Path, clock: FakeClock) -> SQLiteKeeper:
    return SQLiteKeeper(tmp_path, FakeClock(NOW))


async def mixed(keeper: SQLiteKeeper) -> SQLiteLedger:
    """One row of each outcome; the run that announced the last still goes on."""
    ledger = await sealed(await keeper.create(), 6)
    claims = [await claimed(ledger) for _ in range(4)]
    ledger.record(accepted(claims[0], 1, NOW + 1))
    ledger.record(outcome_of(claims[1], "REJECTED", NOW + 2, code=21610, error="opted out"))
    ledger.record(outcome_of(claims[2], "UNKNOWN", NOW + 3, error="no answer"))
    await ledger.drain()
    await ledger.skip((await ledger.ready(0))[:1], "deadline", NOW + 4)
    return ledger


def change(path: Path, sql: str, values: Sequence[object] = ()) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql, values)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def test_each_row_has_its_outcome_in_order_while_a_run_goes_on(keeper: SQLiteKeeper) -> None:
    ledger = await mixed(keeper)
    with LedgerView(keeper.path) as view:
        found = [(record.row, record.outcome, record.attempts) for record in report_rows(view)]
    await ledger.close()
    assert found == [
        (1, "accepted", 1),
        (2, "refused", 1),
        (3, "unknown", 1),
        (4, "unknown", 1),
        (5, "skipped", 0),
        (6, "ready", 0),
    ]


async def test_a_csv_report_has_these_cells(keeper: SQLiteKeeper, tmp_path: Path) -> None:
    await (await mixed(keeper)).close()
    change(keeper.path, "UPDATE rows SET price = '-0.00790', price_unit = 'USD' WHERE id = 1")
    report = tmp_path / "report.csv"
    with LedgerView(keeper.path) as view:
        assert write_report(view, report) == 6
    lines = report.read_bytes().decode().split("\r\n")
    begun, ended = "2023-11-14T22:13:20.123Z", "2023-11-14T22:13:21.123Z"
    assert lines[0] == COLUMNS
    assert lines[1] == (
        f"1,{number_of(1)},accepted,{sid_of(1)},queued,,,1,{begun},{ended},1,-0.00790,USD,,"
    )
    assert (
        lines[2] == f"2,{number_of(2)},refused,,,21610,opted out,1,{begun},{ended[:-6]}2.123Z,,,,,"
    )
    assert lines[6:] == [f"6,{number_of(6)},ready,,,,,0,,,,,,,", ""]


async def test_a_jsonl_report_says_the_same(keeper: SQLiteKeeper, tmp_path: Path) -> None:
    await (await mixed(keeper)).close()
    change(keeper.path, "UPDATE rows SET price = '-0.00790', price_unit = 'USD' WHERE id = 1")
    with LedgerView(keeper.path) as view:
        assert write_report(view, tmp_path / "report.jsonl") == 6
        write_report(view, tmp_path / "report.csv", raw=True)
    records = [json.loads(line) for line in (tmp_path / "report.jsonl").read_bytes().splitlines()]
    assert list(records[0]) == COLUMNS.split(",")
    assert (records[0]["price"], records[0]["row"], records[5]["code"]) == ("-0.00790", 1, None)
    as_text = [
        {name: "" if cell is None else str(cell) for name, cell in one.items()} for one in records
    ]
    assert as_text == table(tmp_path / "report.csv")


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1 555 867 5310",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "+15558675310,=1",
    "\uff1d1",
]


async def test_no_cell_is_a_formula_unless_programs_asked_for_it(
    keeper: SQLiteKeeper, tmp_path: Path
) -> None:
    texts = [*FORMULAS, "+15558675310", "whatsapp:+15558675310", "a=b", "'=1"]
    async with await keeper.create() as ledger:
        await ledger.add(
            [NewRow(row=row, to=text, skip=text) for row, text in enumerate(texts, start=1)]
        )
    with LedgerView(keeper.path) as view:
        write_report(view, tmp_path / "safe.csv")
        write_report(view, tmp_path / "raw.csv", raw=True)
    assert [line["to"] for line in table(tmp_path / "raw.csv")] == texts
    safe = table(tmp_path / "safe.csv")
    assert [line["to"] for line in safe] == [f"'{text}" for text in FORMULAS] + texts[-4:]
    assert safe[len(FORMULAS)]["error"] == "'+15558675310"


async def test_a_report_is_whole_private_and_replaces_the_old_one(
    keeper: SQLiteKeeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await mixed(keeper)).close()
    folder = tmp_path / "reports"
    folder.mkdir()
    report = folder / "report.csv"
    report.write_text("old")
    report.chmod(0o644)

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    with LedgerView(keeper.path) as view:
        with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
            patch.setattr(os, "fsync", fails)
            write_report(view, report)
        assert [(file.name, file.read_text()) for file in folder.iterdir()] == [
            ("report.csv", "old")
        ]
        write_report(view, report)
    assert [file.name for file in folder.iterdir()] == ["report.csv"]
    assert report.stat().st_mode & 0o777 == 0o600
    assert len(table(report)) == 6


async def test_a_report_has_one_of_two_formats(keeper: SQLiteKeeper, tmp_path: Path) -> None:
    await (await keeper.create()).close()
    with LedgerView(keeper.path) as view:
        with pytest.raises(InvalidInput, match=r"\.csv or \.jsonl"):
            write_report(view, tmp_path / "report.xlsx")
        assert write_report(view, tmp_path / "REPORT.CSV") == 0
    assert (tmp_path / "REPORT.CSV").read_text() == f"{COLUMNS}\n"


async def test_no_transaction_is_open_between_chunks(keeper: SQLiteKeeper) -> None:
    async with await keeper.create() as ledger:
        await ledger.add(new_rows(2500))
        with LedgerView(keeper.path) as view:
            rows = report_rows(view)
            assert next(rows).row == 1
            await ledger.seal("hash")
            with closing(sqlite3.connect(keeper.path)) as other:
                other.execute("PRAGMA busy_timeout = 0")
                assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
            assert [record.row for record in rows] == list(range(2, 2501))


async def test_totals_count_outcomes_statuses_and_codes(keeper: SQLiteKeeper) -> None:
    await (await mixed(keeper)).close()
    change(keeper.path, "UPDATE rows SET code = 99999 WHERE id = 3")
    with LedgerView(keeper.path) as view:
        totals = totals_of(view)
    assert totals.outcomes == {
        "accepted": 1,
        "refused": 1,
        "unknown": 2,
        "held": 0,
        "skipped": 1,
        "ready": 1,
    }
    assert totals.statuses == {"queued": 1}
    by_code = {total.code: total for total in totals.codes}
    assert by_code[99999] == CodeTotal(code=99999, outcome="unknown", rows=1)
    assert by_code[21610].outcome == "refused"
    assert by_code[21610].meaning


async def test_what_can_not_be_read_is_a_ledger_error(keeper: SQLiteKeeper, tmp_path: Path) -> None:
    await (await keeper.create()).close()
    change(keeper.path, "DROP TABLE rows")
    with LedgerView(keeper.path) as view:
        with pytest.raises(LedgerError):
            write_report(view, tmp_path / "report.csv")
        with pytest.raises(LedgerError):
            totals_of(view)
    assert not (tmp_path / "report.csv").exists()


def test_a_record_shows_no_number() -> None:
    record = ReportRecord(row=1, to="+15558675310", outcome="refused", error="text")
    assert repr(record) == (
        "ReportRecord(row=1, to='+1555...5310', outcome='refused', error=<4 characters>, attempts=0)"
    )
