# SPDX-License-Identifier: MIT
"""Sessions: both directions of a connection, for the rules that no packet breaks by itself."""

from __future__ import annotations

from collections.abc import Iterator

from . import (
    session_aliases,
    session_auth,
    session_ids,
    session_limits,
    session_order,
    session_qos,
    session_quota,
    session_sizes,
)
from .cases import Case

PARTS = (
    session_order,
    session_ids,
    session_qos,
    session_aliases,
    session_quota,
    session_sizes,
    session_limits,
    session_auth,
)


def build(version: int) -> Iterator[Case]:
    for part in PARTS:
        yield from part.build(version)
