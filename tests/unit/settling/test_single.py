"""What a client remembers of its own creations, and what `error.settle()` makes of it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from async_messaging import Message, MessageDraft, MessagingClient
from async_messaging.errors import (
    AnswerTimeout,
    ConnectionLost,
    MessagingError,
    OutcomeUnknown,
)
from async_messaging.resources.messages import creation
from async_messaging.settling.attempts import Change, Standing
from async_messaging.settling.changes import Policy
from async_messaging.settling.single import MOST, OwnSends
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Request, Response, scripted
from async_messaging.transport.scripted import Item
from tests.unit.pipeline.calls import scripted_client
from tests.unit.settling.lists import Memory
from tests.unit.settling.scenes import ANN, BEN, DAY, OTHER, SENDER, TEXT, attempt, sid_of

DRAFT = MessageDraft(to=ANN, from_=SENDER, body=TEXT)


class Twilio:
    """Takes messages, and says so or loses its answer, as each text is scripted to."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.listed: list[dict[str, object]] = []
        self.refuses: set[str] = set()
        self.loses: set[str] = {TEXT}
        self.before: Callable[[], Item | None] = lambda: None

    def answer(self, request: Request) -> Item:
        if request.method != "POST":
            _, _, name = request.url.rpartition("/")
            for message in self.listed:
                if name == f"{message['sid']}.json":
                    return self.json(message)
            return self.json({"messages": self.listed})
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        message = self.take(form["To"], form["Body"]) if form["Body"] not in self.refuses else {}
        if (other := self.before()) is not None:
            return other
        return ConnectionLost("lost") if form["Body"] in self.loses else self.json(message, 201)

    def take(self, to: str, body: str) -> dict[str, object]:
        message: dict[str, object] = {
            "sid": sid_of(7_000 + len(self.listed)),
            "direction": "outbound-api",
            "to": to,
            "from": SENDER,
            "body": body,
            "num_media": "0",
            "date_created": format_datetime(self.moment()),
        }
        self.listed.append(message)
        return message

    def moment(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(int(self.clock.time()), dt.UTC)

    def json(self, data: object, status: int = 200) -> Response:
        date = format_datetime(self.moment(), usegmt=True)
        return scripted.json(status, data, headers={"Date": date})


@pytest.fixture
def twilio(clock: FakeClock) -> Twilio:
    return Twilio(clock)


def client_of(twilio: Twilio, **options: Any) -> MessagingClient:
    return scripted_client(twilio.answer, twilio.clock, **options)[0]


async def doubt(client: MessagingClient, draft: MessageDraft = DRAFT) -> OutcomeUnknown:
    with pytest.raises(OutcomeUnknown) as caught:
        await client.messages.send(draft)
    return caught.value


async def test_a_sid_that_the_client_was_given_is_never_another_sends(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.loses = set()
    first = await client.messages.send(DRAFT)
    twilio.loses = twilio.refuses = {TEXT}
    error = await doubt(client)
    assert await error.settle() is None
    assert first.sid == twilio.listed[0]["sid"]


async def test_nor_is_one_that_a_bulk_send_was_given(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.loses = set()
    async with client.bulk([DRAFT]) as results:
        assert [result.outcome async for result in results] == ["accepted"]
    twilio.loses = twilio.refuses = {TEXT}
    assert await (await doubt(client)).settle() is None


async def test_nor_is_one_of_a_send_that_a_ledger_keeps(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.loses = set()
    await client.open_batch().run(creation(DRAFT))
    twilio.loses = twilio.refuses = {TEXT}
    assert await (await doubt(client)).settle() is None


async def test_two_unknown_sends_never_get_one_sid(twilio: Twilio) -> None:
    client = client_of(twilio)
    first = await doubt(client)
    twilio.refuses = {TEXT}
    second = await doubt(client)
    found = await asyncio.gather(first.settle(), second.settle())
    assert [type(one) for one in found if one is not None] == [Message]
    assert len(twilio.listed) == 1


async def test_results_of_a_bulk_send_compete_too(twilio: Twilio) -> None:
    client = client_of(twilio)
    first = await doubt(client)
    twilio.refuses = {TEXT}
    async with client.bulk([DRAFT]) as results:
        (result,) = [result async for result in results]
    assert isinstance(result.error, OutcomeUnknown)
    found = await asyncio.gather(first.settle(), result.error.settle())
    assert [one is None for one in found].count(False) == 1


async def test_an_outcome_is_told_again(twilio: Twilio) -> None:
    client = client_of(twilio)
    error = await doubt(client)
    found = await error.settle()
    twilio.listed.clear()
    assert (await error.settle()).sid == found.sid


async def test_who_asks_again_looks_again(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.listed = [twilio.take(ANN, OTHER)]
    twilio.refuses = {TEXT}
    error = await doubt(client)
    for _ in range(2):
        with pytest.raises(ConnectionLost) as again:
            await error.settle()
        assert again.value is error
    twilio.listed.clear()
    assert await error.settle() is None


async def test_a_send_under_way_may_own_the_message(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.refuses = {TEXT}
    error = await doubt(client)
    twilio.refuses = set()
    release, holds = asyncio.Event(), list[Hold]()

    def held() -> Hold:
        holds.append(Hold(release, twilio.json(twilio.listed[-1], 201)))
        return holds[-1]

    twilio.before = held
    sending = asyncio.ensure_future(client.messages.send(DRAFT))
    while not holds or not holds[0].reached.is_set():
        await asyncio.sleep(0)
    asked = asyncio.ensure_future(error.settle())
    await twilio.clock.advance(20)
    assert not asked.done()  # the message is listed, and may be the other send's
    release.set()
    assert (await sending).sid == twilio.listed[0]["sid"]
    await twilio.clock.advance(300)
    assert await asked is None


async def test_a_late_answer_is_the_outcome(twilio: Twilio) -> None:
    client = client_of(twilio, timeout=5.0)
    release = asyncio.Event()
    twilio.loses = set()
    taken = {"sid": sid_of(7_000), "to": ANN, "status": "queued"}
    hold = Hold(release, twilio.json(taken, 201))
    twilio.before = lambda: hold
    sending = asyncio.ensure_future(client.messages.send(DRAFT))
    await hold.reached.wait()
    await twilio.clock.advance(5)
    with pytest.raises(AnswerTimeout) as caught:
        await sending
    release.set()
    assert (await caught.value.late_answer()).sid == sid_of(7_000)
    assert (await caught.value.settle()).sid == sid_of(7_000)


async def test_a_late_refusal_is_the_outcome(twilio: Twilio) -> None:
    client = client_of(twilio, timeout=5.0)
    release = asyncio.Event()
    twilio.refuses = {TEXT}
    hold = Hold(release, twilio.json({"code": 21211, "message": "No.", "status": 400}, 400))
    twilio.before = lambda: hold
    sending = asyncio.ensure_future(client.messages.send(DRAFT))
    await hold.reached.wait()
    await twilio.clock.advance(5)
    with pytest.raises(AnswerTimeout) as caught:
        await sending
    release.set()
    with pytest.raises(MessagingError):
        await caught.value.late_answer()
    assert await caught.value.settle() is None


async def test_what_was_lost_before_a_retry_stays_open(twilio: Twilio) -> None:
    client = client_of(twilio)

    def once() -> Item | None:
        twilio.before = lambda: None
        return ConnectionLost("lost")

    twilio.before, twilio.loses = once, set()
    await client.with_options(on_unknown="retry").messages.send(DRAFT)
    assert len(client.sends.standing([ANN]).attempts) == 1


async def test_what_a_ledger_keeps_competes_with_the_clients_own(twilio: Twilio) -> None:
    client = client_of(twilio)
    error = await doubt(client)
    twilio.refuses = {TEXT}
    with pytest.raises(OutcomeUnknown) as kept:
        await client.open_batch().run(creation(DRAFT))
    with pytest.raises(OutcomeUnknown) as nobody:
        await kept.value.settle()  # the ledger settles it
    assert nobody.value is kept.value
    assert (await error.settle()).sid == twilio.listed[0]["sid"]
    assert twilio.clock.monotonic() > 100  # not at once: it waited for its twin


async def test_a_single_call_may_be_kept_too(twilio: Twilio) -> None:
    client = client_of(twilio)
    with pytest.raises(OutcomeUnknown) as kept:
        await client.run(creation(DRAFT), kept=True)
    assert client.sends.standing([ANN]).attempts == []
    with pytest.raises(OutcomeUnknown):
        await kept.value.settle()


async def test_accounts_are_apart(twilio: Twilio) -> None:
    client = client_of(twilio)
    other = client.for_account("AC" + "b" * 32, auth_token="e" * 32)
    await doubt(client)
    assert other.sends.realm != client.sends.realm
    assert len(client.sends.standing([ANN]).attempts) == 1
    assert other.sends.standing([ANN]).attempts == []
    assert other.sends.server is client.sends.server


async def test_open_attempts_have_a_bound(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.refuses = {TEXT}
    first = await doubt(client)
    call = creation(MessageDraft(to=BEN, from_=SENDER, body=TEXT))
    for number in range(MOST):
        lost = ConnectionLost("lost")
        client.sends.doubted(call, lost, float(number), number + 0.5, kept=False)
    with pytest.raises(ConnectionLost) as given_up:
        await first.settle()
    assert given_up.value is first


def test_of_many_answers_a_second_few_are_read(clock: FakeClock) -> None:
    sends, read = OwnSends(clock, "AC" + "1" * 32), list[int]()

    class Headers(dict[str, str]):
        def get(self, name: str, default: object = None) -> str:
            read.append(number)
            return "Tue, 14 Nov 2023 22:13:20 GMT"

    for number in range(100):
        sends.answered(Headers(), number / 100, number / 100)
    assert 2 < len(read) < 10
    assert sends.server.now_low() is not None


async def test_a_call_whose_loop_is_gone_is_live_no_more(twilio: Twilio) -> None:
    client = client_of(twilio)
    lost = AnswerTimeout("no answer in time")
    lost.goes_on(asyncio.Event().wait)
    client.sends.doubted(creation(DRAFT), lost, 0.0, 1.0, kept=False)
    assert await lost.settle() is None  # the pipeline knows no such call


def test_sids_that_were_forgotten_make_an_older_attempt_undecidable(clock: FakeClock) -> None:
    sends = OwnSends(clock, "AC" + "1" * 32, remembers=4_096)
    sends.answered({"date": "Tue, 14 Nov 2023 22:13:20 GMT"}, 0.0, 0.0)
    sends.doubted(creation(DRAFT), ConnectionLost("lost"), 0.0, 1.0, kept=False)
    assert sends.standing([ANN]).readable
    for number in range(3 * 4_096):
        made = Message(sid=sid_of(number), date_created_text="Tue, 14 Nov 2023 22:13:21 +0000")
        sends.made(creation(DRAFT), made, 0.0, 1.0, kept=False)
    assert not sends.standing([ANN]).readable
    assert sends.standing([BEN]).readable


async def test_a_ledger_is_settled_with_the_clients_own_sends_beside_it(twilio: Twilio) -> None:
    client = client_of(twilio)
    error = await doubt(client)  # the client's own; one of the two Twilio took
    kept = Memory(attempt("row", begun=twilio.clock.time() - DAY, ended=twilio.clock.time() - DAY))
    kept.realm = client.sends.realm
    settler = client.settler(kept, Policy("hold"))
    await settler.step(at_once=True)
    assert kept.states == {}  # one message, and two that could have made it: not yet
    await twilio.clock.advance(200)
    await settler.step()
    assert kept.sids == {"row": twilio.listed[0]["sid"]}
    assert client.sends.standing([ANN]).claimed([kept.sids["row"]]) == set()
    assert await error.settle() is None


async def test_what_a_ledger_was_given_the_client_can_not_have(twilio: Twilio) -> None:
    client = client_of(twilio)
    error = await doubt(client)
    client.sends.claimed.add(str(twilio.listed[0]["sid"]))
    assert await error.settle() is None
    client.sends.claimed.remove(str(twilio.listed[0]["sid"]))
    assert (await (await doubt(client)).settle()).sid


async def test_what_is_not_written_is_given_back(twilio: Twilio) -> None:
    client = client_of(twilio)
    twilio.take(ANN, TEXT)
    kept = Memory(attempt("row", begun=twilio.clock.time() - DAY, ended=twilio.clock.time() - DAY))
    kept.realm, kept.stale = client.sends.realm, True
    await client.settler(kept, Policy("hold")).step(at_once=True)
    claimed: list[set[str]] = []

    def look(standing: Standing) -> list[Change]:
        claimed.append(set(standing.claimed([str(twilio.listed[0]["sid"])])))
        return []

    client.sends.conclude([ANN], look)
    assert claimed == [set()]


async def test_a_date_that_a_cache_kept_teaches_nothing(twilio: Twilio) -> None:
    client = client_of(twilio)
    date = {"date": format_datetime(twilio.moment(), usegmt=True)}
    client.sends.answered({**date, "age": "30"}, 0.0, 0.0)
    assert client.sends.server.now_low() is None
    client.sends.answered(date, 0.0, 0.0)
    assert client.sends.server.now_low() is not None


async def test_a_repr_shows_counts_only(twilio: Twilio) -> None:
    client = client_of(twilio)
    await doubt(client)
    assert repr(client.sends) == "<OwnSends: 1 open, 0 sids>"
