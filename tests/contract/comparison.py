"""The surface beside twilio-python's, from the contract test's calls and from twilio-python itself."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.contract.official import Official, known_to_twilio_python
from tests.contract.requests_made import ALWAYS, CALLS, forms, made, sent_values
from tests.contract.spec import ACCOUNT, OPERATIONS

__all__ = ["compared", "operations_table", "surface_table"]


ORDER = (
    *("messages", "services", "short_codes", "content", "channel_senders", "indicators", "pricing"),
    *("balance", "a2p", "tollfree", "links", "deactivations"),
)
PAGING = {"PageSize"}


@dataclass(frozen=True)
class Compared:
    """One operation: its names here and there, and what only one of the two sends."""

    here: str
    there: str
    more_here: frozenset[str]
    more_there: frozenset[str]

    @property
    def chapter(self) -> str:
        return self.here.partition(".")[0].removesuffix("(sid)")


class Named:
    """Stands for a client, and remembers what it was asked for."""

    def __init__(self, name: str = "", sids: int = 0) -> None:
        self.name = name
        self._sids = sids

    def __getattr__(self, part: str) -> Named:
        sids = f"({', '.join(['sid'] * self._sids)})" if self._sids else ""
        return Named(f"{self.name}{sids}.{part}".lstrip("."))

    def __call__(self, *sids: object, **_options: object) -> Named:
        return Named(self.name, len(sids))


@cache
def compared() -> tuple[Compared, ...]:
    """All operations, in the order of the chapters' calls."""
    known = known_to_twilio_python()
    found: list[Compared] = []
    for key, calls in CALLS.items():
        operation = OPERATIONS[key]
        path = operation["path"].replace("{AccountSid}", ACCOUNT)
        url = f"{operation['server']}{re.sub(r'{[A-Za-z]+}', '{}', path)}"
        there = known.get((operation["method"], url), Official("-", frozenset()))
        here = " / ".join(_name(call) for call in calls)
        names = asyncio.run(_names(key))
        found.append(Compared(here, there.name, names - there.names, there.names - names - PAGING))
    return tuple(found)


def _name(call: Any) -> str:
    named = call(Named())
    assert isinstance(named, Named)
    return named.name


async def _names(key: tuple[str, str]) -> frozenset[str]:
    """What we send when everything is given: top members of a JSON body, and headers of its own."""
    found: set[str] = set()
    for variant, form in enumerate(forms(OPERATIONS[key])):
        request, _ = await made(key, "full", variant)
        found |= {name for name in sent_values(request, form) if "." not in name}
        found |= set(request.headers) - ALWAYS
    return frozenset(found)


def surface_table() -> str:
    """One row a chapter."""
    counts = Counter(one.chapter for one in compared())
    rows = [
        "| `client.` | operations | in twilio-python: `client.` | sent by one only |",
        "|---|---|---|---|",
    ]
    for chapter, count in sorted(counts.items(), key=lambda item: ORDER.index(item[0])):
        own = [one for one in compared() if one.chapter == chapter]
        here = {f"`{name}` here" for one in own for name in one.more_here}
        there = {name for one in own for name in one.more_there} | _more_calls(own)
        alone = ", ".join(sorted(here) + [f"`{name}` there" for name in sorted(there)])
        rows.append(f"| {_parts(chapter, own)} | {count} | {_places(own)} | {alone or '-'} |")
    return "\n".join(rows)


def _parts(chapter: str, own: list[Compared]) -> str:
    """The sub-resources: ``messages(sid).media.fetch`` has ``media``."""
    paths = [one.here.partition(" / ")[0].removeprefix(chapter).replace("(sid)", "") for one in own]
    parts = dict.fromkeys(path.strip(".").split(".")[0] for path in paths if path.count(".") > 1)
    return f"`{chapter}`" + (f": {', '.join(parts)}" if parts else "")


def _top(name: str) -> tuple[str, str]:
    """Version and first resource: ``messaging.v1`` and ``services``."""
    found = re.match(r"((?:\w+\.v\d)?)\.?(\w+)", name)
    assert found is not None
    return found[1], found[2]


def _places(own: list[Compared]) -> str:
    """The first resources there, those of one version together."""
    found: dict[str, dict[str, None]] = {}
    for one in own:
        place, resource = _top(one.there)
        found.setdefault(place, {})[resource] = None
    places = [(f"{place}." if place else "", ", ".join(names)) for place, names in found.items()]
    return "; ".join(
        f"`{place}` {names}" if "," in names else f"`{place}{names}`" for place, names in places
    )


def _more_calls(own: list[Compared]) -> set[str]:
    """Calls of the same parts there that have none here."""
    chapters = {one.there.rpartition(".")[0] for one in own}
    known = {one.name for one in known_to_twilio_python().values()}
    here = {one.there for one in compared()}
    return {name for name in known - here if name.rpartition(".")[0] in chapters}


def operations_table() -> str:
    """One row an operation."""
    rows = ["| here: `client.` | in twilio-python: `client.` |", "|---|---|"]
    ordered = sorted(compared(), key=lambda one: (ORDER.index(one.chapter), one.here))
    rows += [f"| {_code(one.here)} | {_code(one.there)} |" for one in ordered]
    return "\n".join(rows)


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(" / "))
