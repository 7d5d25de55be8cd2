"""The inbox's pages: files of `web/`, served as they are, under a policy that lets nothing else run or load.

No script or style stands in a page itself, nothing comes from elsewhere, no page may frame it, and text can't become
markup (Trusted Types): what people write is hostile.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files

from .answers import Answer
from .exchange import Exchange

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TYPES = {
    "html": "text/html;charset=utf-8",
    "css": "text/css;charset=utf-8",
    "js": "text/javascript;charset=utf-8",
    "svg": "image/svg+xml",
}


@lru_cache(maxsize=1)
def _contents() -> dict[str, bytes]:
    folder = files("async_messaging.simulator") / "web"
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if entry.name.rpartition(".")[2] in _TYPES
    }


def _serve(name: str) -> Answer:
    content = _contents().get(name)
    if content is None:
        return Answer(404, b"Not found", headers=HEADERS, content_type="text/plain")
    return Answer(200, content, headers=HEADERS, content_type=_TYPES[name.rpartition(".")[2]])


def show_inbox(_exchange: Exchange) -> Answer:
    """GET /."""
    return _serve("index.html")


def show_file(exchange: Exchange) -> Answer:
    """GET /inbox/web/{File}."""
    return _serve(exchange.path["File"])


def show_picture(exchange: Exchange) -> Answer:
    """GET /inbox/media/{MediaSid}: a picture that stands for the file, whose bytes nobody has fetched."""
    sid = exchange.path["MediaSid"]
    media = exchange.account.find_media(sid)
    if media is None or media.deleted:
        return Answer(404, b"Not found", headers=HEADERS, content_type="text/plain")
    return Answer(200, _draw(sid).encode(), headers=HEADERS, content_type=_TYPES["svg"])


def _draw(sid: str) -> str:
    """Hills under a sun, in colours and shapes that the sid gives."""
    dice = hashlib.sha256(sid.encode()).digest()
    hue, sun, near, far = dice[0] * 360 // 256, 40 + dice[1] // 2, dice[2] // 5, dice[3] // 5
    warm = (hue + 150) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 160" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="240" height="160" fill="hsl({hue} 55% 82%)"/>'
        f'<circle cx="{sun}" cy="52" r="20" fill="hsl({warm} 80% 88%)"/>'
        f'<path d="M0 {120 - far}Q60 {60 + far} 120 {110 - near}T240 {90 + far}V160H0z" fill="hsl({hue} 38% 62%)"/>'
        f'<path d="M0 {140 - near // 2}Q70 {90 + near} 150 {128 - far // 2}T240 {124 + near // 2}V160H0z"'
        f' fill="hsl({hue} 42% 42%)"/></svg>'
    )
