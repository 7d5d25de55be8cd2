from __future__ import annotations

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
