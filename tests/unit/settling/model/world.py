"""One scenario: a person, those who write to them, and those who settle what nobody knows."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from random import Random
from typing import Any

import msgspec

from async_messaging.models import Message
from async_messaging.operation import Call, Download
from async_messaging.resources.messages import Messages
from async_messaging.settling.attempts import Canary, Print, SendOptions
from async_messaging.settling.changes import Policy
from async_messaging.settling.contents import Contents
from async_messaging.settling.driver import Settler
from async_messaging.settling.likeness import PrintOf

from .folder import Entry, Folder, Store
from .process import Process
from .schedule import Schedule
from .traffic import FORESEEN, REWRITE, Rewriting, Traffic
from .twilio import Twilio

__all__ = ["Send", "World"]

PERSON = "+14155550100"
OTHERS = tuple(f"+1415555{number:04}" for number in range(200, 203))
SENDER = "+15005550006"
SERVICE = "MG" + "5" * 32
TEXTS = (
    "Hi Anna, your parcel no. 7731 arrives tomorrow.",
    "Anna\u2019s table for two is booked \u2013 \u201csee you at eight\u201d\u2026",
    "Your code is 204811.",
    "Ok!",
)
LINKED = "Hi Anna, look at our autumn coats: https://shop.example/{} and come by."
FOREIGN = (
    "The school stays closed on Monday, stay at home please.",
    "Your invoice 88 is paid, thanks.",
)
ATTEMPT = 45.0
LATE = 60.0
SETTLE = 120.0
INTERVAL = 60.0
END = 7200.0
_GOES_ON = frozenset({"INTENT", "UNKNOWN"})


class Send(msgspec.Struct, kw_only=True):
    """A send of ours, and its fate.

    Attributes:
        start: when its intent is written.
        arrives: seconds after that until Twilio has it, if it does.
        ends: seconds until its call ends, one way or the other.
        accepted: Twilio accepts it.
        answered: the answer comes.
        lag: seconds until it is listed.
        readable: its ledger's text can be read by others and by itself.
    """

    number: int
    store: str
    text: str
    service: bool
    start: float
    arrives: float
    ends: float
    accepted: bool
    answered: bool
    lag: float
    readable: bool


class World:
    """A scenario of a class, drawn from a seed.

    Attributes:
        sends: ours, with their fates.
        folder: what our ledgers say of them at the end.
        twilio: what it accepted.
    """

    def __init__(self, traffic: Traffic, seed: int) -> None:
        self.traffic = traffic
        self.rng = Random(f"{traffic.name} {seed}")
        self.schedule = Schedule()
        self.twilio = Twilio(self.schedule, self.rng)
        self.folder = Folder()
        drawn = self.rng.choice(FORESEEN)
        self.rewriting: Rewriting = drawn if traffic.rewriting is None else traffic.rewriting
        self._draw()

    def run(self) -> None:
        """Let it happen. Read `folder` and `twilio` then."""
        self.schedule.run(END)

    # What happens.

    def _draw(self) -> None:
        rng, traffic = self.rng, self.traffic
        self.twilio.lost = traffic.lost
        if traffic.late == "all":
            begins = rng.uniform(0, 200)
            self.twilio.stalls = begins, begins + rng.uniform(100, 900)
        stores = ["calls"] if traffic.calls else rng.choice([["a"], ["a", "b"], ["a", "calls"]])
        count = 1 if traffic.alone else rng.randint(1, 3)
        texts = [self._text() for _ in range(count)]
        self.spread = rng.random() < 0.5
        if rng.random() < 0.5 and not traffic.one_link:
            texts = [texts[0]] * count
        self.sends = [
            self._send(number, rng.choice(stores), text) for number, text in enumerate(texts)
        ]
        witness = rng.random() < 0.5 if traffic.witness is None else traffic.witness
        if witness and not traffic.alone:
            text = LINKED.format("w") if self.rewriting == "links" else TEXTS[0]
            if self.rewriting == "unasked links" and rng.random() < 0.3:
                text = LINKED.format("w")
            service = self.sends[0].service
            self.sends.append(
                Send(
                    number=len(self.sends),
                    store=stores[0],
                    text=text,
                    service=service,
                    start=rng.uniform(2, 5),
                    arrives=0.1,
                    ends=0.3,
                    accepted=True,
                    answered=True,
                    lag=1.0,
                    readable=True,
                )
            )
        for name in stores:
            self._keep(Store(name, self.folder, "AC us1"))
        for _ in range(rng.randint(0, traffic.foreign)):
            self.schedule.at(rng.uniform(0, 300), self._foreign)
        if traffic.canaries:
            for number in range(40):
                self.schedule.at(10.0 + 25 * number, self._canary)

    def _text(self) -> str:
        rng = self.rng
        if self.traffic.one_link or (self.rewriting.endswith("links") and rng.random() < 0.7):
            return LINKED.format(rng.randrange(3) if self.traffic.one_link else 1)
        return rng.choices(TEXTS, (10, 10, 10, 1))[0]

    def _send(self, number: int, store: str, text: str) -> Send:
        rng = self.rng
        arrives = rng.uniform(0.05, 1.0)
        ends = arrives + rng.uniform(0.05, ATTEMPT - 1.0)
        accepted = rng.random() < 0.5
        answered = accepted and rng.random() < 0.2
        if accepted and not answered and rng.random() < 0.1:
            arrives = ends + rng.uniform(0, LATE - 1)
        lag = rng.uniform(0, 3) if rng.random() < 0.7 else rng.uniform(0, SETTLE - LATE - 1)
        if arrives < ends:
            lag = min(lag, SETTLE - 1)
        if self.traffic.late == "one" and rng.random() < 0.5:
            lag = rng.uniform(SETTLE, 6 * SETTLE)
        return Send(
            number=number,
            store=store,
            text=text,
            service=self.traffic.route == "service"
            or (self.traffic.route == "any" and rng.random() < 0.5),
            start=rng.uniform(5, 120 if self.spread else 20),
            arrives=arrives,
            ends=ends,
            accepted=accepted,
            answered=answered,
            lag=lag,
            readable=rng.random() < 0.9,
        )

    def _keep(self, store: Store) -> None:
        """Let a process send what is this ledger's, and settle it; it may die and another take over."""
        process = Process(self.schedule, self.rng, steps=self.traffic.steps)
        process.blind = self.rng.random() < 0.005
        own = [send for send in self.sends if send.store == store.name]
        for send in own:
            self.schedule.start(self._sending(store, process, send), goes_on=lambda: process.alive)
        self.schedule.start(self._settling(store, process), goes_on=lambda: process.alive)
        if own and self.rng.random() < 0.3:
            dies = self.rng.uniform(5, max(send.start + send.ends for send in own))
            self.schedule.at(dies, lambda: self._die(store, process))

    def _die(self, store: Store, process: Process) -> None:
        process.alive = False
        self.schedule.at(
            self.schedule.now + self.rng.uniform(1, 400), lambda: self._take_over(store)
        )

    def _take_over(self, store: Store) -> None:
        process = Process(self.schedule, self.rng, steps=self.traffic.steps)
        self.schedule.start(self._burying(store, process), goes_on=lambda: process.alive)
        started = {entry.number for entry in store.entries}
        for send in self.sends:
            if send.store == store.name and send.number not in started:
                send.start = self.schedule.now + self.rng.uniform(0, 5)
                self.schedule.start(
                    self._sending(store, process, send), goes_on=lambda: process.alive
                )
        self.schedule.start(self._settling(store, process), goes_on=lambda: process.alive)

    async def _burying(self, store: Store, process: Process) -> None:
        """What the dead process left under way is unknown; its connections may have outlived it."""
        left = [entry for entry in store.entries if entry.state == "INTENT"]
        for entry in left:
            entry.state = "UNKNOWN"
        await self._ask_time(process)
        for entry in left:
            entry.latest = process.latest() + ATTEMPT

    async def _sending(self, store: Store, process: Process, send: Send) -> None:
        await self.schedule.until(send.start)
        if not process.blind:
            await self._ask_time(process)
        entry = self._entry(store, process, send)
        self.folder.entries.append(entry)
        began = process.monotonic()
        await self.schedule.sleep(self.rng.uniform(0, 0.04))
        leaves = self.schedule.now
        if send.accepted:
            self.schedule.at(leaves + send.arrives, lambda: self._arrived(send))
        await self.schedule.until(leaves + send.ends)
        if send.answered:
            process.answered(began, self.twilio.date())
            listed = next(each for each in self.twilio.accepted if each.owner == send.number)
            await self.schedule.sleep(self.rng.uniform(0, 0.1))
            if entry.state == "INTENT":
                entry.state, entry.sid, entry.created = (
                    "ACCEPTED",
                    listed.message.sid,
                    listed.created,
                )
            return
        await self._ask_time(process)
        entry.state, entry.latest = "UNKNOWN", process.latest()

    async def _ask_time(self, process: Process) -> None:
        """Ask for anything, if Twilio's time is not known, or not any more."""
        while process.clock.now_low() is None:
            began = process.monotonic()
            await self.schedule.sleep(self.rng.uniform(0.01, 0.2))
            date = self.twilio.date()
            await self.schedule.sleep(self.rng.uniform(0.01, 0.2))
            process.answered(began, date)

    def _entry(self, store: Store, process: Process, send: Send) -> Entry:
        options = SendOptions.NONE
        if self.rewriting == "links":
            options |= SendOptions.LINKS
        if self.rewriting == "template":
            options |= SendOptions.CONTENT
        known = self.rewriting != "template" and (
            send.readable or self.traffic.name != "everything"
        )
        return Entry(
            number=send.number,
            store=store.name,
            to=PERSON,
            sender=None if send.service else SENDER,
            service=SERVICE if send.service else None,
            options=options,
            print=PrintOf().text(send.text, options) if known else Print(),
            media=0,
            exclusive=self.traffic.exclusive,
            earliest=process.earliest(),
        )

    def _arrived(self, send: Send) -> None:
        text = REWRITE[self.rewriting](send.text, f"{self.rng.getrandbits(40):010x}")
        self.twilio.accept(self._message(text, service=send.service), send.lag, send.number)

    def _message(self, text: str, *, service: bool, to: str = PERSON) -> Message:
        sid = f"SM{self.rng.getrandbits(128):032x}"
        return Message(
            sid=sid,
            direction="outbound-api",
            to=to,
            from_=SENDER if not service or self.rng.random() < 0.8 else None,
            messaging_service_sid=SERVICE if service else None,
            body=text,
            num_media=0,
            status="queued",
        )

    def _foreign(self) -> None:
        send = self.rng.choice(self.sends)
        text = send.text if self.traffic.clones else self.rng.choice(FOREIGN)
        stored = REWRITE[self.rewriting](text, "f0r31gn")
        self.twilio.accept(
            self._message(stored, service=send.service), self.rng.uniform(0, 3), None
        )

    def _canary(self) -> None:
        to = self.rng.choice(OTHERS)
        message = self._message(FOREIGN[1], service=False, to=to)
        listed = self.twilio.accept(message, self.rng.uniform(0, 3), None)
        self.folder.foreign_canaries.append(Canary(listed.message.sid, listed.created, to))

    async def _settling(self, store: Store, process: Process) -> None:
        run = self.twilio.client(process.answered, process.monotonic)
        messages = Messages(run, _no_download)
        policy = Policy(on_unknown="resend", settle=SETTLE, scan_interval=INTERVAL)
        settler = Settler(store, messages, Contents(), process.clock, policy, realm=store.realm)
        due = {send.number for send in self.sends if send.store == store.name}
        impatient = self.rng.random() < 0.5  # as whoever asks by hand: at once, and again
        while True:
            step = await settler.step(at_once=impatient, held=impatient and self.rng.random() < 0.2)
            over = {entry.number for entry in store.entries if entry.state not in _GOES_ON}
            if due <= over or self.schedule.now > END - 900:
                return
            wait = 10.0 if step.wait is None else min(step.wait, 300.0)
            impatient = impatient and self.schedule.now < 400
            await self.schedule.sleep(self.rng.uniform(1, 30) if impatient else max(0.5, wait))


def _no_download(call: Call[Any], /) -> AbstractAsyncContextManager[Download]:
    raise AssertionError(f"settling downloads nothing: {call!r}")
