# SPDX-License-Identifier: MIT
"""The exhaustive comparison finds faults that are planted in the rows of the codec."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CC = shlex.split(os.environ.get("CC", "gcc"))

# The rule that each concerns, and what is changed of a row in tables.h.
PLANTED = {
    "direction": (
        "unsuback,    0, FIXED_HEADER_FLAGS, SERVER,  SERVER",
        "unsuback,    0, FIXED_HEADER_FLAGS, EITHER,  EITHER",
    ),
    "disconnect_flags": ("disconnect,  0, DISCONNECT_FLAGS", "disconnect,  1, DISCONNECT_FLAGS"),
    "puback_reason": (
        "no_matching_subscribers,                0, MQW_IN_PUBACK |",
        "no_matching_subscribers,                MQW_IN_PUBACK, MQW_IN_PUBACK |",
    ),
    "receive_maximum_zero": ("1, 0xFFFF, RECEIVE_MAXIMUM_ZERO", "0, 0xFFFF, RECEIVE_MAXIMUM_ZERO"),
    "maximum_qos_value": ("0, 1, MAXIMUM_QOS_VALUE", "0, 2, MAXIMUM_QOS_VALUE"),
    "property_misplaced": (
        "will_delay_interval,               FOUR,    MQW_IN_WILL,",
        "will_delay_interval,               FOUR,    MQW_IN_MESSAGE,",
    ),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The comparison with a codec in which the faults are planted."""
    folder = tmp_path_factory.mktemp("planted")
    include = folder / "include"
    shutil.copytree(ROOT / "include", include)
    tables = include / "mqttwire" / "tables.h"
    text = tables.read_text()
    for old, new in PLANTED.values():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    tables.write_text(text)
    names = ["oracle", "oracle_properties", "oracle_read", "oracle_tables", "reference_text"]
    names += ["reference_topic", "compare", "decoded"]
    names += ["exhaustive", "exhaustive_long", "exhaustive_packets", "exhaustive_texts"]
    sources = [*(ROOT / "codec").glob("*.c"), *(ROOT / "fuzz" / f"{name}.c" for name in names)]
    made = folder / "exhaustive"
    command = [*CC, "-std=c11", "-O1", f"-I{include}", *map(str, sources), "-o", str(made)]
    subprocess.run(command, check=True, timeout=300)
    return made


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=300)


def test_finds_planted_faults(program: Path) -> None:
    done = run(program, "--part", "packets", "--stride", "499", "--print", "1000000")
    assert done.returncode == 1
    found = set[str]()
    pattern = r"^  codec  (\w+) .*\n  oracle (\w+) .*\n((?: {9}\w.*\n)*)"
    for codec, oracle, faults in re.findall(pattern, done.stdout, re.M):
        if oracle == "accept":
            found.add(codec)
        elif codec == "ok" and faults.count("\n") == 1:
            found.add(faults.split(",")[0].strip())
    assert found == PLANTED.keys()


def test_other_parts_are_as_they_were(program: Path) -> None:
    for part in "text", "topics":
        done = run(program, "--part", part, "--stride", "1999")
        assert done.returncode == 0, done.stdout
        assert re.search(r"^all +\d{4,} comparisons .* 0 disagreements$", done.stdout, re.M)


@pytest.mark.parametrize("arguments", ["--stride 0", "--first 1", "--part none", "--stride", "x"])
def test_wrong_arguments(program: Path, arguments: str) -> None:
    done = run(program, *arguments.split())
    assert done.returncode == 2
    assert done.stderr.startswith("usage: exhaustive ")
