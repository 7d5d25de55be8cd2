from __future__ import annotations

from async_messaging.simulator.media import content_of
from tests.unit.simulator.visitor import Json, Visitor, code_of, read

URLS = ["https://a.example/cat.png?size=1", "https://a.example/unknown", "https://a.example/a.gif"]


def listed(visitor: Visitor, message: Json, query: str = "") -> Json:
    return read(visitor.get(f"{message['subresource_uris']['media']}{query}"))


def test_list_fetch_delete(visitor: Visitor) -> None:
    message = visitor.create(MediaUrl=URLS)
    assert message["sid"].startswith("MM")
    assert (message["num_media"], message["num_segments"]) == ("3", "1")
    media = listed(visitor, message)["media_list"]
    assert [item["content_type"] for item in media] == ["image/png", "image/jpeg", "image/gif"]
    path = media[1]["uri"]
    assert read(visitor.get(path)) == media[1]
    assert visitor.ask("DELETE", path).answer.status == 204
    assert code_of(visitor.get(path)) == 20404
    assert listed(visitor, message)["media_list"] == [media[0], media[2]]


def test_list_pages_and_filters(visitor: Visitor) -> None:
    message = visitor.create(MediaUrl=URLS)
    page = listed(visitor, message, "?PageSize=2")
    rest = read(visitor.get(page["next_page_uri"]))
    assert (len(page["media_list"]), len(rest["media_list"])) == (2, 1)
    assert rest["next_page_uri"] is None
    assert listed(visitor, message, "?DateCreated=2026-01-01")["media_list"]
    assert not listed(visitor, message, "?DateCreated%3E=2026-01-02")["media_list"]
    assert not listed(visitor, message, "?DateCreated%3C=2025-12-31")["media_list"]


def test_a_message_without_media_has_an_empty_list(visitor: Visitor) -> None:
    assert listed(visitor, visitor.create())["media_list"] == []


def test_download_by_redirect_to_a_cdn_without_credentials(visitor: Visitor) -> None:
    media = listed(visitor, visitor.create(MediaUrl=URLS[:1]))["media_list"][0]
    redirect = visitor.get(media["uri"].removesuffix(".json")).answer
    assert redirect.status == 307
    address = redirect.headers["Location"]
    assert address.encode() in redirect.body
    assert address.startswith("http://127.0.0.1:1/cdn/")
    path = address.removeprefix("http://127.0.0.1:1")

    assert visitor.get(path).answer.status == 400
    file = visitor.ask("GET", path, authorization="").answer
    assert (file.status, file.content_type) == (200, "image/png")
    assert file.body == content_of(media["sid"])
    assert len(file.body) == 4096

    unsigned = path.partition("?")[0]
    assert visitor.ask("GET", unsigned, authorization="").answer.status == 403
    visitor.ask("DELETE", media["uri"])
    assert visitor.ask("GET", path, authorization="").answer.status == 404
