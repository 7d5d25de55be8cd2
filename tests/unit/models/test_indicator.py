from __future__ import annotations

import pytest

from async_messaging.codec.reading import reads
from async_messaging.models import TypingIndicator


@pytest.mark.parametrize(
    ("answer", "success"),
    [(b'{"success": true}', True), (b'{"success": null}', None), (b"{}", None)],
)
def test_whether_it_was_shown(answer: bytes, success: bool | None) -> None:
    assert reads(TypingIndicator)(answer) == TypingIndicator(success=success)
