from __future__ import annotations

import json
from collections.abc import Callable

from typer.testing import Result

Run = Callable[..., Result]


def test_a_country_has_two_letters(run: Callable[..., Result]) -> None:
    done = run("prices", "USA")
    assert done.exit_code == 2
    assert "two letters" in done.stderr


def test_what_forces_ucs2_is_named(run: Run) -> None:
    lines = run("segments", "Olá\u2019").stdout.splitlines()
    assert lines[0] == "encoding   UCS-2"
    assert lines[1] == "segments   1 of up to 70 units"
    assert lines[3] == "UCS-2 for  á  U+00E1 LATIN SMALL LETTER A WITH ACUTE"
    assert lines[4] == "UCS-2 for  \u2019  U+2019 RIGHT SINGLE QUOTATION MARK"


def test_json_has_the_structs_fields(run: Run) -> None:
    assert json.loads(run("segments", "x" * 161, "--json").stdout) == {
        "encoding": "GSM-7",
        "segments": 2,
        "units": 161,
        "per_segment": 153,
        "offending": [],
    }
