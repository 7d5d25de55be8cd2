"""How many SMS segments a text needs, counted independently of the client.

GSM-7: 160 septets in one segment, else 153 each; a character of the extension table takes two septets that stay
together. Any other character makes the whole text UCS-2: 70 UTF-16 units, else 67 each; units that belong to one
visible character (surrogate pairs, combining marks, emoji sequences) stay together. Clusters are approximated:
combining marks, variation selectors, skin tones, tags, joiners and pairs of regional indicators.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM = _BASIC | _EXTENDED
_JOINER = "\u200d"


def count(text: str) -> int:
    """Segments that `text` is sent in; an empty text counts as one."""
    if _BASIC.issuperset(text):
        return 1 if len(text) <= 160 else -(-len(text) // 153)
    if _GSM.issuperset(text):
        doubles = [2 if character in _EXTENDED else 1 for character in text]
        return _fill(doubles, single=160, joined=153)
    return _fill(_cluster_sizes(text), single=70, joined=67)


def encoding(text: str) -> str:
    """`GSM-7` or `UCS-2`: what `text` is sent in."""
    return "GSM-7" if _GSM.issuperset(text) else "UCS-2"


def _fill(sizes: list[int], *, single: int, joined: int) -> int:
    total = sum(sizes)
    if total <= single:
        return 1
    segments, room = 1, joined
    for size in sizes:
        if size > room:
            segments += 1
            room = joined
        room -= size
    return segments


def _cluster_sizes(text: str) -> list[int]:
    return [sum(1 + (ord(character) > 0xFFFF) for character in part) for part in _clusters(text)]


def _clusters(text: str) -> Iterator[str]:
    part = ""
    for character in text:
        if part and _continues(part, character):
            part += character
        else:
            if part:
                yield part
            part = character
    if part:
        yield part


def _continues(part: str, character: str) -> bool:
    if part in "\r\n":
        return False
    if part[-1] == _JOINER:
        return ord(character) > 0x2000
    if _is_flag_half(character):
        return len(part) == 1 and _is_flag_half(part)
    return _extends(character)


def _is_flag_half(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _extends(character: str) -> bool:
    point = ord(character)
    if character == _JOINER or 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F:
        return True
    return unicodedata.category(character) in ("Mn", "Me", "Mc")
