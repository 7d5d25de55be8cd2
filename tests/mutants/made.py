"""Mutants of a source file: each is the file's text with one small change.

The operators are those of mutmut 3, all of them, and three of our own for what it leaves alone: a
condition turned round, a call that is left out, and an `except` that catches nothing. mutmut's own
walk is not used: it passes over decorated functions, module constants and the fields of classes,
since its trampolines can't reach them.

A change that leaves the byte code as it was is no mutant, and neither is one that can't be compiled.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Literal

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper
from mutmut.mutation.mutators import mutation_operators, operator_arg_removal

from .swap import is_inside_functions

__all__ = ["ROOT", "Kind", "Mutant", "compiled", "mutants_of"]

ROOT = Path(__file__).parents[2]
Kind = Literal["decides", "text"]
_TEXTS = (cst.SimpleString, cst.FormattedString, cst.ConcatenatedString)
_LOGGERS = {"_log", "log", "logger", "_logger", "warnings"}
_TYPES = {"cast", "TypeVar", "NewType", "ParamSpec"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file.

    Attributes:
        name: file, function and the change itself, the same however the lines around it move.
        file: the path below the repository.
        function: the qualified name of the function or class around it; "" in the module's body.
        lines: the first and the last changed line.
        is_inside: whether it changes only what functions do when they are called.
        kind: "text" if it changes what a person reads in an error, a log or a `repr`.
        source: the whole mutated text.
    """

    name: str
    file: str
    function: str
    lines: tuple[int, int]
    is_inside: bool
    kind: Kind
    source: str


def _our_own(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """What mutmut leaves alone: a node of the text, and what stands there instead."""
    if isinstance(node, cst.If | cst.While | cst.CompIf):
        test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.test, cst.UnaryOperation(cst.Not(), test)
    elif isinstance(node, cst.Expr):
        value = node.value.expression if isinstance(node.value, cst.Await) else node.value
        if isinstance(value, cst.Call):
            yield node, cst.Pass()
    elif isinstance(node, cst.ExceptHandler) and node.type is not None:
        yield node.type, cst.Tuple([])


@dataclass(frozen=True, slots=True)
class _Change:
    source: bytes
    function: str
    kind: Kind


class _Walk:
    """All changes of a module, in the order of its text."""

    def __init__(self, source: bytes) -> None:
        wrapper = MetadataWrapper(cst.parse_module(source))
        self.changes: list[_Change] = []
        self._module, self._source = wrapper.module, source
        self._spans = wrapper.resolve(ByteSpanPositionProvider)
        self._go(self._module, "", None)

    def _go(self, node: cst.CSTNode, around: str, reader: cst.CSTNode | None) -> None:
        """Walk down.

        Args:
            node: where to.
            around: the function or class around it.
            reader: the nearest node around it whose texts are for people.
        """
        if isinstance(node, cst.Annotation) or _is_documentation(node) or _names_a_type(node):
            return
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            around = f"{around}.{node.name.value}".lstrip(".")
        if _is_for_people(node):
            reader = node
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                for number, other in enumerate(operator(node)):
                    text = isinstance(node, _TEXTS)
                    if operator is operator_arg_removal and isinstance(node, cst.Call):
                        text = isinstance(_argument(node, number).value, _TEXTS)
                    self._add(node, other, around, reader, text=text)
        for place, other in _our_own(node):
            self._add(place, other, around, reader, text=False)
        for child in node.children:
            self._go(child, around, reader)

    def _add(
        self,
        node: cst.CSTNode,
        other: cst.CSTNode,
        around: str,
        reader: cst.CSTNode | None,
        *,
        text: bool,
    ) -> None:
        # What an error carries decides; its words don't. All of a log line or a repr is words.
        words = reader is not None and (text or not isinstance(reader, cst.Raise))
        kind: Kind = "text" if words else "decides"
        self.changes.append(_Change(self._with(node, other), around, kind))

    def _with(self, node: cst.CSTNode, other: cst.CSTNode) -> bytes:
        """The text with another node; spliced if the node's text is plain, as it nearly always is."""
        span = self._spans.get(node)
        if span is not None:
            bare = bool(getattr(node, "lpar", None))  # a span leaves them out
            before, after = _plain(node, bare=bare), _plain(other, bare=bare)
            start, end = span.start, span.start + span.length
            if before.encode() == self._source[start:end]:
                return self._source[:start] + after.encode() + self._source[end:]
        changed = self._module.deep_replace(node, other)
        assert isinstance(changed, cst.Module)
        return changed.bytes


def _plain(node: cst.CSTNode, *, bare: bool) -> str:
    """The text of a node alone; bare, without the parentheses around it."""
    text = cst.Module([]).code_for_node(node).strip()
    return text[1:-1] if bare and getattr(node, "lpar", None) else text


def _argument(call: cst.Call, number: int) -> cst.Arg:
    """Which argument mutmut changed: first each that can be None in turn, then each left out."""
    replaced = [
        arg
        for arg in call.args
        if arg.star == "" and not (isinstance(arg.value, cst.Name) and arg.value.value == "None")
    ]
    return [*replaced, *call.args][number]


def _is_documentation(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, _TEXTS)


def _names_a_type(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name):
        return node.func.value in _TYPES
    return False


def _is_for_people(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Raise):
        return True
    if isinstance(node, cst.FunctionDef):
        return node.name.value in {"__repr__", "__str__"}
    if isinstance(node, cst.Call):
        owner = node.func.value if isinstance(node.func, cst.Attribute) else node.func
        return isinstance(owner, cst.Name) and owner.value in _LOGGERS
    return False


def compiled(source: str, file: str) -> CodeType:
    """The module's code, as an import of the file makes it."""
    return compile(source, str(ROOT / file), "exec", dont_inherit=True)


def mutants_of(file: str) -> list[Mutant]:
    """Every mutant of a file, in the order of its text.

    Args:
        file: a path below the repository, such as "async_messaging/settling/rules.py".
    """
    source = (ROOT / file).read_bytes()
    old = source.decode()
    was = compiled(old, file)
    seen: set[bytes] = {source}
    names: Counter[str] = Counter()
    made: list[Mutant] = []
    for change in _Walk(source).changes:
        if change.source in seen:
            continue
        seen.add(change.source)
        new = change.source.decode()
        code = None
        with contextlib.suppress(SyntaxError, ValueError):
            code = compiled(new, file)
        if code is None or code == was:
            continue
        lines, told = _difference(old.splitlines(), new.splitlines())
        short = file.removeprefix("async_messaging/")
        name = f"{short} {change.function or '(module)'}: {told}"
        names[name] += 1
        if names[name] > 1:
            name = f"{name} (#{names[name]})"
        inside = is_inside_functions(was, code)
        made.append(Mutant(name, file, change.function, lines, inside, change.kind, new))
    return made


def _difference(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[int, int], str]:
    """The changed lines of the old text, counted from 1, and the change in one line."""
    start = _same(zip(old, new, strict=False))
    end = _same(zip(reversed(old[start:]), reversed(new[start:]), strict=False))
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    first = start + 1
    return (first, max(first, len(old) - end)), f"{_joined(before)} => {_joined(after)}"


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _joined(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())
