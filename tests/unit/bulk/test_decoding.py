from __future__ import annotations

import codecs
import gzip
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.decoding import LONGEST_LINE, DamagedError, Text, is_regular, open_text
from async_messaging.errors import InvalidInput

TABLE = "to,body\n+15558675310,Olá\n+15558675311,“Привет”\n"


def text_of(data: bytes) -> Text:
    return Text(io.BytesIO(data))


def lines_of(data: bytes) -> list[str]:
    return list(text_of(data).lines())


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TABLE.encode(), "UTF-8"),
        (TABLE.encode("utf-8-sig"), "UTF-8"),
        (TABLE.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "UTF-16"),
        (TABLE.encode("utf-16-le"), "UTF-16"),
        (TABLE.encode("utf-16-be"), "UTF-16"),
    ],
)
@pytest.mark.parametrize("squeeze", [bytes, gzip.compress])
def test_encodings_with_and_without_mark_and_gzip(
    data: bytes, encoding: str, squeeze: Callable[[bytes], bytes]
) -> None:
    text = text_of(squeeze(data))
    assert (text.encoding, text.head, text.whole) == (encoding, TABLE, True)
    assert "".join(text.lines()) == TABLE


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1252", "Zoë"),
        ("cp1250", "Małgorzata"),
        ("cp1251", "Наталья"),
        ("cp1253", "Γιώργος"),
        ("cp1255", "שלום"),
        ("cp1256", "محمد"),
        ("cp437", "José"),
        ("mac_roman", "José"),
        ("shift_jis", "太郎さん"),
        ("gb18030", "王小明"),
        ("big5", "王小明"),
        ("euc_kr", "김철수"),
        ("iso2022_jp", "太郎"),
        ("iso2022_kr", "김철수"),
        ("utf-32", "Zoë"),
    ],
)
@pytest.mark.parametrize("squeeze", [bytes, gzip.compress])
def test_no_code_page_is_guessed(
    encoding: str, name: str, squeeze: Callable[[bytes], bytes]
) -> None:
    table = "to,name\r\n" + f"+15558675310,{name}\r\n" * 40
    with pytest.raises(InvalidInput, match="save it as UTF-8") as caught:
        text_of(squeeze(table.encode(encoding)))
    assert caught.value.field == "file"


def test_chinese_texts_in_bare_utf_16() -> None:
    table = "to,body\n" + "".join(f"+1555867{n:04},{'一二三四五' * 30}\n" for n in range(50))
    assert text_of(table.encode("utf-16-le")).encoding == "UTF-16"
    assert text_of(table.encode("utf-16-be")).encoding == "UTF-16"


def test_one_line_of_bare_utf_16() -> None:
    assert text_of("to,body,name".encode("utf-16-le")).encoding == "UTF-16"
    assert text_of("to,body,name".encode("utf-16-be")).encoding == "UTF-16"
    assert text_of(b"to,body" + bytes(20)).encoding == "UTF-8"


def test_zero_bytes_here_and_there_are_not_utf_16() -> None:
    data = b"to,body\n" + b"+15558675310,a\0b\0\0\n" * 20
    assert text_of(data).encoding == "UTF-8"
    data = b"to,body\n" + b"+15558675310,a\0\0\0\0\0\0\0\0\n" * 20
    assert text_of(data).encoding == "UTF-8"


def test_one_bad_byte_does_not_spoil_a_file_in_utf_8() -> None:
    data = "to,body\n+1,Olá\n+2,Zoë\n".encode() + b"+3,\xe9\n"
    text = text_of(data)
    assert text.encoding == "UTF-8"
    assert list(text.lines())[-1] == "+3,\udce9\n"


def test_a_bad_byte_behind_the_head_is_marked() -> None:
    data = b"x" * 70_000 + b"\n\xff\nlast\n"
    assert lines_of(data)[1:] == ["\udcff\n", "last\n"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_character_cut_by_the_end_of_the_head_is_whole_in_the_lines(encoding: str) -> None:
    table = "+15558675310,é😀\n" * 9_001
    assert "".join(lines_of(table.encode(encoding))) == table


def test_a_surrogate_in_utf_16_is_marked() -> None:
    data = codecs.BOM_UTF16_LE + "a\n\ud800\nb\n".encode("utf-16-le", "surrogatepass")
    assert lines_of(data) == ["a\n", "\ud800\n", "b\n"]


def test_half_a_character_at_the_end() -> None:
    lines = text_of("a\nb\n".encode("utf-16") + b"c").lines()
    assert [next(lines), next(lines)] == ["a\n", "b\n"]
    with pytest.raises(DamagedError, match="ends within a character"):
        next(lines)


@pytest.mark.parametrize("cut", [slice(-1), slice(-9), slice(70_000)])
def test_cut_gzip_gives_what_is_there(cut: slice) -> None:
    table = "".join(f"{n * n * 7919}\n" for n in range(60_000))
    seen: list[str] = []
    with pytest.raises(DamagedError, match="compressed file is damaged"):
        seen.extend(text_of(gzip.compress(table.encode())[cut]).lines())
    assert seen
    assert table.startswith("".join(seen))


def test_gzip_with_a_wrong_checksum() -> None:
    data = bytearray(gzip.compress(TABLE.encode()))
    data[-5] ^= 1
    with pytest.raises(DamagedError, match="compressed file is damaged"):
        lines_of(bytes(data))


def test_every_line_ending() -> None:
    assert lines_of(b"a\r\nb\nc\rd") == ["a\r\n", "b\n", "c\r", "d"]


def test_an_endless_line_comes_cut() -> None:
    lines = lines_of(b"a\n" + b"x" * (LONGEST_LINE * 2 + 5) + b"\nb\n")
    assert [len(line) for line in lines] == [2, LONGEST_LINE, 2]


def test_a_spreadsheet_is_refused() -> None:
    with pytest.raises(InvalidInput, match="file: is a spreadsheet or a zip file"):
        text_of(b"PK\x03\x04rest")


def test_standard_input_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    standard = io.TextIOWrapper(io.BytesIO(TABLE.encode()))
    monkeypatch.setattr(sys, "stdin", standard)
    text = open_text("-")
    assert "".join(text.lines()) == TABLE
    text.close()
    assert not standard.buffer.closed
    assert not is_regular("-")


def test_a_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(TABLE * 9_000, "utf-8")
    text = open_text(str(path))
    text.close()
    assert is_regular(str(path))
    with pytest.raises(ValueError, match="closed"):
        list(text.lines())


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_text(str(tmp_path / "none.csv"))


@given(st.binary(), st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1f\x8b"]))
def test_any_bytes_give_lines_or_damage(data: bytes, mark: bytes) -> None:
    try:
        text = text_of(mark + data)
        seen = "".join(text.lines())
    except (DamagedError, InvalidInput):
        return
    assert seen.startswith(text.head)
    assert len(seen) - len(text.head) <= 3
