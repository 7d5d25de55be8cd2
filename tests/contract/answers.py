"""What each answer to a creation means: the contract of sending, as data.

A row: name, status, code (None: Twilio's JSON without a code; "html": not Twilio's at all), the
error's class, outcome, whether it stops everything, and how often the request goes out.
"""

from __future__ import annotations

HTML = "html"

ANSWERS: tuple[tuple[str, int, int | str | None, str, str, bool], ...] = (
    ("bad parameter", 400, 20001, "BadRequest", "refused", False),
    ("invalid to", 400, 21211, "BadRequest", "refused", False),
    ("opted out", 400, 21610, "BadRequest", "refused", False),
    ("no code", 400, None, "BadRequest", "refused", False),
    ("not found", 404, 20404, "NotFound", "refused", False),
    ("conflict", 409, 20409, "Conflict", "refused", False),
    ("forbidden with a code of its own", 403, 20403, "Forbidden", "refused", False),
    ("gone", 410, 20404, "BadRequest", "refused", False),
    ("too large", 413, 20001, "BadRequest", "refused", False),
    ("429 with another code", 429, 21610, "BadRequest", "refused", False),
    ("queue full", 400, 21611, "SenderQueueFull", "not_sent", False),
    ("queue full as 429", 429, 21611, "SenderQueueFull", "not_sent", False),
    ("queue full as 500", 500, 21611, "SenderQueueFull", "not_sent", False),
    ("daily cap", 429, 63038, "DailyLimitReached", "not_sent", False),
    ("daily cap as 400", 400, 63038, "DailyLimitReached", "not_sent", False),
    ("daily cap as 503", 503, 63038, "DailyLimitReached", "not_sent", False),
    ("unauthorized", 401, 20003, "Unauthorized", "not_sent", True),
    ("unauthorized by a proxy", 401, HTML, "Unauthorized", "not_sent", True),
    ("permission denied", 403, 20003, "AccountStopped", "not_sent", True),
    ("account not active", 403, 20005, "AccountStopped", "not_sent", True),
    ("access denied", 403, 20006, "AccountStopped", "not_sent", True),
    ("403 without a code", 403, None, "AccountStopped", "not_sent", True),
    ("temporary redirect", 307, HTML, "Redirected", "not_sent", True),
    ("permanent redirect", 308, HTML, "Redirected", "not_sent", True),
    ("moved", 301, HTML, "UnexpectedAnswer", "unknown", True),
    ("moved, with a code", 301, 63038, "UnexpectedAnswer", "unknown", True),
    ("temporary redirect with a code", 307, 63017, "Redirected", "not_sent", True),
    ("found", 302, HTML, "UnexpectedAnswer", "unknown", True),
    ("see other", 303, HTML, "UnexpectedAnswer", "unknown", True),
    ("not modified", 304, HTML, "UnexpectedAnswer", "unknown", True),
    ("multiple choices", 300, HTML, "UnexpectedAnswer", "unknown", True),
    ("request timeout", 408, 20001, "UnexpectedAnswer", "unknown", False),
    ("locked", 423, 20001, "UnexpectedAnswer", "unknown", False),
    ("too early", 425, 20001, "UnexpectedAnswer", "unknown", False),
    ("400 by a proxy", 400, HTML, "UnexpectedAnswer", "unknown", False),
    ("403 by a proxy", 403, HTML, "UnexpectedAnswer", "unknown", False),
    ("404 by a proxy", 404, HTML, "UnexpectedAnswer", "unknown", False),
    ("407 by a proxy", 407, HTML, "UnexpectedAnswer", "unknown", False),
    ("499 by a proxy", 499, HTML, "UnexpectedAnswer", "unknown", False),
    ("internal error", 500, 20500, "ServerFailed", "unknown", False),
    ("internal error by a proxy", 502, HTML, "ServerFailed", "unknown", False),
    ("unavailable", 503, 20503, "ServerFailed", "unknown", False),
    ("500 with a refusal's code", 500, 21211, "ServerFailed", "unknown", False),
    ("gateway timeout", 504, HTML, "ServerFailed", "unknown", False),
)

WAITED_OUT: tuple[tuple[str, int, int | str | None], ...] = (
    ("concurrency", 429, 20429),
    ("429 without a code", 429, None),
    ("429 by a proxy", 429, HTML),
    ("too fast", 400, 63017),
    ("too fast as 429", 429, 63017),
    ("too fast as 500", 500, 63017),
    ("channel too fast", 429, 63018),
)
"""Answers that were certainly not processed: the call waits and goes again."""
