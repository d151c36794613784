# SPDX-License-Identifier: MIT
"""PINGREQ and PINGRESP: sections 3.12 and 3.13.  They are two bytes and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from .cases import Case, accept, reject
from .wire import HERE, packet, u8


def build(version: int) -> Iterator[Case]:
    for first, name, sender, section in [
        (0xC0, "PINGREQ", "client", "3.12.1"),
        (0xD0, "PINGRESP", "server", "3.13.1"),
    ]:
        key = name.lower()
        yield accept(key, version, packet(first), {"type": name}, sender=sender, section=section)
        yield reject(
            f"{key} with a byte",
            version,
            packet(first, HERE, u8(0)),
            "surplus_bytes",
            "unread",
            sender=sender,
            section=section,
        )
