"""A pytest plugin: one process that has collected the tests forks a child for each mutant.

Why not mutmut's or cosmic-ray's own run: cosmic-ray starts a process for each mutant, which costs
seconds before the first test, and mutmut puts a trampoline in front of each function, which Structs,
slots and `inspect` notice and module constants escape. Here a child costs some milliseconds, has the
mutant in the function itself, and ends at the first test that fails.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from . import records
from .children import Ended, Failures, forked, within
from .jobs import Asked, Reaching, given
from .made import ROOT, compiled
from .records import digest, keep
from .rooms import ROOMS
from .swap import Functions

_TIMES, _MORE = 5, 8.0  # a test may take so many times as long as it does, and some seconds
_FILE_SECONDS = 900.0


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    # A survivor survives the next run too, and nobody reads the smallest example.
    hypothesis.settings.register_profile(
        "mutants",
        parent=hypothesis.settings.get_profile("suite"),
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
    )
    hypothesis.settings.load_profile("mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    if session.testsfailed:
        raise session.Failed("the tests could not be collected")
    job = given()
    if isinstance(job, Reaching):
        _reach(session, job)
    else:
        records.KEPT = job.kept
        items: dict[str, list[pytest.Item]] = {item.nodeid: [item] for item in session.items}
        for item in session.items:
            items.setdefault(str(item.path.relative_to(ROOT)), []).append(item)
        for file, asked in groupby(job.asked, key=lambda asked: asked.mutant.file):
            _run(file, list(asked), items)
    return True


def _run(file: str, all_asked: Sequence[Asked], items: Mapping[str, list[pytest.Item]]) -> None:
    path = ROOT / file
    functions = Functions(str(path), compiled(path.read_text(), file))
    for number, asked in enumerate(all_asked, 1):
        mutant = asked.mutant
        code = compiled(mutant.source, file)
        chosen = [(item, took) for test, took in asked.tests for item in items.get(test, ())]

        def work(folder: Path, code: Any = code, chosen: Any = chosen) -> str:
            functions.become(code)
            return next((item.nodeid for item, passed, _ in _ask(chosen, folder) if not passed), "")

        ended = forked(work) if chosen else Ended("survived", "", 0.0)
        keep(asked, ended)
        if number % 50 == 0:
            print(f"{file}: {number} of {len(all_asked)}", flush=True)


def _ask(
    chosen: Sequence[tuple[pytest.Item, float]], folder: Path
) -> Iterator[tuple[pytest.Item, bool, float]]:
    """Run tests in this process: each with whether it passed, and its seconds."""
    failures = Failures()
    config = chosen[0][0].config
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(failures)
    # pytest chose where temporary folders stand before it was forked.
    config._tmp_path_factory._basetemp = folder.resolve()  # type: ignore[attr-defined]  # noqa: SLF001
    for (item, seconds), (following, _) in zip(chosen, [*chosen[1:], (None, 0.0)], strict=True):
        within(seconds * _TIMES + _MORE)
        start = time.monotonic()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        yield item, item.nodeid not in failures.tests, time.monotonic() - start


def _reach(session: pytest.Session, job: Reaching) -> None:
    """Measure each file's tests in a child, as mutants are asked: what fails there isn't asked."""
    files = {file: digest([ROOT / file]) for room in ROOMS for file in room.files}
    for path, group in groupby(session.items, key=lambda item: item.path):
        items = list(group)
        part = job.parts[str(path.relative_to(ROOT))]
        ended = forked(partial(_measured, items, part))
        print(f"{path.name}: {len(items)} tests, {ended.seconds:.0f} s {ended.by}", flush=True)
        if not part.exists():  # none of them is asked
            part.write_text(json.dumps({"tests": {}, "failed": [], "lines": {}}))
        found = json.loads(part.read_text())
        part.write_text(json.dumps({**found, "files": files}))
        if found["failed"]:
            print("not asked, since they fail here:", *found["failed"], sep="\n  ", flush=True)


def _measured(items: Sequence[pytest.Item], out: Path, folder: Path) -> str:
    import coverage

    measure = coverage.Coverage(
        data_file=None, include=[str(ROOT / "async_messaging" / "*")], config_file=False
    )
    within(_FILE_SECONDS)
    measure.start()
    passed: dict[str, float] = {}
    failed: list[str] = []
    asking = _ask([(item, _FILE_SECONDS) for item in items], folder)
    for item in items:
        measure.switch_context(item.nodeid)
        _, good, seconds = next(asking)
        if good:
            passed[item.nodeid] = round(seconds, 4)
        else:
            failed.append(item.nodeid)
    measure.stop()
    data = measure.get_data()
    lines = {
        file: {
            str(line): [test for test in contexts if test in passed]
            for line, contexts in data.contexts_by_lineno(str(ROOT / file)).items()
        }
        for room in ROOMS
        for file in room.files
    }
    out.write_text(json.dumps({"tests": passed, "failed": failed, "lines": lines}))
    return ""
