# SPDX-License-Identifier: MIT
"""Sparkplug: topics, and the names that births give to aliases."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

NAMESPACE = "spBv1.0/"
KINDS = {"NBIRTH", "NDEATH", "NDATA", "NCMD"}  # of edge nodes
DEVICE_KINDS = {"DBIRTH", "DDEATH", "DDATA", "DCMD"}
ROOM = 16 << 20  # bytes of names; beyond that the nodes born first are forgotten
EACH = 200  # bytes that a name takes beside its own


class Place(NamedTuple):
    """Where a message is from, or for: spBv1.0/group/kind/node[/device]."""

    kind: str
    group: str
    node: str
    device: str = ""


def place_of(topic: str) -> Place | None:
    """None: it is no topic of a node or device."""
    if not topic.startswith(NAMESPACE):
        return None
    group, _, rest = topic[len(NAMESPACE) :].partition("/")
    kind, *names = rest.split("/")
    if (kind in KINDS and len(names) == 1) or (kind in DEVICE_KINDS and len(names) == 2):
        return Place(kind, group, *names)
    return None


def is_state(topic: str) -> bool:
    """Is it of a host application, whose messages are JSON?"""
    return topic.startswith(f"{NAMESPACE}STATE/")


class Known(NamedTuple):
    """What a birth says of an alias."""

    name: str
    datatype: int


class Born:
    """What a node, with its devices, said at birth."""

    def __init__(self) -> None:
        self.names: dict[str, dict[int, Known]] = {}  # by device; "" is the node itself
        self.sizes: dict[str, int] = {}
        self.session: int | None = None  # its bdSeq


class Names:
    """Names that aliases stand for.  An alias is only known of where it was born."""

    def __init__(self, room: int = ROOM) -> None:
        self.room = room
        self.size = 0
        self.nodes: OrderedDict[tuple[str, str], Born] = OrderedDict()

    def find(self, place: Place | None, alias: int) -> Known | None:
        born = self.nodes.get((place.group, place.node)) if place else None
        return born.names.get(place.device, {}).get(alias) if place and born else None

    def see(self, place: Place, payload: Any) -> None:
        """A message that may be a birth or a death."""
        if place.kind == "NBIRTH":
            self._forget(place)
            born = self.nodes[(place.group, place.node)] = Born()
            born.session = _session(payload)
            self._learn(place, payload)
        elif place.kind == "DBIRTH":
            self.nodes.setdefault((place.group, place.node), Born())
            self._forget_device(place)
            self._learn(place, payload)
        elif place.kind == "NDEATH":
            born_before = self.nodes.get((place.group, place.node))
            # A will of the session before may come after the birth of this one.
            if born_before is not None and born_before.session in (None, _session(payload)):
                self._forget(place)
        elif place.kind == "DDEATH":
            self._forget_device(place)

    def _learn(self, place: Place, payload: Any) -> None:
        key = (place.group, place.node)
        known = {
            metric.alias: Known(metric.name, metric.datatype)
            for metric in payload.metrics
            if metric.HasField("alias") and metric.HasField("name")
        }
        size = sum(EACH + len(one.name) for one in known.values())
        if size > self.room:
            return
        born = self.nodes[key]
        self.nodes.move_to_end(key)
        born.names[place.device] = known
        born.sizes[place.device] = size + EACH
        self.size += size + EACH
        while self.size > self.room:
            oldest = next(iter(self.nodes))
            self.size -= sum(self.nodes.pop(oldest).sizes.values())

    def _forget(self, place: Place) -> None:
        born = self.nodes.pop((place.group, place.node), None)
        if born is not None:
            self.size -= sum(born.sizes.values())

    def _forget_device(self, place: Place) -> None:
        born = self.nodes.get((place.group, place.node))
        if born is not None and place.device in born.names:
            del born.names[place.device]
            self.size -= born.sizes.pop(place.device)


def _session(payload: Any) -> int | None:
    """bdSeq, which a birth has in common with the death that ends its session."""
    for metric in payload.metrics:
        if metric.name == "bdSeq":
            field = metric.WhichOneof("value")
            return getattr(metric, field) if field in ("int_value", "long_value") else None
    return None
