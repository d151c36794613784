# SPDX-License-Identifier: MIT
"""Packets without secrets, for what is to be shown to others: blanks stand for their bytes."""

from __future__ import annotations

import mqttwire as mq

from ._json import is_secret
from .arguments import Bytes
from .forms import secrets_of

BLANK = b"*"
LENGTH = 4  # bytes of a remaining length at most
WITH_SECRETS = {mq.Type.CONNECT, mq.Type.CONNACK, mq.Type.AUTH}


def is_suspect(data: Bytes, error: mq.MqttError | None) -> bool:
    """May there be secrets?  Only then all fields need be looked at."""
    kind = data[0] >> 4 if data else 0
    return kind in WITH_SECRETS or (error is not None and is_secret(error.field))


def secret_spans(data: Bytes, fields: mq.Explanation) -> list[tuple[int, int]]:
    """Where secrets are.  The fixed header is none, however broken: packets begin and end by it."""
    body = 1
    while body < min(LENGTH, len(data)) and data[body] & 0x80:
        body += 1
    secret = secrets_of(fields, show=False)
    spans = ((max(field.start, body + 1), field.end) for field in fields if secret(field))
    return [(start, end) for start, end in spans if start < end]


def blanked(data: Bytes, spans: list[tuple[int, int]]) -> bytes:
    made = bytearray(data)
    for start, end in spans:
        made[start:end] = BLANK * (end - start)
    return bytes(made)
