from __future__ import annotations

import pytest

from async_messaging.testing import ArrivedMessage, CodeNotFound


def arrived(body: str) -> ArrivedMessage:
    return ArrivedMessage(
        number=1,
        sid="SM" + "0" * 32,
        direction="outbound-api",
        status="sent",
        from_="+15005550006",
        to="+14155550100",
        service=None,
        body=body,
        segments=1,
        encoding="GSM-7",
        media=(),
        error_code=0,
        error_message="",
        created=0.0,
        updated=0.0,
    )


def test_it_has_a_code_and_links() -> None:
    message = arrived("123-456, https://example.com/in.")
    assert (message.code(), message.links()) == ("123456", ["https://example.com/in"])


def test_without_a_code_it_says_so() -> None:
    with pytest.raises(CodeNotFound, match="no code of 4 to 8 digits"):
        arrived("Hello").code()
    with pytest.raises(CodeNotFound, match="no code of 6 digits"):
        arrived("Your code is 1234").code(digits=6)


def test_with_several_codes_it_takes_the_one_of_that_length() -> None:
    message = arrived("Visit 1234: the code is 567890")
    with pytest.raises(CodeNotFound, match=r"2 codes \(4, 6 digits\).*digits="):
        message.code()
    assert message.code(digits=6) == "567890"


def test_neither_its_repr_nor_an_error_shows_text_or_number() -> None:
    message = arrived("Visit 1234: the code is 567890")
    with pytest.raises(CodeNotFound) as caught:
        message.code()
    for shown in (repr(message), str(message), str(caught.value)):
        assert "567890" not in shown
        assert "4155550100" not in shown
        assert message.sid in shown
