# SPDX-License-Identifier: MIT
"""Payloads of Sparkplug B: metrics by their names, values by their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .layout import Group, Missing, Node, Unfit, digits, named, string
from .sparkplug_names import Known, Names, Place
from .sparkplug_schema import payload_class, type_name
from .sparkplug_values import moment, scalar

NEEDS = "Sparkplug B needs protobuf: pip install 'mqttwire[tool]'"
QUALITY = {0: "BAD", 192: "GOOD", 500: "STALE"}  # section 6.4.11


def payload_of(data: bytes) -> Any:
    """The message.  Unfit: it is none.  Missing: protobuf."""
    try:
        made = payload_class()
    except ImportError:
        raise Missing(NEEDS) from None
    from google.protobuf.message import DecodeError

    payload = made()
    try:
        payload.ParseFromString(data)
    except (DecodeError, RecursionError, UnicodeDecodeError):
        raise Unfit("its bytes are no message of protobuf with these fields") from None
    if not payload.ListFields():  # much else is a message with fields of other numbers
        raise Unfit("it has none of its fields")
    return payload


def summary(payload: Any) -> str:
    """What a payload says beside its metrics."""
    parts = []
    if payload.HasField("timestamp"):
        parts.append(moment(payload.timestamp))
    if payload.HasField("seq"):
        parts.append(f"seq {payload.seq}")
    count = len(payload.metrics)
    parts.append("1 metric" if count == 1 else f"{count} metrics")
    size = payload.ByteSize()
    payload.DiscardUnknownFields()
    if payload.ByteSize() < size:
        parts.append(f"{size - payload.ByteSize()} bytes of other fields")
    return ", ".join(parts)


class Shower:
    """Shows payloads."""

    def __init__(self, names: Names, place: Place | None, full: bool) -> None:
        self.names = names
        self.place = place
        self.full = full

    def nodes(self, payload: Any) -> Iterator[Node]:
        for metric in payload.metrics:
            yield self.metric(metric, payload.timestamp)
        if payload.HasField("uuid"):
            yield f"uuid = {string(payload.uuid, self.full)}"
        if payload.HasField("body"):
            yield f"body = 0x{digits(payload.body, self.full)}"

    # ---- A metric ---------------------------------------------------------------------------

    def metric(self, metric: Any, sent: int) -> Node:
        """sent: the time of what it is in, which is not said again."""
        known = None
        if metric.HasField("alias") and not metric.HasField("name"):
            known = self.names.find(self.place, metric.alias)
        datatype = metric.datatype
        if not metric.HasField("datatype") and known is not None:
            datatype = known.datatype
        about = ", ".join(self._about(metric, known, datatype, sent))
        head = f"{self._name(metric, known)} = "
        tail = f"  ({about})" if about else ""
        value = self._value(metric, datatype)
        more = [*self._metadata(metric), *self._properties(metric)]
        if isinstance(value, str):
            line = f"{head}{value}{tail}"
            return Group(f"{line} {{", more, "}") if more else line
        value.wrap(head, tail)
        return Group("{", [value, *more], "}") if more else value

    def _name(self, metric: Any, known: Known | None) -> str:
        if metric.HasField("name"):
            return name_text(metric.name)
        if known is not None:
            return name_text(known.name)
        return f"unknown alias {metric.alias}" if metric.HasField("alias") else "without a name"

    def _about(self, metric: Any, known: Known | None, datatype: int, sent: int) -> Iterator[str]:
        if metric.HasField("datatype") or known is not None:
            yield type_name(datatype)
        if metric.HasField("alias") and (metric.HasField("name") or known is not None):
            yield f"alias {metric.alias}"
        if metric.HasField("timestamp") and metric.timestamp != sent:
            yield moment(metric.timestamp)
        if metric.is_historical:
            yield "historical"
        if metric.is_transient:
            yield "transient"

    def _value(self, holder: Any, datatype: int) -> Node:
        field = holder.WhichOneof("value")
        if holder.is_null:
            return "null"
        if field == "dataset_value":
            return self._data_set(holder.dataset_value)
        if field == "template_value":
            return self._template(holder.template_value)
        if field == "propertyset_value":
            return Group("{", self._set(holder.propertyset_value), "}")
        if field == "propertysets_value":
            sets = holder.propertysets_value.propertyset
            return Group("[", [Group("{", self._set(one), "}") for one in sets], "]")
        return scalar(holder, datatype, self.full)

    # ---- Structures -------------------------------------------------------------------------

    def _data_set(self, data: Any) -> Node:
        columns = [
            f"{name_text(name)} {type_name(kind)}" for name, kind in zip(data.columns, data.types)
        ]
        head: Node = Group("columns (", [*columns], ")") if columns else "no columns"
        rows: list[Node] = [
            Group("[", [scalar(value, kind, self.full) for value, kind in _typed(row, data)], "]")
            for row in data.rows
        ]
        items = [head, *rows]
        sizes = {len(data.columns), len(data.types), *(len(row.elements) for row in data.rows)}
        if data.HasField("num_of_columns"):
            sizes.add(data.num_of_columns)
        if len(sizes) > 1:
            items.insert(0, f"its sizes differ: {', '.join(map(str, sorted(sizes)[:5]))} columns")
        return Group("DataSet {", items, "}")

    def _template(self, data: Any) -> Node:
        kind = "Template definition" if data.is_definition else "Template"
        if data.HasField("template_ref"):
            kind += f" of {name_text(data.template_ref)}"
        if data.HasField("version"):
            kind += f", version {name_text(data.version)}"
        items: list[Node] = []
        for parameter in data.parameters:
            value = scalar(parameter, parameter.type, self.full)
            line = f"parameter {name_text(parameter.name)} = {value}"
            items.append(f"{line}  ({type_name(parameter.type)})")
        items += [self.metric(metric, 0) for metric in data.metrics]
        return Group(f"{kind} {{", items, "}")

    def _set(self, data: Any) -> list[Node]:
        items: list[Node] = []
        for key, value in zip(data.keys, data.values):
            node = self._value(value, value.type)
            if key == "Quality" and isinstance(node, str) and value.int_value in QUALITY:
                node += f" ({QUALITY[value.int_value]})"
            items.append(named(name_text(key), node))
        if len(data.keys) != len(data.values):
            items.append(f"it has {len(data.keys)} keys, and {len(data.values)} values")
        return items

    def _properties(self, metric: Any) -> Iterator[Node]:
        if metric.HasField("properties"):
            yield Group("properties (", self._set(metric.properties), ")")

    def _metadata(self, metric: Any) -> Iterator[Node]:
        if metric.HasField("metadata"):
            parts: list[Node] = []
            for field, value in metric.metadata.ListFields():
                shown = string(value, self.full) if isinstance(value, str) else str(value).lower()
                parts.append(f"{field.name}: {shown}")
            yield Group("metadata (", parts, ")")


def _typed(row: Any, data: Any) -> Iterator[tuple[Any, int]]:
    for at, value in enumerate(row.elements):
        yield value, data.types[at] if at < len(data.types) else 0


def name_text(name: str) -> str:
    """A name, in quotes if it has what could be taken for something else."""
    plain = name.isprintable() and len(name) <= 100 and name == name.strip()
    return name if plain and name and not set(name) & set('"\\=') else string(name, False)
