# SPDX-License-Identifier: MIT
"""The mutator in libFuzzer and in AFL++: they load it, and it finds what it is for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KIT = ROOT / "build" / "fuzz" / "kit"
SOURCES = [ROOT / "tests" / "fuzz_harness.c", *sorted((ROOT / "codec").glob("*.c"))]
PARTS = sorted(
    file for file in (ROOT / "fuzz" / "kit").glob("*.c") if file.stem not in ("afl", "libfuzzer")
)
INCLUDE = ["-std=c11", "-O1", f"-I{ROOT / 'include'}", f"-I{ROOT / 'fuzz' / 'kit'}"]
WAIT = 120.0  # seconds
SEED = bytes.fromhex("c000 8209 0001 02 0b07 000161 00 c000")  # PINGREQ, SUBSCRIBE, PINGREQ

pytestmark = pytest.mark.skipif(not KIT.is_dir(), reason="there is no build of the kit")


def output(*command: str | Path, env: dict[str, str] | None = None, good: bool = True) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=WAIT,
        env={**os.environ, **(env or {})},
    )
    text = done.stdout.decode(errors="replace")
    assert not good or done.returncode == 0, text
    return text


def test_docs_of_c(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "fuzzing.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```c\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    source = tmp_path / "program.c"
    source.write_text(text)
    program = tmp_path / "program"
    warnings = ["-Wall", "-Wextra", "-Werror"]
    output("cc", *warnings, *INCLUDE, source, *SOURCES[1:], *PARTS, "-o", program)
    assert "topic_wildcard" in output(program)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "seed").write_bytes(SEED)
    return folder


@pytest.mark.skipif(not shutil.which("clang"), reason="clang is missing")
def test_libfuzzer(tmp_path: Path, corpus: Path) -> None:
    program = tmp_path / "target"
    fuzzer = KIT / "libfuzzer.o"
    output("clang", *INCLUDE, "-fsanitize=fuzzer", *SOURCES, *PARTS, fuzzer, "-o", program)
    said = output(
        program, "-seed=1", "-runs=100000", "-max_len=4096", f"-artifact_prefix={tmp_path}/",
        corpus, good=False,
    )  # fmt: skip
    assert "found LLVMFuzzerCustomMutator" in said
    assert "deadly signal" in said, said
    assert list(tmp_path.glob("crash-*"))


@pytest.mark.skipif(not shutil.which("afl-fuzz"), reason="AFL++ is missing")
def test_afl(tmp_path: Path, corpus: Path) -> None:
    program = tmp_path / "target"
    quiet = {"AFL_QUIET": "1"}
    output("afl-clang-fast", *INCLUDE, "-DFUZZ_MAIN", *SOURCES, "-o", program, env=quiet)
    said = output(
        "afl-fuzz", "-s", "1", "-V", "20", "-i", corpus, "-o", tmp_path / "out",
        "--", program, "@@",
        env={
            "AFL_CUSTOM_MUTATOR_LIBRARY": str(KIT / "afl.so"),
            "AFL_CUSTOM_MUTATOR_ONLY": "1",
            "AFL_BENCH_UNTIL_CRASH": "1",
            "AFL_NO_UI": "1",
            "AFL_NO_AFFINITY": "1",
            "AFL_SKIP_CPUFREQ": "1",
            "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
        },
    )  # fmt: skip
    assert "Custom mutator" in said, said
    statistics = (tmp_path / "out" / "default" / "fuzzer_stats").read_text()
    crashes = re.search(r"saved_crashes\s*: (\d+)", statistics)
    assert crashes and int(crashes[1]) > 0, statistics
    (crash, *_) = (tmp_path / "out" / "default" / "crashes").glob("id*")
    assert "mqttwire" in crash.name
