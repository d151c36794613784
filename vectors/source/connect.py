# SPDX-License-Identifier: MIT
"""CONNECT: section 3.1."""

from __future__ import annotations

from collections.abc import Iterator

from . import connect_flags, connect_header, connect_payload, connect_unwritable
from .cases import Case


def build(version: int) -> Iterator[Case]:
    yield from connect_header.build(version)
    yield from connect_flags.build(version)
    yield from connect_payload.build(version)
    yield from connect_unwritable.build(version)
