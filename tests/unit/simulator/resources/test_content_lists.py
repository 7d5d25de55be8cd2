from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.contract.asked.content import APPROVAL, template
from tests.contract.asking import Visitor
from tests.unit.simulator.visitor import code_of

CARD = {"twilio/card": {"title": "A lamp", "subtitle": "Bright"}}


@pytest.fixture
def visitor() -> Visitor:
    """Three templates, a day apart: b in English, a in German, and c, a card that is approved."""
    visitor = Visitor()
    template(visitor, friendly_name="b_order")
    visitor.clock.advance(86_400)
    template(visitor, friendly_name="a_order", language="de")
    visitor.clock.advance(86_400)
    path = template(visitor, friendly_name="C_card", types=CARD)
    visitor.send(f"{path}/ApprovalRequests/whatsapp", APPROVAL)
    visitor.clock.advance(30)
    return visitor


def names(visitor: Visitor, **query: object) -> str:
    verdict = visitor.get(f"/v2/Content?{urlencode(query, doseq=True)}")
    both = visitor.get(f"/v2/ContentAndApprovals?{urlencode(query, doseq=True)}")
    sids = [[one["sid"] for one in visitor.read(answer)["contents"]] for answer in (verdict, both)]
    assert sids[0] == sids[1]
    return "".join(one["friendly_name"][0] for one in visitor.read(verdict)["contents"])


def test_orders(visitor: Visitor) -> None:
    assert names(visitor) == "baC"
    assert names(visitor, SortByDate="desc") == "Cab"
    assert names(visitor, SortByContentName="asc") == "Cab"
    assert names(visitor, SortByContentName="desc") == "baC"
    assert code_of(visitor.get("/v2/Content?SortByDate=up")) == 20001


def test_filters(visitor: Visitor) -> None:
    assert names(visitor, ContentName="ORDER") == "ba"
    assert names(visitor, Content="a LAMP") == "C"
    assert names(visitor, Language="de") == "a"
    assert names(visitor, Language=["de", "en"]) == "baC"
    assert names(visitor, ContentType=["twilio/card", "twilio/media"]) == "C"
    assert names(visitor, ChannelEligibility="whatsapp:approved") == "C"
    assert names(visitor, ChannelEligibility="whatsapp:unsubmitted") == "ba"
    assert code_of(visitor.get("/v2/Content?ChannelEligibility=approved")) == 20001


def test_dates(visitor: Visitor) -> None:
    made = [one["date_created"] for one in visitor.read(visitor.get("/v2/Content"))["contents"]]
    assert names(visitor, DateCreatedAfter=made[1]) == "aC"
    assert names(visitor, DateCreatedBefore=made[1]) == "ba"
    assert code_of(visitor.get("/v2/Content?DateCreatedAfter=soon")) == 20001


def test_a_page_goes_on_with_the_filter(visitor: Visitor) -> None:
    page = visitor.read(visitor.get("/v2/Content?PageSize=1&ContentName=order"))
    following = page["meta"]["next_page_url"].removeprefix("http://127.0.0.1:1")
    page = visitor.read(visitor.get(following))
    assert [one["friendly_name"] for one in page["contents"]] == ["a_order"]
    assert page["meta"]["next_page_url"] is None


def test_legacy_ones_were_handed_in_and_have_a_text(visitor: Visitor) -> None:
    assert visitor.read(visitor.get("/v1/LegacyContent"))["contents"] == []
    path = template(visitor)
    visitor.send(f"{path}/ApprovalRequests/whatsapp", APPROVAL)
    (told,) = visitor.read(visitor.get("/v1/LegacyContent"))["contents"]
    assert told["legacy_template_name"] == "owl_order"
    assert told["legacy_body"] == "Hi, {{1}} is on its way."
