from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


def test_numbers_are_added_counted_and_removed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("phone,why\n+1 (555) 867-5311,asked\n\n+15558675312,\n")
    assert run("suppressions", "add", "+15558675310", "--file", "list.csv").stdout == "3 added.\n"
    assert run("suppressions", "add", "+15558675310").stdout == "0 added.\n"
    counted = json.loads(run("suppressions", "count", "--json").stdout)
    assert counted == {"stop": 0, "refused": 0, "hand": 3}
    assert run("suppressions", "remove", "+15558675310").stdout == "1 removed.\n"
    assert (tmp_path / "suppressions.db").exists()


def test_the_file_is_the_one_that_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASYNC_MESSAGING_SUPPRESSIONS", str(tmp_path / "all.db"))
    run("suppressions", "add", "+15558675310")
    run("suppressions", "add", "+15558675310", "--suppressions", "own.db")
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {"all.db", "all.db-key", "own.db", "own.db-key"}


@pytest.mark.parametrize(
    "arguments", [("add",), ("add", "12"), ("add", "--file", "none.csv"), ("remove", "x")]
)
def test_wrong_usage_makes_no_file(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run("suppressions", *arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_bad_line_is_named_and_nothing_is_added(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("phone\n+15558675310\nnobody\n")
    done = run("suppressions", "add", "--file", "list.csv")
    assert (done.exit_code, "line 3" in done.stderr) == (2, True)
    assert run("suppressions", "count", "--json").stdout.count("0") == 3


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ("0151 23456789", "line 1: has no + and country code"),
        ("+15558675310.0", "line 1: ends like a decimal fraction"),
        ("1.55586753E+10", "line 1: is in scientific notation"),
    ],
)
def test_a_bad_number_in_the_first_line_is_no_heading(
    run: Run, tmp_path: Path, first: str, reason: str
) -> None:
    (tmp_path / "list.csv").write_text(f"{first}\n+15558675310\n")
    done = run("suppressions", "add", "--file", "list.csv")
    assert (done.exit_code, reason in done.stderr) == (2, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_in_any_unicode(run: Run, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "list.csv").write_text("Téléphone 1,Prénom\n+15558675310,Zoë\n", encoding)
    assert run("suppressions", "add", "--file", "list.csv").stdout == "1 added.\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("phone,name\n+15558675310,Zoë\n".encode("cp1252"), "save it as UTF-8"),
        (gzip.compress(b"+15558675310\n" * 9, mtime=0)[:-9], "the compressed file is damaged"),
        (b'+15558675310\n"+15558675311"x\n', "line 2: "),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(
    run: Run, tmp_path: Path, data: bytes, reason: str
) -> None:
    (tmp_path / "list.csv").write_bytes(data)
    done = run("suppressions", "add", "--file", "list.csv")
    assert (done.exit_code, reason in done.stderr) == (2, True)
    assert run("suppressions", "count", "--json").stdout.count("0") == 3
