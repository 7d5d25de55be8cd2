"""How a file of ours is made, replaced and flushed, and how one notices that it is another by now.

* A file is known by its real path, links resolved: whatever stands beside it (lock, log, spool,
  rescue files) is found by `beside`, so that two names of one file never have two locks.
* **Made in one go**: it is filled under a name that nobody else can guess, and linked to its own,
  which fails if that is there. So nobody meets a half-made file, and no file that exists is opened
  except through SQLite: closing *any* descriptor of a file drops the process's locks on it, those
  of SQLite's connections too.
* A new name is durable only with its folder, which is flushed as well.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TextIO

from ..errors import LedgerError

_UNFINISHED = re.compile(r"-new-[0-9a-f]{16}(?:-journal|-wal|-shm)?")


def beside(path: str | PathLike[str], suffix: str) -> Path:
    """The file of this suffix that belongs to another, wherever a link to that one stands."""
    real = Path(path).resolve()
    return real.with_name(f"{real.name}{suffix}")


def create_private(path: Path) -> int:
    """A descriptor of a new file, for writing, which its owner alone may read; a link takes a name too."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o600)


@contextmanager
def new_file(path: Path) -> Generator[Path]:
    """A private empty file under another name, which gets its own when the block ends.

    Raises:
        FileExistsError: at the end, the name is taken; the file that has it stays as it is.
    """
    new = path.with_name(f"{path.name}-new-{secrets.token_hex(8)}")
    os.close(create_private(new))
    try:
        yield new
        _flush(new, os.O_RDWR)
        give_name(new, path)
        flush_folder(path.parent)
    finally:
        new.unlink(missing_ok=True)


def is_unfinished(path: Path) -> bool:
    """Whether a file is one that `new_file` fills, or that a kill left so; nobody has used it yet.

    A kill may also leave this as a second name of a file that has its own.
    """
    return _UNFINISHED.search(path.name) is not None


def give_name(new: Path, path: Path) -> None:
    """Give a file another name too, unless that is taken; where there are no links, instead."""
    try:
        os.link(new, path)
    except FileExistsError:
        raise
    except OSError:
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        new.rename(path)


def flush_folder(folder: Path) -> None:
    """Make names in a folder durable; where folders can't be opened (Windows), do nothing."""
    with suppress(PermissionError):
        _flush(folder, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(target: Path) -> Generator[TextIO]:
    """A new file, readable by its owner alone; at the end it is on the disk under its name.

    Until then the target stays as it was, and after an error too. Line ends are written as given.
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
        flush_folder(target.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class ReplacedError(LedgerError):
    """A file is another by now than the one that was opened."""


class Watched:
    """A file that is in use: is it still there, the same one, and not empty?

    Args:
        name: what errors call it.
        may_be_empty: that says nothing, as of a log.
    """

    def __init__(self, path: Path, name: str, *, may_be_empty: bool = False) -> None:
        self._look: Callable[[], os.stat_result] = partial(os.stat, os.fspath(path))
        self._name = name
        self._may_be_empty = may_be_empty
        self._seen = self._look()

    def check(self) -> None:
        """Look again; `ReplacedError` if it was replaced, emptied or moved."""
        try:
            now = self._look()
        except FileNotFoundError:
            raise ReplacedError(
                f"the {self._name} was moved or removed while it was used"
            ) from None
        if now.st_ino != self._seen.st_ino or now.st_dev != self._seen.st_dev:
            raise ReplacedError(f"the {self._name} was replaced while it was used")
        if not now.st_size and not self._may_be_empty:
            raise ReplacedError(f"the {self._name} was emptied while it was used")
