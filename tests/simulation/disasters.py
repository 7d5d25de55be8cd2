"""What befalls programs: kills, losses of power, clocks that are set, and people who want something.

Each has an order number and randomness of its own, so that one can be left out and the others stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.reading import LedgerView
from async_messaging.errors import MessagingError
from async_messaging.outbox.outbox import Outbox

from .disk import DiskOp
from .programs import CampaignProgram, OutboxProgram, client_of

if TYPE_CHECKING:
    from .scene import Scene
    from .world import Process

__all__ = ["KINDS", "Disaster", "pause_soon"]

Disaster: TypeAlias = "Callable[[Scene, Random], None]"

_ERRORS: tuple[tuple[DiskOp, int], ...] = (
    ("write", 13),  # full
    ("write", 10 | 3 << 8),
    ("sync", 10 | 4 << 8),
    ("open", 14),
)


def _victim(scene: Scene, rng: Random) -> Process | None:
    alive = [process for process in scene.running.values() if process.alive]
    return rng.choice(alive) if alive else None


def kill(scene: Scene, rng: Random) -> None:
    if (process := _victim(scene, rng)) is not None:
        scene.count("kills", f"{process.name} is killed")
        process.kill()


def kill_at_disk(scene: Scene, rng: Random) -> None:
    if (process := _victim(scene, rng)) is not None:
        process.dies_in = int(rng.expovariate(1 / 60))


def freeze(scene: Scene, rng: Random) -> None:
    if (process := _victim(scene, rng)) is not None:
        seconds = rng.choice((5.0, 12.0, 60.0, 400.0))
        scene.count("freezes", f"{process.name} is frozen for {seconds:.0f} s")
        scene.world.freeze(process, seconds)


def lose_power(scene: Scene, _: Random) -> None:
    scene.count("losses of power", "the machine loses its power")
    scene.world.lose_power(scene.machine)


def set_clock(scene: Scene, rng: Random) -> None:
    seconds = rng.choice((-7200.0, -300.0, -30.0, 5.0, 300.0, 7200.0))
    scene.count("clock steps", f"the wall clock is set by {seconds:+.0f} s")
    scene.machine.offset += seconds


def sleep(scene: Scene, rng: Random) -> None:
    seconds = rng.choice((30.0, 600.0, 7200.0))
    scene.count("sleeps", f"the machine sleeps for {seconds:.0f} s")
    scene.world.sleep(scene.machine, seconds)


def lose_network(scene: Scene, rng: Random) -> None:
    seconds = rng.choice((3.0, 40.0, 200.0))
    scene.count("outages", f"the network is down for {seconds:.0f} s")
    scene.network.down = scene.world.now + seconds


def fail_disk(scene: Scene, rng: Random) -> None:
    operation, error = rng.choice(_ERRORS)
    scene.count("disk errors", f"the disk answers each {operation} with error {error}")
    scene.machine.errors[operation] = error
    scene.world.after(rng.choice((0.01, 1.0, 20.0)), scene.machine.errors.clear)


def stall_list(scene: Scene, _: Random) -> None:
    now = scene.world.now
    scene.count("stalls", "Twilio's list stands still")
    scene.twilio.stalls = (now, now + scene.settle * 0.9)


def cap(scene: Scene, rng: Random) -> None:
    scene.count("daily caps", "the account's daily cap is reached")
    scene.twilio.moods.capped = True
    scene.world.after(rng.choice((5.0, 120.0)), scene.twilio.uncap)


def remove_log(scene: Scene, rng: Random) -> None:
    """A campaign is killed, and somebody removes the files that lie about."""
    program = _campaign(scene, rng)
    process = scene.running.get(program.name)
    if process is None or program.done:
        return
    scene.count("logs removed", f"{program.name} is killed, and its log is removed")
    process.kill()
    for suffix in ("-wal", "-shm"):
        log = program.path.with_name(f"{program.path.name}{suffix}")
        program.tidied |= log.exists() and log.stat().st_size > 0
        log.unlink(missing_ok=True)


def write_beside(scene: Scene, rng: Random) -> None:
    """Another program of the account, and another account, write to the same people."""
    to = rng.choice(scene.numbers)
    scene.count("messages of others", "another program writes to somebody")
    scene.twilio.foreign(scene.account, to, scene.sender, rng.choice(("Hello", "See you at 9")))
    scene.twilio.foreign(scene.other, to, scene.sender, "Hi N3")


# People, each in a process of his own.


def _person(scene: Scene, name: str, what: Callable[[], Awaitable[None]]) -> None:
    async def live() -> None:
        try:
            await what()
        except MessagingError as error:
            scene.world.tell(f"{name}: {type(error).__name__}: {error}")

    scene.world.spawn(scene.machine, name).start(live)


def _campaign(scene: Scene, rng: Random) -> CampaignProgram:
    return rng.choice([one for one in scene.programs if isinstance(one, CampaignProgram)])


def pause(scene: Scene, rng: Random) -> None:
    """Somebody pauses a campaign: now, or as soon as he sees that its next run has begun."""
    program = _campaign(scene, rng)
    if rng.random() < 0.5:
        scene.eager.add(program.name)
    else:
        pause_soon(scene, program)


def pause_soon(scene: Scene, program: CampaignProgram) -> None:
    """See for some seconds whether a run goes on, and pause it."""

    async def wanted() -> None:
        for _ in range(1000):
            process = scene.running.get(program.name)
            if process is None or not process.alive or program.settling:
                return
            if program.path.exists() and Campaign(program.path).process() is not None:
                Campaign.open(program.path).pause()
                if not program.settling:
                    scene.wishes.append((process, scene.world.now))
                return
            await asyncio.sleep(0.003)

    scene.count("pauses", f"somebody pauses {program.name}")
    _person(scene, "somebody", wanted)


def cancel(scene: Scene, rng: Random) -> None:
    program = _campaign(scene, rng)

    async def wanted() -> None:
        await Campaign.open(program.path).cancel()
        program.cancelled = True

    scene.count("cancels", f"somebody cancels {program.name}")
    _person(scene, "somebody", wanted)


def decide(scene: Scene, rng: Random) -> None:
    """Somebody looks at Twilio's console and counts held rows and keys as sent."""
    program = rng.choice(
        [one for one in scene.programs if isinstance(one, (CampaignProgram, OutboxProgram))]
    )

    async def wanted() -> None:
        if isinstance(program, CampaignProgram):
            with LedgerView(program.path) as view:
                rows = [row.row for row in view.rows("HELD")]
            await Campaign.open(program.path).assume_sent(rows)
        else:
            async with client_of(scene) as client, Outbox.open(program.path, client) as outbox:
                for held in await outbox.held():
                    await outbox.decide(held.key, "assume_sent")

    scene.count("decisions", f"somebody decides what {program.name} holds")
    _person(scene, "somebody", wanted)


def stop(scene: Scene, rng: Random) -> None:
    to = rng.choice(scene.numbers)

    async def wanted() -> None:
        store = SuppressionStore(scene.folder / "stop.suppressions")
        sid = f"SM{to[1:]:0>32}"
        await store.stop(number=to, sender=scene.sender, service="", account=scene.account, sid=sid)
        scene.stops.setdefault(to, scene.world.now)

    scene.count("stops", f"{to} says STOP")
    _person(scene, "listener", wanted)


KINDS: tuple[Disaster, ...] = (
    kill,
    kill_at_disk,
    freeze,
    lose_power,
    set_clock,
    sleep,
    lose_network,
    fail_disk,
    stall_list,
    cap,
    remove_log,
    write_beside,
    pause,
    cancel,
    decide,
    stop,
)
