r"""The text of a bulk send, with a row's columns in it.

``{name}`` and ``{{name}}`` are replaced by the row's column ``name``; spaces around the name may
stand inside the braces. A name is a plain column name: letters of any script, digits, ``_``,
``-`` and inner spaces. There is no attribute, index, format or conversion, and `str.format` is
never used: a template reads columns and nothing else.

``\{`` and ``\}`` are literal braces. Before a brace ``\\`` is one backslash, so ``\\{name}`` is a
backslash and the column; everywhere else a backslash is itself. A ``}`` that closes nothing is
itself. Values are data: a brace in a value is a brace.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Self

from ..errors import InvalidInput

_LONGEST = 40
_MOST = 20
_NUMBER_DIGITS = 7


def clean_name(name: str) -> str:
    """The name as columns are compared: composed (NFC), without white space around it."""
    return unicodedata.normalize("NFC", name).strip()


def shown_name(name: str) -> str:
    """The name as an error may show it: a short one in full, one that may be a number never."""
    if sum(map(str.isdigit, name)) >= _NUMBER_DIGITS or not name.isprintable():
        return f"<{len(name)} characters>"
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}..."


def listed(names: Iterable[str]) -> str:
    """The names in one line, at most 20 of them."""
    shown = [shown_name(name) for name in names]
    rest = len(shown) - _MOST
    return ", ".join(shown[:_MOST]) + (f" and {rest} more" if rest > 0 else "")


_TOKEN = re.compile(r"(\\+)(?=[{}])|\{\{|\{")
_CLOSING = re.compile(r"[{}\r\n]")
_FIELD = "template"
_JOINERS = "\u200c\u200d"
"""Letters of Persian and Indic scripts are joined or kept apart by these."""


class Template:
    """A text with fields, parsed once and rendered for each row."""

    __slots__ = ("_fields", "_parts")

    def __init__(self, parts: Iterable[tuple[str, str]]) -> None:
        self._parts = tuple(parts)
        self._fields = tuple(dict.fromkeys(name for _, name in self._parts if name))

    @classmethod
    def parse(cls, text: str, columns: Iterable[str] | None = None) -> Self:
        """Read a template.

        Raises:
            InvalidInput: a field is not closed, is no plain name, or names no column; with its position.
        """
        known = None if columns is None else tuple(columns)
        return cls(_parts(text, known))

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the columns used, each once, in order of first use."""
        return self._fields

    def render(self, row: Mapping[str, object]) -> str:
        """The text for one row; a value that is missing, empty or no text is `InvalidInput` of its column."""
        pieces: list[str] = []
        for literal, name in self._parts:
            pieces.append(literal)
            if name:
                pieces.append(_value(row, name))
        return "".join(pieces)

    def __repr__(self) -> str:
        return f"Template(fields={self.fields!r})"


def _value(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if value is None:
        raise InvalidInput("is empty", field=name)
    if not isinstance(value, str):
        raise InvalidInput("must be a text or a number", field=name)
    if not value.strip():
        raise InvalidInput("is empty", field=name)
    return value


def _parts(text: str, known: tuple[str, ...] | None) -> Iterable[tuple[str, str]]:
    """Literal texts, each with the name of the field that follows it; the last has none."""
    literal: list[str] = []
    at = 0
    while token := _TOKEN.search(text, at):
        literal.append(text[at : token.start()])
        if slashes := token[1]:
            literal.append("\\" * (len(slashes) // 2))
            at = token.end()
            if len(slashes) % 2:
                literal.append(text[at])
                at += 1
            continue
        name, at = _field(text, token, known)
        yield "".join(literal), name
        literal.clear()
    yield "".join(literal) + text[at:], ""


def _field(text: str, token: re.Match[str], known: tuple[str, ...] | None) -> tuple[str, int]:
    """The name of the field that starts at the token, and where it ends."""
    opened, position = token[0], token.start() + 1
    end = _CLOSING.search(text, token.end())
    closing = "}" * len(opened)
    raw = text[token.end() : end.start()] if end else text[token.end() :]
    name = clean_name(raw)
    if end is None or not text.startswith(closing, end.start()):
        first = name.split(" ")[0]
        shown = f" {shown_name(first)}" if _is_plain(first) else ""
        raise InvalidInput(f"the field{shown} at position {position} is not closed", field=_FIELD)
    if not name:
        raise InvalidInput(f"the field at position {position} has no name", field=_FIELD)
    if not _is_plain(name):
        raise InvalidInput(
            f"the field at position {position} is not a plain column name"
            r" (letters, digits, _, - and spaces; a literal brace is \{)",
            field=_FIELD,
        )
    if known is not None and name not in known:
        raise InvalidInput(
            f"the field {shown_name(name)} at position {position} is not a column;"
            f" the columns are: {listed(known) or 'none'}",
            field=_FIELD,
        )
    return name, end.end() + len(opened) - 1


def _is_plain(name: str) -> bool:
    return bool(name) and all(
        char.isalnum() or char in "_- " or char in _JOINERS or unicodedata.category(char)[0] == "M"
        for char in name
    )
