"""Calls written down once, made again with one argument changed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from async_messaging import resources
from async_messaging.resources.base import Resource

__all__ = ["Given", "Place", "Recorded", "Recording", "finished", "id_takers", "written"]

Place = tuple[str, str, int]
"""Class, method, and which of its positional arguments."""


@dataclass(frozen=True)
class Given:
    """The arguments of one call."""

    args: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)


class Recorded:
    """Stands for a client; writes down which attributes are asked for, and what is called."""

    def __init__(self, *steps: str | Given) -> None:
        vars(self)["steps"] = steps

    def __getattr__(self, name: str) -> Recorded:
        if name.startswith("__"):
            raise AttributeError(name)
        return Recorded(*vars(self)["steps"], name)

    def __call__(self, *args: Any, **keywords: Any) -> Recorded:
        return Recorded(*vars(self)["steps"], Given(args, keywords))


@dataclass(frozen=True)
class Recording:
    """What was asked of a client: attributes and calls, in turn."""

    steps: tuple[str | Given, ...]

    def on(self, client: object) -> Any:
        """Ask it of another client."""
        target: Any = client
        for step in self.steps:
            target = (
                getattr(target, step)
                if isinstance(step, str)
                else target(*step.args, **step.keywords)
            )
        return target

    def places(self, client: object) -> Iterator[tuple[Place, int]]:
        """Each positional text, and the number of the step that gives it."""
        for number, step in enumerate(self.steps):
            if not isinstance(step, str):
                owner, name = _method(Recording(self.steps[:number]).on(client))
                for position, value in enumerate(step.args):
                    if isinstance(value, str):
                        yield (owner, name, position), number

    def with_argument(self, number: int, position: int, value: object) -> Recording:
        """The same with one positional argument changed."""
        step = self.steps[number]
        assert isinstance(step, Given)
        args = (*step.args[:position], value, *step.args[position + 1 :])
        return self._with(number, replace(step, args=args))

    def keywords(self) -> list[str]:
        """Names of the texts that the last call is given by name."""
        step = self.steps[-1]
        given = {} if isinstance(step, str) else step.keywords
        return [name for name, value in given.items() if isinstance(value, str)]

    def with_keyword(self, name: str, value: object) -> Recording:
        """The same with one keyword of the last call changed."""
        step = self.steps[-1]
        assert isinstance(step, Given)
        changed = replace(step, keywords={**step.keywords, name: value})
        return self._with(len(self.steps) - 1, changed)

    def _with(self, number: int, step: Given) -> Recording:
        return Recording((*self.steps[:number], step, *self.steps[number + 1 :]))


def _method(called: Any) -> tuple[str, str]:
    owner = getattr(called, "__self__", None)
    if owner is None:
        return _name(type(called)), "__call__"
    return _name(type(owner)), str(called.__name__)


def _name(kind: type) -> str:
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


def written(call: Any) -> Recording:
    """What *call* does with a client."""
    recorded = call(Recorded())
    assert isinstance(recorded, Recorded), "a call of the surface is one expression on the client"
    return Recording(vars(recorded)["steps"])


async def finished(value: Any) -> None:
    """Await, open or iterate, whichever makes the request."""
    if inspect.isawaitable(value):
        await value
    else:
        async with value:
            pass


def id_takers() -> set[Place]:
    """Every positional text that a public method of a resource takes."""
    return {
        (_name(kind), name, position)
        for kind in _resources()
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if name == "__call__" or not name.startswith("_")
        for position, parameter in enumerate(
            list(inspect.signature(method).parameters.values())[1:]
        )
        if parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
        and parameter.annotation in {"str", str}
    }


def _resources() -> set[type[Resource]]:
    modules = [
        import_module(f"{resources.__name__}.{module.name}")
        for module in iter_modules(resources.__path__)
    ]
    return {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Resource)
        and not value.__name__.startswith("_")
    }
