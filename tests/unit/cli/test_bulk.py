from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]

FILE = ("rows.csv", "--from", "ACME")


@pytest.fixture(autouse=True)
def _rows(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("phone,name\n+14155550100,Ada\n")
    (tmp_path / "old.jsonl").write_text("")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*FILE, "--template", "Hi"), "--rate is missing: "),
        ((*FILE, "--template", "Hi", "--rate", "0"), "--rate must be above 0"),
        ((*FILE, "--template", "Hi", "--rate", "nan"), "--rate must be above 0"),
        ((*FILE, "--template", "Hi {nobody}", "--rate", "1"), "nobody"),
        ((*FILE, "--template", "Hi {name", "--rate", "1"), "template: "),
        ((*FILE, "--rate", "1"), "there is no template"),
        (("none.csv", "--template", "Hi", "--rate", "1"), "No such file"),
        (("rows.csv", "--template", "Hi", "--rate", "1"), "no sender: give --from"),
        ((*FILE, "--template", "Hi", "--rate", "1", "--phone-column", "cell"), "cell"),
        ((*FILE, "--template", "Hi", "--rate", "1", "--out", "old.jsonl"), "--continue goes on"),
        ((*FILE, "--template", "Hi", "--rate", "1", "--out", "no/dir.jsonl"), "No such file"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_sent(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("bulk", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.startswith("async-messaging: ")
    assert not (tmp_path / "results.jsonl").exists()
    assert (tmp_path / "old.jsonl").read_text() == ""


def test_the_usual_rates_are_named(run: Run) -> None:
    said = run("bulk", *FILE, "--template", "Hi").stderr
    for figure in ("1 for a long code", "3 toll-free", "80 WhatsApp", "100 for a short code"):
        assert figure in " ".join(said.split())
