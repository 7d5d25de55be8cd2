"""Runs worlds one after another, each in a child of this process, which its seed determines wholly.

python -m tests.simulation.run SEED STEP END SIZE      # prints an outcome a line, as JSON
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .judge import judge
from .patches import install
from .scene import Scene

__all__ = ["Outcome"]

_HORIZON = 4 * 86_400.0
_PATIENCE = int(os.environ.get("SIMULATION_PATIENCE", "1200"))


class Outcome:
    """What came of a world."""

    def __init__(
        self,
        seed: int,
        wrong: list[str],
        story: list[str],
        counts: dict[str, int],
        drawn: int = 0,
    ) -> None:
        self.seed = seed
        self.wrong = wrong
        self.story = story
        self.counts = counts
        self.drawn = drawn


def _forked(seed: int, folder: Path, size: int, without: Collection[int]) -> str:
    """Run a world in a child; what came of it, as JSON."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.close(reading)
            # Threads that hand over to each other are quicker on one core.
            os.sched_setaffinity(0, {seed % (os.cpu_count() or 1)})
            signal.signal(signal.SIGALRM, _give_up)
            signal.signal(signal.SIGVTALRM, _give_up)
            signal.alarm(_PATIENCE)
            signal.setitimer(signal.ITIMER_VIRTUAL, _PATIENCE / 4)
            found = _run(seed, folder, size, without)
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
    broken = {"seed": seed, "wrong": [f"the world broke: {status}"], "story": [], "counts": {}}
    return text or json.dumps(broken)


def _give_up(*_: object) -> None:
    raise TimeoutError


def _run(seed: int, folder: Path, size: int, without: Collection[int]) -> dict[str, Any]:
    logging.getLogger("async_messaging").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    scene = Scene(seed, folder)
    world = scene.world
    install(world, scene.network)
    scene.draw(seed, size, without)
    wrong: list[str] = []
    try:
        if world.run(lambda: all(program.done for program in scene.programs), _HORIZON):
            scene.audit()
            world.run(lambda: scene.audited, _HORIZON)
    except TimeoutError:
        with (folder.parent / f"hangs-{seed}.txt").open("w") as file:
            faulthandler.dump_traceback(file, all_threads=True)
        wrong.append(f"it hangs after {world.events} events")
    wrong += world.broken
    for process in world.processes:
        process.kill()
    kills = sum("is killed" in what for _, what in world.story)
    counts = {"events": world.events, "messages": len(scene.twilio.sent), "kills": kills}
    counts |= {"seconds simulated": int(world.now)} | scene.disasters
    story = [f"{when:9.3f} {what}" for when, what in world.story]
    found = {"seed": seed, "wrong": wrong or judge(scene), "story": story, "counts": counts}
    return found | {"drawn": scene.drawn}


def main() -> None:
    """Print an outcome a line."""
    seed, step, end, size = map(int, sys.argv[1:5])
    without = frozenset(map(int, sys.argv[5:]))
    memory = Path("/dev/shm")  # a file system of memory, if there is one
    base = memory if memory.is_dir() else Path(tempfile.gettempdir())
    for each in range(seed, end, step):
        folder = Path(tempfile.mkdtemp(prefix="simulation-", dir=base))
        try:
            sys.stdout.write(_forked(each, folder, size, without) + "\n")
            sys.stdout.flush()
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
