from __future__ import annotations

from pathlib import Path

import pytest

from async_messaging import MessagingClient
from async_messaging.campaigns.campaign import Campaign
from async_messaging.campaigns.reading import LedgerView
from async_messaging.cli.campaign_plan import (
    Pool,
    ShownPlan,
    plan_lines,
    plan_of,
    plan_record,
    pool_of,
)
from async_messaging.transport.base import Request, Response
from async_messaging.transport.scripted import ScriptedTransport
from tests.unit.cli.campaign_shots import WHERE

SERVICE = "MG" + "0" * 32


async def planned(folder: Path, pool: Pool | None = None, rate: float | None = None) -> ShownPlan:
    source = folder / "people.csv"
    rows = ["phone,name", "+14155550100,Ada", "+14155550101,", "+14155550100,Ada", "12,Ida"]
    source.write_text("\n".join([*rows, "+14155550102,Bob"]))
    path = folder / "spring.campaign"
    await Campaign.create(path, source, template="Hi {name}\nSee you", sender=SERVICE)
    with LedgerView(path) as view:
        return plan_of(view, path.name, WHERE, rate, pool)


async def test_the_plan_says_what_is_about_to_happen(tmp_path: Path) -> None:
    lines = plan_lines(await planned(tmp_path, rate=0.5), 80)
    assert lines[0] == "LIVE  https://api.twilio.com, account AC12...cdef"
    assert lines[1] == "Campaign spring in spring.campaign, from people.csv"
    assert lines[4].split() == ["5", "2", "2", "3"]
    assert any(line.split(maxsplit=1) == ["takes", "0:04 at 0.5 segments/s"] for line in lines)
    assert lines[-3:] == ["  row 1 to +1415...0100:", "    Hi Ada", "    See you"]
    assert max(map(len, lines)) <= 80


async def test_json_has_no_number_and_no_text(tmp_path: Path) -> None:
    record = plan_record(await planned(tmp_path, Pool(SERVICE, ("ACME",)), 100.0))
    assert (record["rows"], record["to_send"], record["skipped"]) == (5, 2, 3)
    assert (record["pool"], record["pool_trouble"], record["duration"]) == (["ACME"], None, 0.02)
    assert "415" not in str(record)
    assert "Ada" not in str(record)


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        (Pool(SERVICE), "EMPTY: the service has no sender"),
        (Pool(SERVICE, ("+15005550006", "ACME")), "+15005550006, ACME"),
        (Pool(SERVICE, tuple("ABCDEFG")), "A, B, C, D, E and 2 more"),
        (Pool(SERVICE, trouble="it failed"), "its senders can't be read: it failed"),
    ],
)
async def test_the_pool_of_a_service_is_named(tmp_path: Path, pool: Pool, said: str) -> None:
    assert said in " ".join(" ".join(plan_lines(await planned(tmp_path, pool), 200)).split())


def answered(request: Request) -> Response:
    key = request.url.rpartition("/")[2].partition("?")[0]
    names = {
        "PhoneNumbers": (
            "phone_numbers",
            '{"sid": "PN' + "1" * 32 + '", "phone_number": "+15005550006"}',
        ),
        "ShortCodes": ("short_codes", ""),
        "AlphaSenders": ("alpha_senders", '{"sid": "AI' + "1" * 32 + '", "alpha_sender": "ACME"}'),
    }
    name, items = names[key]
    meta = f'{{"key": "{name}", "next_page_url": null}}'
    return Response(200, {}, f'{{"{name}": [{items}], "meta": {meta}}}'.encode())


async def test_a_services_senders_are_read() -> None:
    async with MessagingClient(
        account_sid="AC" + "0" * 32, auth_token="x", transport=ScriptedTransport(answered)
    ) as client:
        assert await pool_of(client, SERVICE) == Pool(SERVICE, ("+15005550006", "ACME"))
        assert await pool_of(client, "+15005550006") is None
        assert await pool_of(client, None) is None


async def test_senders_that_can_not_be_read_are_no_failure() -> None:
    def refuse(request: Request) -> Response:
        return Response(404, {}, b'{"code": 20404, "message": "not found", "status": 404}')

    async with MessagingClient(
        account_sid="AC" + "0" * 32, auth_token="x", transport=ScriptedTransport(refuse)
    ) as client:
        pool = await pool_of(client, SERVICE)
    assert pool is not None
    assert "404" in pool.trouble
