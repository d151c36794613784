# SPDX-License-Identifier: MIT
"""Prints mqttwire_tool/inspect.schema.json: what a line of `inspect --json` may be.

    python tool/inspect_schema.py > tool/mqttwire_tool/inspect.schema.json

Packets, properties and rules are those of the Python package, and so of the rows of tables.h.  A
test compares the file with what this prints.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

import mqttwire as mq
from mqttwire import _mqttwire as extension
from mqttwire_tool.stream import GUESSES

Schema = dict[str, Any]

COUNT: Schema = {"type": "integer", "minimum": 1}
BOOLEAN: Schema = {"type": "boolean"}
STRING: Schema = {"type": "string"}
PACKET_MAX = 0x0FFFFFFF + 5  # bytes


def upto(maximum: int) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": maximum}


def ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def record(properties: Schema, **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties, **more}


def listing(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


# ---- Values: as wide as on the wire, as a rule about them may be broken --------------------------

PROPERTY_TYPES: dict[str, Schema] = {
    "BYTE": upto(0xFF),
    "TWO": upto(0xFFFF),
    "FOUR": upto(0xFFFFFFFF),
    "VARINTS": listing(upto(0x0FFFFFFF), minItems=1),
    "TEXT": ref("text"),
    "TOPIC": ref("text"),
    "BINARY": ref("binary"),
    "PAIRS": listing(listing(ref("text"), minItems=2, maxItems=2)),
}

# Of fields that are not properties: how wide integers are, and what else their annotations lack.
FIELDS: dict[str, Schema] = {
    "keep_alive": upto(0xFFFF),
    "packet_id": upto(0xFFFF),
    "password": ref("secret"),
    "qos": upto(3),
    "reason_code": upto(0xFF),
    "reason_codes": listing(upto(0xFF)),
    "retain_handling": upto(3),
}
ANNOTATIONS: dict[str, Schema] = {
    "bool": BOOLEAN,
    "bytes": ref("binary"),
    "str": ref("text"),
    "list[str]": listing(ref("text")),
    "list[Subscription]": listing(ref("subscription")),
    "Properties": ref("properties"),
    "Will": ref("will"),
}


def annotated(kind: type) -> dict[str, str]:
    """Of a class and those that it is made of."""
    return {
        name: text
        for base in reversed(kind.__mro__)
        for name, text in getattr(base, "__annotations__", {}).items()
    }


def fields(kind: Any) -> Schema:
    """The members of a packet, or of a part of one."""
    made: Schema = {}
    for name in kind._fields:
        if name == "version":
            continue
        annotation = annotated(kind)[name].split(" | ")[0]
        made[name] = FIELDS[name] if name in FIELDS else ANNOTATIONS[annotation]
        if name == "payload":
            made["payload_text"] = {**STRING, "description": "With --payload-text, if it is UTF-8."}
    return made


def properties() -> Schema:
    made: Schema = {}
    for number in mq.Property:
        name = extension.property_name(number)
        shown = PROPERTY_TYPES[extension.property_type(number)]
        if name == "authentication_data":
            shown = ref("secret")
        about = " ".join((getattr(mq.Properties, name).__doc__ or "").split())
        made[name] = {"description": about, **shown}
    return record(made)


# ---- Packets -------------------------------------------------------------------------------------

PACKETS: dict[str, Any] = {kind.name: vars(mq)[kind.name.capitalize()] for kind in mq.Type}
EXAMPLES: dict[str, Any] = {"str": "a", "list[str]": ["a"], "list[int]": [0], "int": 1}


def always(kind: Any, version: int) -> list[str]:
    """The members that each packet of a type and version has."""
    given = {
        name: EXAMPLES.get(annotated(kind)[name], [mq.Subscription(topic_filter="a")])
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    return sorted(kind(**given, version=version).to_dict())


def packet(name: str, kind: Any) -> Schema:
    first = {"type": {"const": name}, "version": ref("version")}
    return record({**first, **fields(kind)}, required=["type"])


def complete() -> Schema:
    """What packets have that break no rule of their own."""
    cases = []
    for name, kind in PACKETS.items():
        for versions in ((3, 4), (5,)):
            if name == "AUTH" and 5 not in versions:
                continue
            of: Schema = {"type": {"const": name}, "version": {"enum": list(versions)}}
            required = always(kind, versions[-1])
            of.update({only: False for only in always(kind, 5) if only not in required})
            cases.append({"properties": of, "required": required})
    return {"description": "What a packet has that was read to its end.", "anyOf": cases}


# ---- Lines ---------------------------------------------------------------------------------------


def error() -> Schema:
    rules = sorted({rule.name.lower() for rule in mq.Rule})
    members: Schema = {
        "rule": {"enum": [*rules, "more"], "description": "more: the packet is not all there"},
        "ids": listing(STRING, description="Statements of the specification, or its sections."),
        "reason_code": {"anyOf": [upto(0xFF), {"type": "null"}]},
        "offset": {"anyOf": [upto(PACKET_MAX), {"type": "null"}]},
        "field": {"type": ["string", "null"]},
        "message": STRING,
        "wanted": {**COUNT, "description": "Bytes from the packet's first one, with `more`."},
    }
    return {
        **record(members, required=[name for name in members if name != "wanted"]),
        "if": {"properties": {"rule": {"const": "more"}}},
        "then": {"required": ["wanted"], "properties": {"offset": {"type": "null"}}},
        "else": {"properties": {"wanted": False, "offset": {"type": "integer"}}},
    }


def line() -> Schema:
    members: Schema = {
        "number": {**COUNT, "description": "Of the packet."},
        "time": {"type": "number", "minimum": 0, "description": "Seconds since the epoch."},
        "connection": {**COUNT, "description": "Its number."},
        "transport": {"enum": ["tcp", "websocket"]},
        "tls": {"enum": ["1.2", "1.3"], "description": "The version around it, which was opened."},
        "client": {**STRING, "description": "address:port"},
        "server": {**STRING, "description": "address:port"},
        "client_id": {**STRING, "description": "Of CONNECT, or as CONNACK assigned it."},
        "sender": {"enum": ["client", "server"]},
        "size": {**COUNT, "description": "Of the whole packet, bytes."},
        "guessed": {
            "enum": list(GUESSES),
            "description": "How sure the version, and who is the client, is; without it they are"
            " known.",
        },
        "error": {**ref("error"), "description": "The rule that it breaks."},
        "packet": {**ref("packet"), "description": "As far as it could be read."},
        "topic": {**STRING, "description": "What its topic alias stands for."},
        "acknowledges": {**COUNT, "description": "Number of the packet that it answers."},
        "latency": {"type": "number", "minimum": 0, "description": "Since that one, seconds."},
        "findings": listing(
            {"allOf": [ref("error"), {"properties": {"rule": {"not": {"const": "more"}}}}]},
            minItems=1,
            description="Rules of the connection that it breaks.",
        ),
    }
    return {
        **record(members, required=["number", "connection"]),
        "dependentRequired": {
            "tls": ["transport"],
            "transport": ["client", "server"],
            "client": ["transport", "server"],
            "server": ["transport", "client"],
            "latency": ["time", "acknowledges"],
        },
        "if": {"required": ["error"]},
        "else": {"required": ["packet", "size"], "properties": {"packet": ref("complete")}},
    }


def schema() -> Schema:
    kinds = {name.lower(): packet(name, kind) for name, kind in PACKETS.items()}
    reserved = record({"type": {"const": "RESERVED"}, "version": ref("version")}, required=["type"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of mqttwire inspect --json",
        **line(),
        "$defs": {
            "packet": {
                "description": "In the JSON form. Of one that breaks a rule, what could be read.",
                "oneOf": [*map(ref, kinds), ref("reserved")],
            },
            "complete": complete(),
            **kinds,
            "reserved": reserved,
            "subscription": record(fields(mq.Subscription)),
            "will": record(fields(mq.Will)),
            "properties": properties(),
            "version": {"enum": [3, 4, 5], "description": "4: 3.1.1. Left out if not known."},
            "text": {
                "description": "What is not UTF-8 is hex.",
                "anyOf": [STRING, record({"hex": ref("binary")}, required=["hex"])],
            },
            "binary": {**STRING, "pattern": "^([0-9a-f]{2})*$"},
            "secret": {
                "description": "Without --show-secrets: how many bytes it has.",
                "anyOf": [
                    ref("binary"),
                    record({"hidden": upto(0xFFFF)}, required=["hidden"]),
                ],
            },
            "error": error(),
        },
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
