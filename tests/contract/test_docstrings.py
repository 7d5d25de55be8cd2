"""Every operation says what Twilio does and which page of its reference has more; help() shows all."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from async_messaging import MessageDraft, resources
from async_messaging.resources.base import Resource
from async_messaging.resources.messages import Messages
from tests.contract.spec import OPERATIONS

PAGE = re.compile(r"Twilio's reference: \w.*\.", re.DOTALL)


def resource_classes() -> Iterator[type[Resource]]:
    for found in pkgutil.iter_modules(resources.__path__):
        module = importlib.import_module(f"{resources.__name__}.{found.name}")
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, Resource):
                yield value


def attributes(kind: type) -> Iterator[tuple[str, Any]]:
    for name, value in vars(kind).items():
        if name == "__call__" or not name.startswith("_"):
            yield f"{kind.__name__}.{name}", value


def makes_requests(method: object) -> bool:
    """Not so the ways to parts: ``client.messages(sid)``, ``client.a2p.registrations(sid)``."""
    returns = str(inspect.signature(method).return_annotation)  # type: ignore[arg-type]  # a function of a class
    names = {kind.__name__ for kind in resource_classes()}
    return returns not in names


EVERYTHING = [pair for kind in resource_classes() for pair in attributes(kind)]
METHODS = [pair for pair in EVERYTHING if inspect.isfunction(pair[1])]
REQUESTS = [pair for pair in METHODS if makes_requests(pair[1])]


def test_all_operations_are_among_them() -> None:
    assert len(REQUESTS) >= len(OPERATIONS)


@pytest.mark.parametrize("kind", list(resource_classes()), ids=lambda kind: kind.__name__)
def test_a_class_says_what_it_is(kind: type) -> None:
    assert kind.__doc__


@pytest.mark.parametrize(("name", "value"), EVERYTHING, ids=[name for name, _ in EVERYTHING])
def test_everything_public_says_what_it_is(name: str, value: object) -> None:
    if isinstance(value, property) or inspect.isfunction(value):
        text = inspect.getdoc(value) or ""
        assert re.match(r"[A-Z].*[.:]", text, re.DOTALL), name


@pytest.mark.parametrize(("name", "method"), REQUESTS, ids=[name for name, _ in REQUESTS])
def test_a_request_names_the_page_of_twilios_reference(
    name: str, method: Callable[..., object]
) -> None:
    text = inspect.getdoc(method) or ""
    assert PAGE.search(text), name
    before = text.partition("Twilio's reference")[0].strip()
    assert len(before.split()) >= 2, "what Twilio does comes first"


@pytest.mark.parametrize(("name", "method"), METHODS, ids=[name for name, _ in METHODS])
def test_help_shows_every_keyword(name: str, method: Callable[..., object]) -> None:
    kinds = {one.kind for one in inspect.signature(method).parameters.values()}
    assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}, name


def test_help_of_create_shows_the_fields_of_a_draft() -> None:
    shown = list(inspect.signature(Messages.create).parameters)
    fields = [field.name for field in msgspec.structs.fields(MessageDraft)]
    assert shown == ["self", *fields]
    assert {"to", "from_", "body", "content_variables", "message_intent", "tags"} <= set(shown)
