"""One world in a process of its own, which a seed determines wholly."""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from .judge import judge
from .patches import install
from .scene import Scene

__all__ = ["Outcome", "forked"]

_HORIZON = 4 * 86_400.0
_PATIENCE = int(os.environ.get("SIMULATION_PATIENCE", "120"))


class Outcome:
    """What came of a world, or of many."""

    def __init__(self, **found: Any) -> None:
        self.wrong: list[str] = found.get("wrong", [])
        self.story: list[str] = found.get("story", [])
        self.counts: dict[str, int] = found.get("counts", {})

    def add(self, other: Outcome) -> None:
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def figures(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in self.counts.items())


def forked(seed: int, folder: Path, size: int) -> Outcome:
    """Run a world in a child of this process."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(reading)
            os.sched_setaffinity(0, {seed % (os.cpu_count() or 1)})  # threads that hand over stay on one
            signal.signal(signal.SIGALRM, _give_up)
            signal.alarm(_PATIENCE)
            found = _run(seed, folder, size)
            with os.fdopen(writing, "w") as out:
                json.dump(found, out)
            code = 0
        except BaseException:  # noqa: BLE001 - the child's end
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as given:
        text = given.read()
    _, status = os.waitpid(child, 0)
    if not text:
        return Outcome(wrong=[f"the world broke: {status}"])
    return Outcome(**json.loads(text))


def _give_up(*_: object) -> None:
    raise TimeoutError


def _run(seed: int, folder: Path, size: int) -> dict[str, Any]:
    logging.getLogger("async_messaging").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    scene = Scene(seed, folder)
    world = scene.world
    install(world, scene.network)
    scene.draw(size)
    wrong: list[str] = []
    try:
        world.run(lambda: all(program.done for program in scene.programs), _HORIZON)
    except TimeoutError:
        faulthandler.dump_traceback(all_threads=True)
        wrong.append(f"it hangs after {world.events} events")
    wrong += world.broken
    for process in world.processes:
        process.kill()
    counts = {"events": world.events, "messages": len(scene.twilio.sent)}
    kills = sum("is killed" in what for _, what in world.story)
    counts |= {"kills": kills, "seconds simulated": int(world.now)} | scene.disasters
    story = [f"{when:9.3f} {what}" for when, what in world.story]
    return {"wrong": wrong or judge(scene), "story": story, "counts": counts}
