"""A file of recipients as rows: each one a message to send, or what is wrong with it.

The file is read as it is sent, never as a whole: a million rows take no more memory than ten.
Rows are numbered from 1, the header and blank lines aside. A bad row is a row like the others, with
an `InvalidInput` in place of a draft; a file that can't be understood at all is refused when it is
opened.

What is read: `decoding` (gzip, encodings), `records` (CSV, JSON Lines), `columns` (what the columns
mean), `codec.numbers` (how numbers may be written), `template` (the text).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from os import PathLike, fspath
from typing import Self

import msgspec

from ..codec.template import listed
from ..errors import InvalidInput
from ..models.draft import MessageDraft
from ..models.shown import Shown
from .columns import Drafts, choose_recipient, drafts_of, recipient_test
from .decoding import Text, is_regular, open_text
from .records import CsvRecords, JsonRecords, Record, Value, open_records

_LONGEST_SHOWN = 64
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Row(Shown, frozen=True, kw_only=False, gc=True):
    """One data row of a file.

    Attributes:
        number: the row's number, counted from 1.
        item: the message, or why there is none; the error's `field` is the column.
        to: the recipient's address; of a bad row what stands in the recipient's column, cut to 64
            characters, or nothing if the row can't be read that far.
        cells: the row by column, as the file has it; empty if it can't be read.
    """

    number: int
    item: MessageDraft | InvalidInput
    to: str
    cells: Record = msgspec.field(default_factory=dict[str, Value])


class RowSource:
    """The rows of one file; iterating reads it from the start.

    Standard input and pipes can be read once. Close the source, or use it in ``with``.

    Args:
        drafts: what makes the drafts, told of the columns and of the recipient's.
    """

    def __init__(
        self,
        path: str,
        phone_column: str | None,
        drafts: Callable[[Sequence[str], str], Drafts],
        warn: Callable[[str], None],
    ) -> None:
        self._path = path
        self._phone_column = phone_column
        self._repeatable = is_regular(path)
        self._opened: tuple[Text, CsvRecords | JsonRecords] | None = self._open()
        try:
            self.columns: tuple[str, ...] = self._opened[1].columns
            self.recipient: str = choose_recipient(self.columns, phone_column)
            self._draft = drafts(self.columns, self.recipient)
            if ignored := self._draft.ignored:
                warn(f"columns that are no fields of a message are ignored: {listed(ignored)}")
        except BaseException:
            self.close()
            raise
        if self._repeatable:
            self.close()

    def __iter__(self) -> Iterator[Row]:
        """The rows, in the file's order."""
        for number, record in enumerate(self._records(), 1):
            yield self._row(number, record)

    def count_rows(self) -> int | None:
        """The number of data rows, by reading the file once; None where it can be read only once.

        It takes a few seconds for a million rows: call it in a thread.
        """
        if not self._repeatable:
            return None
        text, records = self._open()
        try:
            return records.count()
        finally:
            text.close()

    def close(self) -> None:
        """Close what is open and not being read."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> tuple[Text, CsvRecords | JsonRecords]:
        text = open_text(self._path)
        try:
            return text, open_records(text, self._path, recipient_test(self._phone_column))
        except BaseException:
            text.close()
            raise

    def _records(self) -> Iterator[Record | InvalidInput]:
        opened, self._opened = self._opened, None
        if opened is None:
            if not self._repeatable:
                raise InvalidInput("can be read only once", field="file")
            opened = self._open()
        text, records = opened
        try:
            yield from records
        finally:
            text.close()

    def _row(self, number: int, record: Record | InvalidInput) -> Row:
        if isinstance(record, InvalidInput):
            return Row(number, record.at(number), "")
        try:
            draft = self._draft(record)
        except InvalidInput as error:
            return Row(number, error.at(number), _as_written(record, self.recipient), record)
        return Row(number, draft, draft.to, record)


def open_rows(
    path: str | PathLike[str],
    *,
    template: str | None = None,
    sender: str | None = None,
    phone_column: str | None = None,
    media_url: Sequence[str] = (),
    warn: Callable[[str], None],
) -> RowSource:
    r"""Open a file of recipients: CSV or JSON Lines, in any usual encoding, gzipped or not.

    Args:
        path: the file; ``-`` is standard input.
        template: the text, with columns in it (``Hi {name}``); without one the columns are the
            message's fields.
        sender: the sender of rows that have neither `from_` nor `messaging_service_sid`.
        phone_column: the recipient's column, if it is not the only one of ``to``, ``phone`` and
            ``number``.
        media_url: URLs of media for rows that have none of their own.
        warn: takes a sentence about what was ignored.

    Raises:
        InvalidInput: the file or the template can't be used; nothing was sent.
        OSError: the file can't be opened.
    """
    drafts = partial(drafts_of, template=template, sender=sender, media_url=media_url)
    return RowSource(fspath(path), phone_column, drafts, warn)


def _as_written(record: Record, recipient: str) -> str:
    value = record.get(recipient, "")
    return _UNPRINTED.sub("?", value.strip()[:_LONGEST_SHOWN]) if isinstance(value, str) else ""
