# SPDX-License-Identifier: MIT
"""What the fields of packets are, for expressions, as the schema of `inspect --json` has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .json_printer import json_schema


@dataclass(frozen=True)
class Kind:
    """What a value is.  No word: this or that, of which nothing can be said."""

    word: str = ""  # "number", "text", "true or false", "list", "record"
    fields: Mapping[str, Kind] = field(default_factory=dict)  # of a record
    item: Kind | None = None  # of a list
    is_hex: bool = False  # the text is bytes
    values: tuple[Any, ...] = ()  # all that there are, where they can be listed
    most: int | None = None  # of a number


ANY = Kind()
NUMBER, TEXT, FLAG = Kind("number"), Kind("text"), Kind("true or false")

WORDS = {"integer": NUMBER, "number": NUMBER, "string": TEXT, "boolean": FLAG}
LITERALS: dict[type, Kind] = {int: NUMBER, float: NUMBER, bool: FLAG, str: TEXT, type(None): ANY}


def both(one: Kind, other: Kind) -> Kind:
    """A field that is of one kind here and of another there."""
    if one == other:
        return one
    values = one.values + other.values if one.values and other.values else ()
    united = replace(one, values=values)
    return united if united == replace(other, values=values) else ANY


def kind_of(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Kind:
    """parts: the schemas that others refer to."""
    if "$ref" in schema:
        return kind_of(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:  # the others stand for what is hidden, or is no text
        return kind_of(schema["anyOf"][0], parts)
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if values:
        return replace(LITERALS[type(values[0])], values=tuple(values))
    if schema["type"] == "array":
        return Kind("list", item=kind_of(schema["items"], parts))
    if schema["type"] == "object":
        members = schema["properties"].items()
        return Kind("record", {name: kind_of(member, parts) for name, member in members})
    if "pattern" in schema:
        return Kind("text", is_hex=True)
    return replace(WORDS[schema["type"]], most=schema.get("maximum"))


def fields_of_packets(about: Iterable[str]) -> dict[str, Kind]:
    """What an expression can name: fields of any type of packet, and these, of the line."""
    schema = json.loads(json_schema())
    parts, line = schema["$defs"], schema["properties"]
    kinds: dict[str, Kind] = {}
    for packet in parts["packet"]["oneOf"]:
        for name, kind in kind_of(packet, parts).fields.items():
            kinds[name] = both(kinds.get(name, kind), kind)
    rule = kind_of(parts["error"]["properties"]["rule"], parts)
    # What is neither a field of packets nor a member of a line.
    more = {"payload_size": NUMBER, "rules": Kind("list", item=rule)}
    for name in about:
        if name in more or name in line:
            kinds[name] = more[name] if name in more else kind_of(line[name], parts)
    return kinds
