from __future__ import annotations

import csv
import io
import json
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.columns import recipient_test
from async_messaging.bulk.decoding import Text
from async_messaging.bulk.records import CsvRecords, JsonRecords, Record, open_records
from async_messaging.errors import InvalidInput

Records = CsvRecords | JsonRecords


def opened(data: str | bytes, path: str = "a.csv", phone_column: str | None = None) -> Records:
    raw = data.encode() if isinstance(data, str) else data
    return open_records(Text(io.BytesIO(raw)), path, recipient_test(phone_column))


def read(data: str | bytes, path: str = "a.csv") -> list[Record | str]:
    """Records, and of bad ones the error's text."""
    return [item if isinstance(item, dict) else str(item) for item in opened(data, path)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_among_the_others(delimiter: str) -> None:
    names = ["name", "a,b;c", "d\te|f", "phone"]
    cells = ["1,5;2|3\t4", "x", "y", "+15558675310"]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([names, cells])
    records = opened(file.getvalue())
    assert records.columns == tuple(names)
    assert list(records) == [dict(zip(names, cells, strict=True))]


def test_one_column_needs_no_delimiter() -> None:
    assert read("Phone\n+1555;8675310\n") == [{"Phone": "+1555;8675310"}]


def test_a_spreadsheet_says_its_delimiter() -> None:
    assert read("sep=^\r\nto^a,b\r\n+1^2\r\n") == [{"to": "+1", "a,b": "2"}]


def test_quotes_behind_a_space() -> None:
    assert read('"name", "to"\n"Ada, B", "+1"\n') == [{"name": "Ada, B", "to": "+1"}]


def test_names_are_composed_and_trimmed() -> None:
    assert opened(" to ,Re\N{COMBINING ACUTE ACCENT}gion\n").columns == ("to", "Région")


def test_without_a_recipient_the_widest_reading_is_taken() -> None:
    assert opened("a;b;c,d\n").columns == ("a", "b", "c,d")


@pytest.mark.parametrize("blank", ["", "  ", ",", " , ", '"",""', "\u00a0,"])
def test_blank_lines_are_no_rows(blank: str) -> None:
    data = f"{blank}\nto,body\n{blank}\n1,2\n{blank}\n{blank}\n3,4\n{blank}"
    assert read(data) == [{"to": "1", "body": "2"}, {"to": "3", "body": "4"}]
    assert opened(data).count() == 2


def test_quoted_line_ends_belong_to_the_cell() -> None:
    data = 'to,body\r\n1,"a\r\nb\n\nc"\r\n2,d\r\n'
    assert read(data) == [{"to": "1", "body": "a\r\nb\n\nc"}, {"to": "2", "body": "d"}]
    assert opened(data).count() == 2


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("1", "has 1 cell, the header has 2"),
        ("1,2,3", "has 3 cells, the header has 2"),
        ("1,2,", "has 3 cells, the header has 2"),
        ("1,a\0b", "body: holds a NUL character"),
        ('1,"a"b', "has text behind a closing quote; write a quote inside a cell twice"),
        ('1,"a', "has text behind a closing quote; write a quote inside a cell twice"),
        (f"1,{'x' * 140_000}", "has a cell that is too long"),
        (f"1,{'x' * 300_000}", "takes more than 262,144 characters or 1,000 lines"),
        (b"1,\xff", "body: holds bytes that are not UTF-8"),
    ],
)
def test_a_bad_row_says_why_and_the_others_are_read(bad: str | bytes, reason: str) -> None:
    line = bad.encode() if isinstance(bad, str) else bad
    data = "to,body\n0,éé\n".encode() + line + b'\n2,"b"\n3,c\n'
    good = [{"to": "0", "body": "éé"}, {"to": "2", "body": "b"}, {"to": "3", "body": "c"}]
    assert read(data) == [good[0], reason, *good[1:]]
    assert opened(data).count() == 4


def test_a_quote_open_at_the_end_costs_its_line_only() -> None:
    data = 'to,body\n1,"a\n2,b\n3,c\n'
    assert read(data) == [
        "has a quote that is opened and never closed",
        {"to": "2", "body": "b"},
        {"to": "3", "body": "c"},
    ]


def test_a_quote_open_in_a_long_file_costs_its_line_only() -> None:
    data = 'to,body\n0,"a\n' + "".join(f"{n},b\n" for n in range(1, 30_000))
    records = read(data)
    assert records[0] == "takes more than 262,144 characters or 1,000 lines"
    assert len(records) == 30_000
    assert records[-1] == {"to": "29999", "body": "b"}


def test_rows_that_never_end_are_read_in_bounded_steps() -> None:
    data = "to,body\n" + 'a","\n' * 3_000
    records = read(data)
    assert len(records) >= 2_999
    assert all(isinstance(record, str) for record in records[:-1])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "is empty"),
        (" \n\t\n", "is empty"),
        ("to,,body\n", "the header's column 2 has no name"),
        ("to,body,\n", "the header's column 3 has no name"),
        ("to,body,body \n", "the header has body twice"),
        ("to,a\0\n", "the header's column 2 is not text"),
        ("to,Zoë".encode() + b"\x81,Zo\xc3\xab\n", "the header's column 2 is not text"),
        ('"to,body\n', "the header can't be read"),
        ('[{"to": "+1"}]', "is a JSON array: write one object a line (JSON Lines)"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(data: str | bytes, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        opened(data)
    assert (caught.value.field, caught.value.reason) == ("file", reason)


def test_json_lines() -> None:
    data = (
        '{"to": "1", "price": 12.50, "count": 3, "paid": true, "note": null, "tags": ["a"]}\n'
        '\n  \n{"to": 1.55587E+10, " extra": {"a": 1}}\r\n'
        '{"to": 123456789012345678901234567890}'
    )
    assert read(data) == [
        {"to": "1", "price": "12.50", "count": "3", "paid": "true", "note": "", "tags": ["a"]},
        {"to": "1.55587E+10", "extra": {"a": 1}},
        {"to": "123456789012345678901234567890"},
    ]
    assert opened(data).columns == ("to", "price", "count", "paid", "note", "tags", "extra")
    assert opened(data).count() == 3


@pytest.mark.parametrize("path", ["a.jsonl", "a.ndjson.gz", "A.JSONL"])
def test_the_suffix_says_json_lines(path: str) -> None:
    assert read('# comment\n{"to": "1"}\n', path) == ["is not one JSON object", {"to": "1"}]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{", "is not one JSON object"),
        ('{"to": "1"} {"to": "2"}', "is not one JSON object"),
        ('"to"', "is not one JSON object"),
        ('{"to": ' + "[" * 60_000 + "]" * 60_000 + "}", "is not one JSON object"),
        ('{"to": ' + "9" * 5_000 + "}", "is not one JSON object"),
        ('{"to": "\\ud800"}', "is not one JSON object"),
        ('{"to": "a\\u0000"}', "to: holds a NUL character"),
        (b'{"to": "\xff"}', "holds bytes that are not UTF-8"),
        (
            '{"to": "' + "x" * 300_000 + '"}',
            "takes more than 262,144 characters or 1,000 lines",
        ),
    ],
)
def test_a_bad_json_line_says_why(bad: str | bytes, reason: str) -> None:
    line = bad.encode() if isinstance(bad, str) else bad
    assert read('{"to": "éé"}\n'.encode() + line + b'\n{"to": "2"}') == [
        {"to": "éé"},
        reason,
        {"to": "2"},
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("{\n", "has no JSON object at its start, one on a line"),
        ('{"": 1}', "the header's column 1 has no name"),
        ('{"a": 1, " a": 2}', "the header has a twice"),
    ],
)
def test_json_lines_without_usable_keys_are_refused(data: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        opened(data)
    assert (caught.value.field, caught.value.reason) == ("file", reason)


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
tables = st.lists(
    st.tuples(cells, cells, cells).filter(lambda row: any(map(str.strip, row))), max_size=8
)


@given(
    rows=tables,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    ending=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_csv_writer_writes_is_read_back(
    rows: list[tuple[str, str, str]],
    delimiter: str,
    quoting: Literal[0, 1],
    ending: str,
    encoding: str,
) -> None:
    # Before Python 3.13 a writer leaves "\r" and "\n" bare unless they are in its own line ending.
    ending = "\r\n" if quoting == csv.QUOTE_MINIMAL else ending
    names = ("to", "na me", "größe")
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=ending)
    writer.writerows([names, *rows])
    records = opened(file.getvalue().encode(encoding))
    assert records.columns == names
    assert list(records) == [dict(zip(names, row, strict=True)) for row in rows]
    assert opened(file.getvalue().encode(encoding)).count() == len(rows)


@given(tables)
def test_what_a_json_writer_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    wanted = [dict(zip(("to", "b", "c"), row, strict=True)) for row in [("1", "2", "3"), *rows]]
    data = "".join(json.dumps(record) + "\n" for record in wanted)
    assert list(opened(data)) == wanted


@given(st.text(st.sampled_from('1,"\n\r \0é')))
def test_any_text_behind_a_header_is_counted_as_it_is_read(text: str) -> None:
    data = "to,body\n" + text
    assert opened(data).count() == len(list(opened(data)))


@given(st.binary())
def test_any_file_is_read_or_refused(data: bytes) -> None:
    for path in ("a.csv", "a.jsonl"):
        field, records = "", list[object]()
        try:
            records = list(opened(data, path))
        except InvalidInput as error:
            field = error.field
        assert field in {"", "file"}
        assert all(isinstance(item, dict | InvalidInput) for item in records)
