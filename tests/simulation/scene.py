"""A scene: programs and people of one seed, and what befalls them."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from async_messaging.audience.suppressions import SuppressionStore
from async_messaging.campaigns.campaign import Campaign
from async_messaging.errors import MessagingError
from async_messaging.settings import AttemptTimeout

from .network import Network, Weather
from .programs import (
    BulkSender,
    CampaignProgram,
    Housekeeper,
    OutboxProgram,
    Program,
    SingleSender,
)
from .twilio import Twilio, smart
from .world import Machine, Process, World

__all__ = ["Scene"]

SENDER = "+15005550006"
SERVICE = "MG" + "5" * 32
ACCOUNT = "AC" + "a" * 32
OTHER = "AC" + "b" * 32
DAY = 86_400.0
TEXTS = (
    "Hi {name}",
    "Hi {name}, it\u2019s spring \u2014 come in\u2026",
    "Sale at https://shop.example/{name}",
    "One text for everybody",
)


class Scene:
    """What one seed makes.

    Attributes:
        stops: people who said STOP here, and when that was on the disk.
        wishes: runs that somebody paused, and when.
        disasters: how many befell them, by kind.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self.world = World(seed)
        self.folder = folder
        self.twilio = Twilio(self.world)
        self.network = Network(self.world, self.twilio)
        self.machine = Machine("one")
        self.account = ACCOUNT
        self.twilio.accounts |= {ACCOUNT: "s" * 32, OTHER: "t" * 32}
        self.sender = self.world.rng.choice((SENDER, SENDER, SERVICE))
        self.attempt_timeout = AttemptTimeout(connect=5.0, read=10.0, total=15.0)
        self.programs: list[Program] = []
        self.running: dict[str, Process] = {}
        self.stops: dict[str, float] = {}
        self.disasters: dict[str, int] = {}
        self.settle = 120.0
        self.wishes: list[tuple[Process, float]] = []
        self._quiet = False

    # Making it.

    def draw(self, size: int) -> None:
        """Draw programs of about so many messages, people, and what befalls them."""
        rng, world = self.world.rng, self.world
        numbers = [f"+1312555{number:04d}" for number in range(1, 1 + max(4, size // 2))]
        on_unknown = rng.choice(("hold", "resend", "resend"))
        for number in range(rng.choice((1, 1, 2))):
            self._campaign(f"campaign{number}", numbers, size, on_unknown)
        if rng.random() < 0.7:
            self._outbox(numbers, size // 3, on_unknown)
        for kind, name in ((SingleSender, "singles"), (BulkSender, "bulk")):
            if rng.random() < 0.5:
                texts = [(rng.choice(numbers), f"{name} {i}") for i in range(size // 4)]
                self.programs.append(kind(self, name, texts))
        if rng.random() < 0.3:
            self.programs.append(Housekeeper(self, "housekeeper", size // 4))
        if rng.random() < 0.3:
            self.machine.offset = rng.choice((-300.0, -30.0, 30.0, 300.0, 7200.0))
        self._moods()
        for program in self.programs:
            world.after(rng.uniform(0, 20), lambda program=program: self.start(program))  # type: ignore[misc]
        self._befall(numbers)

    def _campaign(self, name: str, numbers: list[str], size: int, on_unknown: str) -> None:
        rng = self.world.rng
        chosen = rng.sample(numbers, min(len(numbers), size))
        people = [(to, f"N{index}") for index, to in enumerate(chosen)]
        if rng.random() < 0.3:
            people.append(("+13125550000", "nobody"))  # whom Twilio refuses
        self.programs.append(
            CampaignProgram(
                self,
                name,
                people,
                sender=self.sender,
                template=rng.choice(TEXTS),
                on_unknown=on_unknown,
                rate=rng.choice((None, 5.0, 20.0)),
                concurrency=rng.choice((1, 8, 64)),
                settle=self.settle,
            )
        )

    def _outbox(self, numbers: list[str], size: int, on_unknown: str) -> None:
        rng = self.world.rng
        keys = {
            f"key{index}": (rng.choice(numbers), f"Code {index}", rng.choice((DAY, DAY, 1.0)))
            for index in range(size)
        }
        for number in range(rng.choice((1, 2, 3))):
            self.programs.append(
                OutboxProgram(
                    self,
                    f"outbox{number}",
                    self.folder / "codes.outbox",
                    keys,
                    on_unknown=on_unknown,
                    settle=self.settle,
                )
            )

    def _moods(self) -> None:
        rng, moods = self.world.rng, self.twilio.moods
        bad = rng.choice((0.0, 0.05, 0.3))
        moods.failed, moods.failed_after = rng.random() * bad, rng.random() * bad
        moods.unavailable, moods.throttled = rng.random() * bad, rng.random() * bad
        moods.lag = rng.choice((1.0, 30.0, self.settle * 0.95))
        moods.altered = rng.choice((None, None, smart))
        rough = rng.choice((0.0, 0.05, 0.2))
        self.network.weather = Weather(
            refused=rng.random() * rough,
            hang=rng.random() * rough / 4,
            lost=rng.random() * rough,
            unanswered=rng.random() * rough,
            cut=rng.random() * rough,
            slow=rng.random() * rough / 2,
            early=rng.random() * rough / 4,
        )

    # What happens.

    def start(self, program: Program) -> None:
        """Run a program in a new process, and again when that has ended before its time."""
        world = self.world
        process = world.spawn(self.machine, program.name)
        self.running[program.name] = process
        if not self._quiet and world.rng.random() < 0.5:
            process.dies_in = int(world.rng.expovariate(1 / 150))

        def ended(process: Process) -> None:
            if process.error is not None:
                world.tell(f"{program.name} ended by {process.error!r}")
                if not isinstance(process.error, MessagingError):
                    world.broken.extend(traceback.format_exception(process.error)[-12:])
            if program.done:
                world.tell(f"{program.name} is done")
            else:
                world.after(world.rng.choice((0.1, 5.0, 200.0)), lambda: self.start(program))

        process.at_end.append(ended)
        process.start(program.live)

    def _befall(self, numbers: list[str]) -> None:
        rng, world = self.world.rng, self.world
        kinds = (
            self._kill,
            self._freeze,
            self._power,
            self._step,
            self._sleep,
            self._outage,
            self._disk,
            self._tidy,
            self._pause,
            self._cancel,
            self._stop,
            self._foreign,
            self._stall,
        )
        some = rng.sample(kinds, rng.randrange(1, len(kinds)))
        for _ in range(rng.randrange(2, 16)):
            befalls = rng.choice(some)
            world.after(rng.uniform(0, 600), lambda befalls=befalls: befalls(numbers))  # type: ignore[misc]
        world.after(900, self._calm)

    def _calm(self) -> None:
        """From now on nothing happens any more: everything must come to its end."""
        self._quiet = True
        self.network.weather = Weather()
        moods = self.twilio.moods
        moods.failed = moods.failed_after = moods.unavailable = moods.throttled = 0.0
        self.machine.errors.clear()

    def _count(self, kind: str, what: str) -> None:
        self.disasters[kind] = self.disasters.get(kind, 0) + 1
        self.world.tell(what)

    def _victim(self) -> Process | None:
        alive = [process for process in self.running.values() if process.alive]
        return self.world.rng.choice(alive) if alive else None

    def _kill(self, _: list[str]) -> None:
        if (process := self._victim()) is not None:
            self._count("kills", f"{process.name} is killed")
            process.kill()

    def _freeze(self, _: list[str]) -> None:
        if (process := self._victim()) is not None:
            seconds = self.world.rng.choice((5.0, 60.0, 400.0))
            self._count("freezes", f"{process.name} is frozen for {seconds:.0f} s")
            self.world.freeze(process, seconds)

    def _power(self, _: list[str]) -> None:
        self._count("losses of power", "the machine loses its power")
        self.world.lose_power(self.machine)

    def _step(self, _: list[str]) -> None:
        seconds = self.world.rng.choice((-7200.0, -300.0, -30.0, 5.0, 300.0, 7200.0))
        self._count("clock steps", f"the wall clock is set by {seconds:+.0f} s")
        self.machine.offset += seconds

    def _sleep(self, _: list[str]) -> None:
        seconds = self.world.rng.choice((30.0, 600.0, 7200.0))
        self._count("sleeps", f"the machine sleeps for {seconds:.0f} s")
        self.world.sleep(self.machine, seconds)

    def _outage(self, _: list[str]) -> None:
        seconds = self.world.rng.choice((3.0, 40.0, 200.0))
        self._count("outages", f"the network is down for {seconds:.0f} s")
        self.network.down = self.world.now + seconds

    def _disk(self, _: list[str]) -> None:
        operation, error = self.world.rng.choice(
            (("write", 13), ("write", 10 | 3 << 8), ("sync", 10 | 4 << 8))
        )
        self._count("disk errors", f"the disk answers each {operation} with error {error}")
        self.machine.errors[operation] = error  # type: ignore[index]
        self.world.after(self.world.rng.choice((0.01, 1.0, 20.0)), self.machine.errors.clear)

    def _stall(self, _: list[str]) -> None:
        now = self.world.now
        self._count("stalls", "Twilio's list stands still")
        self.twilio.stalls = (now, now + self.settle * 0.9)

    def _tidy(self, _: list[str]) -> None:
        """A campaign is killed, and somebody removes the files that lie about."""
        program = self._some_campaign()
        process = self.running.get(program.name)
        if process is None or program.done:
            return
        self._count("logs removed", f"{program.name} is killed, and its log is removed")
        process.kill()
        for suffix in ("-wal", "-shm"):
            log = program.path.with_name(f"{program.path.name}{suffix}")
            program.tidied |= log.exists() and log.stat().st_size > 0
            log.unlink(missing_ok=True)

    def _foreign(self, numbers: list[str]) -> None:
        to = self.world.rng.choice(numbers)
        self._count("messages of others", "another program writes to somebody")
        self.twilio.foreign(ACCOUNT, to, self.sender, self.world.rng.choice(("Hello", "Hi N3")))
        self.twilio.foreign(OTHER, to, self.sender, "Hi N3")

    # People, each in a process of his own.

    def _person(self, name: str, what: Any) -> None:
        async def live() -> None:
            try:
                await what()
            except MessagingError as error:
                self.world.tell(f"{name}: {type(error).__name__}: {error}")

        self.world.spawn(self.machine, name).start(live)

    def _some_campaign(self) -> CampaignProgram:
        campaigns = [one for one in self.programs if isinstance(one, CampaignProgram)]
        return self.world.rng.choice(campaigns)

    def _pause(self, _: list[str]) -> None:
        program = self._some_campaign()

        async def pause() -> None:
            campaign, process = Campaign.open(program.path), self.running.get(program.name)
            if campaign.process() is not None and process is not None and process.alive:
                campaign.pause()
                self.wishes.append((process, self.world.now))

        self._count("pauses", f"somebody pauses {program.name}")
        self._person("somebody", pause)

    def _cancel(self, _: list[str]) -> None:
        program = self._some_campaign()

        async def cancel() -> None:
            await Campaign.open(program.path).cancel()
            program.cancelled = True

        self._count("cancels", f"somebody cancels {program.name}")
        self._person("somebody", cancel)

    def _stop(self, numbers: list[str]) -> None:
        to = self.world.rng.choice(numbers)

        async def stop() -> None:
            store = SuppressionStore(self.folder / "stop.suppressions")
            await store.stop(
                number=to, sender=self.sender, service="", account=ACCOUNT, sid=f"SM{to[1:]:0>32}"
            )
            self.stops.setdefault(to, self.world.now)

        self._count("stops", f"{to} says STOP")
        self._person("listener", stop)
