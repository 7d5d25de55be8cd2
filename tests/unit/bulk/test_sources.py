from __future__ import annotations

import gzip
import io
import json
import os
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.sources import Row, RowSource, open_rows
from async_messaging.errors import InvalidInput
from async_messaging.models import MessageDraft

SENDER = "+15017122661"
TABLE = """phone,name
+1 555 867 5310,Ada
5310,Bob
+15558675312,
+15558675313,Zoë
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recipients.csv"


def silent(sentence: str) -> None:
    raise AssertionError(sentence)


def rows_of(path: Path, template: str | None = "Hi {name}") -> RowSource:
    return open_rows(path, template=template, sender=SENDER, warn=silent)


def test_good_and_bad_rows(path: Path) -> None:
    path.write_text(TABLE, "utf-8")
    source = rows_of(path)
    rows = list(source)
    assert source.columns == ("phone", "name")
    assert [row.number for row in rows] == [1, 2, 3, 4]
    assert [row.to for row in rows] == ["+15558675310", "5310", "+15558675312", "+15558675313"]
    assert rows[0].item == MessageDraft(to="+15558675310", from_=SENDER, body="Hi Ada")
    assert [str(row.item) for row in rows[1:3]] == [
        "row 2, phone: has no + and country code",
        "row 3, name: is empty",
    ]
    assert isinstance(rows[3].item, MessageDraft)


def test_a_bad_row_keeps_its_place_and_shows_where(path: Path) -> None:
    path.write_text("to,body\n+15558675310,Hi\nx\n+15558675311,Hi\n", "utf-8")
    rows = list(rows_of(path, None))
    assert [(row.number, row.to) for row in rows] == [
        (1, "+15558675310"),
        (2, ""),
        (3, "+15558675311"),
    ]
    error = rows[1].item
    assert isinstance(error, InvalidInput)
    assert (error.row, str(error)) == (2, "row 2, has 1 cell, the header has 2")


def test_rows_can_be_counted_and_read_again(path: Path) -> None:
    path.write_bytes(gzip.compress(TABLE.encode("utf-16")))
    source = rows_of(path)
    assert source.count_rows() == 4
    assert len(list(source)) == len(list(source)) == 4


def test_what_stands_for_a_bad_recipient_can_be_written_to_a_file(path: Path) -> None:
    path.write_text(f"to,body\n a\tb\x7f{'é' * 100} ,Hi\n", "utf-8")
    assert next(iter(rows_of(path, None))).to == "a?b?" + "é" * 60


def test_a_recipient_that_is_no_text(path: Path) -> None:
    path.write_text('{"to": ["+15558675310"], "body": "Hi"}\n', "utf-8")
    row = next(iter(rows_of(path, None)))
    assert (row.to, str(row.item)) == ("", "row 1, to: must be a text")


def test_the_repr_of_a_row_is_safe(path: Path) -> None:
    path.write_text("to,name\n+15558675310,Ada\n15558675311,Bob\n+15558675312, \n", "utf-8")
    shown = "".join(map(repr, rows_of(path)))
    assert "Ada" not in shown
    assert "867531" not in shown
    assert "number=3" in shown
    assert repr(rows_of(path)).startswith("<")


def test_ignored_columns_are_told_once(path: Path) -> None:
    path.write_text("to,body,city,note\n+15558675310,Hi,a,b\n+15558675311,Hi,a,b\n", "utf-8")
    told: list[str] = []
    assert len(list(open_rows(path, warn=told.append))) == 2
    assert told == ["columns that are no fields of a message are ignored: city, note"]


@pytest.mark.parametrize(
    ("content", "template", "error"),
    [
        (TABLE, " ", "template: is empty"),
        (
            TABLE,
            "Hi {phone}",
            "template: the field phone at position 4 is not a column; the columns are: name",
        ),
        (TABLE, None, "file: there is no template, and no column body, media_url or content_sid"),
        ("", "Hi", "file: is empty"),
    ],
)
def test_what_can_not_be_used_is_refused_at_once(
    path: Path, content: str, template: str | None, error: str
) -> None:
    path.write_text(content, "utf-8")
    with pytest.raises(InvalidInput) as caught:
        rows_of(path, template)
    assert str(caught.value) == error


def test_a_named_recipient_and_media_for_all(path: Path) -> None:
    path.write_text("mobile;body\n+15558675310;\n", "utf-8")
    source = open_rows(path, phone_column="Mobile", media_url=["https://a/1"], warn=silent)
    (row,) = source
    assert row.item == MessageDraft(to="+15558675310", media_url=("https://a/1",))


def test_a_damaged_file_ends_with_a_row_that_says_so(path: Path) -> None:
    data = gzip.compress(TABLE.encode())
    path.write_bytes(data[:-3])
    source = rows_of(path)
    rows = list(source)
    assert str(rows[-1].item) == "row 5, the compressed file is damaged from here on"
    assert source.count_rows() == 5


def test_standard_input_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TABLE.encode())))
    with open_rows("-", template="Hi {name}", warn=silent) as source:
        assert source.count_rows() is None
        assert len(list(source)) == 4
        with pytest.raises(InvalidInput, match="file: can be read only once"):
            next(iter(source))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_read_once(path: Path) -> None:
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(TABLE, "utf-8"))
    writer.start()
    with rows_of(path) as source:
        assert source.count_rows() is None
        assert len(list(source)) == 4
    writer.join()


def test_a_source_that_is_not_read_leaves_nothing_open(path: Path) -> None:
    path.write_text(TABLE, "utf-8")
    rows = iter(rows_of(path))
    assert next(rows).number == 1
    del rows  # a file left open would be a ResourceWarning, which is an error here


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rows_of(path)


def peak_of(path: Path, rows: int) -> int:
    def lines() -> Iterator[str]:
        yield "phone,name,note\n"
        for n in range(rows):
            yield f'+1{n + 2_000_000_000},Ada,"two\nlines {n}"\n'

    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines())
    source = rows_of(path)
    tracemalloc.start()
    try:
        assert sum(isinstance(row.item, MessageDraft) for row in source) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    # The least of some: what else of this process lives or ends meanwhile is counted too.
    small, large = (min(peak_of(path, rows) for _ in range(3)) for rows in (5_000, 50_000))
    assert large < small + 100_000


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(rows=st.lists(st.tuples(cells, cells), max_size=5))
def test_any_cells_give_a_row_each_and_no_error_repeats_them(rows: list[tuple[str, str]]) -> None:
    table = [{"to": to, "name": name} for to, name in rows]
    lines = "".join(f"{_json(row)}\n" for row in ({"to": "+15558675310", "name": "A"}, *table))
    found = list(_from_standard_input(lines))
    assert [row.number for row in found] == list(range(1, len(rows) + 2))
    for row, (_, name) in zip(found[1:], rows, strict=True):
        if isinstance(row.item, MessageDraft):
            assert row.item.body == f"Hi {name}"
        else:
            assert row.item.row == row.number


def _json(row: dict[str, str]) -> str:
    return json.dumps(row, ensure_ascii=False)


def _from_standard_input(text: str) -> Iterator[Row]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        with open_rows("-", template="Hi {name}", warn=silent) as source:
            yield from source
