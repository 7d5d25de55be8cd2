"""The parts of the documents that are made, such as the README's errors. Run as a program, it writes them.

python -m tests.contract.readme_reference
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

from typer.testing import CliRunner

from async_messaging import errors
from async_messaging.cli.app import app
from tests.contract.comparison import operations_table, surface_table
from tests.contract.speed_table import speed_table

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDE = ROOT / "examples" / "from_twilio_python.md"
COMMAND_LINE = ROOT / "examples" / "command_line.md"
COMMANDS = ("bulk FILE",)
EVERYWHERE = {"--base-url", "--json", "-v, --verbose", "-h, --help"}


def error_tree() -> str:
    """The tree in the module's docstring, without the classes that nothing raises yet."""
    drawn = re.search(r"```text\n(.*?)```", inspect.getdoc(errors) or "", re.DOTALL)
    assert drawn is not None
    sources = "".join(
        file.read_text(encoding="utf-8")
        for file in (ROOT / "async_messaging").rglob("*.py")
        if file.name not in {"errors.py", "__init__.py"}
    )
    lines = [
        line for line in drawn[1].splitlines() if re.search(rf"\b{_class_in(line)}\b", sources)
    ]
    return "\n".join(map(_last_of_its_branch, lines, [*lines[1:], ""]))


def _class_in(line: str) -> str:
    found = re.search(r"\w+", line)
    assert found is not None
    return found[0]


def _last_of_its_branch(line: str, following: str) -> str:
    """Close a branch whose last class was left out."""
    if line.startswith("│   ├") and not following.startswith("│   "):
        return line.replace("├", "└", 1)
    return line


def command_reference() -> str:
    """All commands in a line each, and the options of `bulk` that are its own."""
    parts = ["Commands:" + _help(()).partition("Commands:")[2]]
    parts += [_options_of(*command.split()) for command in COMMANDS]
    return re.sub(r"\n\n(async-messaging .*)(?=\n\n|$)", r"\n\1", "\n\n".join(parts))


def _help(command: tuple[str, ...]) -> str:
    options = [*command, "--help"]
    done = CliRunner().invoke(app, options, prog_name="async-messaging", terminal_width=98)
    assert done.exit_code == 0, done.output
    return done.stdout.strip()


def _options_of(*command: str) -> str:
    """A command's name, and its own options as its help shows them."""
    names = tuple(word for word in command if word.islower())
    shown = [" ".join(("async-messaging", *command))]
    keep = False
    for line in _help(names).partition("\nOptions:\n")[2].partition("\n\n")[0].splitlines():
        if line.startswith("  -"):
            option = re.split(r"  +| [A-Z]", line.strip())[0]
            keep = option not in EVERYWHERE
        if keep:
            shown.append(line)
    return "\n".join(shown)


MADE: dict[Path, dict[str, Callable[[], str]]] = {
    README: {
        "errors": lambda: f"```text\n{error_tree()}\n```",
        "surface": surface_table,
        "speed": speed_table,
    },
    COMMAND_LINE: {"commands": lambda: f"```text\n{command_reference()}\n```"},
    GUIDE: {"operations": operations_table},
}
"""The makers of each document's parts. A part goes from its mark to the next empty line after it,
or, where it is a block, to the block's end."""


def with_made_parts(document: Path) -> str:
    """A document's text with its made parts as they should be."""
    text = document.read_text(encoding="utf-8")
    for name, make in MADE[document].items():
        part = rf"(?<=<!-- made: {name} -->\n)(?:```text\n.*?\n```|.*?)(?=\n\n|\n\Z)"
        made = make()
        text, count = re.subn(part, lambda _: made, text, flags=re.DOTALL)  # noqa: B023  # called at once
        assert count == 1, f"{document.name} has {count} places for {name}"
    return text


if __name__ == "__main__":
    for document in MADE:
        document.write_text(with_made_parts(document), encoding="utf-8")
