"""Answers, headers, drafts and secrets that nobody should give, for whoever must survive them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from async_messaging import MessageDraft
from async_messaging.errors import AnswerTimeout, ConnectionLost, MessagingError, UnexpectedAnswer
from async_messaging.transport import Response

SID = "SM" + "1" * 32
BODY = "a text of the user's that nobody may see"
TO = "+15558675310"

TEXTS = st.sampled_from(
    [
        "",
        "    ",
        "\t\r\n",
        "\x00\x1b[31m",
        "\ud800",
        "\ufeff" + BODY,
        BODY,
        BODY.upper(),
        TO,
        "9" * 5000,
        "-1",
        "1e999",
        "NaN",
        "%",
        "%s %d {0} {x}",
        "canceled",
        "\n".join(f"line {number}" for number in range(1200)),
        "a" * 70_000,
        SID,
        SID[:-1],
        "null",
    ]
) | st.text(max_size=30)

_NUMBERS = st.sampled_from([0, -1, 7, 21211, 21610, 63017, 10**30, True, 1.5, 1e300, -0.0])
_VALUES = st.recursive(
    TEXTS | _NUMBERS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    [
        "sid",
        "status",
        "code",
        "message",
        "more_info",
        "moreInfo",
        "detail",
        "details",
        "errors",
        "title",
        "type",
        "body",
        "to",
        "from",
        "num_segments",
        "price",
        "error_code",
        "date_created",
        "account_sid",
        "uri",
        "tags",
    ]
)
_OBJECTS = st.dictionaries(_NAMES, _VALUES, max_size=8)


def _bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


_DEEP = b"[" * 3000 + b"]" * 3000
_CONTENTS = (
    st.binary(max_size=60)
    | _OBJECTS.map(_bytes)
    | _VALUES.map(_bytes)
    | st.sampled_from(
        [
            b"",
            _DEEP,
            b'{"sid": "' + SID.encode() + b'", "deep": ' + _DEEP + b"}",
            b'{"sid": "' + SID.encode() + b'", "num_segments": ' + b"9" * 5000 + b"}",
            b'{"sid": "' + SID.encode() + b'", "price": "1e9999999999"}',
            b'{"sid": "' + SID.encode() + b'", "body": "\xff\xfe \\ud800"}',
            b"\xef\xbb\xbf" + b'{"code": 21211, "message": "\\udcff", "status": 400}',
            b'{"code": ' + b"9" * 5000 + b', "message": "x"}',
        ]
    )
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        ["retry-after", "date", "twilio-request-id", "twilio-concurrent-requests", "content-type"]
    ),
    TEXTS,
    max_size=4,
)
STATUSES = st.sampled_from(
    [
        *(200, 201, 204, 299, 300, 301, 304, 307, 308, 400, 401, 403, 404, 408, 409, 410, 423, 425),
        *(429, 451, 499, 500, 502, 503, 504, 599, 600, 999, 100, 0),
    ]
)


def _failed(kind: type[MessagingError], raw: str) -> MessagingError:
    return kind("the transport's own words", raw=raw, headers={"retry-after": raw})


ANSWERS = st.builds(Response, STATUSES, _HEADERS, _CONTENTS) | st.builds(
    _failed, st.sampled_from([AnswerTimeout, ConnectionLost, UnexpectedAnswer]), TEXTS
)

_WRITABLE = TEXTS.filter(lambda text: text.isprintable() and text.isascii())
DRAFTS = st.builds(
    MessageDraft,
    to=st.just(TO),
    from_=st.sampled_from(["+15017122661", "ACME", "    "]),
    body=st.sampled_from(["    ", BODY, "", "canceled", "\n" * 400, "\u00a0" * 9, "x" * 1600]),
    extra=st.dictionaries(st.sampled_from(["Note", "Status", ""]), _WRITABLE, max_size=2),
)
SECRETS = st.sampled_from(["    ", "secret", "\u00e9" * 9, "'\"<&>%", "a\nb", "x" * 5000])


def right_outcome(answer: Response | MessagingError, error: MessagingError | None) -> bool:
    """Whether an outcome contradicts the plainest facts of the answer that it came of."""
    if isinstance(answer, MessagingError):
        return error is not None and error.outcome == "unknown"
    named = f'"sid": "{SID}"'.encode() in answer.content
    if 200 <= answer.status < 300:
        return error is None or error.outcome == "unknown"
    if error is None:
        return False
    if answer.status >= 500 or answer.status < 200:
        known = answer.content.startswith(b"{")  # "too fast" and "full" hold whatever the status
        return error.outcome == "unknown" or known
    return error.outcome == "unknown" or not named or b'"code"' in answer.content
