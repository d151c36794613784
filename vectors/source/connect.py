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


# What no bytes can break:
#
# | version | statement | why |
# |---|---|---|
# | both | MQTT-3.1.3-1 | the order of fields: in another one they are other fields |
# | both | MQTT-3.1.4-1 | that the format is checked at all: every other reject of this family |
# | 3.1.1 | MQTT-3.1.2-18, MQTT-3.1.2-20 | only seen as bytes left over, as of any other field |
# | 5.0 | MQTT-3.1.2-16, MQTT-3.1.2-18 | the same |
