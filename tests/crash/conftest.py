"""What the figures of the crash tests are told with."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL, strace")


@pytest.fixture
def tell(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], None]:
    """Show a figure: at once in a full run, else only where the test fails."""
    full = request.node.get_closest_marker("crash") is not None

    def show(text: str) -> None:
        if full:
            with capsys.disabled():
                print(f"\n{text}", flush=True)  # noqa: T201 - the figure
        else:
            print(text)  # noqa: T201

    return show
