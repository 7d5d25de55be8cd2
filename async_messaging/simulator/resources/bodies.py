"""JSON bodies of requests, read into structs."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from async_messaging.simulator.answers import RefusedError
from async_messaging.simulator.exchange import Exchange

Body = TypeVar("Body")


def read_body(exchange: Exchange, decoder: msgspec.json.Decoder[Body]) -> Body:
    """The body of a request; fields that the decoder doesn't know are passed over.

    Raises:
        RefusedError: 20001, it is no JSON, or a value has the wrong type.
    """
    try:
        return decoder.decode(exchange.raw)
    except msgspec.ValidationError as error:
        raise RefusedError(20001, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RefusedError(20001, "the body is no JSON") from None
