"""STOP, START and HELP: what a message that is one of these words means.

As Twilio does it: the word stands alone, in any case; blanks around it and punctuation after it or
before it don't matter. ``STOP PLEASE`` is no keyword. Accents don't matter either, nor does the
width of letters. Where Twilio has classified the message itself (``OptOutType``, by Advanced
Opt-Out), that holds.

The words of `KEYWORDS` are Twilio's own: English, and French as in Canada. Other languages, which
Twilio knows only where Advanced Opt-Out is set up, are added by a table of the user's:
``keywords={**KEYWORDS, "es": {"STOP": ["BAJA", "ALTO"], "START": ["ALTA"]}}``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

from ..errors import SettingsError

Keyword: TypeAlias = Literal["STOP", "START", "HELP"]
"""What a message asks for."""

KeywordTable: TypeAlias = Mapping[str, Mapping[Keyword, Iterable[str]]]
"""Words by language and meaning."""

KEYWORDS: KeywordTable = MappingProxyType(
    {
        "en": {
            "STOP": ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
            "START": ("START", "YES", "UNSTOP"),
            "HELP": ("HELP", "INFO"),
        },
        "fr": {"STOP": ("ARRET", "ARRETE", "ARRETT")},
    }
)
"""Twilio's defaults."""

_MEANINGS: Mapping[str, Keyword] = {"STOP": "STOP", "START": "START", "HELP": "HELP"}
_LONGEST = 64


class Keywords:
    """Classifies messages by a table.

    Args:
        table: words by language and meaning; a word of two languages must mean the same in both.

    Raises:
        SettingsError: a meaning is unknown, a word is empty or has two meanings.
    """

    def __init__(self, table: KeywordTable = KEYWORDS) -> None:
        self._words: dict[str, Keyword] = {}
        for meanings in table.values():
            for meaning, words in meanings.items():
                if meaning not in _MEANINGS or isinstance(words, str):
                    raise SettingsError("keywords must list words for STOP, START and HELP")
                for word in words:
                    self._add(_bare(word), meaning)

    def _add(self, word: str, meaning: Keyword) -> None:
        if not word or self._words.setdefault(word, meaning) != meaning:
            raise SettingsError("a keyword is empty or has two meanings")

    def meaning(self, body: str, opt_out_type: str = "") -> Keyword | None:
        """What the message asks for; None for any other message.

        Args:
            body: the message's text.
            opt_out_type: what Twilio says of it; comes first.
        """
        if said := _MEANINGS.get(opt_out_type.strip().upper()):
            return said
        return self._words.get(_bare(body)) if body and len(body) <= _LONGEST else None


def _bare(text: str) -> str:
    """The word in upper case, without accents, blanks and punctuation around it."""
    plain = unicodedata.normalize("NFKD", text)
    upper = "".join(char for char in plain if not unicodedata.combining(char)).upper()
    start, end = 0, len(upper)
    while start < end and not upper[start].isalnum():
        start += 1
    while end > start and not upper[end - 1].isalnum():
        end -= 1
    return upper[start:end]
