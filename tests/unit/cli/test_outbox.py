from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from async_messaging import OutboxCounts, SqliteStore
from async_messaging.cli.outbox_figures import exit_of, printable
from async_messaging.outbox.entries import Entry, Evidence
from async_messaging.outbox.file import Rows
from async_messaging.settling.states import State

Run = Callable[..., Result]

COMMANDS = ["status", "settle", "held", "decide", "purge"]
NUMBER = "+14155550100"
HELD = ("login:1", "login:2")


def entry(key: str, state: State, *, expired: bool = False) -> Entry:
    is_open = state in ("UNKNOWN", "HELD")
    return Entry(
        key=key,
        digest=b"x",
        state=state,
        attempt=1,
        ttl=3600.0,
        expires_at=time.time() + (-10 if expired else 3600),
        intent_at=1_767_323_045.0,
        ended_at=1_767_323_046.0,
        sid="" if is_open else f"SM{key.encode().hex():0>32}",
        error="its process ended before the answer came" if is_open else "",
        evidence=Evidence(realm="AC us1", to=NUMBER) if is_open else Evidence(),
    )


def make(path: Path, *entries: Entry) -> None:
    """An outbox's file with these keys."""

    def put(rows: Rows) -> None:
        rows.see(time.time())
        for one in entries:
            rows.put(one)

    async def fill() -> None:
        store = SqliteStore(path)
        await store.write(put)
        await store.aclose()

    asyncio.run(fill())


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    path = tmp_path / "codes.outbox"
    make(path, *(entry(key, "HELD") for key in HELD), entry("old", "ACCEPTED", expired=True))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns(run: Run, command: str) -> None:
    done = run("outbox", command, "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: async-messaging outbox {command}")
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_every_command_is_told_in_a_whole_sentence(run: Run) -> None:
    shown = run("outbox", "--help").stdout.partition("Commands:")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in shown.splitlines() if line.strip()] == COMMANDS
    assert "..." not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "none.outbox"), "there is no outbox none.outbox"),
        (("held", "none.outbox"), "there is no outbox none.outbox"),
        (("settle", "none.outbox"), "there is no outbox none.outbox"),
        (("purge", "none.outbox"), "there is no outbox none.outbox"),
        (("decide", "none.outbox", "--all", "--resend"), "there is no outbox none.outbox"),
        (("decide", "codes.outbox", "--all"), "--resend or --assume-sent"),
        (("decide", "codes.outbox", "a", "--resend", "--assume-sent"), "one of them"),
        (("decide", "codes.outbox", "--resend"), "which keys?"),
        (("decide", "codes.outbox", "a", "--all", "--resend"), "which keys?"),
        (("decide", "codes.outbox", "old", "--resend"), "not held: old"),
        (("decide", "codes.outbox", "--all", "--resend"), "--yes says yes"),
        (("settle", "codes.outbox", "--watch", "--until-settled"), "exclude each other"),
        (("settle", "codes.outbox", "--settle", "-1"), "must not be negative"),
    ],
)
def test_wrong_usage_is_said_in_a_sentence(
    run: Run, codes: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("outbox", *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("async-messaging: ")
    assert said in " ".join(done.stderr.split())
    assert not list(codes.parent.glob("none*"))


def test_a_file_of_another_kind_is_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.outbox").write_text("no database at all, but long enough to be read\n" * 9)
    done = run("outbox", "status", "notes.outbox")
    assert done.exit_code in (2, 74)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "notes.outbox").read_text().startswith("no database")


def test_status_counts_and_needs_no_account(
    run: Run, codes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWILIO_ACCOUNT_SID")
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    done = run("outbox", "status", "codes.outbox")
    assert done.exit_code == 3
    lines = done.stdout.splitlines()
    assert lines[0] == "Outbox codes.outbox: 3 keys"
    assert [line.split()[:2] for line in lines[2:]] == [["accepted", "1"], ["held", "2"]]
    told = json.loads(run("outbox", "status", "codes.outbox", "--json").stdout)
    assert (told["outbox"], told["keys"], told["held"]) == ("codes.outbox", 3, 2)
    assert told["unknown"] == 0


def test_held_lists_keys_and_reasons_but_no_number(run: Run, codes: Path) -> None:
    done = run("outbox", "held", "codes.outbox")
    assert done.exit_code == 3
    assert re.fullmatch(
        r"key +since +why\n(login:[12]  2026-01-0\d [\d:]{8}  its process ended before[^+]*)+",
        done.stdout,
    )
    told = [
        json.loads(line)
        for line in run("outbox", "held", codes.name, "--json").stdout.split("\n")[:-1]
    ]
    assert [one["key"] for one in told] == list(HELD)
    assert {tuple(one) for one in told} == {("key", "since", "why")}
    assert told[0]["since"] == "2026-01-02T03:04:05Z"


def test_a_person_decides_key_by_key_or_at_once(run: Run, codes: Path) -> None:
    done = run("outbox", "decide", "codes.outbox", "login:1", "--assume-sent", "--yes")
    assert (done.exit_code, done.stdout) == (0, "1 of 1 key: assumed sent.\n")
    done = run("outbox", "decide", "codes.outbox", "--all", "--resend", "--yes", "--json")
    assert json.loads(done.stdout) == {"key": "login:2", "decision": "resend"}
    done = run("outbox", "status", "codes.outbox", "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["held"], told["ready"], told["assumed_sent"]) == (0, 0, 1, 1)
    done = run("outbox", "decide", "codes.outbox", "--all", "--resend", "--yes")
    assert (done.exit_code, done.stdout) == (0, "No key is held.\n")
    done = run("outbox", "held", "codes.outbox")
    assert (done.exit_code, done.stdout) == (0, "No key is held.\n")


def test_purge_forgets_what_has_expired_and_nothing_held(run: Run, codes: Path) -> None:
    done = run("outbox", "purge", "codes.outbox")
    assert (done.exit_code, done.stdout) == (0, "1 key forgotten, 2 kept.\n")
    told = json.loads(run("outbox", "purge", "codes.outbox", "--json").stdout)
    assert told == {"outbox": "codes.outbox", "forgotten": 0, "keys": 2}


def test_nothing_to_settle_asks_nobody(run: Run, tmp_path: Path) -> None:
    make(tmp_path / "calm.outbox", entry("a", "ACCEPTED"))
    nowhere = ("--base-url", "http://127.0.0.1:1")
    done = run("outbox", "settle", "calm.outbox", *nowhere)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "No key is unknown or held.\n\n  accepted  1\n"
    told = json.loads(run("outbox", "settle", "calm.outbox", *nowhere, "--json").stdout)
    assert (told["accepted"], told["found"], told["wait"]) == (1, 0, None)


def test_a_key_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    make(tmp_path / "odd.outbox", entry("a\x1b[2Jb\nü", "HELD"))
    shown = run("outbox", "held", "odd.outbox").stdout
    assert "\x1b" not in shown
    assert r"a\x1b[2Jb\nü" in shown
    assert printable("plain: é") == "plain: é"


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        (OutboxCounts(accepted=3, refused=1, ready=2, under_way=1, assumed_sent=1), 0),
        (OutboxCounts(held=1), 3),
        (OutboxCounts(held=1, unknown=1), 7),
    ],
)
def test_the_exit_status_is_that_of_the_worst_key(counts: OutboxCounts, status: int) -> None:
    assert exit_of(counts) == status


def test_other_commands_do_not_load_outboxes() -> None:
    code = "import sys, async_messaging.cli.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name for name in done.stdout.split() if name.startswith("async_messaging.outbox")}
