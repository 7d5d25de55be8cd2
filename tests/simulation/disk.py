"""A disk under SQLite that a seed drives: it forgets what was not flushed, is full, fails, and is slow.

SQLite's own VFS does the work, in a folder of memory. Between it and SQLite stand a few functions
(a table of methods of a file is copied, some entries are ours), registered as the default VFS in the
very library that `sqlite3` uses. So a file's other methods, locks and shared memory are the true ones.

What was written since a file's last flush is kept as an undo list. A loss of power (`lose_power`)
keeps, loses or tears each of these writes; the end of a process only loses what it has not written.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

__all__ = ["Disk", "DiskOp", "Watcher"]

DiskOp = Literal["open", "write", "truncate", "sync", "lock", "shm_lock", "delete"]

OK, _GONE = 0, 10
_UNLOCKS, _LOCKS = 1, 2
_SECTOR = 512

_Pointer = ctypes.c_void_p
_Int = ctypes.c_int
_Offset = ctypes.c_int64

_FILE_METHODS = (
    ("xClose", (_Pointer,)),
    ("xRead", (_Pointer, _Pointer, _Int, _Offset)),
    ("xWrite", (_Pointer, _Pointer, _Int, _Offset)),
    ("xTruncate", (_Pointer, _Offset)),
    ("xSync", (_Pointer, _Int)),
    ("xFileSize", (_Pointer, _Pointer)),
    ("xLock", (_Pointer, _Int)),
    ("xUnlock", (_Pointer, _Int)),
    ("xCheckReservedLock", (_Pointer, _Pointer)),
    ("xFileControl", (_Pointer, _Int, _Pointer)),
    ("xSectorSize", (_Pointer,)),
    ("xDeviceCharacteristics", (_Pointer,)),
    ("xShmMap", (_Pointer, _Int, _Int, _Int, _Pointer)),
    ("xShmLock", (_Pointer, _Int, _Int, _Int)),
    ("xShmBarrier", (_Pointer,)),
    ("xShmUnmap", (_Pointer, _Int)),
    ("xFetch", (_Pointer, _Offset, _Int, _Pointer)),
    ("xUnfetch", (_Pointer, _Offset, _Pointer)),
)
_TYPES = {name: ctypes.CFUNCTYPE(_Int, *arguments) for name, arguments in _FILE_METHODS}


class _Methods(ctypes.Structure):
    _fields_: ClassVar[Any] = (("iVersion", _Int), *((name, _Pointer) for name, _ in _FILE_METHODS))


# Names as addresses: SQLite keeps them, and what a URI asks for stands behind them.
_OPEN = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer, _Pointer, _Int, _Pointer)
_DELETE = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer, _Int)
_RANDOM = ctypes.CFUNCTYPE(_Int, _Pointer, _Int, _Pointer)
_SLEEP = ctypes.CFUNCTYPE(_Int, _Pointer, _Int)
_TIME = ctypes.CFUNCTYPE(_Int, _Pointer, _Pointer)
_VFS_METHODS = (
    *("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose"),
    *("xRandomness", "xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64"),
    *("xSetSystemCall", "xGetSystemCall", "xNextSystemCall"),
)
_VFS_FIELDS: Any = (
    ("iVersion", _Int),
    ("szOsFile", _Int),
    ("mxPathname", _Int),
    ("pNext", _Pointer),
    ("zName", ctypes.c_char_p),
    ("pAppData", _Pointer),
    *((name, _Pointer) for name in _VFS_METHODS),
)


class _Vfs(ctypes.Structure):
    _fields_: ClassVar[Any] = _VFS_FIELDS


class Watcher(Protocol):
    """Who decides what becomes of an operation, and lets others run meanwhile."""

    def operates(self, operation: DiskOp, name: str) -> int:
        """Called before each operation; 0, or the error that SQLite gets instead. May never return."""
        ...

    def asleep(self, seconds: float) -> None:
        """SQLite waits for a lock."""
        ...

    def wall(self) -> float:
        """The wall clock, in seconds since 1970."""
        ...

    def owner(self) -> object:
        """The process that runs."""
        ...


class _Write(NamedTuple):
    """What was done to a file and is not flushed, and how to take it back; no *new*: it was cut there."""

    offset: int
    old: bytes
    old_size: int
    new: bytes | None


class _Handle(NamedTuple):
    """An open file: where, whose, SQLite's own methods, and the locks of its shared memory."""

    path: str
    owner: object
    real: dict[str, Callable[..., int]]
    shared: set[tuple[int, int, int]]


class Disk:
    """All databases under a folder."""

    def __init__(self, watcher: Watcher, rng: Random) -> None:
        self.watcher = watcher
        self.rng = rng
        self._handles: dict[int, _Handle] = {}
        self._undo: dict[str, list[_Write]] = {}
        self._kept: list[Any] = []  # what C has addresses of
        self._dead = self._dead_methods()
        self._tables: dict[int, tuple[int, dict[str, Callable[..., int]]]] = {}
        self._library = ctypes.CDLL(ctypes.util.find_library("sqlite3"))
        self._library.sqlite3_vfs_find.restype = _Pointer
        base = ctypes.cast(self._library.sqlite3_vfs_find(None), ctypes.POINTER(_Vfs)).contents
        self._real_open: Callable[..., int] = _OPEN(base.xOpen)
        self._real_delete: Callable[..., int] = _DELETE(base.xDelete)
        self._register(base)

    def _dead_methods(self) -> _Methods:
        """Of a file whose process is gone: objects that Python still has may be closed."""
        table = _Methods(iVersion=3)
        for name, kind in _TYPES.items():
            code = OK if name == "xClose" else _GONE
            function = kind(lambda *_, code=code: code)
            self._kept.append(function)
            setattr(table, name, ctypes.cast(function, _Pointer))
        return table

    def _register(self, base: _Vfs) -> None:
        vfs = _Vfs()
        ctypes.memmove(ctypes.byref(vfs), ctypes.byref(base), ctypes.sizeof(_Vfs))
        vfs.zName = b"simulated"
        vfs.pNext = None
        for name, function in (
            ("xOpen", _OPEN(self._open)),
            ("xDelete", _DELETE(self._delete)),
            ("xRandomness", _RANDOM(self._random)),
            ("xSleep", _SLEEP(self._sleep)),
            ("xCurrentTimeInt64", _TIME(self._time)),
        ):
            self._kept.append(function)
            setattr(vfs, name, ctypes.cast(function, _Pointer))
        self._kept.append(vfs)
        if self._library.sqlite3_vfs_register(ctypes.byref(vfs), 1):
            raise RuntimeError("SQLite takes no VFS")

    # The file system.

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        path = "" if name is None else os.fsdecode(ctypes.string_at(name))
        if path and (error := self.watcher.operates("open", path)):
            return error
        code = self._real_open(vfs, name, file, flags, out)
        methods = ctypes.cast(file, ctypes.POINTER(_Pointer))
        if code == OK and path and methods[0]:
            methods[0], real = self._table(methods[0])
            self._handles[file] = _Handle(path, self.watcher.owner(), real, set())
        return code

    def _table(self, address: int) -> tuple[int, dict[str, Callable[..., int]]]:
        """A copy of a table of methods in which some are ours; SQLite has one for each way to lock."""
        if address not in self._tables:
            table = _Methods()
            ctypes.memmove(ctypes.byref(table), address, ctypes.sizeof(_Methods))
            real: dict[str, Callable[..., int]] = {
                name: kind(found)
                for name, kind in _TYPES.items()
                if (found := getattr(table, name))
            }
            for name, method in (
                ("xClose", self._close),
                ("xWrite", self._write),
                ("xTruncate", self._truncate),
                ("xSync", self._sync),
                ("xLock", self._lock),
                ("xShmLock", self._shm_lock),
            ):
                function = _TYPES[name](method)
                self._kept.append(function)
                setattr(table, name, ctypes.cast(function, _Pointer))
            self._kept.append(table)
            self._tables[address] = ctypes.addressof(table), real
        return self._tables[address]

    def _delete(self, vfs: int, name: int, durable: int) -> int:
        path = os.fsdecode(ctypes.string_at(name))
        if error := self.watcher.operates("delete", path):
            return error
        self._undo.pop(path, None)
        return self._real_delete(vfs, name, durable)

    def _random(self, _vfs: int, size: int, out: int) -> int:
        ctypes.memmove(out, self.rng.randbytes(size), size)
        return size

    def _sleep(self, _vfs: int, microseconds: int) -> int:
        self.watcher.asleep(microseconds / 1e6)
        return microseconds

    def _time(self, _vfs: int, out: int) -> int:
        julian = int((self.watcher.wall() / 86400 + 2440587.5) * 86400000)
        ctypes.cast(out, ctypes.POINTER(ctypes.c_int64))[0] = julian
        return OK

    # A file.

    def _close(self, file: int) -> int:
        return self._handles.pop(file).real["xClose"](file)

    def _write(self, file: int, data: int, size: int, offset: int) -> int:
        handle = self._handles[file]
        if error := self.watcher.operates("write", handle.path):
            return error
        old = self._read(handle, file, offset, size)
        write = _Write(offset, old, self._size(handle, file), ctypes.string_at(data, size))
        self._undo.setdefault(handle.path, []).append(write)
        return handle.real["xWrite"](file, data, size, offset)

    def _truncate(self, file: int, size: int) -> int:
        handle = self._handles[file]
        if error := self.watcher.operates("truncate", handle.path):
            return error
        old_size = self._size(handle, file)
        gone = self._read(handle, file, size, max(0, old_size - size))
        self._undo.setdefault(handle.path, []).append(_Write(size, gone, old_size, None))
        return handle.real["xTruncate"](file, size)

    def _sync(self, file: int, flags: int) -> int:
        handle = self._handles[file]
        if error := self.watcher.operates("sync", handle.path):
            return error
        self._undo.pop(handle.path, None)
        return OK  # nothing is asked of the machine's own disk

    def _lock(self, file: int, level: int) -> int:
        handle = self._handles[file]
        return self.watcher.operates("lock", handle.path) or handle.real["xLock"](file, level)

    def _shm_lock(self, file: int, offset: int, count: int, flags: int) -> int:
        handle = self._handles[file]
        if flags & _LOCKS and (error := self.watcher.operates("shm_lock", handle.path)):
            return error
        code = handle.real["xShmLock"](file, offset, count, flags)
        if code == OK:
            held = offset, count, flags & ~(_LOCKS | _UNLOCKS)
            (handle.shared.add if flags & _LOCKS else handle.shared.discard)(held)
        return code

    def _size(self, handle: _Handle, file: int) -> int:
        size = ctypes.c_int64()
        handle.real["xFileSize"](file, ctypes.addressof(size))
        return size.value

    def _read(self, handle: _Handle, file: int, offset: int, size: int) -> bytes:
        size = max(0, min(size, self._size(handle, file) - offset))
        buffer = ctypes.create_string_buffer(size)
        if size:
            handle.real["xRead"](file, ctypes.addressof(buffer), size, offset)
        return buffer.raw[:size]

    # What the world does.

    def end_of(self, owner: object) -> None:
        """A process is gone: its files are closed as the system closes them, with nothing written."""
        for file, handle in list(self._handles.items()):
            if handle.owner is owner:
                for offset, count, kind in handle.shared:
                    handle.real["xShmLock"](file, offset, count, _UNLOCKS | kind)
                if "xShmUnmap" in handle.real:
                    handle.real["xShmUnmap"](file, 0)
                handle.real["xUnlock"](file, 0)
                handle.real["xClose"](file)
                del self._handles[file]
                ctypes.cast(file, ctypes.POINTER(_Pointer))[0] = ctypes.addressof(self._dead)

    def lose_power(self) -> list[str]:
        """The machine stops; none of its processes is left. What is not flushed is kept, lost or torn."""
        assert not self._handles
        told = [
            self._lose(path, writes) for path, writes in self._undo.items() if Path(path).exists()
        ]
        self._undo.clear()
        return told

    def _lose(self, path: str, writes: list[_Write]) -> str:
        how = self.rng.choice(("kept", "kept", "lost", "some lost", "the last lost", "torn"))
        count = len(writes)
        first = {"kept": count, "lost": 0, "some lost": 0, "torn": count - 1}
        begins = first.get(how, self.rng.randrange(count))
        with Path(path).open("r+b") as file:
            for write in reversed(writes):
                file.seek(write.offset)
                file.write(write.old)
                file.truncate(write.old_size)
            for number, write in enumerate(writes):
                gone = number >= begins and (how != "some lost" or self.rng.random() < 0.5)
                if write.new is None:
                    if not gone:
                        file.truncate(write.offset)
                    continue
                kept = 0 if gone else len(write.new)
                if gone and how == "torn":
                    kept = self.rng.randrange(len(write.new) + 1) // _SECTOR * _SECTOR
                if kept:
                    file.seek(write.offset)
                    file.write(write.new[:kept])
        return f"{Path(path).name}: of {count} writes {how}"
