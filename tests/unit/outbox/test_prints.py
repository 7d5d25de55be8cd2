from __future__ import annotations

from urllib.parse import urlencode

import pytest

from async_messaging.codec.form import encode_pairs
from async_messaging.outbox.prints import Prints

PRINTS = Prints(b"secret")


@pytest.mark.parametrize("body", ["plain", "Thanks! It's $5 (*really*), ok?", "100 % & é 😀"])
def test_the_hash_of_a_message_does_not_hang_on_how_its_form_is_written(body: str) -> None:
    pairs = [("To", "+15558675310"), ("Body", body)]
    ours, pythons = encode_pairs(pairs).encode(), urlencode(pairs).encode()
    assert PRINTS.message(ours) == PRINTS.message(pythons)


def test_other_messages_have_other_hashes() -> None:
    bodies = ["a!", "a", "a%21", "a'", "a("]
    prints = {PRINTS.message(encode_pairs([("Body", body)]).encode()) for body in bodies}
    assert len(prints) == len(bodies)
