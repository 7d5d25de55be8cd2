"""Many worlds, in several processes that each run one after another in children of their own."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any, Self, cast

from .run import Outcome

__all__ = ["Many", "shrunk"]


class Many:
    """Outcomes as they come, of seeds from one on; leaving the block ends all."""

    def __init__(
        self,
        seed: int,
        *,
        size: int,
        jobs: int,
        folder: Path,
        count: int = 0,
        without: Collection[int] = (),
    ) -> None:
        self._processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.simulation.run", str(seed + job)),
                    *(str(jobs), str(seed + count if count else 1 << 62), str(size)),
                    *map(str, without),
                ],
                cwd=folder,
                env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(folder)},
                stdout=subprocess.PIPE,
            )
            for job in range(jobs)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def __iter__(self) -> Iterator[Outcome]:
        with selectors.DefaultSelector() as selector:
            for process in self._processes:
                assert process.stdout is not None
                selector.register(process.stdout, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select():
                    line = cast("IO[bytes]", key.fileobj).readline()
                    if line:
                        found: dict[str, Any] = json.loads(line)
                        yield Outcome(**found)
                    else:
                        selector.unregister(key.fileobj)


def shrunk(found: Outcome, size: int, folder: Path) -> tuple[Outcome, list[int]]:
    """The same seed with as few disasters as still make it wrong, and which are left out."""
    without: list[int] = []
    for number in range(found.drawn):
        tried = [*without, number]
        with Many(found.seed, size=size, jobs=1, folder=folder, count=1, without=tried) as worlds:
            outcome = next(iter(worlds))
        if outcome.wrong:
            found, without = outcome, tried
    return found, without
