"""The files whose mutants are made, and the tests that are asked about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .made import ROOT

__all__ = ["ROOMS", "SLOW", "Room", "mirrors", "room_of"]

_UNIT = "tests/unit/"
_CONTRACT = "tests/contract/test_"


@dataclass(frozen=True, slots=True)
class Room:
    """A package of ours: the files that decide, the gravest first, and the tests that reach them."""

    name: str
    stems: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def files(self) -> list[str]:
        """The paths of its files below the repository."""
        return [f"async_messaging/{self.name}/{stem}.py" for stem in self.stems]

    @property
    def test_files(self) -> list[str]:
        """The paths of its tests below the repository."""
        paths = [ROOT / test for test in self.tests]
        files = [
            file
            for path in paths
            for file in (sorted(path.rglob("test_*.py")) if path.is_dir() else [path])
        ]
        found = [str(file.relative_to(ROOT)) for file in files]
        return [file for file in found if file not in SLOW]


SLOW = (
    "tests/unit/outbox/test_upgrading.py",
    "tests/unit/settling/test_model.py",
    "tests/unit/transport/test_wire_protocol.py::test_20_000_mutated_answers_end_alike",
    "tests/unit/webhooks/test_seen.py::test_100000_shuffled_and_fivefold_callbacks_end_in_the_right_states",
)
"""Tests that take many seconds each: they are asked about no mutant."""


def _room(name: str, stems: str, units: str, contracts: str = "", others: str = "") -> Room:
    tests = [
        *(f"{_UNIT}{unit}" for unit in units.split()),
        *(f"{_CONTRACT}{contract}.py" for contract in contracts.split()),
        *others.split(),
    ]
    return Room(name, tuple(stems.split()), tuple(tests))


ROOMS: tuple[Room, ...] = (
    _room(
        "settling",
        "rules likeness states changes server_clock attempts sent candidates group listing"
        " contents neighbours returned driver single",
        "settling outbox test_client.py",
        "settling_alone",
    ),
    _room(
        "pipeline",
        "retry answers carrying exchange breaker deadline stop admission limiter adaptive lanes"
        " lines turn pipeline batch_run downloads events repeated sends shared account auth",
        "pipeline bulk transport test_client.py testing",
        "bulk_cancellation call_cancellation hostile_answers outage overload redirects"
        " secrets urls way_back",
    ),
    _room(
        "outbox",
        "rules sending delivery attempts policy",
        "outbox",
        "storage",
    ),
    _room(
        "campaigns",
        "changes writer file sqlite database",
        "campaigns storage",
        "campaign_chaos campaign_outage storage",
    ),
    _room(
        "storage",
        "commits log files locks sqlite",
        "storage audience outbox campaigns",
        "storage",
    ),
    _room(
        "webhooks",
        "signature verifying urls seen keys",
        "webhooks",
        "webhook_signatures webhook_strangers",
    ),
    _room(
        "transport",
        "evidence failures wire_protocol wire_parser unread reading base wire wire_pool altered",
        "transport pipeline",
        "hostile_answers redirects urls way_back",
        "tests/integration/transport",
    ),
    _room("audience", "suppressions suppressions_file", "audience campaigns bulk"),
)


def room_of(file: str) -> Room:
    """The room of a file.

    Raises:
        LookupError: no room has it.
    """
    for room in ROOMS:
        if file in room.files:
            return room
    raise LookupError(f"{file}: no room of tests/mutants/rooms.py has it")


def mirrors(file: str, test: str) -> bool:
    """Does a test stand in a file named for this one?"""
    path = test.partition("::")[0]
    here = Path(file)
    return f"/{here.parent.name}/test_{here.stem}" in path
