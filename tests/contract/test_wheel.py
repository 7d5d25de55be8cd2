"""What is installed: small, typed, without the tests; and the whole public API has types.

The wheel is built once and unpacked into a virtual environment of its own, from where the source
tree can't be seen; only what it depends on comes from the tests' environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        *offline,
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    scheme = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    dependencies = sysconfig.get_path("purelib")
    (packages / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return folder


def run(environment: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    programs = Path(sysconfig.get_path("scripts", "venv", {"base": str(environment)}))
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        env={**inherited, "PATH": path, "VIRTUAL_ENV": str(environment)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 1 << 20


def test_it_has_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "async_messaging/py.typed" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"async_messaging"}
    sources = {
        file.relative_to(ROOT).as_posix() for file in (ROOT / "async_messaging").rglob("*.py")
    }
    assert {name for name in names if name.endswith(".py")} == sources


def test_it_has_the_files_of_the_inbox(wheel: Path) -> None:
    folder = "async_messaging/simulator/web"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith(f"{folder}/")}
    assert names == {f"{folder}/{file.name}" for file in (ROOT / folder).iterdir()}
    assert f"{folder}/index.html" in names


def test_it_works_without_the_source_tree(installed: Path, tmp_path: Path) -> None:
    says = "import async_messaging as a; print(a.__file__, [getattr(a, n) for n in a.__all__] and 'all')"
    done = run(installed, tmp_path, "python", "-W", "error", "-c", says)
    assert done.stdout.startswith(str(installed)), done.stderr
    assert done.stdout.endswith("all\n")


def test_pytest_finds_the_plugin(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_it(twilio, twilio_inbox_sync):\n    assert len(twilio_inbox_sync) == twilio.accepted == 0\n",
        encoding="utf-8",
    )
    done = run(installed, tmp_path, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    without = run(installed, tmp_path, "python", "-m", "pytest", "-q", "-p", "no:async_messaging")
    assert "fixture 'twilio' not found" in without.stdout


def test_the_whole_public_api_has_types(installed: Path, tmp_path: Path) -> None:
    pyright = str(Path(sys.executable).parent / "pyright")
    done = run(installed, tmp_path, pyright, "--verifytypes", "async_messaging", "--ignoreexternal")
    errors = "\n".join(line for line in done.stdout.splitlines() if " error: " in line)
    assert "Type completeness score: 100%" in done.stdout, errors or done.stdout
    assert str(installed) in done.stdout.partition("Module directory")[2].partition("\n")[0]
    assert done.returncode == 0
