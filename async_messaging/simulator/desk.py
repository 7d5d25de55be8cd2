"""Decides one request, from its bytes to its answer, without waiting for anything.

The order: route, credentials, calls in flight, messages a second, faults that come before, the handler, faults that
come after. Since nothing here waits, a client that hangs up can't leave a message half accepted.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .acceptance import weigh
from .accounts import Account
from .answers import Answer, ComplaintError, RefusedError, problem
from .checks import Form
from .exchange import Exchange, read_form, read_pairs
from .faults import AFTER
from .operations import TABLE
from .routes import Route
from .traffic import Request
from .world import World

Wire = Literal["answer", "drop", "hang", "truncate"]

_WIRES: dict[str, Wire] = {
    "drop_before": "drop",
    "drop_after": "drop",
    "hang_before": "hang",
    "hang": "hang",
    "truncate": "truncate",
}
_FAULT_CODES = {
    "429": 20429,
    "63038": 63038,
    "500_before": 20500,
    "500_after": 20500,
    "503_before": 20503,
}
_LIMITS = frozenset({20429, 63038})


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A request as it came off the wire."""

    method: str
    target: str
    origin: str
    content_type: str = ""
    authorization: str = ""
    body: bytes = b""
    host: str = ""
    """The Twilio host that it asks, `messaging`; empty for one that stands for all."""


class Verdict(msgspec.Struct, gc=False):
    """What to do on the wire; `holder` is the account whose call in flight this is until the delay is over."""

    answer: Answer
    wire: Wire = "answer"
    accepted: bool = False
    delay: float = 0.0
    holder: Account | None = None
    in_flight: int = 0
    host: str = "api"


def decide(world: World, arrival: Arrival) -> Verdict:
    """Decides a request; what it accepts is stored when this returns."""
    path, _, query = arrival.target.partition("?")
    route, values, exists = TABLE.find(arrival.method, path, arrival.host)
    if route is None:
        return Verdict(problem(20004 if exists else 20404, path), host=arrival.host or "api")
    now = world.clock.time()
    world.depart(now)
    try:
        exchange = Exchange(
            world=world,
            account=world.accounts[world.account_sid],
            now=now,
            path=values,
            target=arrival.target,
            query=read_pairs(query) if query else {},
            form=read_form(arrival.content_type, arrival.body),
            origin=arrival.origin,
            raw=arrival.body,
        )
    except RefusedError as refusal:
        verdict, form = Verdict(problem(refusal.code, refusal.value)), {}
    else:
        verdict, form = _decide_known(exchange, route, arrival.authorization), exchange.form
    verdict.host = route.host
    _count(world, route, verdict, form)
    if route.creates:
        _keep(world, arrival, verdict, form, values["AccountSid"])
    elif "MessageSid" in values and arrival.method != "GET":
        world.traffic.touch(values["MessageSid"])
    if world.keeper is not None:
        world.save()
    return verdict


def _keep(world: World, arrival: Arrival, verdict: Verdict, form: Form, named: str) -> None:
    account = world.accounts.get(named) or world.accounts[world.account_sid]
    request = Request(
        account=account.sid,
        at=world.clock.time(),
        target=arrival.target,
        content_type=arrival.content_type,
        body=arrival.body,
        to=(form.get("To") or [""])[0],
        status=verdict.answer.status,
        code=verdict.answer.code,
        wire=verdict.wire,
        answer=verdict.answer.body,
        sid=account.messages[-1].sid if verdict.accepted else "",
    )
    world.traffic.keep(request)


def _count(world: World, route: Route, verdict: Verdict, form: Form) -> None:
    counters = world.counters
    if route.access == "api" and route.target == "get":
        counters.reads += 1
    if not route.creates:
        return
    body = (form.get("Body") or [""])[0]
    counters.post(weigh(body, is_mms="MediaUrl" in form))
    counters.accepted += verdict.accepted
    silent = verdict.wire in ("drop", "hang")
    counters.answers[(0, 0) if silent else (verdict.answer.status, verdict.answer.code)] += 1


def _decide_known(exchange: Exchange, route: Route, authorization: str) -> Verdict:
    if route.access == "token":
        return Verdict(_run(exchange, route))
    if route.access == "judge":
        return Verdict(_run_judge(exchange, route))
    if route.access == "cdn":
        return Verdict(_run_cdn(exchange, route, authorization))
    world = exchange.world
    caller = world.identities.caller(authorization, exchange.now)
    if caller is None:
        return Verdict(problem(20003, headers={"WWW-Authenticate": 'Basic realm="Twilio API"'}))
    named = exchange.path.get("AccountSid", caller)
    if named != caller and not world.identities.may_act(caller, named):
        return Verdict(problem(20404, exchange.target))
    exchange.account = world.accounts[named]
    return _admit(exchange, route)


def _run_judge(exchange: Exchange, route: Route) -> Answer:
    named = exchange.asked("account")
    if named:
        account = exchange.world.accounts.get(named)
        if account is None:
            return ComplaintError("there is no such account", 404).answer
        exchange.account = account
    return _run(exchange, route)


def _run_cdn(exchange: Exchange, route: Route, authorization: str) -> Answer:
    if authorization:
        text = b"Only one auth mechanism is allowed: do not send Authorization here"
        return Answer(400, text, content_type="text/plain")
    account = exchange.world.accounts.get(exchange.path["AccountSid"])
    if account is None:
        return problem(20404, exchange.target)
    exchange.account = account
    return _run(exchange, route)


def _admit(exchange: Exchange, route: Route) -> Verdict:
    world, account = exchange.world, exchange.account
    delay = world.deck.delay()
    limit = world.conditions.concurrency
    if limit is not None and account.in_flight >= limit:
        return Verdict(_too_many(world, 20429), delay=delay, in_flight=account.in_flight + 1)
    if route.creates and world.message_rate and not world.message_rate.admits(exchange.now):
        return Verdict(_too_many(world, 63017), delay=delay, in_flight=account.in_flight + 1)
    account.in_flight += 1
    world.counters.peak_in_flight = max(world.counters.peak_in_flight, account.in_flight)
    verdict = _serve(exchange, route)
    verdict.delay, verdict.holder, verdict.in_flight = delay, account, account.in_flight
    return verdict


def _too_many(world: World, code: int) -> Answer:
    wait = world.conditions.retry_after
    return problem(code, headers={} if wait is None else {"Retry-After": str(wait)})


def _serve(exchange: Exchange, route: Route) -> Verdict:
    fault = exchange.world.deck.draw(route.target)
    if fault and fault not in AFTER:
        return _faulty(exchange.world, fault, Answer(200))
    answer = _run(exchange, route)
    if fault and (answer.accepted or not route.creates):
        return _faulty(exchange.world, fault, answer)
    return Verdict(answer, accepted=answer.accepted)


def _faulty(world: World, fault: str, answer: Answer) -> Verdict:
    code = _FAULT_CODES.get(fault)
    told = answer if code is None else _too_many(world, code) if code in _LIMITS else problem(code)
    return Verdict(told, _WIRES.get(fault, "answer"), accepted=answer.accepted)


def _run(exchange: Exchange, route: Route) -> Answer:
    try:
        return route.handler(exchange)
    except RefusedError as refusal:
        return problem(refusal.code, refusal.value)
    except ComplaintError as complaint:
        return complaint.answer
