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
| `+1 NPA 999 3032`, `3034` | fails with 30032, 30034 | 21606 |
| every other number | delivered | 21606, unless given as `numbers=` |

Short codes, alphanumeric senders, channel addresses (`whatsapp:+...`) and every well-formed `MG` sid may send. A service
that was never created sends from the account's numbers; one that was chooses from its pool, as `simulator.selection`
says (21703, 21704: nobody fits; 21711: a `From` that is not in it). What is scheduled is decided on when its time comes:
sender, queue, opt-out (see `simulator.departures`). What fails before it is sent costs nothing.
`opted_out=` and `landlines=` name more recipients for 21610 and 21614. What a message's `StatusCallback` names is told
of its statuses, and handsets can write back: `await sim.reply(from_="+14155550100", body="STOP")`; from other programs
through the JSON API of `simulator.inbox`. All of it can be seen in a browser at the simulator's URL. Callbacks go to
this machine only, and to `callback_hosts=`. Faults on request: `simulator.faults`. What Twilio shows may differ from
what was sent, on request too: `alter="trial,smart"` (see `simulator.alter`).

There may be `accounts=` besides the first, each with its own numbers, messages, money and opt-outs; a parent's
credentials act on its subaccounts. They call with a token, an API key, or a bearer token that `POST /v2/token` gives to
`oauth_clients=`, good for an hour of the simulator's time. One port stands for every host of Twilio's; a request that
names one (`Host: messaging.twilio.com`) finds that host's paths only. `state="file.db"` keeps all of it, so that nothing
that was accepted is forgotten, even if the simulator is killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from math import inf
from typing import TYPE_CHECKING, Any

from .alter import parse as parse_alterations
from .clock import Clock, ManualClock, RunningClock, WallClock
from .faults import Fault, Faults
from .identities import SimulatedAccount
from .inbox import InboxMedia, InboxMessage, describe, set_status
from .judge import Stats, stats_of
from .outgoing import Attempt, Callback, Reply
from .records import Accepted
from .replies import Written, receive
from .server import SimulatorServer
from .traffic import Post
from .webhooks import Webhook
from .world import Conditions

if TYPE_CHECKING:
    from ..client import MessagingClient

__all__ = [
    "Accepted",
    "Attempt",
    "Callback",
    "Clock",
    "Fault",
    "Faults",
    "InboxMedia",
    "InboxMessage",
    "ManualClock",
    "Post",
    "Reply",
    "RunningClock",
    "SimulatedAccount",
    "Simulator",
    "Stats",
    "WallClock",
    "Webhook",
]


class Simulator(SimulatorServer):
    """Twilio in this process, on a loopback port with real sockets.

    Args:
        host: Loopback address to bind.
        port: Port to bind; 0 takes a free one.
        account_sid: The account's sid; made from the seed when not given.
        auth_token: The account's token, 32 hex digits; made from the seed when not given.
        api_keys: Further credentials of the account: secrets by `SK` sid.
        oauth_clients: Those that may ask for a bearer token of the account: secrets by client id.
        accounts: Further accounts, or subaccounts of this one or of each other.
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
        clock: Drives life cycle, dates, queues and rate; `ManualClock` or `RunningClock` for tests.
        seed: Fixes credentials, sids and faults.
        alter: How the API shows messages otherwise than they were sent: any of `template`, `links`, `smart`, `trial`,
            `redact`, `obfuscate`, with commas (see `simulator.alter`). The judge sees them as sent.
        webhook: Where messages of handsets are posted to, unless `webhooks` says otherwise.
        status_callback: Told of the statuses of services' messages that name no URL of their own.
        webhooks: Settings by number or service sid.
        callback_hosts: Hosts besides this machine that callbacks may go to.
        state: A file in which everything is kept, from one simulator to the next (see `simulator.keeping`); made if there
            is none. What it holds of accounts and webhooks goes before defaults, and after what is given here.
        allow_remote: Lets other machines in, by any `Host` header; only with an `auth_token` that is given.

    Raises:
        ValueError: A wrong fault specification or alteration (the text names the part), rate, address or URL, or a state's
            file that can't be used.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        account_sid: str | None = None,
        auth_token: str | None = None,
        api_keys: Mapping[str, str] | None = None,
        oauth_clients: Mapping[str, str] | None = None,
        accounts: Iterable[SimulatedAccount] = (),
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
        webhook: str = "",
        status_callback: str = "",
        webhooks: Mapping[str, Webhook] | None = None,
        callback_hosts: Iterable[str] = (),
        state: str = "",
        allow_remote: bool = False,
    ) -> None:
        others = Webhook(url=webhook, status_callback=status_callback)
        conditions = Conditions(
            account_sid=account_sid,
            auth_token=auth_token,
            api_keys=dict(api_keys or {}),
            oauth_clients=dict(oauth_clients or {}),
            accounts=tuple(accounts),
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
            webhooks={"*": others, **(webhooks or {})},
            callback_hosts=frozenset(host.lower() for host in callback_hosts),
            state=state,
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
        """Every accepted message with its present status, account by account, oldest first; deleted ones too."""
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

    @property
    def inbox(self) -> tuple[InboxMessage, ...]:
        """Every message of the first account that was sent or received, replies and deleted ones too, oldest first."""
        return self.inbox_of(self.account_sid)

    def inbox_of(self, account_sid: str) -> tuple[InboxMessage, ...]:
        """The same of another account.

        Raises:
            KeyError: There is no such account.
        """
        found, now = self.world.accounts[account_sid].since(0), self.world.clock.time()
        return tuple(describe(self.world, message, now, self.url) for message in found)

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """The last 5,000 requests to users' servers, oldest first."""
        return tuple(self.world.outgoing.log)

    async def callbacks_done(self) -> None:
        """Waits until no callback is to come any more; on a `ManualClock`, until none is due."""
        await self.wait_until(self._is_quiet)

    def _is_quiet(self) -> bool:
        clock = self.world.clock
        return self.world.outgoing.is_quiet(clock.time() if isinstance(clock, ManualClock) else inf)

    async def reply(
        self,
        *,
        from_: str,
        body: str = "",
        to: str | None = None,
        media: Iterable[str] = (),
        service: str | None = None,
        account_sid: str | None = None,
    ) -> Reply:
        """Writes as a handset does; returns when the webhook, if there is one, has answered and its replies are sent.

        Args:
            from_: The handset.
            body: The text; STOP, START and HELP have their effect.
            to: The number it writes to; by default the one that wrote to it last.
            media: What it attaches: content types (`image/png`) or names of files.
            service: The messaging service of that number; by default that of its last message to this handset.
            account_sid: The account of that number; by default the first.

        Raises:
            ValueError: It can't be written, and why.
            RuntimeError: The simulator is not running.
        """
        if not self.courier.running:
            raise RuntimeError("the simulator is not running")
        written = Written(from_=from_, to=to, body=body, media=tuple(media), service=service)
        account = self.world.accounts[account_sid or self.account_sid]
        reply = receive(self.world, account, written, self.url)
        self.world.save()
        self.courier.look()
        self.tell_watchers()
        await self.wait_until(lambda: reply.finished)
        return reply

    def mark(self, sid: str, status: str, error_code: int = 0) -> None:
        """Ends a message at once as `delivered`, `undelivered` or `failed`, or marks a delivered one as `read`.

        Raises:
            ValueError: There is no such message, it has come to its end, or the code doesn't go with the status.
        """
        accounts = self.world.accounts.values()
        message = next(filter(None, (account.find(sid) for account in accounts)), None)
        if message is None:
            raise ValueError("there is no such message")
        set_status(self.world, message, status, error_code)
        self.world.traffic.touch(sid)
        self.world.save()
        self.courier.look()
        self.tell_watchers()

    def reset(self) -> None:
        """Forgets messages, callbacks, opt-outs and counts; faults stay, and count their requests from 1 again."""
        self.world.reset()
        self.tell_watchers()

    def client(self, **options: Any) -> MessagingClient:
        """A client of this simulator; `options` go to `MessagingClient`.

        With `account_sid`, it is another account's; its token is filled in.
        """
        from ..client import MessagingClient

        sid = str(options.pop("account_sid", self.account_sid))
        if "auth_token" not in options:
            options["auth_token"] = self.world.token_of(sid)
        return MessagingClient(account_sid=sid, base_url=self.url, **options)
