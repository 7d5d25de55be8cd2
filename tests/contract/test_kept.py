"""The kept files of earlier versions are what their description says, and hang together."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Literal

import pytest

from tests.crash.old_files import states
from tests.kept import restore

KEPT = Path(__file__).parents[1] / "kept"


def accepted(folder: Path) -> dict[str, str]:
    """Sid of what the simulator accepted, by number."""
    with closing(connect(folder / "twilio.db")) as database:
        listed = [json.loads(data) for (data,) in database.execute("SELECT data FROM messages")]
    found = {message["to"]: message["sid"] for message in listed}
    assert len(found) == len(listed)
    return found


@pytest.mark.parametrize("version", [1, 2])
def test_a_kept_campaign_and_what_the_simulator_had_of_it(
    tmp_path: Path, version: Literal[1, 2]
) -> None:
    restore(tmp_path, version, ended=1_800_000_000.0)
    path = tmp_path / "spring.campaign"
    assert states(path, "rows").keys() == {"ACCEPTED", "HELD", "INTENT", "READY", "UNKNOWN"}
    sids = accepted(tmp_path)
    with closing(connect(path)) as ledger:
        assert ledger.execute("PRAGMA user_version").fetchone() == (version,)
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        query = "SELECT recipient, state, hex(sid) FROM rows"
        for recipient, state, sid in ledger.execute(query).fetchall():
            if state == "ACCEPTED":
                assert sid[-32:].lower() == sids[recipient][2:]
            if state == "READY":
                assert recipient not in sids
        last = ledger.execute("SELECT max(intent_at) FROM rows").fetchone()[0]
    assert abs(last / 1000 - 1_800_000_000) < 60


def test_a_kept_outbox_has_every_state(tmp_path: Path) -> None:
    restore(tmp_path)
    counts = states(tmp_path / "orders.outbox", "entries")
    assert counts.keys() == {"ACCEPTED", "HELD", "INTENT", "UNKNOWN"}
    with closing(connect(tmp_path / "orders.outbox")) as outbox:
        query = "SELECT sid FROM entries WHERE state = 'ACCEPTED'"
        own = {sid for (sid,) in outbox.execute(query).fetchall()}
    assert own < set(accepted(tmp_path).values())


def test_they_are_small_and_name_no_place_but_fictional_ones() -> None:
    files = [path for path in KEPT.iterdir() if path.suffix == ".sql"]
    assert len(files) == 5
    assert sum(path.stat().st_size for path in files) < 200_000
    words = Counter(word for path in files for word in path.read_text().split("'") if "/" in word)
    assert {word for word in words if word.startswith("/")} == {"/home/ann/spring.campaign"}
