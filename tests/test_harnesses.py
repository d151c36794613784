# SPDX-License-Identifier: MIT
"""The harnesses of docs/harnesses/: the page's commands build and run them, and they find bugs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mosquitto import free_port

ROOT = Path(__file__).parent.parent
KIT = ROOT / "build" / "fuzz" / "kit"
LIBRARIES = f"{KIT}/libmqttwire-fuzz.a {ROOT}/build/codec/libmqttwire.a"
PAGE = ROOT / "docs" / "harnesses" / "README.md"
WAIT = 300.0  # seconds
# What pkg-config says of an installation, of the build.
PKG_CONFIG = f"""#!/bin/sh
case $1 in
    --variable=libfuzzer) echo {KIT}/libfuzzer.o ;;
    --variable=afl) echo {KIT}/afl.so ;;
    *) echo -I{ROOT}/include -I{ROOT}/fuzz/kit {LIBRARIES} ;;
esac
"""
AFL = {
    "AFL_BENCH_UNTIL_CRASH": "1",
    "AFL_NO_UI": "1",
    "AFL_NO_AFFINITY": "1",
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
}

pytestmark = [
    pytest.mark.skipif(not KIT.is_dir(), reason="there is no build of the kit"),
    pytest.mark.skipif(not shutil.which("clang"), reason="clang is missing"),
]

Shell = Callable[[str], str]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs commands of the page in an empty folder that looks like the checkout."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in (
        ("pkg-config", PKG_CONFIG),
        ("mqttwire", f'#!/bin/sh\nexec {sys.executable} -m mqttwire_tool "$@"\n'),
    ):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    for name in ("docs", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    env = {**os.environ, **AFL, "PORT": str(free_port()), "PATH": f"{tools}:{os.environ['PATH']}"}

    def run(script: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f"toys=tests/toys\n{script}"],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=WAIT,
        )
        return done.stdout.decode(errors="replace")

    return run


def commands(section: str) -> str:
    """What a section says to type, all of it in turn."""
    page = PAGE.read_text(encoding="utf-8")
    (text,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))


@pytest.mark.parametrize(
    ("section", "bug"), [("A parser in libFuzzer", 1), ("A broker without sockets", 7)]
)
def test_libfuzzer(shell: Shell, section: str, bug: int) -> None:
    said = shell(commands(section))
    assert "found LLVMFuzzerCustomMutator" in said, said
    assert f"planted bug {bug}, " in said, said[-3000:]
    assert "Test unit written to ./crash-" in said


@pytest.mark.skipif(not shutil.which("afl-fuzz"), reason="AFL++ is missing")
def test_afl(shell: Shell) -> None:
    said = shell(commands(r"A parser in AFL\+\+"))
    assert "Custom mutator" in said, said
    assert "planted bug 1, " in said, said[-3000:]  # when what was found ran alone


def test_what_the_toys_find_is_theirs(shell: Shell) -> None:
    """Without a planted bug there is nothing to be found."""
    build, _, _ = commands("A parser in libFuzzer").partition("TOY_BUG")
    said = shell(f"{build}\n./fuzz_parser -max_len=4096 -runs=20000 -seed=1")
    assert "Done 20000 runs" in said, said[-3000:]


@pytest.mark.parametrize(
    ("section", "bug"),
    [("A broker over TCP", 9), ("A client, against a hostile broker", 6)],
)
def test_live(shell: Shell, section: str, bug: int) -> None:
    if "--rogue" not in shell("mqttwire fuzz target --help"):
        pytest.skip("there is no mqttwire fuzz target")
    said = shell(commands(section))
    assert "finding 1:" in said, said
    reports = shell("cat found-*/found/finding-*/output.txt")
    assert f"planted bug {bug}, " in reports, said


def test_each_harness_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for file in PAGE.parent.iterdir():
        assert file == PAGE or f"]({file.name})" in page or f"/{file.name}" in page, file.name


def test_the_kit_finds_what_is_planted(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "fuzz" / "planted", "--check", "--folder", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=2 * WAIT,
    )
    assert done.returncode == 0, done.stdout
    assert len(re.findall(r"^\| \d+ `", done.stdout, re.MULTILINE)) == 12
