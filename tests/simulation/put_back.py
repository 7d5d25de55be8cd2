"""Faults that versions before had, put back into today's code, one at a time: are they found?

    python -m tests.simulation.put_back --minutes 20       # a table: in how many worlds and seconds

A fault is a text of the package that is replaced in a copy of it, as `tests.crash.rules` does.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .many import Many

__all__ = ["FAULTS", "Fault"]


@dataclass(frozen=True)
class Fault:
    """A fault, and what of today's code is replaced to have it back.

    Attributes:
        name: what it did.
        changes: file below the package, what stands there once, what stands there instead.
    """

    name: str
    changes: tuple[tuple[str, str, str], ...]


FAULTS: tuple[Fault, ...] = (
    Fault(
        "settling takes a sid that the client was given for another send",
        (
            (
                "settling/single.py",
                "        found = self._returned.among(sids)\n",
                "        found: set[str] = set()\n",
            ),
        ),
    ),
    Fault(
        "two equal sends are given one message",
        (
            (
                "settling/single.py",
                "        return self._sends.conclude(to, decide)\n",
                (
                    "        import msgspec\n"
                    "        mine = {self._doubt.key}\n"
                    "        return self._sends.conclude(to, lambda all_: decide(msgspec.structs.replace(\n"
                    "            all_, attempts=[one for one in all_.attempts if one.key in mine],\n"
                    "            claimed=lambda sids: set())))\n"
                ),
            ),
        ),
    ),
    Fault(
        "rows of a bulk send vanish when the task group around it is cancelled",
        (
            (
                "bulk/fanout.py",
                (
                    "        except CallLeft as left:\n"
                    "            if left.answer is not None:\n"
                    "                self._accepted(taken, draft, left.answer)\n"
                    "            else:\n"
                    "                self._failed(taken, left.error)\n"
                    "            raise\n"
                ),
                "        except CallLeft:\n            self._feed.open.pop(taken.index)\n            raise\n",
            ),
        ),
    ),
    Fault(
        "a deletion whose answer was lost is called refused",
        (
            (
                "pipeline/repeated.py",
                (
                    "        if isinstance(error, NotFound):\n"
                    '            return Answer(call.decode(b""), 404, error.headers, b"", attempts, elapsed)\n'
                ),
                "",
            ),
        ),
    ),
    Fault(
        "an answer that has come is passed over for the deadline",
        (
            (
                "pipeline/deadline.py",
                (
                    "                if not first.on_the_wire:\n"
                    "                    first.expire()\n"
                    "                elif seconds < first.ends_in and now < first.started + first.ends_in:\n"
                    "                    self.watch(first, first.ends_in)\n"
                    "                else:\n"
                    "                    answered.append(first)\n"
                ),
                "                first.expire()\n",
            ),
        ),
    ),
    Fault(
        "another program's message is taken for evidence",
        (
            (
                "settling/group.py",
                '            kind == "like" or (kind == "open" and one.exclusive)\n',
                '            kind in {"like", "open"}\n',
            ),
            (
                "settling/rules.py",
                '            if kind != "other":\n                edges[message.sid] = kind\n',
                '            edges[message.sid] = "like" if kind == "other" else kind\n',
            ),
        ),
    ),
    Fault(
        "times are a wall clock's, which may be set right",
        (
            (
                "settling/server_clock.py",
                "        low, high = self._aged(m)\n        return m + low, m + high\n",
                (
                    "        wall = self._clock.time() - self._clock.monotonic()\n"
                    "        return m + wall, m + wall\n"
                ),
            ),
            (
                "settling/server_clock.py",
                (
                    "        found = self.bounds(self._clock.monotonic())\n"
                    "        return None if found is None else found[0]\n"
                ),
                "        return self._clock.time()\n",
            ),
        ),
    ),
    Fault(
        "a ledger without its log is taken for all there is",
        (
            (
                "storage/log.py",
                "        if not opened or (self._is_readable and self._found >= opened):\n",
                "        if opened >= 0:\n",
            ),
        ),
    ),
    Fault(
        "a pause that comes while a run starts is lost",
        (
            (
                "campaigns/file.py",
                "        return self._runs or note.at >= self._since\n",
                "        return self._runs\n",
            ),
        ),
    ),
    Fault(
        "a key whose send is under way expires",
        (
            (
                "outbox/rules.py",
                "        if entry.state not in OPEN and entry.expires_at <= now:\n",
                "        if entry.expires_at <= now:\n",
            ),
            (
                "outbox/rules.py",
                "    return entry.state not in OPEN and entry.expires_at <= now\n",
                "    return entry.expires_at <= now\n",
            ),
        ),
    ),
)


def found(fault: Fault, seed: int, seconds: float, jobs: int, size: int) -> tuple[int, float, str]:
    """Run worlds with a fault until one is wrong: how many, seconds, what was said; "" if none was."""
    here = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory(prefix="put-back-") as name:
        copy = Path(name)
        for part in ("async_messaging", "tests"):
            shutil.copytree(here / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file, before, after in fault.changes:
            path = copy / "async_messaging" / file
            text = path.read_text(encoding="utf-8")
            assert text.count(before) == 1, (fault.name, file, text.count(before))
            path.write_text(text.replace(before, after), encoding="utf-8")
        began, count, took = time.monotonic(), 0, 0.0
        with Many(seed, size=size, jobs=jobs, folder=copy) as worlds:
            for world in worlds:
                count += 1
                took = time.monotonic() - began
                if world.wrong:
                    return count, took, f"seed {world.seed}: {world.wrong[0]}"
                if took > seconds:
                    break
        return count, took, ""


def main() -> int:
    parser = argparse.ArgumentParser(description="Put faults back: are they found?")
    parser.add_argument("--seed", type=int, default=1, help="the first of each")
    parser.add_argument("--minutes", type=float, default=20.0, help="for each fault")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--size", type=int, default=20, help="messages of a program")
    parser.add_argument("--only", type=int, help="the number of one, from 1")
    given = parser.parse_args()
    print(f"{'fault':72} {'worlds':>6} {'s':>6}")  # noqa: T201 - what it is for
    missed = 0
    for number, fault in enumerate(FAULTS, start=1):
        if given.only in (None, number):
            count, took, what = found(fault, given.seed, given.minutes * 60, given.jobs, given.size)
            missed += not what
            print(f"{fault.name:72} {count:6} {took:6.0f} {what or 'not found'}", flush=True)  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
