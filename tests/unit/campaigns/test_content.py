"""What of a row is kept, and the message that is made of it again."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from async_messaging.bulk.records import Value
from async_messaging.campaigns.content import Content, checked_callback
from async_messaging.campaigns.rows import Plan, Row
from async_messaging.errors import InvalidInput

TO = "+14155550001"
TEXTS = Plan(
    name="spring",
    template="Hi {name}, {amount}",
    sender="+15558675300",
    columns=("name", "phone", "amount", "birthday"),
    recipient="phone",
)
FIELDS = Plan(
    name="spring",
    sender="+15558675300",
    columns=("to", "Body", "media_url", "from", "validity_period", "status_callback", "notes"),
)


def row(**cells: Value) -> Row:
    return Row(row=7, to=TO, variables=cells, token="a+b/c", state="READY")


def test_only_the_cells_that_the_template_names_are_kept() -> None:
    record: dict[str, Value] = {"name": "Ann", "phone": TO, "amount": "0", "birthday": "1990-01-01"}
    assert Content(TEXTS).kept(record) == {"name": "Ann", "amount": "0"}


def test_only_the_cells_that_are_fields_are_kept() -> None:
    record: dict[str, Value] = {
        "to": TO,
        "Body": "Hi",
        "media_url": "",
        "from": "+15558675301",
        "notes": "a good customer",
    }
    assert Content(FIELDS).kept(record) == {"Body": "Hi", "from": "+15558675301"}


def test_lists_and_objects_of_json_lines_are_kept_as_they_are() -> None:
    plan = replace(FIELDS, columns=("to", "content_sid", "content_variables", "media_url"))
    record: dict[str, Value] = {
        "to": TO,
        "content_sid": "HX" + "1" * 32,
        "content_variables": {"1": "Ann"},
        "media_url": ["https://example.com/a.png", "https://example.com/b.png"],
    }
    content = Content(plan)
    kept = content.kept(record)
    assert kept == {name: cell for name, cell in record.items() if name != "to"}
    draft = content.draft(row(**kept))
    assert draft.media_url == ("https://example.com/a.png", "https://example.com/b.png")
    assert draft.content_variables == {"1": "Ann"}


def test_a_template_makes_the_message_again() -> None:
    draft = Content(TEXTS).draft(row(name="Ann", amount="12.50"))
    assert (draft.to, draft.from_, draft.body) == (TO, "+15558675300", "Hi Ann, 12.50")
    assert draft.validity_period is draft.status_callback is UNSET


def test_columns_make_the_message_again() -> None:
    draft = Content(FIELDS).draft(row(Body="Hi", **{"from": "+15558675301"}))
    assert (draft.to, draft.from_, draft.body) == (TO, "+15558675301", "Hi")
    assert Content(FIELDS).draft(row(Body="Hi")).from_ == "+15558675300"


def test_a_row_that_lacks_a_cell_makes_no_message() -> None:
    with pytest.raises(InvalidInput) as caught:
        Content(TEXTS).draft(row(name="Ann"))
    assert caught.value.field == "amount"


@pytest.mark.parametrize(
    "wrong", [{"template": "Hi {who}"}, {"template": None}, {"sender": "\x00"}]
)
def test_a_plan_that_makes_no_message_is_refused(wrong: dict[str, str | None]) -> None:
    with pytest.raises(InvalidInput):
        Content(replace(TEXTS, **wrong))


@pytest.mark.parametrize(
    ("left", "own", "validity"),
    [
        (35_999.9, None, 35_999),
        (36_000.0, None, None),
        (100.0, "300", 100),
        (300.0, "100", 100),
        (0.2, None, 1),
        (-5.0, None, 1),
        (float("inf"), "100", 100),
    ],
)
def test_the_validity_is_the_shortest_of_all(
    left: float, own: str | None, validity: int | None
) -> None:
    cells = {"validity_period": own} if own else {}
    draft = Content(FIELDS).draft(row(Body="Hi", **cells), left)
    assert draft.validity_period == (UNSET if validity is None else validity)


@pytest.mark.parametrize("base", ["https://example.com/sms", "https://example.com/sms?key=1"])
def test_the_callback_carries_campaign_row_and_token(base: str) -> None:
    content = Content(replace(FIELDS, status_callback=base), "c1")
    draft = content.draft(row(Body="Hi", status_callback="https://example.com/own"))
    assert isinstance(draft.status_callback, str)
    url = urlsplit(draft.status_callback)
    assert draft.status_callback.startswith(base)
    query = parse_qs(url.query)
    query.pop("key", None)
    assert query == {"campaign": ["c1"], "row": ["7"], "token": ["a+b/c"]}
    assert draft.validity_period is UNSET


def test_twilios_overrides_stay_at_the_end_of_a_callback() -> None:
    content = Content(replace(FIELDS, status_callback="https://example.com/sms#rc=5&rp=all"), "c1")
    url = content.draft(row(Body="Hi")).status_callback
    query = "campaign=c1&row=7&token=a%2Bb%2Fc"
    assert url == f"https://example.com/sms?{query}#rc=5&rp=all"


def test_without_a_callback_the_rows_own_stays() -> None:
    draft = Content(FIELDS).draft(row(Body="Hi", status_callback="https://example.com/own"), 10.0)
    assert draft.status_callback == "https://example.com/own"


def test_a_test_goes_to_somebody_else_and_no_callback_counts_it() -> None:
    content = Content(replace(FIELDS, status_callback="https://example.com/sms"), "c1")
    cells = {"Body": "Hi", "status_callback": "https://example.com/own"}
    draft = content.addressed(row(**cells), "+14165550000")
    assert (draft.to, draft.body) == ("+14165550000", "Hi")
    assert draft.status_callback is UNSET


@pytest.mark.parametrize("url", ["ftp://example.com", "example.com", ""])
def test_a_callback_that_twilio_can_not_call_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        checked_callback(url)


def test_a_callback_may_be_left_out() -> None:
    assert checked_callback(None) is None
    assert checked_callback("https://example.com/sms") == "https://example.com/sms"


def test_no_repr_shows_a_text() -> None:
    assert repr(Content(TEXTS)) == "<Content of 'spring'>"
