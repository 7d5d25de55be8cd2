"""What a repetition says of the attempt before it, whose answer was lost.

A delete that is repeated hears 404, a cancellation "can't be canceled any more": the work is done,
most likely by the first attempt. "Refused", nothing happened, would be untrue, and so would "not
sent" where the repetition found no connection.

=====================================  ====================================================
the repetition                         the call
=====================================  ====================================================
404 after a DELETE                     succeeded
a refusal that speaks of the state     succeeded if the resource is read in the state wanted
(409, "already", "no longer"), of a    (`Call.done`), refused if in another, else unknown
call that is no DELETE
any other refusal                      refused: the first attempt would have met it too
not sent                               unknown
=====================================  ====================================================
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ..codec.codes import OF_STATE
from ..errors import Conflict, MessagingError, NotFound
from ..operation import Answer, Call
from .turn import Turn

T = TypeVar("T")


async def found_done(
    turn: Turn[T],
    error: MessagingError,
    run: Callable[[Call[Any]], Awaitable[Answer[T]]],
    elapsed: float,
) -> Answer[T]:
    """The answer of a call whose lost attempt did the work, as its last one tells."""
    call = turn.call
    if call.safety != "repeatable" or error.outcome != "refused":
        raise error
    attempts = turn.plan.attempts
    if call.method == "DELETE":
        if isinstance(error, NotFound):
            return Answer(call.decode(b""), 404, error.headers, b"", attempts, elapsed)
        turn.doubt = None  # it is there still
        raise error
    if not isinstance(error, Conflict) and error.code not in OF_STATE:
        turn.doubt = None
        raise error
    if call.done is not None:
        try:
            answer = await run(call.done.read)
        except MessagingError:
            raise error from None  # and the doubt stays
        if call.done.holds(answer.value):
            return Answer(
                answer.value, answer.status, answer.headers, answer.content, attempts, elapsed
            )
        turn.doubt = None
    raise error
