"""The README is true: every block runs, every path exists, its tables are the code's.

A Python block is a program, run in a process of its own, unless the hidden comment before it says
`in a coroutine, with: ...`; then it is the body of a coroutine which gets the values named there, or
`a test file`, which pytest runs. A shell block is run, unless the comment says `not run: ...` and why. Text blocks are compared.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import sys
import textwrap
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from async_messaging import Simulator
from async_messaging.cli.exits import MEANINGS
from tests.contract.comparison import compared
from tests.contract.readme_reference import COMMAND_LINE, MADE, README, ROOT, with_made_parts
from tests.contract.spec import OPERATIONS
from tests.plugin_options import OPTIONS

TEXT = README.read_text(encoding="utf-8")
FIRST = (
    "Text messages through Twilio from asyncio, as fast as your limits allow, and never twice, "
    "not after a timeout, a 500 or `kill -9`."
)
OWN = re.compile(r"TWILIO_\w+|ASYNC_MESSAGING_\w+")


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    comment: str
    code: str


def blocks(*languages: str) -> list[Any]:
    """The blocks in these languages, as parameters named by their lines."""
    pattern = r"(?:<!-- ([^\n]*) -->\n)?```(\w*)\n(.*?)\n```\n"
    found = [
        Block(TEXT[: match.start(2)].count("\n") + 1, match[2], match[1] or "", match[3])
        for match in re.finditer(pattern, TEXT, re.DOTALL)
    ]
    return [
        pytest.param(block, id=f"line {block.line}")
        for block in found
        if block.language in languages
    ]


@pytest.fixture
async def simulator() -> AsyncGenerator[Simulator]:
    async with Simulator() as running:
        yield running


async def run(simulator: Simulator, folder: Path, *command: str) -> str:
    """What a program prints; it must end well and have nothing to complain about."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TWILIO_ACCOUNT_SID": simulator.account_sid,
        "TWILIO_AUTH_TOKEN": simulator.auth_token,
        "TWILIO_FROM": "+15005550006",
        "ASYNC_MESSAGING_BASE_URL": simulator.url,
    }
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=pipe, stderr=pipe
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    assert "Traceback" not in err.decode()
    return out.decode()


def test_it_begins_with_the_promise_and_then_says_what_holds() -> None:
    title, promise, today = TEXT.split("\n\n")[:3]
    assert title == "# async_messaging"
    assert promise == FIRST
    assert "kill -9" in today


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= 470


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert len(blocks("python", "sh", "text")) == len(re.findall(r"^```\w", TEXT, re.MULTILINE))


@pytest.mark.parametrize("block", [b for b in blocks("python") if not b.values[0].comment])
async def test_a_program_runs(block: Block, simulator: Simulator, tmp_path: Path) -> None:
    printed = await run(simulator, tmp_path, sys.executable, "-W", "error", "-c", block.code)
    assert simulator.messages[0].sid in printed


TEST_FILES = [b for b in blocks("python") if b.values[0].comment == "a test file"]


@pytest.mark.parametrize("block", TEST_FILES)
async def test_a_test_file_passes(block: Block, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(block.code, encoding="utf-8")
    settings = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
    command = (sys.executable, "-W", "error", "-m", "pytest", "-q", *OPTIONS, *settings)
    assert " passed" in await run(simulator, tmp_path, *command)
    assert simulator.requests == 0


@pytest.mark.parametrize(
    "block", [b for b in blocks("python") if b.values[0].comment and b not in TEST_FILES]
)
async def test_the_body_of_a_coroutine_runs(
    block: Block, simulator: Simulator, tmp_path: Path
) -> None:
    assert block.comment.startswith("in a coroutine")
    names = block.comment.partition(", with: ")[2]
    async with simulator.client() as client:
        known: dict[str, Any] = {
            "app": web.Application(),
            "client": client,
            "day": dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1),
            "folder": tmp_path,
            "people": [("+14155550101", "Ada"), ("+15005550004", "Bob")],
            "token": simulator.auth_token,
            "recipients": ROOT / "examples" / "data" / "recipients.csv",
        }
        given = {name: known[name] for name in names.split(", ") if name}
        body = textwrap.indent(block.code, "    ")
        scope: dict[str, Any] = {}
        code = compile(
            f"async def block({', '.join(given)}):\n{body}", f"README:{block.line}", "exec"
        )
        exec(code, scope)  # the README's own block
        await scope["block"](**given)


def test_the_recipe_for_synchronous_programs_is_ten_lines() -> None:
    (recipe,) = [b.values[0].code for b in blocks("python") if "portal" in b.values[0].code]
    assert len([line for line in recipe.splitlines() if line]) <= 10


def written(folder: Path) -> int:
    """The size of the results or of the report, whichever the block writes."""
    (results,) = [*folder.glob("results.jsonl"), *folder.glob("report.csv")]
    return results.stat().st_size


@pytest.mark.parametrize("block", blocks("sh"))
async def test_a_shell_block_runs(block: Block, simulator: Simulator, tmp_path: Path) -> None:
    if block.comment.startswith("not run: "):
        return
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    await run(simulator, tmp_path, "bash", "-euc", block.code)
    assert simulator.duplicates == 0
    assert written(tmp_path) > 0


@pytest.mark.parametrize("document", MADE, ids=lambda document: document.name)
def test_made_parts_are_up_to_date(document: Path) -> None:
    assert with_made_parts(document) == document.read_text(encoding="utf-8")


def test_its_table_of_the_surface_has_every_operation() -> None:
    table = TEXT.partition("<!-- made: surface -->\n")[2].partition("\n\n")[0]
    assert sum(int(count) for count in re.findall(r"\| (\d+) \|", table)) == len(OPERATIONS)
    assert {one.there for one in compared()} & {"-"} == set()


def test_the_exit_statuses_told_are_the_codes() -> None:
    told = COMMAND_LINE.read_text(encoding="utf-8")
    listed = re.findall(r"^ {4,}(\d+)  (\S.*)$", told, re.MULTILINE)
    assert listed == [(str(status.value), meaning) for status, meaning in MEANINGS.items()]


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "examples/command_line.md",
        "examples/from_twilio_python.md",
    ],
)
def test_every_path_and_target_it_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    places = r"(?:async_messaging|benchmarks|examples|tests|\.ci)/[\w./-]*\w/?|\b[A-Z]+\.md"
    missing = [path for path in re.findall(places, text) if not (ROOT / path).exists()]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make (\w+)`|^make (\w+)", text, re.MULTILINE))
    missing += [name for name in map("".join, targets) if f"\n{name}:" not in makefile]
    assert missing == []


def test_its_settings_are_all_there_are() -> None:
    package = ROOT / "async_messaging"
    command_line = package / "cli"
    readers = [package / "settings.py", package / "credentials.py", command_line / "options.py"]
    readers.append(command_line / "loops.py")
    known = {name for file in readers for name in OWN.findall(file.read_text(encoding="utf-8"))}
    assert set(OWN.findall(TEXT)) == known
