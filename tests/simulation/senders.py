"""Programs without a memory of their own: single and bulk sends, and deletions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio

from async_messaging.bulk.fanout import BulkSend
from async_messaging.bulk.report import BulkResult
from async_messaging.client import MessagingClient
from async_messaging.errors import MessagingError, OutcomeUnknown
from async_messaging.models import Message, MessageDraft

from .programs import CALLBACK, client_of

if TYPE_CHECKING:
    from .scene import Scene

__all__ = ["BulkSender", "Housekeeper", "SingleSender"]


class SingleSender:
    """Calls of `messages.create`, each settled by its error where its outcome is not known.

    Attributes:
        outcomes: what became of each: a sid, ``absent``, ``refused``, ``unknown``, ``not sent``.
    """

    def __init__(
        self, scene: Scene, name: str, sends: list[tuple[str, str]], account: str = ""
    ) -> None:
        self.scene = scene
        self.name = name
        self.account = account
        self.sends = sends
        self.done = False
        self.outcomes: dict[int, str] = {}
        self.begun: set[int] = set()

    async def live(self) -> None:
        async with client_of(self.scene, self.account) as client, asyncio.TaskGroup() as group:
            for number in range(len(self.sends)):
                if number not in self.begun:  # a program that died does not know what it sent
                    self.begun.add(number)
                    group.create_task(self._send(client, number))
                    await asyncio.sleep(self.scene.world.rng.expovariate(2.0))
        self.done = True

    def draft(self, number: int) -> MessageDraft:
        to, text = self.sends[number]
        return MessageDraft(
            to=to,
            from_=self.scene.sender,
            body=text,
            status_callback=f"{CALLBACK}{self.name}?row={number}",
        )

    async def _send(self, client: MessagingClient, number: int) -> None:
        try:
            message = await client.messages.send(self.draft(number))
        except MessagingError as error:
            self.outcomes[number] = await settled(error)
        else:
            self.outcomes[number] = message.sid


class BulkSender(SingleSender):
    """The same through `bulk`, which may be left in its middle, by itself or by what is around it.

    How: ``break``, a ``scope`` whose time is over, a ``group`` of which another task fails; "": not.
    """

    async def live(self) -> None:
        rng = self.scene.world.rng
        left = [number for number in range(len(self.sends)) if number not in self.begun]
        drafts = [self.draft(number) for number in left]
        self.begun.update(left)
        how = rng.choice(("", "break", "scope", "group")) if left else ""
        after = rng.choice((0.05, 1.0, 20.0))
        async with client_of(self.scene) as client:
            results = client.bulk(drafts, concurrency=8)
            found: list[BulkResult] = []
            try:
                if how == "group":
                    async with anyio.create_task_group() as group:
                        group.start_soon(_fail, after)
                        await self._collect(results, found, len(left) + 1)
                elif how == "scope":
                    with anyio.move_on_after(after):
                        await self._collect(results, found, len(left) + 1)
                else:
                    most = rng.randrange(len(left)) if how == "break" else len(left) + 1
                    await self._collect(results, found, most)
            except* _SomethingElseError:
                pass
            for result in (*found, *results.uncollected):
                await self._note(left[result.index], result)
        for number in left:
            self.outcomes.setdefault(number, "not sent")
        self.done = True

    async def _collect(self, results: BulkSend, found: list[BulkResult], most: int) -> None:
        async with results:
            async for result in results:
                found.append(result)
                if len(found) >= most:
                    break

    async def _note(self, number: int, result: BulkResult) -> None:
        if result.message is not None:
            self.outcomes[number] = result.message.sid
        else:
            assert result.error is not None
            self.outcomes[number] = await settled(result.error)


class _SomethingElseError(Exception):
    """A task beside a bulk send has failed."""


async def _fail(after: float) -> None:
    await asyncio.sleep(after)
    raise _SomethingElseError


class Housekeeper:
    """Deletes messages of an account.

    Attributes:
        outcomes: by sid: what the client said of the deletion.
    """

    def __init__(self, scene: Scene, name: str, count: int) -> None:
        self.scene = scene
        self.name = name
        self.done = False
        self.outcomes: dict[str, str] = {}
        form = {"To": "+13125559999", "From": scene.sender, "Body": "old", "StatusCallback": "/old"}
        self.left = [scene.twilio.accept(scene.account, form).sid for _ in range(count)]

    async def live(self) -> None:
        async with client_of(self.scene) as client:
            while self.left:
                sid = self.left.pop()
                try:
                    await client.messages.delete(sid)
                except MessagingError as error:
                    self.outcomes[sid] = str(error.outcome)
                else:
                    self.outcomes[sid] = "accepted"
                await asyncio.sleep(self.scene.world.rng.expovariate(0.2))
        self.done = True


async def settled(error: MessagingError) -> str:
    """What an error says of its send, or what settling finds out."""
    if error.outcome != "unknown":
        return {"refused": "refused", "not_sent": "not sent"}[error.outcome]
    assert isinstance(error, OutcomeUnknown)
    try:
        found = await error.settle()
    except OutcomeUnknown:
        return "unknown"
    except MessagingError:
        return "unknown"
    assert found is None or isinstance(found, Message)
    return "absent" if found is None else found.sid
