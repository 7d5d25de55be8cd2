from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from async_messaging import ConnectionLost, InvalidInput, NotFound, Redirected
from async_messaging.resources import media
from async_messaging.testing import FakeClock
from async_messaging.transport import Hold, Response, scripted
from async_messaging.transport.scripted import Item
from tests.unit.resources.wire import BASE, HOST, MEDIA_SID, SID, client_over, wire

MEDIA = f"{HOST}{BASE}/Messages/{SID}/Media"
ONE = {"sid": MEDIA_SID, "parent_sid": SID, "content_type": "image/png"}
CONTENT = bytes(range(256)) * 1000


def redirect(url: str, status: int = 307) -> Response:
    return Response(status, {"location": url}, b"")


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_fetch_and_delete(clock: FakeClock) -> None:
    client, transport = client_over([scripted.json(200, ONE), Response(204, {}, b"")], clock)
    media = client.messages(SID).media
    assert (await media.fetch(MEDIA_SID)).content_type == "image/png"
    await media.delete(MEDIA_SID)
    assert [wire(request) for request in transport.requests] == [
        ("GET", f"{MEDIA}/{MEDIA_SID}.json", ""),
        ("DELETE", f"{MEDIA}/{MEDIA_SID}.json", ""),
    ]


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, "PageSize=50"),
        ({"limit": 3}, "PageSize=3"),
        ({"date_created": dt.date(2026, 11, 22)}, "DateCreated=2026-11-22&PageSize=50"),
        (
            {
                "date_created_before": dt.date(2026, 11, 22),
                "date_created_after": dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
            },
            "DateCreated%3C=2026-11-22&DateCreated%3E=2026-11-01T00%3A00%3A00Z&PageSize=50",
        ),
    ],
)
async def test_list(filters: dict[str, Any], query: str, clock: FakeClock) -> None:
    answer = scripted.json(200, {"media_list": [ONE], "next_page_uri": None})
    client, transport = client_over([answer], clock)
    assert [one.sid for one in await client.messages(SID).media.list(**filters)] == [MEDIA_SID]
    assert wire(transport.requests[0]) == ("GET", f"{MEDIA}.json?{query}", "")


async def test_a_download_follows_without_credentials(clock: FakeClock, tmp_path: Path) -> None:
    store = "https://media.twiliocdn.com/x?Signature=a%2Fb"
    client, transport = client_over([redirect(store), Response(200, {}, CONTENT)], clock)
    target = tmp_path / "picture.png"
    assert await client.messages(SID).media.download(MEDIA_SID, to=target) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert files(tmp_path) == [target]
    first, second = transport.requests
    assert wire(first) == ("GET", f"{MEDIA}/{MEDIA_SID}", "")
    assert wire(second) == ("GET", store, "")
    assert "Authorization" in first.headers
    assert "Authorization" not in second.headers


async def test_a_download_that_breaks_off_leaves_the_file_as_it_was(
    clock: FakeClock, tmp_path: Path
) -> None:
    target = tmp_path / "picture.png"
    target.write_bytes(b"before")
    broken: list[Item] = [ConnectionLost("reset") for _ in range(5)]
    client, transport = client_over(broken, clock)
    with pytest.raises(ConnectionLost):
        await client.messages(SID).media.download(MEDIA_SID, to=str(target))
    assert len(transport.requests) == 5
    assert target.read_bytes() == b"before"
    assert files(tmp_path) == [target]


async def test_a_cancelled_download_leaves_nothing(clock: FakeClock, tmp_path: Path) -> None:
    hold = Hold(asyncio.Event(), Response(200, {}, b""))
    client, _ = client_over([hold], clock)
    download = client.messages(SID).media.download(MEDIA_SID, to=tmp_path / "x")
    task = asyncio.create_task(download)
    await hold.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == []
    assert client.stats().in_flight == 0


async def test_a_download_that_is_cancelled_in_its_body_leaves_nothing(
    clock: FakeClock, tmp_path: Path
) -> None:
    client, _ = client_over(lambda _: Response(200, {}, CONTENT), clock)
    for passes in range(0, 60, 3):
        download = client.messages(SID).media.download(MEDIA_SID, to=tmp_path / "x")
        task = asyncio.create_task(download)
        for _ in range(passes):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert files(tmp_path) in ([], [tmp_path / "x"]), passes


async def test_downloads_to_one_file_write_one_each(clock: FakeClock, tmp_path: Path) -> None:
    """Whichever is last replaces the file, whole."""
    letters = iter("AB")
    client, _ = client_over(lambda _: Response(200, {}, next(letters).encode() * 200_000), clock)
    target = tmp_path / "x"
    own = client.messages(SID).media
    await asyncio.gather(*(own.download(MEDIA_SID, to=target) for _ in range(2)))
    assert files(tmp_path) == [target]
    assert len(set(target.read_bytes())) == 1
    assert target.stat().st_size == 200_000


async def test_a_download_writes_through_no_link_and_over_no_file_but_its_own(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim, target = tmp_path / "victim", tmp_path / "picture"
    victim.write_text("precious")
    monkeypatch.setattr(media, "token_hex", lambda _: "known")  # as if somebody had guessed it
    (tmp_path / ".picture.known.part").symlink_to(victim)
    client, _ = client_over([Response(200, {}, CONTENT)], clock)
    with pytest.raises(FileExistsError):
        await client.messages(SID).media.download(MEDIA_SID, to=target)
    assert victim.read_text() == "precious"
    assert (tmp_path / ".picture.known.part").is_symlink()
    assert not target.exists()


async def test_a_link_is_replaced_and_its_target_is_kept(clock: FakeClock, tmp_path: Path) -> None:
    victim, target = tmp_path / "victim", tmp_path / "picture"
    victim.write_text("precious")
    target.symlink_to(victim)
    client, _ = client_over([Response(200, {}, CONTENT)], clock)
    await client.messages(SID).media.download(MEDIA_SID, to=target)
    assert victim.read_text() == "precious"
    assert not target.is_symlink()


async def test_a_download_into_a_folder_is_refused(clock: FakeClock, tmp_path: Path) -> None:
    client, transport = client_over([], clock)
    with pytest.raises(InvalidInput) as caught:
        await client.messages(SID).media.download(MEDIA_SID, to=tmp_path)
    assert caught.value.field == "to"
    assert transport.requests == []


async def test_an_open_medium_is_read_in_pieces(clock: FakeClock) -> None:
    answer = Response(200, {"content-type": "image/png"}, CONTENT)
    client, _ = client_over([answer], clock)
    async with client.messages(SID).media.open(MEDIA_SID) as medium:
        assert medium.headers["content-type"] == "image/png"
        pieces = [piece async for piece in medium.chunks()]
    assert b"".join(pieces) == CONTENT
    assert len(pieces) > 1


async def test_a_redirect_elsewhere_is_not_followed(clock: FakeClock, tmp_path: Path) -> None:
    client, transport = client_over([redirect("https://evil.example/x")], clock)
    with pytest.raises(Redirected):
        await client.messages(SID).media.download(MEDIA_SID, to=tmp_path / "x")
    assert len(transport.requests) == 1
    assert files(tmp_path) == []


async def test_a_medium_that_is_not_there(clock: FakeClock, tmp_path: Path) -> None:
    body = {"code": 20404, "message": "not found", "status": 404}
    client, _ = client_over([scripted.json(404, body)], clock)
    with pytest.raises(NotFound):
        await client.messages(SID).media.download(MEDIA_SID, to=tmp_path / "x")
    assert files(tmp_path) == []


@pytest.mark.parametrize("outcome", ["confirmed", "unconfirmed"])
async def test_feedback(outcome: str, clock: FakeClock) -> None:
    answer = scripted.json(200, {"message_sid": SID, "outcome": outcome})
    client, transport = client_over([answer], clock)
    feedback = await client.messages(SID).feedback.create(outcome=outcome)
    assert (feedback.message_sid, feedback.outcome) == (SID, outcome)
    url = f"{HOST}{BASE}/Messages/{SID}/Feedback.json"
    assert wire(transport.requests[0]) == ("POST", url, f"Outcome={outcome}")


async def test_feedback_may_be_repeated(clock: FakeClock) -> None:
    script = [Response(503, {}, b""), scripted.json(200, {"outcome": "confirmed"})]
    client, transport = client_over(script, clock)
    assert (await client.messages(SID).feedback.create()).outcome == "confirmed"
    assert len(transport.requests) == 2
