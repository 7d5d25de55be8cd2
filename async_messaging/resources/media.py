"""What hangs on a message: media and feedback. Twilio's reference: Media, MessageFeedback."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

from ..codec.form import path
from ..codec.reading import nothing, pages, reads
from ..errors import InvalidInput
from ..models.message import Feedback, Media
from ..operation import DOWNLOAD_CAP, Download, Listing, Run, Stream
from .base import Resource, date_filters

_BASE = "/2010-04-01/Accounts/{AccountSid}/Messages/{message_sid}"

_NEW = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
"""Opens a file that is new, and no link: others may write into the folder."""

_media = reads(Media)
_media_list = pages(Media, "media_list")
_feedback = reads(Feedback)


class MediaOf(Resource):
    """The media of one message: ``client.messages(sid).media``."""

    _product, _prefixes = "api", ("ME",)

    def __init__(self, run: Run, stream: Stream, message_sid: str) -> None:
        super().__init__(run)
        self._stream = stream
        self._all = path(f"{_BASE}/Media", message_sid=message_sid)
        self._one = f"{self._all}/{{sid}}.json"

    async def fetch(self, media_sid: str) -> Media:
        """Read what is known of one medium. Twilio's reference: Fetch a Media resource."""
        return await self._read("FetchMedia", self._at(media_sid), _media)

    def list(
        self,
        *,
        date_created: dt.date | None = None,
        date_created_before: dt.date | None = None,
        date_created_after: dt.date | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Listing[Media]:
        """List the message's media. Twilio's reference: List all Media resources.

        Args:
            date_created: only those of this day (UTC).
            date_created_before: only those of this day or moment and before.
            date_created_after: only those of this day or moment and after.
            limit: no more than so many.
            page_size: how many a request, 1 to 1,000.
        """
        filters = date_filters(
            "date_created", date_created, date_created_before, date_created_after
        )
        return self._list("ListMedia", f"{self._all}.json", _media_list, limit, page_size, filters)

    async def delete(self, media_sid: str) -> None:
        """Delete one medium. Twilio's reference: Delete a Media resource."""
        await self._delete("DeleteMedia", self._at(media_sid))

    @asynccontextmanager
    async def open(self, media_sid: str) -> AsyncGenerator[Download]:
        """Open one medium: ``.headers``, and ``.chunks()`` that iterates over its bytes.

        Twilio answers with a redirect to its store, which is followed without the credentials.
        Twilio's reference: Fetch a Media resource.

        Raises:
            NotFound: there is none with this sid.
            Redirected: the redirect leads to a host that is not Twilio's.
        """
        where = self._at(media_sid).removesuffix(".json")
        call = self._reading("DownloadMedia", where, nothing, cap=DOWNLOAD_CAP)
        async with self._stream(call) as download:
            yield download

    async def download(self, media_sid: str, *, to: str | Path) -> int:
        """Write one medium into a file. Twilio's reference: Fetch a Media resource.

        Args:
            to: the file; it is replaced only by a whole download.

        Returns:
            How many bytes were written.

        Raises:
            UnexpectedAnswer: the download broke off; *to* is as it was.
            AnswerTimeout: it did not end within the call's time.
        """
        import anyio

        target = Path(to)
        if await anyio.Path(target).is_dir():
            raise InvalidInput("is a folder, not a file", field="to")
        size = 0
        async with self.open(media_sid) as download:
            part = target.with_name(f".{target.name}.{token_hex(8)}.part")
            # Opened and closed here: whoever is cancelled while a thread does it loses the file.
            with os.fdopen(os.open(part, _NEW, 0o666), "wb") as file:
                try:
                    async for chunk in download.chunks():
                        size += await anyio.to_thread.run_sync(file.write, chunk)
                    file.close()
                    await anyio.to_thread.run_sync(os.replace, part, target)
                except BaseException:
                    with suppress(OSError):
                        file.close()
                    part.unlink(missing_ok=True)
                    raise
        return size


class FeedbackOf(Resource):
    """Feedback on one message: ``client.messages(sid).feedback``."""

    _product = "api"

    def __init__(self, run: Run, message_sid: str) -> None:
        super().__init__(run)
        self._message_sid = message_sid

    async def create(self, *, outcome: str = "confirmed") -> Feedback:
        """Tell Twilio whether the recipient acted on the message.

        Args:
            outcome: ``confirmed`` or ``unconfirmed``.

        Twilio's reference: Create a MessageFeedback resource.
        """
        where = path(f"{_BASE}/Feedback.json", message_sid=self._message_sid)
        given = {"outcome": outcome}
        return await self._send("CreateMessageFeedback", where, _feedback, "repeatable", given)
