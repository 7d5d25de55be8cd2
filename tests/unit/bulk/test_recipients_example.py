from __future__ import annotations

import csv
import runpy
from collections import Counter
from pathlib import Path

import pytest

from async_messaging.bulk.sources import Row, open_rows
from async_messaging.codec.segments import count_segments
from async_messaging.errors import InvalidInput

DATA = Path(__file__).parents[3] / "examples" / "data"
TEMPLATE = "Hi {name}, your order {order} leaves {city} today."


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    source = open_rows(DATA / "recipients.csv", template=TEMPLATE, warn=print)
    assert source.columns == ("phone", "name", "city", "order")
    assert source.count_rows() == 2_000
    return list(source)


def test_the_file_is_what_its_script_makes() -> None:
    made = runpy.run_path(str(DATA / "make_recipients.py"))["rows"]()
    with (DATA / "recipients.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == made


def test_what_is_wrong_on_purpose(rows: list[Row]) -> None:
    fields = [row.item.field for row in rows if isinstance(row.item, InvalidInput)]
    reasons = {row.item.reason for row in rows if isinstance(row.item, InvalidInput)}
    assert Counter(fields) == {"phone": 12, "name": 8}
    assert len(reasons) == 9
    assert sum(row.to.endswith("9990614") for row in rows) == 10
    assert sum(row.to.endswith("9990610") for row in rows) == 10


def test_no_number_is_repeated_or_magic(rows: list[Row]) -> None:
    good = [row.to for row in rows if not isinstance(row.item, InvalidInput)]
    assert len(set(good)) == len(good) == 1_980
    assert all(number[5:8] in {"555", "999"} for number in good)
    assert not any(number.startswith("+1500555") for number in good)


def test_texts_of_both_encodings_mostly_of_one_segment(rows: list[Row]) -> None:
    bodies = [row.item.body for row in rows if not isinstance(row.item, InvalidInput)]
    counted = [count_segments(body) for body in bodies if isinstance(body, str)]
    encodings = Counter(segmentation.encoding for segmentation in counted)
    assert min(encodings["GSM-7"], encodings["UCS-2"]) > 200
    assert 0 < sum(segmentation.segments > 1 for segmentation in counted) < 30
