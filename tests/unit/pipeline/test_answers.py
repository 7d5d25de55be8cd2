"""Every answer means what the contract says."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest

from async_messaging import MessagingError, errors
from async_messaging.codec.codes import CodeFacts, advice_of
from async_messaging.errors import (
    APIError,
    BadRequest,
    RateLimited,
    ServerError,
    ServerFailed,
    UnexpectedAnswer,
)
from async_messaging.operation import Call
from async_messaging.pipeline.answers import error_of, of_another_send, value_of
from async_messaging.resources.messages import creation
from async_messaging.testing import FakeClock
from async_messaging.transport import Response, scripted
from tests.contract.answers import ANSWERS, HTML, WAITED_OUT
from tests.unit.pipeline.calls import DRAFT, SID, created, problem, scripted_client

PAGE = Response(502, {"content-type": "text/html"}, b"<html>Bad gateway</html>")


def answer(status: int, code: int | str | None) -> Response:
    if code == HTML:
        return Response(status, {}, PAGE.content)
    assert not isinstance(code, str)
    return problem(status, code)


@pytest.mark.parametrize(("name", "status", "code", "kind", "outcome", "stops"), ANSWERS)
async def test_a_creation_goes_out_once_and_ends_as_the_contract_says(
    name: str,
    status: int,
    code: int | str | None,
    kind: str,
    outcome: str,
    stops: bool,
    clock: FakeClock,
) -> None:
    client, transport = scripted_client([answer(status, code), created()], clock)
    with pytest.raises(MessagingError) as caught:
        await client.messages.send(DRAFT)
    assert type(caught.value) is getattr(errors, kind)
    assert caught.value.outcome == outcome
    assert caught.value.stops is stops
    assert caught.value.status == status
    assert len(transport.requests) == 1


@pytest.mark.parametrize(("name", "status", "code"), WAITED_OUT)
async def test_what_was_never_processed_goes_again_until_accepted(
    name: str, status: int, code: int | str | None, clock: FakeClock
) -> None:
    client, transport = scripted_client([answer(status, code)] * 7 + [created()], clock)
    done = await client.with_raw_response(client.messages.send(DRAFT))
    assert done.attempts == 1
    assert len(transport.requests) == 8
    assert clock.monotonic() > 0


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_read_meets_server_errors_as_such(status: int, clock: FakeClock) -> None:
    client, transport = scripted_client([answer(status, 20500)] * 9, clock)
    with pytest.raises(errors.ServerError):
        await client.balance.fetch()
    assert len(transport.requests) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b"<html>",
        b'{"sid": null}',
        b'{"sid": "SM' + b"1" * 32 + b'"',
        b'{"status": "queued"}',
    ],
)
async def test_a_2xx_without_a_readable_sid_is_unknown(body: bytes, clock: FakeClock) -> None:
    client, transport = scripted_client([Response(201, {}, body), created()], clock)
    with pytest.raises(UnexpectedAnswer) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.outcome == "unknown"
    assert caught.value.sid == (SID if SID.encode() in body else None)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299])
async def test_any_2xx_with_a_sid_is_accepted(status: int, clock: FakeClock) -> None:
    response = scripted.json(status, {"sid": SID, "num_segments": "many", "price": ""})
    client, _ = scripted_client([response], clock)
    assert (await client.messages.send(DRAFT)).sid == SID


def test_an_error_tells_all_that_twilio_said() -> None:
    response = problem(429, 20429, retry_after="7", twilio_request_id="RQ1")
    error = error_of(creation(DRAFT), response, 0.0)
    assert isinstance(error, RateLimited)
    assert (error.retry_after, error.request_id, error.code) == (7.0, "RQ1", 20429)
    assert error.advice
    assert "https://www.twilio.com/docs/api/errors/20429" in str(error)
    assert error.headers["retry-after"] == "7"


@pytest.mark.parametrize("code", [None, 21211, 99999])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 429, 500, 503])
def test_every_answer_that_is_an_error_comes_with_advice(status: int, code: int | None) -> None:
    read = Call("FetchMessage", "GET", "api", "/", lambda _: None, "read")
    for call in (creation(DRAFT), read):
        error = error_of(call, problem(status, code), 0.0)
        assert isinstance(error, APIError | ServerFailed)
        assert error.advice
        assert error.advice[0].isupper()


def test_own_facts_go_before_the_tables() -> None:
    own = {21211: CodeFacts(21211, "our form lets letters through", "fix_message")}
    error = error_of(creation(DRAFT), problem(400, 21211), 0.0, codes=own)
    assert error.advice is not None
    assert error.advice.startswith("Our form lets letters through: change the message")


async def test_a_client_knows_its_own_codes_also_for_other_accounts(clock: FakeClock) -> None:
    own = CodeFacts(99999, "brand new", "wait")
    client, _ = scripted_client([problem(400, 99999)] * 2, clock, codes=[own])
    other = client.for_account("AC" + "c" * 32, auth_token="u" * 32)
    for one in (client, other):
        with pytest.raises(BadRequest) as caught:
            await one.messages.send(DRAFT)
        assert caught.value.advice == "Brand new: give it some time first."


def test_a_retry_after_may_be_a_date() -> None:
    response = problem(429, 20429, retry_after="Thu, 01 Jan 1970 00:01:40 GMT")
    assert error_of(creation(DRAFT), response, 40.0).retry_after == 60.0


def test_values_that_twilio_repeats_are_masked() -> None:
    said = "The number +15558675310 may not get 'my secret text' with token abcdefgh"
    response = scripted.json(400, {"code": 21211, "message": said})
    call = creation(msgspec.structs.replace(DRAFT, body="my secret text"))
    error = error_of(call, response, 0.0, ["abcdefgh"])
    for secret in ("+15558675310", "my secret text", "abcdefgh"):
        assert secret not in str(error)
        assert secret not in repr(error)
    assert error.raw() == said


def test_one_line_of_a_long_value_is_masked_too() -> None:
    key = "-----BEGIN-----\nMIIsecretsecretsecret\n-----END-----"
    call = creation(msgspec.structs.replace(DRAFT, body=key))
    response = scripted.json(400, {"code": 20001, "message": "bad line MIIsecretsecretsecret"})
    assert "MIIsecret" not in str(error_of(call, response, 0.0))


def test_a_call_without_a_form_can_fail_too() -> None:
    call: Call[None] = Call(
        "X", "POST", "content", "/v1/Content", lambda _: None, "creates", body=b"\xff{"
    )
    error = error_of(call, problem(400, 20001), 0.0)
    assert error.outcome == "refused"
    assert "code 20001" in str(error)


def test_values_of_a_query_a_form_and_of_json_are_masked() -> None:
    said = scripted.json(400, {"code": 20001, "message": "No Ann Smith, no Ben Jones"})
    form: Call[None] = Call(
        "X",
        "POST",
        "api",
        "/x",
        lambda _: None,
        "creates",
        query="a=Ann+Smith",
        body=b"b=Ben+Jones",
    )
    content: Call[None] = Call(
        "X",
        "POST",
        "content",
        "/x",
        lambda _: None,
        "creates",
        body=b'{"a": ["Ann Smith"], "b": "Ben Jones"}',
        content_type="application/json",
    )
    for call in (form, content):
        text = str(error_of(call, said, 0.0))
        assert "code 20001" in text
        assert "Smith" not in text
        assert "Jones" not in text


def test_an_explanation_is_shown_up_to_a_length() -> None:
    for length, shown in ((4096, True), (4097, False)):
        said = scripted.json(400, {"code": 20001, "message": "y" * length})
        assert ("y" * length in str(error_of(creation(DRAFT), said, 0.0))) is shown


SIDS = [
    {"sid": SID, "status": "queued"},
    {"code": 20429, "message": "Too many", "more_info": "x", "status": 429, "sid": SID},
]


@pytest.mark.parametrize("body", SIDS, ids=["message", "beside a problem"])
@pytest.mark.parametrize("status", [301, 307, 308, 400, 401, 403, 404, 409, 429, 500, 503])
async def test_what_names_the_message_it_made_is_neither_refused_nor_sent_again(
    status: int, body: dict[str, object], clock: FakeClock
) -> None:
    client, transport = scripted_client([scripted.json(status, body), created()], clock)
    with pytest.raises(errors.OutcomeUnknown) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.sid == SID
    assert caught.value.outcome == "unknown"
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"code": 20429, "message": "No.", "details": {"sid": SID}},
        {"code": 20429, "message": "No.", "sid": "AC" + "0" * 32},
        {"code": 20429, "message": "No.", "sid": 7},
        {"code": 20429, "message": f'"sid": "{SID}"'},
    ],
)
async def test_a_sid_of_something_else_makes_no_message(
    body: dict[str, object], clock: FakeClock
) -> None:
    client, transport = scripted_client([scripted.json(429, body), created()], clock)
    assert (await client.messages.send(DRAFT)).sid == f"SM{1:032x}"
    assert len(transport.requests) == 2


async def test_a_read_that_is_too_fast_goes_again_whatever_it_names(clock: FakeClock) -> None:
    client, _ = scripted_client([scripted.json(429, SIDS[0]), created()], clock)
    assert (await client.messages.fetch(SID)).sid == f"SM{1:032x}"


@pytest.mark.parametrize(
    "given", ["SM1", "+15558675310", SID + "0", SID[:-1] + "g", "sm" + SID[2:]]
)
async def test_a_strange_sid_is_none(given: str, clock: FakeClock) -> None:
    client, transport = scripted_client([scripted.json(201, {"sid": given}), created()], clock)
    with pytest.raises(UnexpectedAnswer) as caught:
        await client.messages.send(DRAFT)
    assert caught.value.sid is None
    assert len(transport.requests) == 1


async def test_twilios_own_word_stays_readable(clock: FakeClock) -> None:
    said = "Message cannot be canceled"
    response = scripted.json(400, {"code": 30409, "message": said, "status": 400})
    client, _ = scripted_client([response], clock)
    with pytest.raises(BadRequest, match=said):
        await client.messages.cancel(SID)
    body = creation(msgspec.structs.replace(DRAFT, body="canceled"))
    assert said not in str(error_of(body, response, 0.0))


def test_a_text_of_any_length_is_no_trouble() -> None:
    lines = "\n".join(f"line {number}" for number in range(2000))
    call = creation(msgspec.structs.replace(DRAFT, extra={"Note": lines}))
    response = scripted.json(400, {"code": 20001, "message": lines, "status": 400})
    error = error_of(call, response, 0.0)
    assert f"<{len(lines)} characters>" in str(error)
    assert error.raw() == lines


def test_facts_that_are_none_change_no_outcome() -> None:
    broken = CodeFacts(21211, cast("str", None), "none")
    error = error_of(creation(DRAFT), problem(400, 21211), 0.0, codes={21211: broken})
    assert isinstance(error, BadRequest)
    assert error.code == 21211
    assert error.advice == advice_of(None, status=400)
    assert str(error) == "CreateMessage: answered HTTP 400; TypeError in its text"


def test_an_answer_that_can_not_be_read_is_told_with_all_that_came() -> None:
    call = creation(DRAFT)
    response = Response(201, {"retry-after": "7", "twilio-request-id": "RQ1"}, b"{}")
    with pytest.raises(UnexpectedAnswer) as caught:
        value_of(call, response)
    error = caught.value
    assert str(error) == "CreateMessage: the answer can't be read: not a Message"
    assert (error.call, error.status, error.request_id) == (call, 201, "RQ1")
    assert (error.headers, error.retry_after) == (response.headers, 7.0)
    assert (error.code, error.raw()) == (None, None)


def test_an_error_names_the_call_the_status_and_the_code() -> None:
    call = creation(DRAFT)
    page = error_of(call, PAGE, 0.0)
    assert page.call is call
    assert str(page) == "CreateMessage: answered HTTP 502 without an explanation of Twilio's"
    said = scripted.json(400, {"code": 21211, "message": " Not from MX. "})
    assert str(error_of(call, said, 0.0)).startswith(
        "CreateMessage: Twilio answered 400, code 21211: Not from MX. https://"
    )
    assert str(error_of(call, problem(404, None), 0.0)).startswith(
        "CreateMessage: Twilio answered 404: "
    )


def test_advice_comes_with_a_code_or_a_refusal() -> None:
    call = creation(DRAFT)
    assert error_of(call, Response(408, {}, b""), 0.0).advice is None
    assert error_of(call, problem(429, 20429), 0.0).advice
    assert error_of(call, Response(502, {}, b""), 0.0).advice


@pytest.mark.parametrize(
    ("status", "code", "stops"),
    [
        (401, None, True),
        (403, None, True),
        (307, None, True),
        (429, 20429, False),
        (400, 21211, False),
        (500, None, False),
        (404, 20404, False),
    ],
)
def test_what_ends_every_further_call(status: int, code: int | None, stops: bool) -> None:
    assert error_of(creation(DRAFT), problem(status, code), 0.0).stops is stops


def test_an_answer_of_another_send_is_told_with_all_that_came() -> None:
    call, response = creation(DRAFT), Response(201, {"twilio-request-id": "RQ1"}, b"{}")
    error = of_another_send(call, None, response, "it was given before")
    assert (error.call, error.status, error.request_id) == (call, 201, "RQ1")
    assert error.headers == response.headers
    assert error.sid is None
    assert str(error).endswith("the answer belongs to another send: it was given before")


def test_the_sid_that_is_salvaged_is_of_what_the_call_makes() -> None:
    content: Call[None] = Call(
        "CreateContent", "POST", "content", "/v1/Content", refused, "creates"
    )
    read: Call[None] = Call("FetchMessage", "GET", "api", "/x", refused, "read")
    found: dict[tuple[str, str], str | None] = {}
    calls: list[Call[Any]] = [creation(DRAFT), content, read]
    for call in calls:
        for kind in ("SM", "MM", "HX"):
            body = f'{{"sid": "{kind}{"1" * 32}"'.encode()
            with pytest.raises(UnexpectedAnswer) as caught:
                value_of(call, Response(201, {}, body))
            found[call.operation, kind] = caught.value.sid
            beside = error_of(call, Response(500, {}, body), 0.0)
            assert getattr(beside, "sid", None) == caught.value.sid
            assert type(beside) is (ServerFailed if call.safety == "creates" else ServerError)
    assert {key: sid and sid[:2] for key, sid in found.items()} == {
        ("CreateMessage", "SM"): "SM",
        ("CreateMessage", "MM"): "MM",
        ("CreateMessage", "HX"): None,
        ("CreateContent", "SM"): "SM",
        ("CreateContent", "MM"): "MM",
        ("CreateContent", "HX"): "HX",
        ("FetchMessage", "SM"): None,
        ("FetchMessage", "MM"): None,
        ("FetchMessage", "HX"): None,
    }


def refused(_: bytes) -> None:
    raise ValueError("secret")


@pytest.mark.parametrize("failure", [ValueError("secret"), RecursionError(), KeyError("secret")])
def test_a_decoder_may_fail_in_any_way(failure: Exception) -> None:
    def decode(_: bytes) -> None:
        raise failure

    call = msgspec.structs.replace(creation(DRAFT), decode=decode)
    response = Response(201, {}, b'{"sid": "' + SID.encode() + b'"}')
    with pytest.raises(UnexpectedAnswer) as caught:
        value_of(call, response)
    assert caught.value.sid == SID
    assert str(caught.value) == (
        f"CreateMessage: the answer can't be read: {type(failure).__name__}"
    )
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None
