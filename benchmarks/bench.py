"""One run of the ladder: how long it may take, the origins it started, the processes it measures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Self

import msgspec

from benchmarks.figures import Figures
from benchmarks.jobs import Job, Told
from benchmarks.peers.base import PEERS
from benchmarks.resources import cores

__all__ = ["Address", "Bench", "Scheme"]

Scheme = Literal["http", "https"]
_PATIENCE = 150.0


class Address(NamedTuple):
    """Where an origin listens."""

    url: str
    authority: str | None


@dataclass
class Bench:
    """What the measures share.

    Attributes:
        quick: two minutes for all, instead of twelve.
        figures: what was measured so far.
    """

    quick: bool
    figures: Figures = field(default_factory=Figures)
    _stack: ExitStack = field(default_factory=ExitStack)
    _origins: dict[Scheme, Address] = field(default_factory=dict[Scheme, Address])
    _absent: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        have: list[int | None] = [*cores(), None, None]
        shared = have[1] is None
        self.client_core = None if shared else have[0]
        self.origin_core = have[1]
        self.second_core = have[2] if have[2] is not None else self.client_core
        if shared:
            self.figures.leave_out("There is one core: client and origin share it.")
        elif have[2] is None:
            self.figures.leave_out(
                "There are two cores: of two processes, both share the client's."
            )

    @property
    def rounds(self) -> int:
        """How often the sides take turns."""
        return 1 if self.quick else 3

    @property
    def seconds(self) -> float:
        """How long a side is measured each time."""
        return 0.4 if self.quick else 0.8

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def origin(self, scheme: Scheme) -> Address:
        """An origin that answers at once; started on first use, ended with the run."""
        if scheme not in self._origins:
            self._origins[scheme] = self._stack.enter_context(self.started(scheme))
        return self._origins[scheme]

    @contextmanager
    def started(self, scheme: Scheme, delay: float = 0.0, gather: int = 0) -> Generator[Address]:
        """An origin of its own for a block."""
        command = [sys.executable, "-m", "benchmarks.origin", f"--delay={delay}"]
        command += [f"--gather={gather}", *(["--tls"] if scheme == "https" else [])]
        if self.origin_core is not None:
            command += [f"--core={self.origin_core}", *([] if delay else ["--spin"])]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            yield Address(**json.loads(process.stdout.readline()))

    def run(self, job: Job, scheme: Scheme = "http") -> Told | None:
        """Measure in a new process; None, and a sentence why, if that fails."""
        return self.run_together([job], self.origin(scheme))[0]

    def run_together(self, jobs: Sequence[Job], address: Address) -> list[Told | None]:
        """Measure in as many processes at a time."""
        if any(job.peer in self._absent for job in jobs):
            return [None] * len(jobs)
        own_cores = [self.client_core, self.second_core]
        start = time.monotonic() + 2.0 if len(jobs) > 1 else 0.0
        processes = [
            self._spawn(
                msgspec.structs.replace(
                    job, url=address.url, authority=address.authority, core=core, start=start
                )
            )
            for job, core in zip(jobs, own_cores, strict=False)
        ]
        return [self._told(job, one) for job, one in zip(jobs, processes, strict=True)]

    def _spawn(self, job: Job) -> subprocess.Popen[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TWILIO_")}
        if job.authority:
            environment["SSL_CERT_FILE"] = job.authority
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.runner", msgspec.json.encode(job)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _told(self, job: Job, process: subprocess.Popen[str]) -> Told | None:
        name = PEERS.get(job.peer, job.peer)
        with process:
            try:
                out, errors = process.communicate(timeout=_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                out, errors = "", f"no end after {_PATIENCE:.0f} s"
        if process.returncode:
            reason = (errors.strip().splitlines() or ["it failed"])[-1]
            self.figures.leave_out(f"{name} has no figure for {_cell(job)}: {reason[:160]}")
            return None
        told = msgspec.json.decode(out, type=Told)
        if told.left_out:
            self._absent.add(job.peer)
            self.figures.leave_out(f"{name} is left out: {told.left_out}.")
            return None
        return told


def _cell(job: Job) -> str:
    scheme = "https" if job.authority else "http"
    return f"{job.kind}, {job.in_flight} in flight, {scheme}, {job.loop}"
