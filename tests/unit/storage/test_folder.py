from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from async_messaging.codec.sids import pack
from async_messaging.errors import LedgerError
from async_messaging.storage import locks
from async_messaging.storage.files import new_file
from async_messaging.storage.folder import Folder, settle_lock
from async_messaging.storage.sqlite import create
from tests.unit.storage.things import THINGS

ADA, BOB = "+15558675310", "+15558675311"
SID, OTHER = "SM" + "0a" * 16, "SM" + "0b" * 16
CAMPAIGN, OUTBOX = 0x41534D47, 0x41534D4F
COLUMNS = [
    "key",
    "attempt",
    "state",
    "recipient",
    "sender",
    "service",
    "options",
    "media",
    "earliest",
    "latest",
    "dead_seen",
    "hint",
    "negatives",
    "looks",
    "looked_at",
    "variables",
    "print",
]


def made(path: Path, mark: int, version: int, script: str, log: str = "WAL") -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA journal_mode = {log}")
        connection.executescript(script)
        connection.execute(f"PRAGMA application_id = {mark}")
        connection.execute(f"PRAGMA user_version = {version}")


def store(path: Path, mark: int, version: int, attempts: Sequence[Sequence[object]] = ()) -> None:
    """A file of today: what it keeps is its own matter, the views are everybody's."""
    kind = "campaign" if mark == CAMPAIGN else "outbox"
    made(
        path,
        mark,
        version,
        f"CREATE TABLE campaign (opened INTEGER); INSERT INTO campaign VALUES (0);"
        f"CREATE TABLE kept ({', '.join(COLUMNS)}, wall); CREATE TABLE sids (sid, at);"
        f"CREATE VIEW open_attempts AS SELECT * FROM kept;"
        f"CREATE VIEW claimed_sids AS SELECT * FROM sids;"
        f"CREATE VIEW store_facts AS SELECT '{kind}' AS kind, 'AC1 us1' AS realm, NULL AS plan,"
        f" x'0102' AS secret, 1700000000000 AS server_high, '[]' AS exclusive;",
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        places = ", ".join("?" * (len(COLUMNS) + 1))
        connection.executemany(f"INSERT INTO kept VALUES ({places})", attempts)


def attempt(key: object, recipient: str) -> tuple[object, ...]:
    return (key, 1, "UNKNOWN", recipient, "+15005550006", *[None] * 12, 0)


def claim(path: Path, *sids: object) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO sids VALUES (?, 1)", [(sid,) for sid in sids])


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.campaign"
    store(path, CAMPAIGN, 3, [attempt(1, ADA)])
    return path


def test_what_the_others_have_open_to_a_number_is_seen(own: Path) -> None:
    store(own.with_name("other.campaign"), CAMPAIGN, 3, [attempt(7, ADA), attempt(8, BOB)])
    store(own.with_name("outbox.db"), OUTBOX, 2, [attempt("welcome", ADA)])
    own.with_name("people.csv").write_text("to\n" + f"{ADA}\n" * 1000)
    own.with_name("folder").mkdir()
    with Folder(own) as folder:
        campaign, outbox = folder.open_attempts([ADA])
        assert [(one.key, one.recipient) for one in campaign.attempts] == [(7, ADA)]
        assert [one.key for one in outbox.attempts] == ["welcome"]
        assert (campaign.facts.kind, outbox.facts.kind) == ("campaign", "outbox")
        assert (outbox.facts.realm, outbox.facts.secret) == ("AC1 us1", b"\x01\x02")
        assert [len(one.attempts) for one in folder.open_attempts([ADA, BOB])] == [2, 1]
        assert [len(one.attempts) for one in folder.open_attempts(["+1"])] == [0, 0]
        assert folder.unreadable == []
        assert ADA not in repr(campaign)


def test_sids_of_the_others_are_seen_packed_or_as_text(own: Path) -> None:
    other, outbox = own.with_name("other.campaign"), own.with_name("outbox.db")
    store(other, CAMPAIGN, 3)
    store(outbox, OUTBOX, 2)
    claim(other, pack(SID))
    claim(outbox, OTHER)
    claim(own, "SM1")
    asked = [bytes(pack(sid)) if packed else sid for sid in (SID, OTHER) for packed in (0, 1)]  # type: ignore[arg-type] # packed ones are bytes
    with Folder(own) as folder:
        assert folder.claimed([*asked, "SM1"]) == {bytes(pack(SID)), OTHER}  # type: ignore[arg-type]


@pytest.mark.parametrize("by_link", [False, True])
def test_a_store_is_not_its_own_neighbour(own: Path, by_link: bool) -> None:
    link = own.with_name("link.campaign")
    link.symlink_to(own)
    with Folder(link if by_link else own) as folder:
        assert folder.open_attempts([ADA]) == []


OLD_CAMPAIGN = f"""
CREATE TABLE campaign (plan TEXT);
CREATE TABLE rows (id INTEGER PRIMARY KEY, recipient TEXT, variables TEXT, state TEXT,
    attempt INTEGER, intent_at INTEGER, ended_at INTEGER, dead_at INTEGER, sid BLOB, negatives INTEGER);
INSERT INTO rows VALUES (1, '{ADA}', '{{"name":"Ada"}}', 'UNKNOWN', 2, 7200000, 7201000, NULL, NULL, 1);
INSERT INTO rows VALUES (2, '{ADA}', '{{}}', 'UNKNOWN', 1, 7200000, NULL, 7209000, NULL, NULL);
INSERT INTO rows VALUES (3, '{ADA}', '{{}}', 'INTENT', 1, 7200000, NULL, NULL, NULL, NULL);
INSERT INTO rows VALUES (4, '{ADA}', '{{}}', 'ACCEPTED', 1, 7200000, 7201000, NULL, '{SID}', NULL);
INSERT INTO rows VALUES (5, '{ADA}', '{{}}', 'READY', 0, NULL, NULL, NULL, NULL, NULL);
"""


@pytest.mark.parametrize(
    ("plan", "named"),
    [
        ('{"template":"Hi {name}","sender":"+15005550006"}', ("+15005550006", None, 0, 0)),
        (
            '{"template":"Hi","sender":"MG1","media_url":["https://x.test/a"]}',
            (None, "MG1", 0, 1),
        ),
        ('{"template":"Hi"}', (None, None, 0, 0)),
        ('{"columns":["body","from"],"sender":"+15005550006"}', (None, None, None, None)),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_ledger_of_version_0_1_is_read(
    own: Path, plan: str, named: tuple[object, ...], version: int
) -> None:
    path = own.with_name("old.campaign")
    made(path, CAMPAIGN, version, OLD_CAMPAIGN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO campaign VALUES (?)", (plan,))
    with Folder(own) as folder:
        (found,) = folder.open_attempts([ADA])
        assert folder.claimed([SID, OTHER]) == {SID}
        assert folder.unreadable == []
    assert (found.facts.kind, found.facts.realm, found.facts.plan) == ("campaign", None, plan)
    assert [one.key for one in found.attempts] == [1, 2, 3]
    assert [(one.earliest, one.latest) for one in found.attempts] == [
        (3_600_000, 10_801_000),
        (3_600_000, 10_809_000),
        (3_600_000, None),
    ]
    first = found.attempts[0]
    assert (first.sender, first.service, first.options, first.media) == named
    assert (first.variables, first.negatives, first.wall) == ('{"name":"Ada"}', 1, 1)


OLD_OUTBOX = f"""
CREATE TABLE outbox (secret BLOB); INSERT INTO outbox VALUES (x'09');
CREATE TABLE spent (sid TEXT);     INSERT INTO spent VALUES ('{OTHER}');
CREATE TABLE entries (key TEXT, attempt INTEGER, state TEXT, recipient TEXT, sender TEXT, service TEXT,
    hidden INTEGER, media INTEGER, intent_at REAL, ended_at REAL, grace REAL, hint TEXT,
    negatives INTEGER, looks INTEGER, sid TEXT);
INSERT INTO entries VALUES ('a', 1, 'HELD', '{ADA}', '', 'MG1', 1, 2, 7200.5, 7201.0, 5.0, 'SM9', 2, 1, NULL);
INSERT INTO entries VALUES ('b', 1, 'INTENT', '{ADA}', '+15005550006', '', 0, 0, 7200.0, NULL, 0.0, '', 0, 0, NULL);
INSERT INTO entries VALUES ('c', 1, 'ACCEPTED', NULL, '', '', 0, 0, 1.0, 2.0, 0.0, '', 0, 0, '{SID}');
"""


def test_an_outbox_of_version_0_1_is_read(own: Path) -> None:
    made(own.with_name("outbox.db"), OUTBOX, 1, OLD_OUTBOX, log="DELETE")
    with Folder(own) as folder:
        (found,) = folder.open_attempts([ADA])
        assert folder.claimed([SID, OTHER, "SM1"]) == {SID, OTHER}
    assert (found.facts.kind, found.facts.realm, found.facts.secret) == ("outbox", None, b"\t")
    held, live = found.attempts
    assert (held.earliest, held.latest) == (3_600_500, 10_806_000)
    assert (held.sender, held.service, held.options, held.media) == (None, "MG1", 8, 2)
    assert (held.hint, held.negatives, held.looks, held.print) == ("SM9", 2, 1, None)
    assert (live.latest, live.sender, live.service) == (None, "+15005550006", None)


def cut(path: Path) -> None:
    store(path, CAMPAIGN, 3, [attempt(1, ADA)] * 500)
    path.write_bytes(path.read_bytes()[:5000])


def scribbled(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough" * 40)


def newer(path: Path) -> None:
    made(path, CAMPAIGN, 99, "CREATE TABLE rows (id)")


def without_its_log(path: Path) -> None:
    store(path, CAMPAIGN, 3)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE campaign SET opened = 32")


def foreign(path: Path) -> None:
    made(path, 0, 0, "CREATE TABLE rows (id)")


@pytest.mark.parametrize("damage", [cut, scribbled, newer, without_its_log, foreign])
def test_a_ledger_that_can_not_be_read_is_named(own: Path, damage: object) -> None:
    path = own.with_name("other.campaign")
    damage(path)  # type: ignore[operator] # data
    with Folder(own) as folder:
        folder.open_attempts([ADA])
        folder.claimed([SID])
        assert folder.unreadable == ["other.campaign"]


def test_what_a_killed_creation_leaves_is_nobodys(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves a file that is not whole, or a second name of one that is."""

    class Killed(BaseException):
        pass

    def killed(connection: sqlite3.Connection, new: Path) -> None:
        connection.execute("PRAGMA cache_size = 1")
        connection.executemany("INSERT INTO things (name) VALUES (?)", [("x" * 90,)] * 900)
        for name in new.name, f"{new.name}-journal":
            kept.append((new.with_name(name), new.with_name(name).read_bytes()))
        raise Killed

    kept: list[tuple[Path, bytes]] = []
    with pytest.raises(Killed):
        create(own.with_name("other.campaign"), THINGS, killed)
    for path, content in kept:
        path.write_bytes(content)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)
    with new_file(own.with_name("third.campaign")) as new:
        store(new, CAMPAIGN, 3, [attempt(1, ADA)])
    monkeypatch.undo()
    with Folder(own) as folder:
        assert [found.path.name for found in folder.open_attempts([ADA])] == ["third.campaign"]
        assert folder.unreadable == []


def test_a_newer_outbox_is_not_read_and_other_databases_are_nobodys(own: Path) -> None:
    made(own.with_name("history.db"), 0, 7, "CREATE TABLE visits (id)", log="DELETE")
    with closing(sqlite3.connect(own.with_name("history.db"), isolation_level=None)) as locked:
        locked.execute("BEGIN EXCLUSIVE")
        with Folder(own) as folder:
            assert folder.open_attempts([ADA]) == []
            assert folder.unreadable == []
    made(own.with_name("outbox.db"), OUTBOX, 99, "CREATE TABLE entries (id)")
    with Folder(own) as folder:
        folder.open_attempts([ADA])
        assert folder.unreadable == ["outbox.db"]


def test_one_store_of_a_folder_concludes_at_a_time(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, go = threading.Event(), threading.Event()

    def conclude() -> None:
        with settle_lock(own):
            held.set()
            go.wait(10)

    first = threading.Thread(target=conclude)
    first.start()
    assert held.wait(10)
    with monkeypatch.context() as patch:
        patch.setattr(locks, "_PATIENCE", -1.0)
        with pytest.raises(LedgerError, match="settles what is unknown"):
            settle_lock(own.with_name("outbox.db")).__enter__()
    go.set()
    with settle_lock(own.with_name("outbox.db")):
        assert own.with_name(".settle.lock").exists()
    first.join()
    assert not own.with_name(".settle.lock").exists()
