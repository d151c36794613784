# SPDX-License-Identifier: MIT
"""The same packets as in truncations, shortened to every length, with a Remaining Length that says
so, and nothing else put right: lengths inside the packet lead past its end.

Where the cut falls among the fields (rich.py) says what is wrong: the field that is not whole, or
the one that is missing; or that nothing is, as a payload, a list and what may be left out at the
end of 5.0's acknowledgements just become shorter.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import smallest
from .cases import Case, accept, reject
from .facts import PACKETS
from .fields import cut
from .rich import Rich, rich
from .truncations import SECTION, sender_of
from .wire import packet

# Shorter ones are in lengths: without a method, a second rule is broken, or none (5.0 3.15.2.1).
SHORTEST = {"AUTH": 2}


def build(version: int) -> Iterator[Case]:
    for name in PACKETS:
        senders = smallest.senders(version, name)
        if not senders:
            continue
        usual = sender_of(version, name)
        yield from _every_length(version, name, usual, rich(version, name))
        for other in {*senders} - {usual}:
            yield from _every_length(
                version, name, other, rich(version, name, other), f" from a {other}"
            )


def _every_length(
    version: int, name: str, sender: str, whole: Rich, by: str = ""
) -> Iterator[Case]:
    for length in range(SHORTEST.get(name, 0), whole.length):
        key = f"{name.lower()} of {whole.length} bytes{by} shortened to {length}"
        short = cut(whole.fields, length)
        wire = packet(whole.first, *short.parts)
        if short.whole is not None and short.whole in whole.ends:
            yield accept(
                key,
                version,
                wire,
                whole.ends[short.whole],
                sender=sender,
                section=SECTION[version],
                canonical=short.whole not in whole.padded,
                comment="what is left is a packet, too",
            )
        else:
            yield reject(key, version, wire, short.rule, short.name, sender=sender)
