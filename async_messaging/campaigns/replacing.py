"""A file that takes another's place only when it is whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

__all__ = ["replacing"]


@contextmanager
def replacing(target: Path) -> Generator[TextIO]:
    """A new file, readable by its owner alone; at the end it is on the disk under its name.

    Until then the target stays as it was, and after an error too. Line ends are written as given.

    Raises:
        OSError: the file can't be written.
    """
    descriptor, name = tempfile.mkstemp(".part", f".{target.name}.", target.parent)
    try:
        with os.fdopen(
            descriptor, "w", encoding="utf-8", errors="surrogateescape", newline=""
        ) as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
