"""Answers that belong to another send.

Where a server, or something between, loses count of its answers, a good answer comes to a request
that did not cause it. Whoever took its sid would lose one message, or give two sends one sid. Two
things show it:

* the sid was given to this client before: no second creation can be given it (`Sends.made`);
* its recipient is not the one that was asked for, in more than form (see `codec/addresses.py`).

What became of the request is not known then. Its error keeps the sid as a hint, which one fetch
tells more about; and the connection is closed, with whatever is under way on it, for its next
answers would be another's, too.
"""

from __future__ import annotations

from typing import Any

from ..errors import UnexpectedAnswer
from ..operation import Call, request_id_of
from ..transport.base import Response


def of_another_send(
    call: Call[Any], value: object, response: Response, reason: str
) -> UnexpectedAnswer:
    """The error for a message that another send made, whose sid it keeps; spoils the connection."""
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
