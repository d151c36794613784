# SPDX-License-Identifier: MIT
"""The families of cases, each a file of vectors for each version."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from . import (
    acknowledgements,
    auth,
    connack,
    connect,
    disconnect,
    examples,
    headers,
    lengths,
    pings,
    properties,
    publish,
    reason_codes,
    regression_streams,
    regressions,
    sessions,
    shortened,
    streams,
    suback,
    subscribe,
    topics,
    truncations,
    unsuback,
    unsubscribe,
    utf8,
)
from .cases import Case

Build = Callable[[int], Iterator[Case]]

# suite: its kind, and what makes its cases
ALL: dict[str, tuple[str, Build]] = {
    "examples": ("packets", examples.build),
    "headers": ("packets", headers.build),
    "lengths": ("packets", lengths.build),
    "truncations": ("packets", truncations.build),
    "shortened": ("packets", shortened.build),
    "utf8": ("packets", utf8.build),
    "properties": ("packets", properties.build),
    "reason_codes": ("packets", reason_codes.build),
    "connect": ("packets", connect.build),
    "connack": ("packets", connack.build),
    "publish": ("packets", publish.build),
    "acknowledgements": ("packets", acknowledgements.build),
    "subscribe": ("packets", subscribe.build),
    "suback": ("packets", suback.build),
    "unsubscribe": ("packets", unsubscribe.build),
    "unsuback": ("packets", unsuback.build),
    "pings": ("packets", pings.build),
    "disconnect": ("packets", disconnect.build),
    "auth": ("packets", auth.build),
    "regressions": ("packets", regressions.build),
    "topics": ("topics", topics.build),
    "streams": ("streams", streams.build),
    "regression_streams": ("streams", regression_streams.build),
    "sessions": ("sessions", sessions.build),
}
