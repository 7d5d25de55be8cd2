from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_messaging.codec.problem import Problem, read_problem, salvage_sid

LINK = "https://www.twilio.com/docs/errors/21608"
SID = "SM" + "0a1B" * 8


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


TWILIOS = {
    "shape 1": (
        body(code=21608, message="not verified", more_info=LINK, status=400),
        Problem(21608, "not verified", more_info=LINK, status=400),
    ),
    "shape 1 with details": (
        body(code=21608, message="no", more_info=LINK, status=400, details={"a": [1]}),
        Problem(21608, "no", more_info=LINK, status=400, details={"a": [1]}),
    ),
    "shape 1 without code": (
        body(message="no", more_info=LINK, status=400),
        Problem(None, "no", more_info=LINK, status=400),
    ),
    "message and code": (body(code=20404, message="no"), Problem(20404, "no")),
    "message and link": (body(more_info=LINK, message=""), Problem(None, "", more_info=LINK)),
    "null code": (
        body(code=None, message="no", more_info=LINK),
        Problem(None, "no", more_info=LINK),
    ),
    "details that are no object": (
        body(code=20001, message="no", details=[1]),
        Problem(20001, "no"),
    ),
    "shape 2": (
        body(status=429, message="too many", detail="slow down", code=20429, moreInfo=LINK),
        Problem(20429, "too many", more_info=LINK, detail="slow down", status=429),
    ),
    "shape 3": (
        body(type=LINK, title="Bad", status=400, code=20001, detail="To", instance="/x"),
        Problem(20001, "Bad", more_info=LINK, detail="To", status=400),
    ),
    "shape 3 with errors": (
        body(type=LINK, title="Bad", status=400, code=20001, errors=[{"detail": "x"}]),
        Problem(20001, "Bad", more_info=LINK, status=400, details={"errors": [{"detail": "x"}]}),
    ),
    "shape 4": (
        body(errors=[{"code": 20404, "message": "no", "infoUrl": LINK, "context": "c"}]),
        Problem(
            20404,
            "no",
            more_info=LINK,
            detail="c",
            details={"errors": [{"code": 20404, "message": "no", "infoUrl": LINK, "context": "c"}]},
        ),
    ),
    "code as text": (
        body(code="21211", message="no", status="400"),
        Problem(21211, "no", status=400),
    ),
    "code with a fraction": (body(code=21211.0, message="no"), Problem(21211, "no")),
    "lone surrogate": (
        b'{"code":21211,"message":"no \\ud800","status":400}',
        Problem(21211, "no ?", status=400),
    ),
    "lone surrogate in an unknown field": (
        b'{"code":21211,"message":"no","zzz":"\\udfff"}',
        Problem(21211, "no"),
    ),
    "bad UTF-8": (b'{"code":21211,"message":"no \xff"}', Problem(21211, "no \ufffd")),
    "byte order mark": (b'\xef\xbb\xbf{"code":21211,"message":"no"}', Problem(21211, "no")),
}

NOT_TWILIOS = {
    "empty": b"",
    "HTML": b"<html><body>502 Bad Gateway</body></html>",
    "XML": b"<?xml version='1.0'?><TwilioResponse/>",
    "list": b"[]",
    "list of problems": b'[{"code":20404,"message":"no"}]',
    "text": b'"no"',
    "number": b"20404",
    "null": b"null",
    "empty object": b"{}",
    "unknown keys": body(error="no", reason="x"),
    "message alone": body(message="Forbidden"),
    "code alone": body(code=20003),
    "message that is no text": body(code=20003, message=None, status=401),
    "message and other codes": body(message="no", code="AccessDenied"),
    "huge code": body(code=10**300, message="no", status=400),
    "endless code": b'{"code":' + b"9" * 4000 + b',"message":"no","status":400}',
    "infinite code": b'{"code":1e999,"message":"no","status":400}',
    "true as code": body(code=True, message="no", status=400),
    "what a gateway writes": body(message="Forbidden", status=403),
    "a status as code": body(message="Forbidden", code=403, status=403),
    "status no HTTP status": body(message="no", status=7),
    "empty link": body(message="no", more_info=None),
    "title without the rest": body(title="Bad", status=400),
    "title no text": body(type="", title=5, status=400, code=20001),
    "no errors": body(errors=[]),
    "errors no list": body(errors={"0": {"code": 20404, "message": "no"}}),
    "errors of texts": body(errors=["no"]),
    "errors without code": body(errors=[{"message": "no"}]),
    "errors without message": body(errors=[{"code": 20404}]),
    "truncated": b'{"code":21211,"message":"no',
    "deep": b"[" * 100_000,
    "deep object": b'{"message":' * 100_000,
    "deep after bad UTF-8": b'["\xff",' + b"[" * 100_000,
    "UTF-16": '{"code":21211,"message":"no"}'.encode("utf-16"),
    "endless digits": b"9" * 100_000,
}


@pytest.mark.parametrize("name", TWILIOS)
def test_twilios_bodies(name: str) -> None:
    content, expected = TWILIOS[name]
    assert read_problem(content) == expected


@pytest.mark.parametrize("name", NOT_TWILIOS)
def test_bodies_of_others(name: str) -> None:
    assert read_problem(NOT_TWILIOS[name]) is None


KEYS = st.sampled_from(
    [
        "code",
        "message",
        "more_info",
        "moreInfo",
        "status",
        "detail",
        "details",
        "type",
        "title",
        "errors",
        "infoUrl",
    ]
)
scalars = (
    st.sampled_from([None, True, 400, 21211, "21211", 21211.0, 10**300, float("inf"), "\ud800"])
    | st.integers()
    | st.text(st.characters(exclude_categories=()))
)
objects = st.dictionaries(KEYS, scalars | st.lists(st.dictionaries(KEYS, scalars), max_size=2))


@given(st.binary() | objects.map(lambda found: json.dumps(found).encode()))
def test_it_never_raises(content: bytes) -> None:
    problem = read_problem(content)
    if problem is not None:
        problem.message.encode()
        assert problem.code is None or 0 < problem.code < 10_000_000
        assert problem.status is None or 100 <= problem.status < 600


@given(objects, st.integers(0, 300))
def test_it_never_raises_on_a_piece(found: dict[str, object], length: int) -> None:
    read_problem(json.dumps(found).encode()[:length])


def test_repr_shows_code_and_lengths_only() -> None:
    problem = read_problem(
        body(code=21211, message="To +15558675310", detail="+15558675310", details={"to": "+1555"})
    )
    assert repr(problem) == "Problem(code=21211, message=<15 characters>)"
    assert isinstance(problem, Problem)
    assert "555" not in str(problem.__rich_repr__())
    assert pickle.loads(pickle.dumps(problem)) == problem


@pytest.mark.parametrize(
    "content",
    [
        b'{"sid": "' + SID.encode() + b'", "body": "caf\xff',
        b'{"account_sid":"SM' + b"f" * 32 + b'","sid":"' + SID.encode() + b'"',
        b'{"body":"\\"sid\\": \\"SM' + b"f" * 32 + b'\\"","sid" : "' + SID.encode(),
        b'{"sid":null,"x":{"sid":\n"' + SID.encode() + b'"}}',
        b'{"sid":"AC' + b"f" * 32 + b'","sid":"' + SID.encode() + b'"}',
    ],
)
def test_a_sid_is_salvaged(content: bytes) -> None:
    assert salvage_sid(content) == SID


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"sid": "SM123"}',
        b'{"sid": "' + SID[:-1].encode() + b'"}',
        b'{"sid": "' + SID.encode() + b'0"}',
        b'{"account_sid": "' + SID.encode() + b'"}',
        b'{"sid": "MG' + b"0" * 32 + b'"}',
        SID.encode(),
    ],
)
def test_no_sid_is_made_up(content: bytes) -> None:
    assert salvage_sid(content) is None


def test_other_kinds_of_sid() -> None:
    content = b'{"sid": "MG' + b"0" * 32 + b'"}'
    assert salvage_sid(content, "MG") == "MG" + "0" * 32
    assert salvage_sid(content, "[A-Z]{2}") == "MG" + "0" * 32
    assert salvage_sid(b'{"sid": "MM' + b"0" * 32 + b'"}') == "MM" + "0" * 32


@given(st.binary())
def test_salvage_never_raises(content: bytes) -> None:
    assert salvage_sid(content) is None
