"""Messages that content templates make are found in Twilio's list by what the templates say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from async_messaging import Campaign, MessagingClient, OutcomeUnknown
from async_messaging.campaigns.options import RunOptions
from async_messaging.models import TextContent
from async_messaging.testing import SimulatedTwilio

FROM = "+15005550006"
TO = "+14155550100"
RUN = RunOptions(on_unknown="hold", settle=0.0, scan_interval=0.0, pause_above=None)


async def template(client: MessagingClient) -> str:
    text = TextContent(body="Hi {{1}}, your parcel comes on {{2}}")
    return (await client.content.create(language="en", types=[text])).sid


async def test_a_campaigns_rows(
    tmp_path: Path, twilio: SimulatedTwilio, twilio_client: MessagingClient
) -> None:
    sid = await template(twilio_client)
    rows = [
        {
            "phone": f"+1415555{number:04}",
            "content_sid": sid,
            "content_variables": {"1": f"Ann {number}", "2": "Monday"},
        }
        for number in range(5)
    ]
    source = tmp_path / "people.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    campaign = await Campaign.create(tmp_path / "spring.campaign", source, sender=FROM)
    twilio.faults = "drop_after=100%"
    result = await campaign.run(twilio_client, RUN)
    assert (result.counts.accepted, result.counts.held) == (5, 0)
    assert sorted(kept.to for kept in twilio.messages) == [row["phone"] for row in rows]


async def test_a_single_send(twilio: SimulatedTwilio, twilio_client: MessagingClient) -> None:
    sid = await template(twilio_client)
    twilio.faults = "drop_after=100%"
    with pytest.raises(OutcomeUnknown) as caught:
        await twilio_client.messages.create(
            to=TO, from_=FROM, content_sid=sid, content_variables={"1": "Ann", "2": "Monday"}
        )
    twilio.faults = ""
    found = await caught.value.settle(settle=0.0, scan_interval=0.0)
    assert found is not None
    assert [found.sid] == [kept.sid for kept in twilio.messages]
