# SPDX-License-Identifier: MIT
"""A few steps of tests/random_clients.py."""

from __future__ import annotations

from pathlib import Path

import pytest
import random_clients
from broker import needs_broker

pytestmark = needs_broker


@pytest.mark.parametrize("lasting", [False, True], ids=("memory", "store"))
def test_random_clients(tmp_path: Path, lasting: bool) -> None:
    random_clients.play(tmp_path, 3, 5000, lasting)
