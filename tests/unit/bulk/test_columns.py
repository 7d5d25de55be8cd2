from __future__ import annotations

import pytest

from async_messaging.bulk.columns import FieldDrafts, TemplateDrafts, choose_recipient
from async_messaging.bulk.records import Record
from async_messaging.codec.template import Template
from async_messaging.errors import InvalidInput
from async_messaging.models import MessageDraft

TO = "+15558675310"
SENDER = "+15017122661"
SERVICE = "MG" + "0" * 32


@pytest.mark.parametrize("column", ["to", "Phone", "NUMBER"])
def test_the_usual_names_of_the_recipient(column: str) -> None:
    assert choose_recipient(["name", column], None) == column


@pytest.mark.parametrize(
    ("columns", "named", "chosen"),
    [
        (["to", "Mobile"], "mobile", "Mobile"),
        (["to", "phone"], " phone ", "phone"),
        (["Phone", "phone"], "phone", "phone"),
    ],
)
def test_a_named_column_wins(columns: list[str], named: str, chosen: str) -> None:
    assert choose_recipient(columns, named) == chosen


@pytest.mark.parametrize(
    ("columns", "named", "error"),
    [
        (
            ["phone", "To", "name"],
            None,
            "phone_column: the file has the columns phone and To: say which one holds the recipient",
        ),
        (
            ["name", "mobile"],
            None,
            "phone_column: there is no column to, phone or number; the columns are: name, mobile",
        ),
        (
            ["name", "to"],
            "mobil",
            "phone_column: there is no column mobil; the columns are: name, to",
        ),
        (
            ["+1 555-867-5310", "Hi Ada"],
            None,
            "file: the first line holds a number: a header is needed",
        ),
        (
            ["15558675310", "Hi Ada"],
            None,
            "file: the first line holds a number: a header is needed",
        ),
    ],
)
def test_no_recipient_or_too_many(columns: list[str], named: str | None, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_recipient(columns, named)
    assert str(caught.value) == error


def templated(text: str, sender: str | None = None, media: tuple[str, ...] = ()) -> TemplateDrafts:
    return TemplateDrafts(Template.parse(text), "phone", sender, media)


def test_a_template_fills_the_body_and_columns_are_no_fields() -> None:
    drafts = templated("Hi {name}", SENDER, ("https://a/1.png",))
    record: Record = {"phone": "+1 555 867 5310", "name": "Ada", "body": "x", "from": "y"}
    assert drafts(record) == MessageDraft(
        to=TO, from_=SENDER, body="Hi Ada", media_url=("https://a/1.png",)
    )


@pytest.mark.parametrize(
    ("phone", "name", "error"),
    [
        ("", "Ada", "phone: is empty"),
        ("555", "Ada", "phone: has no + and country code"),
        (TO, "", "name: is empty"),
        (TO, "x" * 1598, "body: has 1,601 characters, Twilio takes 1,600 (21617)"),
    ],
)
def test_a_wrong_row_of_a_template(phone: str, name: str, error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        templated("Hi {name}")({"phone": phone, "name": name})
    assert str(caught.value) == error


def test_a_recipient_that_is_no_text() -> None:
    with pytest.raises(InvalidInput, match="phone: must be a text"):
        templated("Hi")({"phone": [TO]})


@pytest.mark.parametrize(
    ("sender", "media", "error"),
    [
        ("+1501", (), "from_: has 4 digits, a number has 7 to 15"),
        ("a\nb", (), "from_: must be a sender: number, short code or name"),
        (None, (1,), "media_url: must be a list of texts"),
    ],
)
def test_a_wrong_sender_is_told_before_any_row(
    sender: str | None, media: tuple[str, ...], error: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        templated("Hi", sender, media)
    assert str(caught.value) == error


def fields(*columns: str, sender: str | None = SENDER, media: tuple[str, ...] = ()) -> FieldDrafts:
    return FieldDrafts(["to", *columns], "to", sender, media)


def test_columns_named_as_fields_are_those_fields() -> None:
    drafts = fields("Body", "MediaUrl", "validity_period", "Send As MMS", "smartencoded")
    record: Record = {
        "to": TO,
        "Body": "Hi",
        "MediaUrl": "https://a/1 https://a/2",
        "validity_period": "60",
        "smartencoded": "yes",
    }
    assert drafts(record) == MessageDraft(
        to=TO,
        from_=SENDER,
        body="Hi",
        media_url=("https://a/1", "https://a/2"),
        validity_period=60,
        smart_encoded=True,
    )
    assert drafts.ignored == ["Send As MMS"]


@pytest.mark.parametrize("column", ["from", "from_", "From"])
def test_a_row_may_have_its_own_sender(column: str) -> None:
    drafts = fields("body", column)
    own = drafts({"to": TO, "body": "Hi", column: "ACME"})
    assert own.from_ == "ACME"
    assert drafts({"to": TO, "body": "Hi", column: " "}).from_ == SENDER


def test_a_row_with_a_service_has_its_own_sender() -> None:
    draft = fields("body", "messaging_service_sid")(
        {"to": TO, "body": "Hi", "messaging_service_sid": SERVICE}
    )
    assert draft.lanes == (SERVICE,)


def test_a_service_may_be_the_sender() -> None:
    assert fields("body", sender=SERVICE)({"to": TO, "body": "Hi"}).lanes == (SERVICE,)


def test_media_of_all_rows_are_content_enough() -> None:
    drafts = fields("media_url", media=("https://a/0",))
    assert drafts({"to": TO, "media_url": ""}).media_url == ("https://a/0",)
    assert drafts({"to": TO, "media_url": "https://a/1"}).media_url == ("https://a/1",)


def test_a_column_missing_from_a_row_is_not_given() -> None:
    assert fields("body", "validity_period")({"to": TO, "body": "Hi"}).body == "Hi"


@pytest.mark.parametrize(
    ("columns", "error"),
    [
        (["name"], "file: there is no template, and no column body, media_url or content_sid"),
        (["body", "Body"], "file: the header has body and Body, which are the same"),
        (["body", "from", "from_"], "file: the header has from and from_, which are the same"),
    ],
)
def test_columns_that_make_no_message(columns: list[str], error: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        fields(*columns)
    assert str(caught.value) == error


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"to": "555"}, "to: has no + and country code"),
        ({"Body": " "}, "Body: is empty, and the message has no other content"),
        ({"From": "+1501"}, "From: has 4 digits, a number has 7 to 15"),
        ({"From": "a\nb"}, "From: must be a sender: number, short code or name"),
        ({"MediaUrl": [1]}, "MediaUrl: must be a list of texts"),
        ({"SendAt": "now"}, "SendAt: must be a date and time such as 2030-01-31T09:00:00Z"),
    ],
)
def test_a_wrong_field_is_named_by_its_column(row: Record, error: str) -> None:
    drafts = fields("Body", "From", "MediaUrl", "SendAt")
    with pytest.raises(InvalidInput) as caught:
        drafts({"to": TO, "Body": "Hi", **row})
    assert str(caught.value) == error
