"""A campaign on a disk, and a Twilio without a network; both in real time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

from async_messaging import MessagingClient
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.importing import ImportOptions
from async_messaging.campaigns.run import CampaignRun
from async_messaging.clock import SystemClock
from tests.unit.campaigns.twilio import Behaviour, Twilio, accept
from tests.unit.pipeline.calls import scripted_client


class Stage:
    """A campaign on a disk, and a Twilio without a network; both in real time."""

    def __init__(self, folder: Path, rows: int = 8) -> None:
        self.path = folder / "spring.campaign"
        self.source = folder / "people.csv"
        lines = "".join(f"+1415555{n:04},n{n}\n" for n in range(1, rows + 1))
        self.source.write_text(f"to,name\n{lines}", encoding="utf-8")
        self.twilio = Twilio(SystemClock())  # type: ignore[arg-type]  # real time
        self.twilio.latency = 0.001
        self.client: MessagingClient = scripted_client(self.twilio.answer, SystemClock())[0]

    async def create(self, **options: Unpack[ImportOptions]) -> Campaign:
        options.setdefault("template", "Hi {name}")
        options.setdefault("sender", "+15017122661")
        options.setdefault("durability", "process")
        return await Campaign.create(self.path, self.source, **options)

    def run(self, campaign: Campaign, behave: Behaviour = accept, **options: Any) -> CampaignRun:
        self.twilio.behave = behave
        settings = {"settle": 0.0, "scan_interval": 0.0, "concurrency": 2, **options}
        return campaign.run(self.client, durability="process", **settings)

    def ends(self, number: int, **fields: object) -> None:
        """Twilio knows more by now of the message that it accepted as this one."""
        self.twilio.messages[number - 1][1].update(fields)

    def texts(self) -> list[str]:
        return [form["Body"] for form in self.twilio.posts]
