"""Content templates through Twilio's own client and ours."""

from __future__ import annotations

from typing import Any

from async_messaging.models import TextContent
from tests.contract.asked.content import APPROVAL, TEMPLATE
from tests.integration.simulator.official_clients import (
    QUIET,
    Approval,
    Official,
    TemplateChanges,
    TemplateDraft,
)

pytestmark = QUIET


async def make(twilio: Official, **other: Any) -> Any:
    draft = TemplateDraft({**TEMPLATE, **other})
    return await twilio.block(twilio.blocking_content, "create", draft)


async def test_a_template_from_its_making_to_its_end(twilio: Official) -> None:
    made = await make(twilio)
    assert made.types == TEMPLATE["types"]
    template, writing = twilio.content.v1.contents(made.sid), twilio.blocking_content(made.sid)
    asked = await twilio.block(writing.approval_create, "create", Approval(APPROVAL))
    assert (asked.status, asked.category) == ("received", "UTILITY")
    twilio.clock.advance(30)
    told = await twilio.call(template.approval_fetch(), "fetch")
    assert told.whatsapp["status"] == "approved"
    message = await twilio.call(
        twilio.messages,
        "create",
        to="whatsapp:+14155550100",
        from_="whatsapp:+15005550006",
        content_sid=made.sid,
        content_variables='{"1": "A lamp"}',
    )
    assert message.body == "A lamp is on its way. Questions?"
    changes = TemplateChanges({"types": {"twilio/text": {"body": "Bye"}}})
    assert (await twilio.block(writing, "update", changes)).types == {
        "twilio/text": {"body": "Bye"}
    }
    assert (await twilio.call(template, "fetch")).language == "en"
    assert await twilio.call(template, "delete")
    assert await twilio.refusal(template, "fetch") == 20404


async def test_lists_of_templates(twilio: Official) -> None:
    names = ["a", "b", "c"]
    for name in names:
        made = await make(twilio, friendly_name=name)
    await twilio.block(
        twilio.blocking_content(made.sid).approval_create, "create", Approval(APPROVAL)
    )
    v1, v2 = twilio.content.v1, twilio.content.v2
    for lists in (v1.contents, v1.content_and_approvals, v2.contents, v2.content_and_approvals):
        listed = await twilio.call(lists, "list", page_size=2)
        assert [one.friendly_name for one in listed] == names
    (old,) = await twilio.call(v1.legacy_contents, "list")
    assert old.legacy_template_name == "owl_order"
    listed = await twilio.call(v2.contents, "list", sort_by_content_name="desc", language=["en"])
    assert [one.friendly_name for one in listed] == names[::-1]
    handed_in = await twilio.call(
        v2.content_and_approvals, "list", channel_eligibility=["whatsapp:received"]
    )
    assert [one.sid for one in handed_in] == [made.sid]


async def test_our_own_client_reads_it_too(twilio: Official) -> None:
    async with twilio.sim.client() as client:
        content = client.content
        text = TextContent(body="Hi {{1}}")
        made = await content.create(language="en", types=[text], friendly_name="hi")
        assert made.types == (text,)
        approvals = content(made.sid).approvals
        assert (await approvals.create(name="hi", category="UTILITY")).status == "received"
        twilio.clock.advance(30)
        told = (await approvals.fetch()).whatsapp
        assert told is not None
        assert told["status"] == "approved"
        sent = await client.messages.create(
            to="+14155550100",
            from_="+15005550006",
            content_sid=made.sid,
            content_variables={"1": "Ada"},
        )
        assert sent.body == "Hi Ada"
        await content.update(made.sid, types=[TextContent(body="Bye")])
        (listed,) = await content.list_with_approvals(content_name="hi")
        assert (listed.approval_requests or {})["status"] == "unsubmitted"
        (listed_plain,) = await content.list(content_type=["twilio/text"])
        assert listed_plain.types == (TextContent(body="Bye"),)
        assert [one.sid async for one in content.list_v1()] == [made.sid]
        await content.delete(made.sid)
        assert await content.list() == []
