"""Makes recipients.csv: 2,000 rows for a bulk send against the simulator, some wrong on purpose.

Run it to write the file anew; it always writes the same. The numbers are fictional: 555-0100 to
555-0199 in each area code is kept free for that. Wrong are

* 12 malformed numbers, each in its own way,
* 10 numbers that can't receive SMS (the simulator refuses +1 NPA 999 0614 with 21614),
* 10 recipients who have opted out (it refuses +1 NPA 999 0610 with 21610),
* 8 rows without a name.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

ROWS = 2_000
SEED = 1876

CITIES = {
    "201": "Jersey City",
    "206": "Seattle",
    "212": "New York",
    "213": "Los Angeles",
    "214": "Dallas",
    "215": "Philadelphia",
    "216": "Cleveland",
    "303": "Denver",
    "305": "Miami",
    "312": "Chicago",
    "313": "Detroit",
    "404": "Atlanta",
    "412": "Pittsburgh",
    "414": "Milwaukee",
    "415": "San Francisco",
    "503": "Portland",
    "504": "New Orleans",
    "505": "Santa Fe",
    "512": "Austin",
    "602": "Phoenix",
    "612": "Minneapolis",
    "615": "Nashville",
    "617": "Boston",
    "702": "Las Vegas",
    "808": "Honolulu",
}

PLAIN_NAMES = (
    "Ada Alan Alice Annie Barbara Beyza Björn Carlos Chiara Claude Dennis Donald Edsger Élise"
    " Emil Frances Fritz Grace Guido Hanna Hedy Ida Ivan Jean Jürgen Karen Katherine Ken Larry Lars"
    " Leslie Linus Margaret Mary Niklaus Nuñez Olga Pär Radia Rosa Shafi Søren Stephanie Tim Ulla"
    " Victor Whitfield Xavier Yukihiro Zara"
).split()
OTHER_NAMES = (
    "Zoë Łukasz Željko Иван Ольга Ελένη 佐藤 李雷 김민준 محمد שירה नेहा สมชาย Ngọc Đức Ștefan João Loïc"
    " Ağca Anaïs"
).split()
QUOTED_NAMES = ('Robert "Bob"', "O'Neil, Ann", "Smith; Joe")
LONG_NAMES = ("Đặng Thị Ngọc Phương Anh Thư", "Александра Константиновна")

MALFORMED = (
    "1.21256E+10",
    "12125550100",
    "(312) 555-0100",
    "0012065550100",
    "+1 415",
    "+14155550100415555",
    "+1-800-FLOWERS",
    "+44 (0)20 7946 0018",
    "+1 305 555 0100 / 0101",
    "+0155550100",
    "n/a",
    "",
)
STYLES = ("+1{}{}{}", "+1 ({}) {}-{}", "+1 {} {} {}", "+1.{}.{}.{}", "tel:+1-{}-{}-{}")

Row = tuple[str, str, str, str]


def numbers(draw: random.Random) -> Iterator[tuple[str, str]]:
    """Every fictional number with its city, in random order, most of them written in E.164."""
    lines = [(area, f"01{line:02}") for area in CITIES for line in range(100)]
    draw.shuffle(lines)
    for area, line in lines:
        style = draw.choices(STYLES, weights=(92, 2, 2, 2, 2))[0]
        yield style.format(area, "555", line), CITIES[area]


def name(draw: random.Random) -> str:
    """A name; about one in seven needs an alphabet that GSM-7 does not have."""
    kinds = (PLAIN_NAMES, OTHER_NAMES, QUOTED_NAMES, LONG_NAMES)
    return draw.choice(draw.choices(kinds, weights=(850, 130, 12, 8))[0])


def rows() -> list[Row]:
    """All rows: phone, name, city, order."""
    draw = random.Random(SEED)
    areas = list(CITIES)
    wrong = [(phone, "Chicago") for phone in MALFORMED]
    wrong += [(f"+1{area}9990614", CITIES[area]) for area in areas[:10]]
    wrong += [(f"+1{area}9990610", CITIES[area]) for area in areas[10:20]]
    places = draw.sample(range(ROWS), len(wrong) + 8)
    wrong_at = dict(zip(places, wrong, strict=False))
    nameless = set(places[len(wrong) :])
    good = numbers(draw)
    made: list[Row] = []
    for place in range(ROWS):
        phone, city = wrong_at.get(place) or next(good)
        made.append((phone, "" if place in nameless else name(draw), city, f"A{10_001 + place}"))
    return made


def main() -> None:
    """Write the file beside this one."""
    path = Path(__file__).with_name("recipients.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("phone", "name", "city", "order"))
        writer.writerows(rows())


if __name__ == "__main__":
    main()
