"""The parts of the README that are made: errors and command line. Run as a program, it writes them.

python tests/contract/readme_reference.py
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from typer.testing import CliRunner

from async_messaging import errors
from async_messaging.cli.app import app

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
COMMANDS = (
    "send",
    "bulk FILE",
    "messages list",
    "messages fetch SID",
    "prices COUNTRY",
    "segments TEXT",
)
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
    """The help of all commands; options that most of them take are left out."""
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


def with_made_parts(text: str) -> str:
    """The README's text with its made parts as they should be."""
    for name, made in (("errors", error_tree()), ("commands", command_reference())):
        pattern = rf"(<!-- made: {name} -->\n```text\n).*?(\n```\n)"
        text, count = re.subn(pattern, lambda m: f"{m[1]}{made}{m[2]}", text, flags=re.DOTALL)  # noqa: B023  # called at once
        assert count == 1, f"the README has {count} places for {name}"
    return text


if __name__ == "__main__":
    README.write_text(with_made_parts(README.read_text(encoding="utf-8")), encoding="utf-8")
