from __future__ import annotations

import asyncio
import copy
import pickle
import re
import traceback
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from async_messaging import errors
from async_messaging.errors import (
    AnswerTimeout,
    APIError,
    InvalidInput,
    MessagingError,
    OutcomeUnknown,
)
from async_messaging.operation import Call

NUMBER = "+15558675310"
CALL: Call[None] = Call(
    "CreateMessage",
    "POST",
    "api",
    "/Messages.json",
    lambda _: None,
    "creates",
    body=b"To=%2B15558675310",
)
CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, MessagingError)
]
OUTCOMES = {
    "MessagingError SettingsError InvalidInput KeyReused InvalidSignature LedgerError NotSent"
    " ConnectFailed WaitTooLong CircuitOpen ClientClosed Redirected Blocked Unauthorized"
    " AccountStopped RateLimited SenderQueueFull DailyLimitReached": "not_sent",
    "OutcomeUnknown AnswerTimeout ConnectionLost ServerFailed UnexpectedAnswer"
    " ServerError": "unknown",
    "APIError BadRequest Forbidden NotFound Conflict": "refused",
}
STOPPING = {"SettingsError", "Unauthorized", "AccountStopped", "Redirected"}


def full(kind: type[MessagingError]) -> MessagingError:
    """An error with every attribute set."""
    if issubclass(kind, InvalidInput):
        error: MessagingError = kind("must be text", field="body", row=7)
    else:
        error = kind(
            "Twilio answered 400",
            status=400,
            code=21211,
            request_id="RQ1",
            headers=MappingProxyType({"x-echo": NUMBER}),
            retry_after=1.5,
            raw=f"The number {NUMBER} is wrong",
        )
    error.call = CALL
    error.attempts, error.elapsed, error.advice = 2, 0.5, "look at it"
    error.stops = True
    if isinstance(error, OutcomeUnknown):
        error.sid = "SM" + "1" * 32
    return error


def shown(error: MessagingError) -> dict[str, Any]:
    kept = dict(vars(error))
    for name in ("call", "headers", "_raw"):
        kept.pop(name)
    return {**kept, "text": str(error), "repr": repr(error), "class": type(error)}


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_pickles(kind: type[MessagingError]) -> None:
    error = full(kind)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        data = pickle.dumps(error, protocol)
        again = pickle.loads(data)
        assert shown(again) == shown(error)
        assert isinstance(again, MessagingError)
        assert again.call is not None
        assert again.call.operation == "CreateMessage"
        assert (again.call.method, again.call.path) == ("POST", "/Messages.json")
        assert b"15558675310" not in data


@pytest.mark.parametrize("kind", CLASSES)
def test_what_a_server_wrote_stays_in_the_process(kind: type[MessagingError]) -> None:
    error = pickle.loads(pickle.dumps(full(kind)))
    assert error.raw() is None
    assert error.headers == {}


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy], ids=["copy", "deepcopy"])
def test_every_error_copies(
    kind: type[MessagingError], copied: Callable[[MessagingError], MessagingError]
) -> None:
    error = full(kind)
    again = copied(error)
    assert again is not error
    assert shown(again) == shown(error)
    assert (again.raw(), again.headers, again.call) == (error.raw(), error.headers, CALL)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_bare_error_says_what_its_class_is(kind: type[MessagingError]) -> None:
    if issubclass(kind, InvalidInput):
        return
    error = kind()
    assert str(error) == (kind.__doc__ or "").splitlines()[0]
    assert (error.status, error.code, error.call, error.raw()) == (None, None, None, None)
    assert pickle.loads(pickle.dumps(error)).args == error.args


def test_outcomes_are_those_of_the_design() -> None:
    told = {name: outcome for names, outcome in OUTCOMES.items() for name in names.split()}
    assert {kind.__name__: kind.outcome for kind in CLASSES} == told


def test_what_stops() -> None:
    assert {kind.__name__ for kind in CLASSES if kind.stops} == STOPPING


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    assert errors.__doc__ is not None
    block = errors.__doc__.split("```")[1]
    drawn: dict[str, str] = {}
    parents: list[str] = []
    for line in block.splitlines()[1:]:
        found = re.match(r"([│├└─ ]*)(\w+)", line)
        if found is None:
            continue
        depth = len(found[1]) // 4
        parents[depth:] = [found[2]]
        drawn[found[2]] = parents[depth - 1] if depth else ""
    actual = {
        kind.__name__: kind.__base__.__name__ if kind is not MessagingError else ""
        for kind in CLASSES
        if kind.__base__ is not None
    }
    assert drawn == actual


def test_an_invalid_input_says_where() -> None:
    error = InvalidInput("is empty", field="name")
    assert str(error) == "name: is empty"
    placed = error.at(12)
    assert (str(placed), placed.row, placed.field, placed.reason) == (
        "row 12, name: is empty",
        12,
        "name",
        "is empty",
    )
    assert str(InvalidInput("is torn", row=3)) == "row 3, is torn"
    assert isinstance(error, ValueError)


def test_a_repr_shows_the_facts_and_no_raw_text() -> None:
    error = full(errors.BadRequest)
    assert repr(error) == (
        "BadRequest('Twilio answered 400', status=400, code=21211, request_id='RQ1')"
    )
    assert NUMBER not in "".join(traceback.format_exception(error))
    assert error.raw() == f"The number {NUMBER} is wrong"


def test_an_instance_may_stop_where_its_class_does_not() -> None:
    error = errors.UnexpectedAnswer("a redirect", status=302)
    error.stops = True
    assert pickle.loads(pickle.dumps(error)).stops
    assert not errors.UnexpectedAnswer.stops


async def test_a_late_answer_comes_from_the_call_that_goes_on() -> None:
    error = AnswerTimeout()
    answer = asyncio.get_running_loop().create_future()

    async def late() -> object:
        return await answer

    error.goes_on(late)
    answer.set_result("SM")
    assert await error.late_answer() == "SM"


async def test_without_a_call_that_goes_on_the_late_answer_is_the_error() -> None:
    error = AnswerTimeout("nothing came")
    with pytest.raises(AnswerTimeout) as caught:
        await error.late_answer()
    assert caught.value is error
    revived = pickle.loads(pickle.dumps(error))
    with pytest.raises(AnswerTimeout, match="nothing came"):
        await revived.late_answer()


def test_an_api_error_is_caught_by_what_it_is() -> None:
    with pytest.raises(APIError):
        raise errors.RateLimited(status=429)
    with pytest.raises(MessagingError):
        raise errors.ConnectFailed
