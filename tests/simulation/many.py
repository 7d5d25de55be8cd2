"""Many worlds, in several processes that each run one after another in children of their own."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self, cast

from .run import Outcome

__all__ = ["Many"]


class Many:
    """Outcomes as they come, of seeds from one on; leaving the block ends all."""

    def __init__(self, seed: int, *, size: int, jobs: int, folder: Path, count: int = 0) -> None:
        self._processes = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.simulation.run", str(seed + job)),
                    *(str(jobs), str(seed + count if count else 1 << 62), str(size)),
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
