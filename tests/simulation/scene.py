"""A scene: programs and people of one seed, and what befalls them."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path
from random import Random

from async_messaging.campaigns.campaign import Campaign
from async_messaging.settings import AttemptTimeout

from .disasters import KINDS, Disaster, pause_soon
from .network import Network, Weather
from .programs import CampaignProgram, Listener, OutboxProgram, Program
from .senders import BulkSender, Housekeeper, SingleSender
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


_SIZES = (20, 20, 100, 400, 1000)
"""Messages of a program, where nobody says how many."""


class Scene:
    """What one seed makes.

    Attributes:
        stops: people who said STOP here, and when that was on the disk.
        wishes: runs that somebody paused, and when.
        eager: campaigns that somebody pauses as soon as a run begins.
        disasters: how many befell them, by kind.
        drawn: how many were drawn; each has a number, from 0.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self.world = World(seed)
        self.folder = folder
        self.twilio = Twilio(self.world)
        self.network = Network(self.world, self.twilio)
        self.machine = Machine("one")
        self.account, self.other = ACCOUNT, OTHER
        self.twilio.accounts |= {ACCOUNT: "s" * 32, OTHER: "t" * 32}
        self.sender = self.world.rng.choice((SENDER, SENDER, SERVICE))
        self.attempt_timeout = AttemptTimeout(connect=5.0, read=10.0, total=15.0)
        self.programs: list[Program] = []
        self.running: dict[str, Process] = {}
        self.stops: dict[str, float] = {}
        self.disasters: dict[str, int] = {}
        self.settle = 120.0
        self.wishes: list[tuple[Process, float]] = []
        self.eager: set[str] = set()
        self._deaths = self.world.rng.choice((0, 4, 20))
        self._quiet = False
        self.numbers: list[str] = []
        self.drawn = 0
        self.audited = False

    # Making it.

    def draw(self, seed: int, size: int, without: Collection[int]) -> None:
        """Draw programs of about so many messages each, people, and what befalls them."""
        size = size or self.world.rng.choice(_SIZES)
        rng, world = self.world.rng, self.world
        numbers = self.numbers = [
            f"+1312555{number:04d}" for number in range(1, 1 + max(4, size // 2))
        ]
        on_unknown = rng.choice(("hold", "resend", "resend"))
        for number in range(rng.choice((1, 1, 2))):
            self._campaign(f"campaign{number}", numbers, size, on_unknown)
        if rng.random() < 0.7:
            self._outbox(numbers, size // 3, on_unknown)
        for kind, name in ((SingleSender, "singles"), (BulkSender, "bulk")):
            if rng.random() < 0.5:
                some = rng.sample(numbers, min(len(numbers), max(2, size // 10)))
                twins = 2 if kind is SingleSender else size  # those can't be told apart
                texts = [(rng.choice(some), f"{name} {i % twins}") for i in range(size // 2)]
                self.programs.append(kind(self, name, texts))
        if rng.random() < 0.3:
            texts = [(rng.choice(numbers), f"N{i}") for i in range(size // 4)]
            self.programs.append(SingleSender(self, "stranger", texts, OTHER))
        if rng.random() < 0.5:
            listener = Listener(self, "listener")
            self.twilio.hears = listener.hear
            self.programs.append(listener)
        if rng.random() < 0.3:
            self.programs.append(Housekeeper(self, "housekeeper", size // 4))
        if rng.random() < 0.3:
            self.machine.offset = rng.choice((-300.0, -30.0, 30.0, 300.0, 7200.0))
        self._moods()
        for program in self.programs:
            world.after(rng.uniform(0, 20), lambda program=program: self.start(program))  # type: ignore[misc]
        self._befall(seed, without)

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

    def audit(self) -> None:
        """When all is over: let the ledgers take in what was left for them."""
        self._calm()

        async def live() -> None:
            for program in self.programs:
                if isinstance(program, CampaignProgram) and not program.lost:
                    await Campaign.open(program.path).take_in()
            self.audited = True

        self.world.spawn(self.machine, "auditor").start(live)

    # What happens.

    def start(self, program: Program) -> None:
        """Run a program in a new process, and again when that has ended before its time."""
        world = self.world
        process = world.spawn(self.machine, program.name)
        self.running[program.name] = process
        if self._deaths and not self._quiet and world.rng.random() < 0.7:
            self._deaths -= 1
            process.dies_in = int(world.rng.expovariate(1 / world.rng.choice((20, 100, 600))))

        def ended(process: Process) -> None:
            if program.done:
                world.tell(f"{program.name} is done")
            else:
                world.after(world.rng.choice((0.1, 5.0, 200.0)), lambda: self.start(program))

        process.at_end.append(ended)
        process.start(program.live)
        if isinstance(program, CampaignProgram) and program.name in self.eager:
            self.eager.discard(program.name)
            pause_soon(self, program)

    def _befall(self, seed: int, without: Collection[int]) -> None:
        rng, world = self.world.rng, self.world
        some = rng.sample(KINDS, rng.randrange(1, len(KINDS)))
        count = rng.randrange(2, 24)
        for number in range(count):
            befalls, when = rng.choice(some), rng.uniform(0, 600)
            own = Random(f"{seed} {number}")
            if number not in without:
                world.after(when, partial(self._let_befall, befalls, own))
        self.drawn = count
        world.after(900, self._calm)

    def _let_befall(self, befalls: Disaster, own: Random) -> None:
        if not self._quiet:
            befalls(self, own)

    def _calm(self) -> None:
        """From now on nothing happens any more: everything must come to its end."""
        self._quiet = True
        self.network.weather = Weather()
        moods = self.twilio.moods
        moods.failed = moods.failed_after = moods.unavailable = moods.throttled = 0.0
        self.machine.errors.clear()

    def count(self, kind: str, what: str) -> None:
        """Count something that befell, and tell it."""
        self.disasters[kind] = self.disasters.get(kind, 0) + 1
        self.world.tell(what)
