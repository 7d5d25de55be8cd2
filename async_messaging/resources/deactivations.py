"""US numbers that carriers have taken back. Twilio's reference: Deactivations resource."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from typing import Any

from ..codec.dates import to_day
from ..codec.form import encode_pairs
from ..codec.reading import nothing
from ..errors import InvalidInput, UnexpectedAnswer
from ..operation import DOWNLOAD_CAP, Call, Run, Stream
from .base import Resource

_PATH = "/v1/Deactivations"
_DOMESTIC = re.compile(rb"1?([2-9][0-9]{9})")
_E164 = re.compile(rb"\+[1-9][0-9]{6,14}")
_LONGEST = 64
"""No line of the list is longer; more without an end of line is something else."""


class DeactivatedNumbers:
    """The numbers of one day, in E.164, read while they arrive; each use asks Twilio anew.

    ``async for number in numbers`` streams them, ``await numbers`` gives them all as a list. Who
    leaves the loop early and wants the connection back at once closes it:
    ``async with contextlib.aclosing(aiter(numbers)) as stream``.
    """

    def __init__(self, stream: Stream, call: Call[None]) -> None:
        self._stream = stream
        self._call = call

    def __await__(self) -> Generator[Any, None, list[str]]:
        return self._all().__await__()

    async def _all(self) -> list[str]:
        return [number async for number in self]

    async def __aiter__(self) -> AsyncGenerator[str]:
        async with self._stream(self._call) as download:
            async for line in _lines(download.chunks(), self._call):
                if number := _number(line, self._call):
                    yield number


class Deactivations(Resource):
    """Numbers that belong to nobody or to somebody else by now: ``client.deactivations``."""

    def __init__(self, run: Run, stream: Stream) -> None:
        super().__init__(run)
        self._stream = stream

    def fetch(self, date: dt.date) -> DeactivatedNumbers:
        """The US numbers deactivated on a day. Twilio's reference: Fetch a Deactivation.

        Twilio answers with a redirect to a text file; it is followed without the credentials, to
        Twilio's own stores only, and read in pieces.

        Args:
            date: the day, from 2020-08-27 on; of a datetime, its day in UTC.

        Raises:
            InvalidInput: not a date.
            BadRequest: the day is too long ago (30113).
            Redirected: the redirect leads elsewhere.
            UnexpectedAnswer: the file is no list of numbers.
        """
        query = encode_pairs([("Date", _day(date))])
        call = self._reading("FetchDeactivation", _PATH, nothing, query, DOWNLOAD_CAP)
        return DeactivatedNumbers(self._stream, call)


def _day(value: object) -> str:
    if not isinstance(value, dt.date):
        raise InvalidInput("must be a date", field="date")
    return to_day(value, field="date")


async def _lines(chunks: AsyncIterator[bytes], call: Call[None]) -> AsyncGenerator[bytes]:
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > _LONGEST:
            raise _no_list(call)
    yield rest


def _number(line: bytes, call: Call[None]) -> str | None:
    """The line's number in E.164, None for an empty line."""
    text = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not text:
        return None
    if _E164.fullmatch(text):
        return text.decode("ascii")
    if domestic := _DOMESTIC.fullmatch(text):
        return f"+1{domestic[1].decode('ascii')}"
    raise _no_list(call)


def _no_list(call: Call[None]) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"{call.operation}: the file is no list of phone numbers", call=call)
