"""Twilio on localhost: an HTTP server that answers as Twilio's API does, and counts what it accepted.

    async with Simulator() as sim, sim.client() as client:
        await client.messages.create(to="+14155550100", from_="+15005550006", body="Hi")
        assert sim.accepted == 1

It shares no code with the client, so that it can judge it. What numbers do, for every account:

| number | as `To` | as `From` |
|---|---|---|
| `+15005550006` | delivered | may always send |
| `+15005550001` | 21211 invalid | 21212 invalid |
| `+15005550002` | 21612 no route | 21606 |
| `+15005550003` | 21408 region not enabled | 21606 |
| `+15005550004` | 21610 unsubscribed | 21606 |
| `+15005550007` | delivered | 21606 not yours |
| `+15005550008` | delivered | 21611 queue full |
| `+15005550009` | 21614 no mobile | 21606 |
| `+1 NPA 999 0211`, `0408`, `0610`, `0612`, `0614` | 21211, 21408, 21610, 21612, 21614 | 21606 |
| `+1 NPA 999 3000` | stays `sent`, no receipt comes | 21606 |
| `+1 NPA 999 3001` | fails with 30001 | 21606 |
| `+1 NPA 999 3003` to `3008` | undelivered, 30003 to 30008 | 21606 |
| every other number | delivered | 21606, unless given as `numbers=` |

Short codes, alphanumeric senders, channel addresses (`whatsapp:+...`) and every well-formed `MG` sid may send.
`opted_out=` and `landlines=` name more recipients for 21610 and 21614. Faults on request: `simulator.faults`. What
Twilio shows may differ from what was sent, on request too: `alter="trial,smart"` (see `simulator.alter`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from async_messaging.simulator.alter import parse as parse_alterations
from async_messaging.simulator.clock import Clock, ManualClock, WallClock
from async_messaging.simulator.counters import Post
from async_messaging.simulator.faults import Fault, Faults
from async_messaging.simulator.judge import Stats, stats_of
from async_messaging.simulator.records import Accepted
from async_messaging.simulator.server import SimulatorServer
from async_messaging.simulator.world import Conditions

if TYPE_CHECKING:
    from async_messaging.client import MessagingClient

__all__ = [
    "Accepted",
    "Clock",
    "Fault",
    "Faults",
    "ManualClock",
    "Post",
    "Simulator",
    "Stats",
    "WallClock",
]


class Simulator(SimulatorServer):
    """Twilio in this process, on a loopback port with real sockets.

    Args:
        host: Loopback address to bind.
        port: Port to bind; 0 takes a free one.
        account_sid: The account's sid; made from the seed when not given.
        auth_token: The account's token, 32 hex digits; made from the seed when not given.
        api_keys: Further credentials of the account: secrets by `SK` sid.
        numbers: Phone numbers the account owns, besides `+15005550006`.
        opted_out: Recipients that are refused with 21610.
        landlines: Recipients that are refused with 21614.
        throughput: Segments a second by sender; `"*"` is every other sender. Without a rate nothing queues.
        queue_seconds: How deep a sender's queue is.
        concurrency: Calls in flight above which 429 with 20429 is answered.
        rate: POST Messages a second above which 429 with 63017 is answered.
        retry_after: Seconds for a `Retry-After` header on every 429.
        balance: The account's money in dollars.
        speed: How many times faster messages live.
        faults: What goes wrong: a specification (see `simulator.faults`) or `Faults`.
        clock: Drives life cycle, dates, queues and rate; `ManualClock` for tests.
        seed: Fixes credentials, sids and faults.
        alter: How the API shows messages otherwise than they were sent: any of `template`, `links`, `smart`, `trial`,
            `redact`, `obfuscate`, with commas (see `simulator.alter`). The judge sees them as sent.
        allow_remote: Lets other machines in, by any `Host` header.

    Raises:
        ValueError: A wrong fault specification or alteration (the text names the part), rate or address.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        account_sid: str | None = None,
        auth_token: str | None = None,
        api_keys: Mapping[str, str] | None = None,
        numbers: Iterable[str] = (),
        opted_out: Iterable[str] = (),
        landlines: Iterable[str] = (),
        throughput: Mapping[str, float] | None = None,
        queue_seconds: float = 36_000.0,
        concurrency: int | None = None,
        rate: float | None = None,
        retry_after: int | None = None,
        balance: str = "10000.00",
        speed: float = 1.0,
        faults: str | Faults = "",
        clock: Clock | None = None,
        seed: int | None = None,
        alter: str = "",
        allow_remote: bool = False,
    ) -> None:
        conditions = Conditions(
            account_sid=account_sid,
            auth_token=auth_token,
            api_keys=dict(api_keys or {}),
            numbers=tuple(numbers),
            opted_out=frozenset(opted_out),
            landlines=frozenset(landlines),
            throughput=dict(throughput or {}),
            queue_seconds=queue_seconds,
            concurrency=concurrency,
            rate=rate,
            retry_after=retry_after,
            balance=balance,
            speed=speed,
            seed=seed,
            alter=parse_alterations(alter),
        )
        super().__init__(
            conditions,
            host=host,
            port=port,
            faults=faults,
            clock=clock,
            allow_remote=allow_remote,
        )

    @property
    def account_sid(self) -> str:
        """The account's sid."""
        return self.world.account_sid

    @property
    def auth_token(self) -> str:
        """The account's token."""
        return self.world.auth_token

    @property
    def faults(self) -> Faults:
        """The faults in force; may be set to a specification or `Faults`, which starts counting anew."""
        return self.world.deck.faults

    @faults.setter
    def faults(self, faults: str | Faults) -> None:
        self.world.set_faults(faults if isinstance(faults, Faults) else Faults.parse(faults))

    @property
    def accepted(self) -> int:
        """How many messages were accepted."""
        return self.world.counters.accepted

    @property
    def requests(self) -> int:
        """How many POST Messages came in, refused ones included."""
        return self.world.counters.requests

    @property
    def answers(self) -> Counter[tuple[int, int]]:
        """Answers to POST Messages by HTTP status and Twilio's code (0 for none); (0, 0) is no answer at all."""
        return self.world.counters.answers

    @property
    def messages(self) -> tuple[Accepted, ...]:
        """Every accepted message with its present status, oldest first; deleted ones too."""
        now = self.world.clock.time()
        return tuple(self.world.describe(message, now) for message in self.world.stored())

    @property
    def duplicates(self) -> int:
        """How many accepted messages repeat the recipient and the text of an earlier one."""
        return self.world.duplicates()

    @property
    def stats(self) -> Stats:
        """All counts, as `GET /simulator/stats` tells them."""
        return stats_of(self.world)

    def reset(self) -> None:
        """Forgets messages and counts; faults stay, and count their requests from 1 again."""
        self.world.reset()

    def client(self, **options: Any) -> MessagingClient:
        """A client of this simulator; `options` go to `MessagingClient`."""
        from async_messaging.client import MessagingClient

        return MessagingClient(
            account_sid=self.account_sid,
            auth_token=self.auth_token,
            base_url=self.url,
            **options,
        )
