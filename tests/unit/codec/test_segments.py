from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from async_messaging.codec.segments import Segmentation, count_segments, weight_of

WINK = "\U0001f61c"
ESCAPED = "|^€{}[]~\\"
PLAIN_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅå\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039eÆæßÉ !\"#¤%&'()*+,-./"
    "0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
DIGITS = "1234567890" * 200

# Clusters that stay whole whatever stands beside them in this list.
CLUSTERS = [
    "a",
    "€",
    "á",
    "中",
    "П",
    "각",
    "\r",
    "\n",
    "\t",
    WINK,
    "e\u0301",
    "e\u0301\u0302\u0303",
    "\u1112\u1161\u11ab",
    "ก\u0e33",
    "\u0915\u093f",
    "❤\ufe0f",
    "1\ufe0f\u20e3",
    "\U0001f44d\U0001f3fd",
    "\U0001f1e9\U0001f1ea",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]


def units_of(text: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def fill(sizes: list[int], whole: int, part: int) -> int:
    """Cut a list of sizes by trying each cut, one part after another."""
    if sum(sizes) <= whole:
        return 1
    parts = 0
    while sizes:
        fits = max(n for n in range(len(sizes) + 1) if sum(sizes[:n]) <= part)
        assert fits
        sizes = sizes[fits:]
        parts += 1
    return parts


@pytest.mark.parametrize(
    ("body", "encoding", "segments", "units"),
    [
        ("", "GSM-7", 1, 0),
        (DIGITS[:160], "GSM-7", 1, 160),
        (DIGITS[:161], "GSM-7", 2, 161),
        (DIGITS[:306], "GSM-7", 2, 306),
        (DIGITS[:307], "GSM-7", 3, 307),
        ("{" + DIGITS[:158], "GSM-7", 1, 160),
        ("{" + DIGITS[:159], "GSM-7", 2, 161),
        (WINK + DIGITS[:68], "UCS-2", 1, 70),
        (WINK + DIGITS[:69], "UCS-2", 2, 71),
        ("á" + DIGITS[:133], "UCS-2", 2, 134),
        ("á" + DIGITS[:134], "UCS-2", 3, 135),
        (DIGITS[:66] + WINK + DIGITS[:66], "UCS-2", 3, 134),
        ("\U0001f600" + "]" * 68, "UCS-2", 1, 70),
        ("\U0001f600" + "]" * 69, "UCS-2", 2, 71),
        ("\r\n" * 80, "GSM-7", 1, 160),
        ("\r\n" * 81, "GSM-7", 2, 162),
        (DIGITS[:152] + "€" + DIGITS[:152], "GSM-7", 3, 306),
        (WINK * 35, "UCS-2", 1, 70),
        (WINK * 36, "UCS-2", 2, 72),
        ("中" + "a" + "\u0301" * 66 + "中" * 66, "UCS-2", 3, 134),  # fills a segment, stays whole
        ("中" + "a" + "\u0301" * 67 + "中" * 65, "UCS-2", 2, 134),  # fits none, is cut
        ("\udc00" * 70, "UCS-2", 1, 70),
    ],
)
def test_known_texts(body: str, encoding: str, segments: int, units: int) -> None:
    found = count_segments(body)
    assert (found.encoding, found.segments, found.units) == (encoding, segments, units)
    assert weight_of(body) == segments


@pytest.mark.parametrize("char", PLAIN_GSM)
def test_a_basic_character_is_one_septet(char: str) -> None:
    assert count_segments(char) == Segmentation("GSM-7", 1, 1, 160)


def test_the_alphabet_is_whole() -> None:
    assert len(set(PLAIN_GSM)) == 127
    gsm = [chr(code) for code in range(0x10000) if count_segments(chr(code)).encoding == "GSM-7"]
    assert set(gsm) == {*PLAIN_GSM, *ESCAPED, "\f"}


@pytest.mark.parametrize("char", [*ESCAPED, "\f"])
def test_an_escaped_character_is_two_septets(char: str) -> None:
    assert count_segments(char + DIGITS[:158]) == Segmentation("GSM-7", 1, 160, 160)
    assert count_segments(char + DIGITS[:159]) == Segmentation("GSM-7", 2, 161, 153)


@pytest.mark.parametrize("char", "áÁóíúçãê`\t\x1b")
def test_a_character_outside_the_alphabet_forces_ucs2(char: str) -> None:
    assert count_segments(char * 70) == Segmentation("UCS-2", 1, 70, 70, (char,))
    assert count_segments(char * 71) == Segmentation("UCS-2", 2, 71, 67, (char,))


def test_offending_characters_are_distinct_whole_and_in_order() -> None:
    assert count_segments("más").offending == ("á",)
    assert count_segments("Olá, e\u0301 `á` \U0001f44d\U0001f3fd").offending == (
        "á",
        "e\u0301",
        "`",
        "\U0001f44d\U0001f3fd",
    )


@pytest.mark.parametrize("cluster", [one for one in CLUSTERS if len(one) > 1])
def test_a_cluster_is_one_character_and_never_cut(cluster: str) -> None:
    units = units_of(cluster)
    before, after = "中" * (68 - units), "中" * 66
    assert count_segments(cluster).offending == (cluster,)
    assert weight_of(before[1:] + cluster + after) == 2
    assert weight_of(before + cluster + after) == 3  # 134 units: two segments if it could be cut


@pytest.mark.parametrize(
    "pair",
    [
        "\r\u0301",
        "\n\u0301",
        "a\u200db",
        "中\u200dP",
        "\U0001f1e9\U0001f1ea\U0001f1e9",
        "\U0001f469\u200d\u200d\U0001f469",
    ],
)
def test_what_does_not_join(pair: str) -> None:
    assert pair not in count_segments("中" + pair).offending


@given(st.lists(st.sampled_from(CLUSTERS), max_size=150))
@example(["中"] * 66 + [WINK] + ["a"] * 66)
def test_ucs2_against_an_oracle(clusters: list[str]) -> None:
    text = "".join(["中", *clusters])
    expected = fill([1, *map(units_of, clusters)], 70, 67)
    found = count_segments(text)
    assert (found.segments, found.units) == (expected, units_of(text))
    assert found.per_segment == (67 if expected > 1 else 70)
    assert weight_of(text) == expected


@given(st.text(PLAIN_GSM + ESCAPED + "\f", max_size=700))
@example("€" * 80)
@example("€" * 81)
@example(("a" * 152 + "€") * 3)
def test_gsm_against_an_oracle(text: str) -> None:
    sizes = [2 if char in ESCAPED + "\f" else 1 for char in text]
    expected = fill(sizes, 160, 153)
    assert count_segments(text) == Segmentation(
        "GSM-7", expected, sum(sizes), 153 if expected > 1 else 160
    )
    assert weight_of(text) == expected


@given(st.text(st.characters(exclude_categories=())) | st.text("ab€á\u0301\u200d❤" + WINK))
@example("x" * 71)
@example("€" * 71)
@example("{" * 35 + "`")
@example("a" + "\u0301" * 500)
@example("\U0001f469" + "\u200d\U0001f469" * 90)
def test_weight_is_the_number_of_segments(text: str) -> None:
    found = count_segments(text)
    assert weight_of(text) == found.segments >= 1
    assert found.segments * found.per_segment >= found.units
    assert bool(found.offending) == (found.encoding == "UCS-2")
