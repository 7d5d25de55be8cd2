"""Every operation of the chapter Content, every field of every content type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from async_messaging.models import (
    AuthenticationAction,
    CallToActionAction,
    CallToActionContent,
    CardAction,
    CardContent,
    CarouselAction,
    CarouselCard,
    CarouselContent,
    CatalogContent,
    CatalogItem,
    ContentType,
    FlowPage,
    FlowsContent,
    ListItem,
    ListPickerContent,
    LocationContent,
    MediaContent,
    QuickReplyAction,
    QuickReplyContent,
    ScheduleContent,
    TextContent,
    WhatsAppAuthenticationContent,
    WhatsAppCardContent,
    WhatsAppFlowsContent,
)
from tests.contract.spec import sid_of
from tests.contract.surface import Calls

HX = sid_of("HX")
MOMENT = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
URL = "https://example.com/a.png"
LANGUAGES = ["en", "es"]

CARD_ACTIONS = [
    CardAction(type="URL", title="Open", url=URL, webview_size="TALL", id="open"),
    CardAction(type="PHONE_NUMBER", title="Call", phone="+15558675310"),
    CardAction(type="COPY_CODE", title="Copy", code="SPRING"),
]

# Every type with every field that is published.
TYPES: tuple[ContentType, ...] = (
    TextContent(body="Hi {{1}}"),
    MediaContent(body="Look", media=(URL,)),
    LocationContent(latitude=37.7, longitude=-122.4, label="Here", id="1", address="1 Main St"),
    ListPickerContent(
        body="Choose", button="Open", items=(ListItem(id="a", item="A", description="First"),)
    ),
    CallToActionContent(
        body="Act",
        actions=(
            CallToActionAction(type="URL", title="Open", url=URL, id="open"),
            CallToActionAction(type="PHONE_NUMBER", title="Call", phone="+15558675310"),
            CallToActionAction(type="COPY_CODE", title="Copy", code="SPRING"),
        ),
    ),
    QuickReplyContent(
        body="Well?", actions=(QuickReplyAction(type="QUICK_REPLY", title="Yes", id="y"),)
    ),
    CardContent(title="Hi", subtitle="There", media=(URL,), actions=tuple(CARD_ACTIONS)),
    CatalogContent(
        title="Buy",
        body="Now",
        subtitle="Cheap",
        id="7",
        items=(
            CatalogItem(
                id="7",
                section_title="Shoes",
                name="Boot",
                media_url=URL,
                price=Decimal("9.90"),
                description="Brown",
            ),
        ),
        dynamic_items="{{1}}",
    ),
    CarouselContent(
        body="Leaf",
        cards=(
            CarouselCard(
                title="One",
                body="Two",
                media=URL,
                actions=(CarouselAction(type="QUICK_REPLY", title="Yes", id="y"),),
            ),
        ),
    ),
    FlowsContent(
        body="Fill in",
        button_text="Start",
        subtitle="Soon done",
        media_url=URL,
        pages=(
            FlowPage(
                id="1",
                next_page_id="2",
                title="First",
                subtitle="Of two",
                layout=({"type": "TEXT_HEADING", "text": "Hi"},),
            ),
        ),
        type="OTHER",
    ),
    ScheduleContent(id="1", title="When?", time_slots="{{1}}"),
    WhatsAppCardContent(
        body="Hi",
        footer="Bye",
        media=(URL,),
        header_text="Hello",
        actions=tuple(CARD_ACTIONS),
    ),
    WhatsAppAuthenticationContent(
        add_security_recommendation=True,
        code_expiration_minutes=5,
        actions=(AuthenticationAction(type="COPY_CODE", copy_code_text="Copy"),),
    ),
    WhatsAppFlowsContent(
        body="Fill in",
        button_text="Start",
        subtitle="Soon done",
        media_url=URL,
        flow_id="1",
        flow_token="2",
        flow_first_page_id="3",
        is_flow_first_page_endpoint=False,
    ),
)

CALLS: Calls = {
    ("content_v1", "CreateContent"): lambda client: client.content.create(
        friendly_name="greeting", variables={"1": "Sarah"}, language="en", types=TYPES
    ),
    ("content_v1", "FetchContent"): lambda client: client.content.fetch(HX),
    ("content_v1", "UpdateContent"): lambda client: client.content.update(
        HX, friendly_name="greeting", variables={"1": "Sarah"}, language="en", types=TYPES
    ),
    ("content_v1", "DeleteContent"): lambda client: client.content.delete(HX),
    ("content_v1", "ListContent"): lambda client: client.content.list_v1(),
    ("content_v1", "ListContentAndApprovals"): lambda client: (
        client.content.list_with_approvals_v1()
    ),
    ("content_v1", "ListLegacyContent"): lambda client: client.content.list_legacy(),
    ("content_v1", "FetchApprovalFetch"): lambda client: client.content(HX).approvals.fetch(),
    ("content_v1", "CreateApprovalCreate"): lambda client: client.content(HX).approvals.create(
        name="greeting", category="UTILITY", send_ttl_seconds=3600, bid_amount=250
    ),
    ("content_v2", "ListContent"): lambda client: client.content.list(
        sort_by_date="desc",
        sort_by_content_name="asc",
        date_created_after=MOMENT,
        date_created_before=MOMENT,
        content_name="greet",
        content="Hi",
        language=LANGUAGES,
        content_type=["twilio/text"],
        channel_eligibility=["whatsapp:approved"],
    ),
    ("content_v2", "ListContentAndApprovals"): lambda client: client.content.list_with_approvals(
        sort_by_date="desc",
        sort_by_content_name="asc",
        date_created_after=MOMENT,
        date_created_before=MOMENT,
        content_name="greet",
        content="Hi",
        language=LANGUAGES,
        content_type=["twilio/text"],
        channel_eligibility=["whatsapp:approved"],
    ),
}
