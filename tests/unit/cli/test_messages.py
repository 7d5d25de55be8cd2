from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize("date", ["yesterday", "2025-13-01", "2025-01-31T12:00:00"])
def test_a_date_that_can_not_be_read_is_wrong_usage(run: Run, date: str) -> None:
    done = run("messages", "list", "--sent-after", date)
    assert done.exit_code == 2
    assert "sent_after" in done.stderr


def test_a_wrong_sid_is_wrong_usage(run: Run) -> None:
    assert run("messages", "fetch", "../Calls").exit_code == 2
