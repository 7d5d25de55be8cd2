"""How many segments a text is billed as, counted as Twilio's own calculator counts.

A text goes out as GSM-7 (septets) if every character is in that alphabet, else as UCS-2 (UTF-16
units). One segment carries 160 septets or 70 units. A longer text is cut into parts, each with a
header of 6 octets, which leaves 153 septets or 67 units a part. Two things are never cut: the two
septets of an escaped GSM-7 character such as ``€``, and a character that is drawn from several
code points, such as an emoji with a skin tone. Parts may therefore end early, and the count may
exceed the plain division.

Sources: GSM 03.38; Twilio's message segment calculator. The answer's ``num_segments`` is the truth
where the two differ, and smart encoding, which Twilio applies on its side, is not counted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import repeat
from typing import Literal, get_args
from unicodedata import category

import msgspec

Encoding = Literal["GSM-7", "UCS-2"]

_BASIC = (
    "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    "\u00a1\u00a3\u00a4\u00a5\u00a7\u00bf\u00c4\u00c5\u00c6\u00c7\u00c9\u00d1\u00d6\u00d8\u00dc"
    "\u00df\u00e0\u00e4\u00e5\u00e6\u00e8\u00e9\u00ec\u00f1\u00f2\u00f6\u00f8\u00f9\u00fc"
    "\u0393\u0394\u0398\u039b\u039e\u03a0\u03a3\u03a6\u03a8\u03a9"
)
"""One septet each."""

_EXTENSION = "\f^{}\\[~]|\u20ac"
"""Two septets each: an escape and a letter."""

_ESCAPE = "\x1b"

_PLAIN = (
    "\u0000-\u02ff\u0370-\u0482\u048a-\u0590\u05d0-\u05ea\u061b-\u064a\u0660-\u066f\u0671-\u06d5"
    "\u1e00-\u1fff\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2100-\u23ff\u3000-\u3029\u3041-\u3096"
    "\u309b-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff9d"
)
"""One unit each, and none joins another of them: most text needs no closer look."""

_JOINABLE = f"[{_PLAIN}]?[^{_PLAIN}]+(?:[{_PLAIN}][^{_PLAIN}]+)*[{_PLAIN}]?"
"""The stretches that do: all other characters, with the plain ones beside them."""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Compiled on first use: together they cost more than all else that an import does."""
    return re.compile(pattern)


def _is_basic(text: str) -> bool:
    return _pattern(_BASIC_TEXT).fullmatch(text) is not None


def _is_gsm(text: str) -> bool:
    return _pattern(_GSM_TEXT).fullmatch(text) is not None


def _is_plain(text: str) -> bool:
    return _pattern(_PLAIN_TEXT).fullmatch(text) is not None


_BASIC_TEXT = f"[{re.escape(_BASIC)}]*"
_GSM_TEXT = f"[{re.escape(_BASIC + _EXTENSION)}]*"
_PLAIN_TEXT = f"[{_PLAIN}]*"


class Segmentation(msgspec.Struct, frozen=True):
    """How a text is cut into segments.

    Attributes:
        encoding: ``GSM-7`` or ``UCS-2``.
        segments: segments billed; at least 1, for the empty text too.
        units: septets of a GSM-7 text, UTF-16 units of a UCS-2 text, headers not counted.
        per_segment: units that one segment carries: 160 or 153, 70 or 67.
        offending: the distinct characters that force UCS-2, in order of appearance.
    """

    encoding: Encoding
    segments: int
    units: int
    per_segment: int
    offending: tuple[str, ...] = ()


def count_segments(text: str) -> Segmentation:
    """Cut a text into segments.

    The empty text is one segment, as in Twilio's calculator. A lone surrogate counts one unit.

    Args:
        text: the body as it is sent, before any smart encoding on Twilio's side.

    Returns:
        The encoding, the counts, and what forces UCS-2.
    """
    if _is_gsm(text):
        septets = _septets(text)
        segments = _gsm_segments(septets)
        return Segmentation("GSM-7", segments, len(septets), 153 if segments > 1 else 160)
    segments = _ucs2_segments(text)
    offending = dict.fromkeys(one for one in _clusters(text) if not _is_gsm(one))
    return Segmentation(
        "UCS-2", segments, _units(text), 67 if segments > 1 else 70, tuple(offending)
    )


def weight_of(text: str) -> int:
    """Number of segments alone: what a message weighs in a lane. Always at least 1.

    Equal to ``count_segments(text).segments``, and made for the way of every send.
    """
    length = len(text)
    if length <= 35 or (length <= 70 and text.isascii()):
        return 1  # at most 70 units in UCS-2 and 140 septets in GSM-7
    if _is_basic(text):
        return 1 if length <= 160 else -(-length // 153)
    if _is_gsm(text):
        return _gsm_segments(_septets(text))
    return _ucs2_segments(text)


def _septets(text: str) -> str:
    for char in _EXTENSION:
        text = text.replace(char, _ESCAPE + char)
    return text


def _gsm_segments(septets: str) -> int:
    if len(septets) <= 160:
        return 1
    segments, end = 1, 153
    while end < len(septets):
        cut = end - 1 if septets[end - 1] == _ESCAPE else end
        end = cut + 153
        segments += 1
    return segments


def _ucs2_segments(text: str) -> int:
    units = _units(text)
    if units <= 70:
        return 1
    return -(-units // 67) if _is_plain(text) else _fill(_sizes(text), 67)


def _fill(sizes: Iterable[int], room: int) -> int:
    segments, used = 1, 0
    for size in sizes:
        used += size
        if used > room:
            segments += 1
            used = size
    return segments


def _sizes(text: str) -> Iterator[int]:
    at = 0
    for stretch in _pattern(_JOINABLE).finditer(text):
        yield from repeat(1, stretch.start() - at)
        for cluster in _clusters(stretch.group()):
            units = _units(cluster)
            if units <= 67:
                yield units
            else:  # no segment holds it whole
                yield from map(_units, cluster)
        at = stretch.end()
    yield from repeat(1, len(text) - at)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# Grapheme clusters: what a reader sees as one character.
#
# The rules are those of Unicode's annex 29, read from general categories, because the standard
# library lacks the annex's own properties: marks, joiners, skin tones and tags follow what stands
# before them; two regional indicators make a flag; Hangul letters make a syllable; a joiner ties
# two pictographs. Nothing joins a control character, and CR LF are two characters, as in Twilio's
# calculator. Left out: conjuncts of Indic scripts, which the calculator does not join either.

_Kind = Literal[
    "control", "mark", "spacing", "joiner", "prefix", "flag", "picture", "other",
    "L", "V", "T", "LV", "LVT",
]  # fmt: skip

_KINDS: tuple[_Kind, ...] = get_args(_Kind)
_MARKS: tuple[_Kind, ...] = ("mark", "spacing", "joiner")
_JOINS: set[tuple[_Kind, _Kind]] = {
    *((left, mark) for left in _KINDS if left != "control" for mark in _MARKS),
    *(("prefix", right) for right in _KINDS if right != "control"),
    *(("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT"), ("LV", "V"), ("LV", "T")),
    *(("V", "V"), ("V", "T"), ("LVT", "T"), ("T", "T")),
}
"""Neighbours that always join; pictographs and flags depend on what stands before them."""

_KIND_OF_CATEGORY: dict[str, _Kind] = {
    "Mn": "mark", "Me": "mark", "Mc": "spacing", "So": "picture",
    "Cc": "control", "Cf": "control", "Cs": "control", "Zl": "control", "Zp": "control",
}  # fmt: skip
_KIND_OF_CHARACTER: dict[str, _Kind] = {
    "\u200d": "joiner",
    "\u200c": "mark", "\uff9e": "mark", "\uff9f": "mark",
    "\u0e33": "spacing", "\u0eb3": "spacing",  # vowels of Thai and Lao
    "\u102b": "other", "\u102c": "other", "\u1038": "other",  # marks of Burmese that stand alone
    "\u06dd": "prefix", "\u070f": "prefix", "\u08e2": "prefix",
    **dict.fromkeys(map(chr, range(0x0600, 0x0606)), "prefix"),
    **dict.fromkeys("\u203c\u2049\u2194\u3030\u303d", "picture"),
    **dict.fromkeys(map(chr, range(0x1F1E6, 0x1F200)), "flag"),
    **dict.fromkeys(map(chr, range(0x1F3FB, 0x1F400)), "mark"),
    **dict.fromkeys(map(chr, range(0xE0020, 0xE0080)), "mark"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def _kind(char: str) -> _Kind:
    if known := _KIND_OF_CHARACTER.get(char):
        return known
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        return "LVT" if (code - 0xAC00) % 28 else "LV"
    if 0x1100 <= code <= 0x115F or 0xA960 <= code <= 0xA97C:
        return "L"
    if 0x1160 <= code <= 0x11A7 or 0xD7B0 <= code <= 0xD7C6:
        return "V"
    if 0x11A8 <= code <= 0x11FF or 0xD7CB <= code <= 0xD7FB:
        return "T"
    if 0x2300 <= code <= 0x2BFF or 0x1F000 <= code <= 0x1FAFF:
        return "picture"
    return _KIND_OF_CATEGORY.get(category(char), "other")


def _clusters(text: str) -> Iterator[str]:
    start = 0
    before: _Kind = "control"
    drawn = False  # the cluster so far is a pictograph and marks: a joiner may tie the next one
    paired = False  # the regional indicator before closed a pair
    for at, char in enumerate(text):
        kind = _kind(char)
        joins = (
            (before, kind) in _JOINS
            or (kind == "picture" and before == "joiner" and drawn)
            or (kind == "flag" and before == "flag" and not paired)
        )
        if at and not joins:
            yield text[start:at]
            start = at
        paired = kind == "flag" and before == "flag" and not paired
        tied = drawn and before != "joiner" and kind in {"mark", "joiner"}
        drawn = kind == "picture" or tied
        before = kind
    if text:
        yield text[start:]
