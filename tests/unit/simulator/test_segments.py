from __future__ import annotations

import pytest

from async_messaging.simulator import segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("^" + "a" * 158, 1),
        ("^" + "a" * 159, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),  # 76 escapes fit a segment: the 153rd septet stays empty
        ("à" * 160, 1),
        ("ç" + "a" * 69, 1),
        ("ç" + "a" * 70, 2),
        ("`" * 70, 1),
        ("\t" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("😀" + "]" * 68, 1),
        ("😀" + "]" * 69, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),  # 33 pairs fit a segment of 67
    ],
)
def test_counts(text: str, expected: int) -> None:
    assert segments.count(text) == expected


@pytest.mark.parametrize(
    "cluster",
    [
        "e\u0301",
        "👍🏽",
        "👩\u200d👩\u200d👧",
        "🇩🇪",
        "❤\ufe0f",
    ],
)
def test_a_visible_character_is_never_split(cluster: str) -> None:
    units = len(cluster.encode("utf-16-le")) // 2
    fits = 67 // units
    assert segments.count(cluster * fits + "ж" * (67 - fits * units) + "ж" * 67) == 2
    assert segments.count("ж" * 66 + cluster + "ж" * (67 - units)) == 2
    assert segments.count("ж" * 66 + cluster + "ж" * (68 - units)) == 3


def test_flags_side_by_side_are_clusters_of_two() -> None:
    assert segments.count("ж" * 65 + "🇩🇪🇫🇷" + "ж" * 59) == 2
    assert segments.count("ж" * 65 + "🇩🇪🇫🇷" + "ж" * 60) == 3
