# SPDX-License-Identifier: MIT
"""Nothing is kept that nobody refers to, whatever goes well or wrong; leaks.py takes longer."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from python_calls import CALLS, Call


def growth(calls: list[Call]) -> int:
    """Bytes that are left behind by a hundred rounds."""
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(100):
        for call in calls:
            call()
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - before


@pytest.mark.parametrize("name", CALLS)
def test_loops(name: str) -> None:
    gc.freeze()  # what pytest holds of all tests need not be looked through in each round
    tracemalloc.start()
    try:
        # Python itself takes some rounds until it has what it keeps, the more the less an allocator
        # gives the same memory again; a leak never ends.
        assert any(growth(CALLS[name]) < 1000 for _ in range(20))
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def test_the_program_that_takes_longer() -> None:
    program = Path(__file__).with_name("leaks.py")
    done = subprocess.run([sys.executable, program, "1000"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) > len(CALLS)
