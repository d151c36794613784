# SPDX-License-Identifier: MIT
"""The sessions of vectors/, through mq.Connection: by bytes, and packet by packet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mqttwire as mq
import pytest
from mqttwire_tool.vectors.forms import unfold
from test_vectors import Vector, vectors

SESSIONS = [pytest.param(v, id=v["id"]) for v in vectors("sessions")]


def timed(session: Vector) -> Iterator[tuple[dict[str, Any], float]]:
    at = 0.0  # seconds: steps that do not say when come at once
    for step in session["steps"]:
        at = step.get("at", at)
        yield step, at


def by_bytes(session: Vector) -> Iterator[mq.Seen]:
    connection = mq.Connection(session["version"])
    for step, at in timed(session):
        yield from connection.feed(step["sender"], unfold(step["wire"]), at)


def by_byte(session: Vector) -> Iterator[mq.Seen]:
    connection = mq.Connection(session["version"])
    for step, at in timed(session):
        wire = unfold(step["wire"])
        for i in range(len(wire)):
            yield from connection.feed(step["sender"], wire[i : i + 1], at)


def by_packets(session: Vector) -> Iterator[mq.Seen]:
    connection = mq.Connection(session["version"])
    for step, at in timed(session):
        wire = unfold(step["wire"])
        packet = mq.decode(wire, **connection.options(step["sender"]))
        yield connection.packet(step["sender"], packet, size=len(wire), now=at)


WAYS: list[Callable[[Vector], Iterator[mq.Seen]]] = [by_bytes, by_byte, by_packets]


@pytest.mark.parametrize("vector", SESSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_found(way: Callable[[Vector], Iterator[mq.Seen]], vector: Vector) -> None:
    found = [(seen.number, finding) for seen in way(vector) for finding in seen.findings]
    if vector["result"] == "accept":
        assert found == []
        return
    wanted = vector["steps"][-1]["error"]
    if wanted["rule"] == "diagnostics_too_large":  # it makes the packet too large, too
        found = [(number, error) for number, error in found if error.rule != "packet_too_large"]
    if vector["result"] == "choice" and not found:
        return
    ((number, error),) = found
    assert number == len(vector["steps"])
    assert (error.rule, error.field) == (wanted["rule"], wanted["field"])
    if way is not by_packets or is_canonical(vector):
        assert error.offset == wanted.get("offset", error.offset)
    if wanted["reason_codes"] and vector["version"] == 5:
        assert error.reason_code in wanted["reason_codes"]


def is_canonical(vector: Vector) -> bool:
    """Is the last packet as it is encoded?  A packet that was decoded has lost how it was."""
    wire = unfold(vector["steps"][-1]["wire"])
    return mq.decode(wire, vector["version"]).encode() == wire


def test_errors_stand_in_last_steps() -> None:
    for vector in vectors("sessions"):
        places = [i for i, step in enumerate(vector["steps"]) if "error" in step]
        last = len(vector["steps"]) - 1
        assert places == ([] if vector["result"] == "accept" else [last]), vector["id"]
