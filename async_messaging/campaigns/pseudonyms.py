"""Keyed hashes in the place of numbers: a ledger that was purged still knows its recipients apart.

There are so few phone numbers that a plain hash of one is found by trying them all. So the hash
needs a key: 32 random bytes in ``.campaign-key``, beside the ledgers of a folder. Who has the key
can still look somebody up; delete it, and the hashes are only random text.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..audience.people import number_of, own_key, person_hash
from ..codec.masking import mask_number
from ..codec.numbers import is_address, normalise_number
from ..storage.sqlite import renamed

_KEY = ".campaign-key"
_PSEUDONYM = re.compile(r"#[0-9a-f]{32}")
_DIGITS = re.compile(r"\+?[0-9]+(?:\.\.\.[0-9]+)?")
_FEWEST_DIGITS = 7
_TELLING = 4
"""So many digits in a row tell something of a number; its mask shows them."""


def is_pseudonym(recipient: str) -> bool:
    """Whether a row's recipient is a keyed hash: nothing can be sent to it."""
    return _PSEUDONYM.fullmatch(recipient) is not None


class Pseudonyms:
    """Makes the keyed hashes of one folder; its key is made on first use."""

    def __init__(self, folder: Path) -> None:
        with renamed("kept without its numbers, since their key can't be used", "ledger"):
            self._key = own_key(folder / _KEY)

    def of(self, address: str) -> str:
        """``#`` and 32 hex digits; the same for a number and for its address on a channel."""
        if is_pseudonym(address):
            return address
        return f"#{person_hash(self._key, address).hex()}"


class Person:
    """One recipient, in every spelling that a ledger may have; what is no address is `InvalidInput`.

    Attributes:
        number: the number in E.164; the whole address on a channel that has no numbers.
        pseudonym: what stands for it in ledgers.
    """

    def __init__(self, number: str, folder: Path) -> None:
        self.number: str = number_of(normalise_number(number))
        self.pseudonym: str = Pseudonyms(folder).of(self.number)
        self._digits = re.sub(r"[^0-9]", "", self.number)
        ends = range(_TELLING, len(self._digits) + 1)
        self._parts = [self._digits[end - _TELLING : end] for end in ends]

    def has(self, recipient: str) -> bool:
        """Whether it is this person's address."""
        return recipient == self.pseudonym or number_of(recipient) == self.number

    def may_have(self, text: str) -> bool:
        """Whether what a file says in a bad row ends this person's number, without its country."""
        if is_address(text):  # a good number is another's, or is found without this
            return False
        digits = re.sub(r"[^0-9]", "", text).lstrip("0")
        return len(digits) >= _FEWEST_DIGITS and self._digits.endswith(digits)

    def clean(self, text: str) -> str:
        """The text; without any digits if some are of this person's number."""
        shown = mask_number(self.number)
        if shown in text or any(part in text for part in self._parts):
            return _DIGITS.sub("...", text)
        return text
