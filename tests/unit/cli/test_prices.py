from __future__ import annotations

from collections.abc import Callable

from typer.testing import Result


def test_a_country_has_two_letters(run: Callable[..., Result]) -> None:
    done = run("prices", "USA")
    assert done.exit_code == 2
    assert "two letters" in done.stderr
