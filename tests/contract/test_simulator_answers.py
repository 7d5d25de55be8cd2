"""Every operation that Twilio describes, asked of the simulator: status, fields, types and forms of the answer."""

from __future__ import annotations

import pytest

from tests.contract.asking import Visitor, all_asked
from tests.contract.spec import OPERATIONS
from tests.integration.twilio_shapes import differences

ASKED = all_asked()


def test_all_that_twilio_describes_is_asked() -> None:
    assert ASKED.keys() == OPERATIONS.keys()
    assert len(ASKED) == 92


@pytest.mark.parametrize("key", sorted(ASKED), ids=".".join)
def test_the_answer_is_as_described(key: tuple[str, str]) -> None:
    answer = ASKED[key](Visitor()).answer
    assert differences(*key, answer.status, answer.body) == []
