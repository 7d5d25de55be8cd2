from __future__ import annotations

import datetime as dt
import errno
import json
import resource
import signal
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.bulk.results_file import DoneRows, ResultRecord, ResultsWriter, done_rows
from async_messaging.errors import InvalidInput

TO = "+15558675310"
AT = dt.datetime(2030, 1, 31, 9, 0, 1, tzinfo=dt.UTC)
FIELDS = ["row", "to", "outcome", "sid", "status", "code", "error", "field", "attempts"]
FIELDS += ["elapsed", "at"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


def record(row: int, outcome: str = "accepted", to: str = TO) -> ResultRecord:
    return ResultRecord(row=row, to=to, outcome=outcome, at=AT)


def write(path: Path, *records: ResultRecord, append: bool = False) -> None:
    with ResultsWriter(path, append=append) as writer:
        for item in records:
            writer.write(item)


def rows_in(path: Path) -> list[int]:
    return [json.loads(line)["row"] for line in path.read_text().splitlines()]


def test_a_line_has_every_field_in_order(path: Path) -> None:
    full = ResultRecord(
        row=7,
        to=TO,
        outcome="accepted",
        sid="SM1",
        status="queued",
        attempts=2,
        elapsed=0.25,
        at=AT,
    )
    write(path, full, record(8, "invalid"))
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert list(first) == list(second) == FIELDS
    assert first == {
        "row": 7,
        "to": TO,
        "outcome": "accepted",
        "sid": "SM1",
        "status": "queued",
        "code": None,
        "error": "",
        "field": "",
        "attempts": 2,
        "elapsed": 0.25,
        "at": "2030-01-31T09:00:01Z",
    }


def test_the_file_is_its_owners_alone(path: Path) -> None:
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_refused(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        ResultsWriter(path)
    assert path.read_text() == "mine"


def test_appending_goes_on(path: Path) -> None:
    write(path, record(1), append=True)
    write(path, record(2), append=True)
    assert rows_in(path) == [1, 2]


def test_a_record_is_in_the_file_before_anything_is_closed(path: Path) -> None:
    writer = ResultsWriter(path)
    writer.write(record(1))
    assert rows_in(path) == [1]
    writer.flush()
    writer.close()
    writer.close()


@pytest.mark.parametrize("torn", ['{"row":3,"to":"+1555', '{"row":', "{", "\0\0\0", '{"row":3}'])
def test_half_a_line_is_cut_off(path: Path, torn: str) -> None:
    write(path, record(1), record(2))
    path.write_text(path.read_text() + torn)
    write(path, record(4), append=True)
    assert rows_in(path) == [1, 2, 4]


def test_a_whole_line_without_its_end_is_kept(path: Path) -> None:
    write(path, record(1), record(2))
    path.write_text(path.read_text().rstrip("\n"))
    write(path, record(3), append=True)
    assert rows_in(path) == [1, 2, 3]


@pytest.mark.parametrize("torn", ["", '{"ro', '{"row":1,"t'])
def test_a_file_with_no_whole_line(path: Path, torn: str) -> None:
    path.write_text(torn)
    write(path, record(1), append=True)
    assert rows_in(path) == [1]


@pytest.mark.parametrize("content", ["to,body\n+1555,Hi", "x" * 2_000_000, '{"rows":1}'])
def test_another_file_is_left_alone(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(InvalidInput, match="out: the file is not a results file"):
        ResultsWriter(path, append=True)
    assert path.read_text() == content


def test_a_full_disk_leaves_whole_lines(path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = ResultsWriter(path)
    try:
        writer.write(record(1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, before[1]))
        with pytest.raises(OSError, match="File too large") as caught:
            writer.write(record(2))
        assert caught.value.errno == errno.EFBIG
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        writer.write(record(3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
        writer.close()
    assert rows_in(path) == [1, 3]


def test_the_last_outcome_of_a_row_decides(path: Path) -> None:
    outcomes = ["accepted", "unknown", "refused", "not_sent", "invalid"]
    write(path, *(record(n, outcome) for n, outcome in enumerate(outcomes, 1)))
    write(path, record(4), record(1, "not_sent"), record(2, "accepted"), append=True)
    done = done_rows(path)
    assert [row for row in range(8) if row in done] == [2, 4]
    assert len(done) == 2


def test_rows_that_are_no_rows_are_not_done(path: Path) -> None:
    write(path, record(1))
    done = done_rows(path)
    assert -1 not in done
    assert "1" not in done
    assert 10**12 not in done


def test_another_recipient_in_a_done_row_is_noticed(path: Path) -> None:
    write(path, record(1), record(2, "refused"))
    done = done_rows(path)
    assert done.has_other(1, "+15558675311")
    assert not done.has_other(1, TO)
    assert not done.has_other(2, "+15558675311")


def test_nothing_is_done_without_a_file(path: Path) -> None:
    assert len(done_rows(path)) == 0


def test_half_a_line_is_not_done(path: Path) -> None:
    write(path, record(1))
    path.write_text(path.read_text() + '{"row":2,"to":"+1555","outcome":"accepted"')
    assert len(done_rows(path)) == 1


@pytest.mark.parametrize(
    "line", ["x", '{"row":0,"to":"","outcome":"invalid"}', '{"row":1e9}', "[" * 9_000, "\udcff"]
)
def test_a_line_that_is_no_result_is_refused(path: Path, line: str) -> None:
    write(path, record(1))
    path.write_text(path.read_text() + line + "\n", errors="surrogateescape")
    write(path, record(2), append=True)
    with pytest.raises(InvalidInput, match="out: line 2 of the results is not a result"):
        done_rows(path)


def test_nothing_shows_a_number_or_a_text() -> None:
    shown = repr(ResultRecord(row=1, to=TO, outcome="refused", error="secret", code=21610, at=AT))
    assert "867531" not in shown
    assert "secret" not in shown
    assert "code=21610" in shown
    assert repr(DoneRows()) == "<0 rows done>"


@given(
    st.lists(
        st.tuples(st.integers(1, 200_000), st.sampled_from(["accepted", "unknown", "refused"])),
        max_size=30,
    )
)
def test_done_rows_are_those_of_a_dictionary(results: list[tuple[int, str]]) -> None:
    done = DoneRows()
    for row, outcome in results:
        done.note(row, TO, outcome)
    wanted = {row for row, outcome in dict(results).items() if outcome != "refused"}
    assert {row for row, _ in results if row in done} == wanted
    assert len(done) == len(wanted)
