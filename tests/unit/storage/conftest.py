"""SQL of a package that there is not."""

from __future__ import annotations

import pytest

from async_messaging.storage import sqlite
from tests.unit.storage.things import SQL


@pytest.fixture(autouse=True)
def sql(monkeypatch: pytest.MonkeyPatch) -> None:
    def text(package: str, name: str) -> str:
        assert package == "tests.sql"
        return SQL[name]

    monkeypatch.setattr(sqlite, "script", text)
