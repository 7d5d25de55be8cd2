"""From an HTTP answer to a value or to the error that says what is known.

The order matters, and is the contract: a 2xx; Twilio's codes for "too fast" and "full", whatever
the status; 408, 423 and 425, which some proxy made; 401, 403, 429; other 4xx; 3xx and 5xx by
status alone. A 4xx without Twilio's JSON was not made by Twilio, and nobody knows what happened
to the request behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from ..codec.body import texts_of
from ..codec.codes import (
    CODES,
    CONCURRENCY,
    DAILY_LIMIT,
    QUEUE_FULL,
    STOPPING,
    TOO_FAST,
    CodeFacts,
    advice_of,
    link_of,
)
from ..codec.dates import retry_after_seconds
from ..codec.masking import is_option, mask_text
from ..codec.problem import Problem, read_problem, salvage_sid, sid_beside
from ..codec.reading import Unreadable
from ..errors import (
    AccountStopped,
    APIError,
    BadRequest,
    Conflict,
    DailyLimitReached,
    Forbidden,
    MessagingError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Redirected,
    SenderQueueFull,
    ServerError,
    ServerFailed,
    Unauthorized,
    UnexpectedAnswer,
)
from ..operation import FORM, Call, request_id_of
from ..transport.base import Response

T = TypeVar("T")

_LONGEST_MESSAGE = 4096
"""No explanation of Twilio's is longer, in characters; a longer one is not shown."""

_BY_CODE: dict[int | None, type[MessagingError]] = {
    **dict.fromkeys(TOO_FAST, RateLimited),
    DAILY_LIMIT: DailyLimitReached,
    QUEUE_FULL: SenderQueueFull,
}
_BY_STATUS: dict[int, type[MessagingError]] = {403: Forbidden, 404: NotFound, 409: Conflict}


def value_of(call: Call[T], response: Response) -> T:
    """What a 2xx answer holds; if it can't be read, the error's `.sid` is set where one can be."""
    try:
        return call.decode(response.content)
    except Unreadable as known:
        reason = str(known)
    except Exception as failure:  # noqa: BLE001 - the answer is here: what it means must be told
        reason = type(failure).__name__
    text = f"{call.operation}: the answer can't be read: {reason}"
    error = _filled(UnexpectedAnswer, text, call, response, None, 0.0)
    raise salvaged(error, call, response.content)


def salvaged(error: MessagingError, call: Call[Any], content: bytes) -> MessagingError:
    """The error of a creation, with the sid that the bytes of a broken answer show, if any."""
    if isinstance(error, OutcomeUnknown) and call.safety == "creates":
        error.sid = salvage_sid(content, _kinds_of(call))
    return error


def _kinds_of(call: Call[Any]) -> str:
    """The first letters of what the call makes, as a pattern."""
    return "SM|MM" if call.operation == "CreateMessage" else "[A-Z]{2}"


def of_another_send(
    call: Call[Any], value: object, response: Response, reason: str
) -> UnexpectedAnswer:
    """The error for a good answer to a request that did not cause it.

    Where a server, or something between, loses count of its answers, whoever took such a sid would
    lose one message, or give two sends one sid. Two things show it: the sid was given to this client
    before (`Sends.made`), or its recipient is not the one that was asked for, in more than form (see
    `codec/addresses.py`). What became of the request is not known then. The error keeps the sid as a
    hint, which one fetch tells more about; the connection is closed, with whatever is under way on
    it, for its next answers would be another's, too.
    """
    if response.carrier is not None:
        response.carrier.spoil()
    error = UnexpectedAnswer(
        f"{call.operation}: the answer belongs to another send: {reason}",
        call=call,
        status=response.status,
        request_id=request_id_of(response.headers) or None,
        headers=response.headers,
    )
    error.sid = getattr(value, "sid", None)
    return error


def error_of(
    call: Call[Any],
    response: Response,
    now: float,
    secrets: Iterable[str] = (),
    codes: Mapping[int, CodeFacts] = CODES,
) -> MessagingError:
    """The error that an answer outside 2xx means. Total: whatever came, it gives one.

    Its kind is decided first, by status, code and sid alone; then come the texts, which may hold
    anything, and whose failure would change nothing.
    """
    status = response.status
    problem = read_problem(response.content) if status >= 400 else None
    kind, stops = _kind_of(call, status, problem)
    made = None
    if call.safety == "creates":
        made = sid_beside(problem, response.content, _kinds_of(call))
    if made is not None and kind.outcome != "unknown":
        kind = UnexpectedAnswer  # it says "not sent" or "refused", and names what it made
    code = None if problem is None else problem.code
    try:
        text = _sentence(call, status, problem, secrets)
        advice = advice_of(code, codes, status=status)
    except Exception as failure:  # noqa: BLE001 - the outcome is known; of the text nothing may show
        text = f"{call.operation}: answered HTTP {status}; {type(failure).__name__} in its text"
        advice = advice_of(None, status=status)
    error = _filled(kind, text, call, response, problem, now)
    error.stops = error.stops or stops
    if isinstance(error, OutcomeUnknown):
        error.sid = made
    if code is not None or isinstance(error, APIError | ServerFailed):
        error.advice = advice
    return error


def _kind_of(
    call: Call[Any], status: int, problem: Problem | None
) -> tuple[type[MessagingError], bool]:
    code = None if problem is None else problem.code
    if code in _BY_CODE:
        return _BY_CODE[code], False
    if status in {408, 423, 425}:
        return UnexpectedAnswer, False
    if status == 401:
        return Unauthorized, True
    if status == 429 and code in {CONCURRENCY, None}:
        return RateLimited, False
    if 400 <= status < 500:
        if problem is None:
            return UnexpectedAnswer, False
        if status == 403 and (code is None or code in STOPPING):
            return AccountStopped, True
        return _BY_STATUS.get(status, BadRequest), False
    if status >= 500:
        return (ServerFailed if call.safety == "creates" else ServerError), False
    return (Redirected if status in {307, 308} else UnexpectedAnswer), status >= 300


def _sentence(call: Call[Any], status: int, problem: Problem | None, secrets: Iterable[str]) -> str:
    if problem is None:
        return f"{call.operation}: answered HTTP {status} without an explanation of Twilio's"
    said = problem.message.strip().rstrip(".")
    if len(said) > _LONGEST_MESSAGE:
        said = f"<{len(said)} characters>"
    said = mask_text(said, (*_values(call), *secrets))
    code = problem.code
    if code is None:
        return f"{call.operation}: Twilio answered {status}: {said}"
    return f"{call.operation}: Twilio answered {status}, code {code}: {said}. {link_of(code)}"


def _values(call: Call[Any]) -> list[str]:
    """The request's own values, which Twilio's texts repeat; words and counts of Twilio's stay."""
    texts = [call.query]
    values: list[str] = []
    if call.content_type == FORM:
        texts.append(call.body.decode("utf-8", "replace"))
    else:
        values = texts_of(call.body)
    for text in texts:
        pairs = parse_qsl(text, keep_blank_values=True)
        values += [value for name, value in pairs if not is_option(name, value)]
    return _with_lines(values)


def _with_lines(values: list[str]) -> list[str]:
    """The values, and each line of those that have several, a key's or a long message's."""
    lines = [line for value in values if "\n" in value for line in value.splitlines()]
    return values + [line.strip() for line in lines]


def _filled(
    kind: type[MessagingError],
    text: str,
    call: Call[Any],
    response: Response,
    problem: Problem | None,
    now: float,
) -> MessagingError:
    headers = response.headers
    after = headers.get("retry-after")
    return kind(
        text,
        call=call,
        status=response.status,
        code=None if problem is None else problem.code,
        request_id=request_id_of(headers) or None,
        headers=headers,
        retry_after=None if after is None else retry_after_seconds(after, now),
        raw=None if problem is None else problem.message,
    )
