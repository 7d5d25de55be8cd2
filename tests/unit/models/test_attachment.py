from __future__ import annotations

from async_messaging.codec.dates import Timestamp
from async_messaging.models import Feedback, Media

SID = "ME" + "2" * 32


def test_media_needs_only_its_sid() -> None:
    media = Media(sid=SID)
    assert media.date_created is None
    assert repr(media) == f"Media(sid='{SID}')"
    assert len({media, Media(sid=SID)}) == 1


def test_a_repr_shows_dates_and_no_address() -> None:
    moment = Timestamp(2019, 5, 24)
    shown = repr(Media(sid=SID, date_created=moment, uri="/2010/x.png"))
    assert "uri=<11 characters>" in shown
    assert "2019, 5, 24" in shown


def test_feedback_may_be_empty() -> None:
    assert Feedback().outcome == ""
    assert repr(Feedback(outcome="confirmed")) == "Feedback(outcome='confirmed')"
