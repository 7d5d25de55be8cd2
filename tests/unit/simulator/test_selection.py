"""Whom a service chooses from its pool."""

from __future__ import annotations

from async_messaging.simulator.world import Conditions
from tests.unit.simulator.pooling import put, remove, schedule, sender_of, serve
from tests.unit.simulator.visitor import SERVICE, Visitor

BOSTON, OAKLAND, TORONTO, LONDON = "+16175550111", "+14155550111", "+14165550111", "+447700900111"
AMERICAN, CANADIAN, BRITON, GERMAN = "+14155550199", "+16475550100", "+447700900100", "+4915112345"
PHOTO = "https://example.com/a.png"


def test_messages_are_spread_over_the_pool_and_a_recipient_keeps_its_number() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON, OAKLAND)
    first = {f"+1212555{i:04}": sender_of(visitor, f"+1212555{i:04}") for i in range(12)}
    assert set(first.values()) == {BOSTON, OAKLAND}
    assert {to: sender_of(visitor, to) for to in first} == first


def test_without_sticky_sender_a_recipient_hears_from_every_number() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON, OAKLAND, sticky_sender=False)
    assert {sender_of(visitor, AMERICAN) for _ in range(12)} == {BOSTON, OAKLAND}


def test_the_number_that_stays_is_the_one_used_last_by_this_service() -> None:
    visitor = Visitor(Conditions(seed=1, numbers=(BOSTON, OAKLAND, TORONTO)))
    serve(visitor, BOSTON, OAKLAND, TORONTO)
    other = serve(visitor, BOSTON, service="MG" + "2" * 32)
    for number in (OAKLAND, BOSTON, OAKLAND, TORONTO):
        visitor.create(To=AMERICAN, From=number, MessagingServiceSid=SERVICE)
        assert sender_of(visitor, AMERICAN, MessagingServiceSid=other) == BOSTON
        assert sender_of(visitor, AMERICAN) == (OAKLAND if number == TORONTO else number)


def test_a_message_that_is_still_to_depart_has_used_no_number() -> None:
    visitor = Visitor(Conditions(seed=1, numbers=(BOSTON, OAKLAND)))
    serve(visitor, BOSTON, OAKLAND)
    for used, planned in ((BOSTON, OAKLAND), (OAKLAND, BOSTON)):
        visitor.create(To=AMERICAN, From=used, MessagingServiceSid=SERVICE)
        schedule(visitor, To=AMERICAN, From=planned)
        assert sender_of(visitor, AMERICAN) == used


def test_a_number_that_left_the_pool_is_not_kept() -> None:
    visitor = Visitor()
    serve(visitor)
    sid = put(visitor, "phone_numbers", phone_number=BOSTON)
    assert sender_of(visitor, AMERICAN) == BOSTON
    put(visitor, "phone_numbers", phone_number=OAKLAND)
    remove(visitor, "phone_numbers", sid)
    assert {sender_of(visitor, AMERICAN) for _ in range(5)} == {OAKLAND}


def test_a_number_of_another_country_gives_way_to_one_of_the_recipients() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON)
    assert sender_of(visitor, BRITON) == BOSTON
    put(visitor, "alpha_senders", alpha_sender="ACME")
    assert sender_of(visitor, BRITON) == BOSTON
    put(visitor, "phone_numbers", phone_number=LONDON, country_code="GB")
    assert sender_of(visitor, BRITON) == "ACME"
    assert sender_of(visitor, "+447700900101", MediaUrl=PHOTO) == LONDON


def test_numbers_of_the_recipients_country_come_first_then_american_ones() -> None:
    visitor = Visitor()
    serve(visitor, "+33612345678", BOSTON, TORONTO, LONDON, sticky_sender=False)
    for to, expected in (
        (BRITON, LONDON),
        (CANADIAN, TORONTO),
        (AMERICAN, BOSTON),
        (GERMAN, BOSTON),
    ):
        assert {sender_of(visitor, to) for _ in range(6)} == {expected}
    french = serve(visitor, "+33612345678", LONDON, service="MG" + "2" * 32, sticky_sender=False)
    heard = {sender_of(visitor, GERMAN, MessagingServiceSid=french) for _ in range(12)}
    assert heard == {"+33612345678", LONDON}


def test_area_code_geomatch_prefers_the_recipients_area() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON, OAKLAND, sticky_sender=False, area_code_geomatch=True)
    assert {sender_of(visitor, AMERICAN) for _ in range(8)} == {OAKLAND}
    assert {sender_of(visitor, "+12125550100") for _ in range(8)} == {BOSTON, OAKLAND}
    serve(visitor, sticky_sender=False, area_code_geomatch=False)
    assert {sender_of(visitor, AMERICAN) for _ in range(12)} == {BOSTON, OAKLAND}


def test_a_short_code_comes_first_in_its_country_only() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON, TORONTO, sticky_sender=False)
    put(visitor, "short_codes", short_code="12345", country_code="US")
    put(visitor, "short_codes", short_code="60001", country_code="GB")
    put(visitor, "alpha_senders", alpha_sender="ACME")
    assert sender_of(visitor, AMERICAN) == "12345"
    assert sender_of(visitor, BRITON) == "60001"
    assert sender_of(visitor, CANADIAN) == TORONTO


def test_alpha_senders_write_abroad_and_the_countrys_own_before_others() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON, LONDON)
    put(visitor, "alpha_senders", alpha_sender="ACME")
    put(visitor, "destination_alpha_senders", alpha_sender="ACME UK", iso_country_code="GB")
    assert sender_of(visitor, BRITON) == "ACME UK"
    assert sender_of(visitor, GERMAN) == "ACME"
    assert sender_of(visitor, AMERICAN) == BOSTON
    put(
        visitor, "destination_alpha_senders", "MG" + "2" * 32, alpha_sender="X", iso_country_code=""
    )
    general = serve(visitor, service="MG" + "2" * 32)
    assert sender_of(visitor, GERMAN, MessagingServiceSid=general) == "X"


def test_media_wants_a_number_that_carries_it() -> None:
    visitor = Visitor()
    serve(visitor, sticky_sender=False)
    put(visitor, "phone_numbers", phone_number=BOSTON, capabilities=["Voice", "SMS"])
    put(visitor, "phone_numbers", phone_number=OAKLAND, capabilities=["SMS", "MMS"])
    assert {sender_of(visitor, AMERICAN, MediaUrl=PHOTO) for _ in range(8)} == {OAKLAND}
    assert {sender_of(visitor, AMERICAN) for _ in range(12)} == {BOSTON, OAKLAND}


def test_whatsapp_goes_by_whatsapp_senders() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON)
    asked = {"To": f"whatsapp:{BRITON}", "From": None, "MessagingServiceSid": SERVICE}
    assert visitor.refusal(**asked) == 21703
    put(visitor, "channel_senders", sender=f"whatsapp:{OAKLAND}", sender_type="WhatsApp")
    put(visitor, "channel_senders", sender="rcs:agent", sender_type="RCS")
    assert sender_of(visitor, f"whatsapp:{BRITON}") == f"whatsapp:{OAKLAND}"
    assert sender_of(visitor, f"rcs:{BRITON}") == "rcs:agent"


def test_a_pool_without_a_fitting_sender_refuses() -> None:
    visitor = Visitor()
    serve(visitor)
    asked = {"To": AMERICAN, "From": None, "MessagingServiceSid": SERVICE}
    assert visitor.refusal(**asked) == 21704
    put(visitor, "alpha_senders", alpha_sender="ACME")
    assert visitor.refusal(**asked) == 21703
    assert sender_of(visitor, BRITON) == "ACME"


def test_from_beside_a_service_must_be_in_its_pool() -> None:
    visitor = Visitor()
    serve(visitor, BOSTON)
    assert visitor.refusal(MessagingServiceSid=SERVICE) == 21711
    sent = visitor.create(From=BOSTON, MessagingServiceSid=SERVICE)
    assert (sent["status"], sent["from"]) == ("queued", BOSTON)


def test_a_service_that_was_never_created_uses_the_accounts_numbers() -> None:
    visitor = Visitor(Conditions(seed=1, numbers=(BOSTON,)))
    assert sender_of(visitor, BRITON) in (BOSTON, "+15005550006")
    assert visitor.create(MessagingServiceSid=SERVICE)["status"] == "queued"
