"""Columns to drafts: which one holds the recipient, and what the others mean.

With a template every other column is a variable of it and nothing else, also one that is named as
a field of a message. Without a template, columns named as `MessageDraft`'s fields are those fields
(``media_url`` separated by spaces), an empty cell is a field not given, and other columns are
ignored. Names of fields are taken in any case, as Python or Twilio spells them: ``media_url``,
``MediaUrl``, ``from_``, ``from``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

from ..codec.numbers import normalise_number
from ..codec.template import Template, clean_name, listed, shown_name
from ..errors import InvalidInput
from ..models.draft import MessageDraft, fit
from .cells import read_field, read_sender
from .records import Record

_RECIPIENTS = frozenset({"to", "phone", "number"})
_CONTENT = frozenset({"body", "media_url", "content_sid"})
_SENDERS = frozenset({"from_", "messaging_service_sid"})
_NUMBER_DIGITS = 7
_ANYBODY = "+15005550006"

_draft = cast("Callable[..., MessageDraft]", MessageDraft)


def recipient_test(phone_column: str | None) -> Callable[[str], bool]:
    """Whether a column's name is that of the recipient."""
    if phone_column is None:
        return lambda name: name.lower() in _RECIPIENTS
    wanted = clean_name(phone_column).lower()
    return lambda name: name.lower() == wanted


def choose_recipient(columns: Sequence[str], phone_column: str | None) -> str:
    """The column that holds the recipient."""
    found = [name for name in columns if recipient_test(phone_column)(name)]
    if len(found) > 1 and phone_column is not None and clean_name(phone_column) in found:
        return clean_name(phone_column)
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(
            f"the file has the columns {' and '.join(map(shown_name, found))}:"
            " say which one holds the recipient",
            field="phone_column",
        )
    if any(map(_looks_like_number, columns)):
        raise InvalidInput("the first line holds a number: a header is needed", field="file")
    wanted = "to, phone or number" if phone_column is None else shown_name(phone_column)
    raise InvalidInput(
        f"there is no column {wanted}; the columns are: {listed(columns)}", field="phone_column"
    )


def _looks_like_number(name: str) -> bool:
    return sum(map(str.isdigit, name)) >= _NUMBER_DIGITS and not any(map(str.isalpha, name))


class TemplateDrafts:
    """Drafts whose body is the template, filled from the row; the other columns are its variables."""

    ignored: Sequence[str] = ()

    def __init__(
        self, template: Template, recipient: str, sender: str | None, media_url: Sequence[str]
    ) -> None:
        self._template = template
        self.needed: Sequence[str] = template.fields
        self._recipient = recipient
        self._fixed = _fixed(sender, media_url)

    def __call__(self, record: Record) -> MessageDraft:
        """The row's draft."""
        to = _recipient(record, self._recipient)
        body = fit(self._template.render(record))
        return _draft(to=to, body=body, **self._fixed)


class FieldDrafts:
    """Drafts whose fields are the row's columns of that name; other columns are *ignored*."""

    def __init__(
        self,
        columns: Sequence[str],
        recipient: str,
        sender: str | None,
        media_url: Sequence[str],
    ) -> None:
        self._recipient = recipient
        self._fixed = _fixed(sender, media_url)
        self._column_of: dict[str, str] = {"to": recipient}
        self.ignored: list[str] = []
        for column in columns:
            if column != recipient:
                self._take(column)
        if not media_url and not self._column_of.keys() & _CONTENT:
            raise InvalidInput(
                "there is no template, and no column body, media_url or content_sid", field="file"
            )
        self._others = [(f, column) for f, column in self._column_of.items() if f != "to"]
        self.needed: Sequence[str] = [column for _, column in self._others]

    def _take(self, column: str) -> None:
        field = _FIELDS.get(column.lower())
        if field is None or field == "to":
            self.ignored.append(column)
        elif field in self._column_of:
            shown = f"{shown_name(self._column_of[field])} and {shown_name(column)}"
            raise InvalidInput(f"the header has {shown}, which are the same", field="file")
        else:
            self._column_of[field] = column

    def __call__(self, record: Record) -> MessageDraft:
        """The row's draft."""
        values: dict[str, object] = {"to": _recipient(record, self._recipient)}
        for field, column in self._others:
            if cell := record.get(column):
                try:
                    value = read_field(field, cell)
                except InvalidInput as error:
                    raise InvalidInput(error.reason, field=column) from None
                if value is not None:
                    values[field] = value
        self._complete(values)
        try:
            return _draft(**values)
        except InvalidInput as error:
            column = self._column_of.get(error.field, error.field)
            raise InvalidInput(error.reason, field=column) from None

    def _complete(self, values: dict[str, object]) -> None:
        """What holds for every row, where the row has nothing of its own."""
        has_sender = not _SENDERS.isdisjoint(values)
        for field, value in self._fixed.items():
            if not (has_sender and field == "from_"):
                values.setdefault(field, value)
        if _CONTENT.isdisjoint(values):
            columns = (self._column_of[f] for f in self._column_of if f in _CONTENT)
            raise InvalidInput(
                "is empty, and the message has no other content", field=next(columns)
            )


Drafts: TypeAlias = TemplateDrafts | FieldDrafts
"""Makes a row's draft of the columns that are *needed*; raises InvalidInput with the column as its field."""


def drafts_of(
    columns: Sequence[str],
    recipient: str,
    template: str | None,
    sender: str | None,
    media_url: Sequence[str],
) -> Drafts:
    """What makes the drafts of a file that has these columns."""
    if template is None:
        return FieldDrafts(columns, recipient, sender, media_url)
    if not template.strip():
        raise InvalidInput("is empty", field="template")
    variables = [name for name in columns if name != recipient]
    parsed = Template.parse(template, variables)
    return TemplateDrafts(parsed, recipient, sender, media_url)


def _fixed(sender: str | None, media_url: Sequence[str]) -> dict[str, object]:
    """What every row gets; tried on a draft, so that a wrong sender is told of before any row."""
    fixed: dict[str, object] = {}
    if media_url:
        fixed["media_url"] = tuple(media_url)
    if sender:
        try:
            fixed["from_"] = read_sender(sender)
        except InvalidInput as error:
            raise InvalidInput(error.reason, field="from_") from None
    _draft(to=_ANYBODY, **fixed)
    return fixed


def _recipient(record: Record, column: str) -> str:
    value = record.get(column, "")
    if not isinstance(value, str):
        raise InvalidInput("must be a text", field=column)
    try:
        return normalise_number(value)
    except InvalidInput as error:
        raise InvalidInput(error.reason, field=column) from None


def _field_names() -> dict[str, str]:
    """Every spelling of a draft's field, in lower case, to the field."""
    names: dict[str, str] = {}
    spellings = zip(
        MessageDraft.__struct_fields__, MessageDraft.__struct_encode_fields__, strict=True
    )
    for field, wire in spellings:
        for name in (field, field.rstrip("_"), wire):
            names[name.lower()] = field
    return names


_FIELDS = _field_names()
