"""How far a text that Twilio stores is the text that was sent.

Twilio stores other texts than were sent: trial accounts get a sentence in front, links are
shortened, characters replaced to save segments, templates rendered, texts discarded. So texts are
compared by their *letters and digits*: decomposed (NFKD), case folded, everything else dropped;
no table of replaced characters is needed, whichever Twilio uses.

```text
same    equal (trailing blanks and the trial sentence aside), or equal in at least 12 letters and
        digits; and as many media
like    the attempt's letters and digits stand in the stored ones as one run; or, where links are
        shortened, every piece outside of them does, in order; at least 12 in all. Or the same text
        with other media
open    nothing can be told: the text is not known, or was discarded; the stored one is empty; too
        few letters and digits; or nobody has shown how texts of this route are stored
other   none of these, and a witness has: a message of ours, stored as it was sent or like it
```

A text that differs is `other` only by a witness, because Twilio may alter texts in a way that
nobody has foreseen. What it does to links a text without one does not show: see `has_link`.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from typing import Literal

from ..models import Message
from .attempts import OpenAttempt, Piece, Print, SendOptions, Sent

Likeness = Literal["same", "like", "open", "other"]

ENOUGH = 12
"""Letters and digits without which two texts that differ can't be told apart."""

TRIAL = "Sent from your Twilio trial account - "
"""What stands in front of each text of a trial account."""

_CHANGES = SendOptions.DISCARD | SendOptions.CONTENT
"""Options with which the text that is stored may be another though the message is ours."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://|www\.|\w\.[a-z]{2,}/", re.IGNORECASE)


def letters_of(text: str) -> str:
    """The letters and digits of a text: decomposed, case folded, in order."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(filter(str.isalnum, folded))


def has_link(text: str) -> bool:
    """Whether a stored text has a link, of which one without shows nothing."""
    return _ADDRESS.search(text) is not None


class PrintOf:
    """Makes prints, and holds stored texts against them. With a secret they hold keyed hashes in place of texts."""

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret

    def text(self, text: str | None, options: SendOptions = SendOptions.NONE) -> Print:
        """The print of a text that was sent; None is one that is not known."""
        if text is None:
            return Print()
        runs = _LINK.split(text) if options & SendOptions.LINKS else ()
        pieces = tuple(self._piece(run) for run in map(letters_of, runs) if run)
        return Print(self._value(text.rstrip()), self._piece(letters_of(text)), pieces)

    def is_exactly(self, text: str, known: Print) -> bool:
        """Whether it is the very text, trailing blanks aside."""
        return self._value(text.rstrip()) == known.exact

    def is_all(self, letters: str, piece: Piece) -> bool:
        """Whether these letters and digits are the piece's."""
        return len(letters) == piece.length and self._value(letters) == piece.value

    def find(self, piece: Piece, letters: str, start: int) -> int:
        """Where the piece ends in these letters and digits, from *start* on; -1 if nowhere."""
        length, value = piece
        if not self._secret:
            at = letters.find(value, start)
            return at if at < 0 else at + length
        for at in range(start, len(letters) - length + 1):
            if self._value(letters[at : at + length]) == value:
                return at + length
        return -1

    def _piece(self, letters: str) -> Piece:
        return Piece(len(letters), self._value(letters))

    def _value(self, text: str) -> str:
        if not self._secret:
            return text
        # As version 0.1 hashed whole texts.
        data = b"text\0" + text.encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, data, "sha256").hex()


def likeness(sent: Sent, message: Message, *, witnessed: bool = False) -> Likeness:
    """How far *message*, which Twilio lists, is stored as what was sent.

    *witnessed*: a message of the same route is stored as it was sent, or like it.
    """
    known, stored = sent.print, message.body or ""
    if known.exact is None or not stored.strip():
        return "open"
    prints = PrintOf(sent.secret)
    letters = letters_of(stored)
    if _is_same(prints, known, stored, letters):
        return "same" if sent.media == (message.num_media or 0) else "like"
    pieces = known.pieces if sent.options & SendOptions.LINKS else (known.letters,)
    if sum(piece.length for piece in pieces) < ENOUGH:
        return "open"
    if _stand_in(prints, pieces, letters):
        return "like"
    return "other" if witnessed and not sent.options & _CHANGES else "open"


def same_text(one: OpenAttempt, other: OpenAttempt) -> bool:
    """Whether two attempts are known to send one text and as many media."""
    if one.media is None or one.media != other.media:
        return False
    first, second = one.print, other.print
    if one.secret != other.secret:
        if one.secret and other.secret:
            return False  # two stores' hashes can't be compared
        first, second = (
            (PrintOf(other.secret).text(first.exact), second)
            if other.secret
            else (first, PrintOf(one.secret).text(second.exact))
        )
    if first.exact is None:
        return False
    enough = first.letters.length >= ENOUGH
    return first.exact == second.exact or (enough and first.letters == second.letters)


def _is_same(prints: PrintOf, known: Print, stored: str, letters: str) -> bool:
    texts = [(stored, letters)]
    if stored.startswith(TRIAL):
        own = stored.removeprefix(TRIAL)
        texts.append((own, letters_of(own)))
    return any(
        prints.is_exactly(text, known)
        or (known.letters.length >= ENOUGH and prints.is_all(run, known.letters))
        for text, run in texts
    )


def _stand_in(prints: PrintOf, pieces: tuple[Piece, ...], letters: str) -> bool:
    end = 0
    for piece in pieces:
        end = prints.find(piece, letters, end)
        if end < 0:
            return False
    return True
