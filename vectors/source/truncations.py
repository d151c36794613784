# SPDX-License-Identifier: MIT
"""A packet of each type with much in it, and every beginning of it: more bytes are wanted.

A Remaining Length says how many bytes belong to a packet (3.1.1 2.2.3, 5.0 2.1.4); while they are
not all there, nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import smallest
from .cases import Case, accept, more
from .facts import PACKETS
from .rich import rich
from .wire import Wire

SECTION = {4: "2.2.3", 5: "2.1.4"}


def sender_of(version: int, name: str) -> str:
    """Of a packet that is rich: a server may put subscription identifiers into PUBLISH."""
    return "server" if name == "PUBLISH" else smallest.senders(version, name)[0]


def build(version: int) -> Iterator[Case]:
    for name in PACKETS:
        if not smallest.senders(version, name):
            continue
        sender = sender_of(version, name)
        whole = rich(version, name)
        key = name.lower()
        yield accept(
            key, version, whole.wire(), whole.form, sender=sender, section=SECTION[version]
        )
        raw = whole.wire().bytes()
        for count in range(1, len(raw)):
            yield more(
                f"{key} cut after {count}",
                version,
                Wire(raw[:count]),
                sender=sender,
                section=SECTION[version],
            )
