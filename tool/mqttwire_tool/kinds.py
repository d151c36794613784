# SPDX-License-Identifier: MIT
"""What the fields of packets are, for expressions, as the schema of `inspect --json` has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mqttwire as mq

from .json_printer import json_schema


@dataclass(frozen=True)
class Kind:
    """What a value is.  No word: this or that, of which nothing can be said."""

    word: str = ""  # "number", "text", "true or false", "list", "record"
    fields: Mapping[str, Kind] = field(default_factory=dict)  # of a record
    item: Kind | None = None  # of a list
    is_hex: bool = False  # the text is bytes


ANY = Kind()
NUMBER, TEXT, FLAG = Kind("number"), Kind("text"), Kind("true or false")

WORDS = {"integer": NUMBER, "number": NUMBER, "string": TEXT, "boolean": FLAG}
LITERALS: dict[type, Kind] = {int: NUMBER, float: NUMBER, bool: FLAG, str: TEXT, type(None): ANY}

# What can be named beside the fields of packets and members of a line.
MORE = {"payload_size": NUMBER, "rules": Kind("list", item=TEXT)}


def kind_of(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Kind:
    """parts: the schemas that others refer to."""
    if "$ref" in schema:
        return kind_of(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:  # the others stand for what is hidden, or is no text
        return kind_of(schema["anyOf"][0], parts)
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if values:
        return LITERALS[type(values[0])]
    if schema["type"] == "array":
        return Kind("list", item=kind_of(schema["items"], parts))
    if schema["type"] == "object":
        members = schema["properties"].items()
        return Kind("record", {name: kind_of(member, parts) for name, member in members})
    return Kind("text", is_hex=True) if "pattern" in schema else WORDS[schema["type"]]


def fields_of_packets(about: Mapping[str, Any]) -> dict[str, Kind]:
    """What an expression can name: fields of any type of packet, and these, of the line."""
    schema = json.loads(json_schema())
    parts, line = schema["$defs"], schema["properties"]
    kinds: dict[str, Kind] = {}
    for packet in mq.Type:
        for name, kind in kind_of(parts[packet.name.lower()], parts).fields.items():
            kinds[name] = kind if kinds.get(name, kind) == kind else ANY
    for name in about:
        if name in MORE or name in line:
            kinds[name] = MORE[name] if name in MORE else kind_of(line[name], parts)
    return kinds
