"""The example of an application and its tests runs as in a project of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.plugin_options import OPTIONS

ROOT = Path(__file__).parents[2]


def run_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    """Its tests, with every warning an error but those of what twilio-python itself imports."""
    settings = (
        *("-W", "error", "-W", "ignore::DeprecationWarning:twilio"),
        *("-W", "ignore::DeprecationWarning:aiohttp_retry", "-p", "no:cacheprovider"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    )
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TWILIO_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *OPTIONS, *settings],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / "examples" / "testing", folder / "project"))


def test_all_its_tests_pass(tmp_path: Path) -> None:
    done = run_tests(copied(tmp_path))
    assert re.search(r"^4 passed", done.stdout, re.MULTILINE), done.stdout + done.stderr


def test_they_judge_the_application(tmp_path: Path) -> None:
    """Each mistake of the application's is found by the test that is there for it."""
    project = copied(tmp_path)
    program = project / "sign_up.py"
    right = program.read_text(encoding="utf-8")
    for good, bad, test in (
        ("self.members.add(number)", "self.members.discard(number)", "test_a_code_signs_up"),
        ("hours=1", "hours=2", "test_an_hour_later_there_is_a_reminder"),
        ('return "Your code should', 'raise\n            return "Your code should', "test_a_lost"),
        ("Join us: {link}", "Join us", "test_an_invitation_has_a_link"),
    ):
        assert right.count(good) == 1
        program.write_text(right.replace(good, bad), encoding="utf-8")
        done = run_tests(project)
        assert re.search(rf"^FAILED .*{test}", done.stdout, re.MULTILINE), done.stdout
        assert "3 passed" in done.stdout
