"""Rows of which nobody knows, a Twilio that lists what it accepted, and a reconciler."""

from __future__ import annotations

from typing import Any

from async_messaging.campaigns.options import RunOptions
from async_messaging.campaigns.rows import Claim, Plan, Row, outcome_of
from async_messaging.settling.attempts import Change
from async_messaging.settling.driver import Settler
from async_messaging.settling.states import OnUnknown
from tests.unit.campaigns.bench import Bench
from tests.unit.campaigns.memory import MemoryLedger
from tests.unit.campaigns.twilio import Form

SERVICE = Plan(name="spring", template="Hi {name}", sender="MG" + "1" * 32, columns=("to", "name"))
POLICIES: list[OnUnknown] = ["hold", "resend"]


class Case(Bench):
    """Unknown rows, and a reconciler for them."""

    led: MemoryLedger
    settler: Settler
    changes: list[Change]

    async def unknown(
        self, *, policy: OnUnknown = "hold", dead: bool = False, timed: bool = True
    ) -> Case:
        """Each row has an attempt of which nobody knows; each is as Twilio's behaviour has it."""
        await self.imported()
        self.changes = []
        if timed:  # as a run does before its first intent
            await self.client.messages.list(page_size=1).page()
            self.twilio.reads.clear()
        self.led = self.ledger()
        for row in await self.led.ready(0, 10_000):
            await self.tried(row, dead=dead)
        if dead:
            await self.clock.sleep(10)
            self.led = self.ledger()
        self.watch(policy)
        return self

    def watch(self, policy: OnUnknown = "hold", **options: Any) -> None:
        self.settler = self.settles(self.led, RunOptions(on_unknown=policy, **options))

    async def step(self, *, held: bool = False) -> float | None:
        """Do what is due; seconds until something more is."""
        step = await self.settler.step(held=held)
        self.changes += [change for change in step.changes if change.state is not None]
        return step.wait

    async def tried(self, row: Row, *, dead: bool = False) -> Claim:
        claim = await self.led.intend(row)
        assert claim is not None
        draft = self.content.draft(row)
        form: Form = {"To": draft.to, "Body": str(draft.body)}
        if draft.messaging_service_sid == SERVICE.sender:
            form |= {"MessagingServiceSid": str(SERVICE.sender), "From": "+15558675399"}
        else:
            form |= {"From": str(draft.from_)}
        if self.twilio.behave(row.row, form).endswith("after"):
            self.twilio.accept(form)
        if not dead:
            self.led.record(outcome_of(claim, "UNKNOWN", self.clock.time(), error="lost"))
            await self.led.drain()
        return claim

    async def to_the_end(self) -> float:
        """Step as a run does; give the seconds that it took."""
        began = self.clock.time()
        steps = 0
        while (step := await self.settler.step()).wait is not None:
            self.changes += [change for change in step.changes if change.state is not None]
            assert step.wait > 0
            steps += 1
            assert steps < 50
            await self.clock.sleep(step.wait)
        self.changes += [change for change in step.changes if change.state is not None]
        return self.clock.time() - began


def after(_number: int, _form: Form) -> str:
    return "lost after"


def before(_number: int, _form: Form) -> str:
    return "lost"
