# SPDX-License-Identifier: MIT
"""JSON: packets that could be read in part, and what is hidden of them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import mqttwire as mq

STEP = re.compile(r"([a-z_0-9]+)(?:\[(\d+)\])?")

# Not in the JSON form: what the first byte and the protocol's name say.
LEFT_OUT = {"type", "flags", "protocol_name", "protocol_version"}


def is_secret(path: str) -> bool:
    """Is this a field whose value is hidden?"""
    return path == "password" or path.endswith("authentication_data")


def secrets_of(fields: mq.Explanation, show: bool) -> Callable[[mq.Field], bool]:
    """Tells which fields of a packet are to be hidden.

    After a fault that is also the rest of a packet that has a place for secrets.
    """
    first = fields[0].value if fields else 0
    kind = first >> 4 if isinstance(first, int) else 0
    unread = kind in (mq.Type.CONNECT, mq.Type.CONNACK, mq.Type.AUTH) or (
        fields.error is not None and is_secret(fields.error.field)
    )

    def secret(field: mq.Field) -> bool:
        if field.kind == mq.Kind.UNREAD:
            return unread and not show
        return field.kind == mq.Kind.BINARY and is_secret(field.path) and not show

    return secret


def hidden(size: int) -> dict[str, int]:
    """Stands for a secret of so many bytes."""
    return {"hidden": size}


def secrets_in(form: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The secrets of a packet's JSON form: what they are in, and their names there."""
    for owner, name in (
        (form, "password"),
        (form.get("properties"), "authentication_data"),
    ):
        if isinstance(owner, dict) and name in owner:
            yield owner, name


def hide(form: dict[str, Any]) -> dict[str, Any]:
    """Hides the secrets of a packet's JSON form."""
    for owner, name in secrets_in(form):
        owner[name] = hidden(len(owner[name]) // 2)
    return form


def value_form(field: mq.Field) -> Any:
    """The value of a field as in the JSON form of its packet."""
    if isinstance(field.value, bytes):
        digits = field.value.hex()
        return {"hex": digits} if field.kind == mq.Kind.TEXT else digits
    if field.kind == mq.Kind.BITS and field.width == 1:
        return bool(field.value)
    return field.value


def _place(form: dict[str, Any], path: str, value: Any) -> None:
    """Puts a value at a path: "properties.user_properties[0].name"."""
    at: Any = form
    steps = [(name, index) for name, index in STEP.findall(path)]
    for depth, (name, index) in enumerate(steps):
        last = depth == len(steps) - 1
        if not index:
            at[name] = value if last else at.get(name, {})
            at = at[name]
            continue
        items = at.setdefault(name, [])
        if len(items) <= int(index):
            items.append(value if last else {})
        at = items[int(index)]


def _pairs(properties: dict[str, Any]) -> None:
    """User properties as pairs; one whose value was not read is left out."""
    if "user_properties" in properties:
        properties["user_properties"] = [
            [pair["name"], pair["value"]]
            for pair in properties["user_properties"]
            if "value" in pair
        ]


def readable_form(fields: mq.Explanation) -> dict[str, Any]:
    """The JSON form of a packet as far as it could be read."""
    form: dict[str, Any] = {}
    for field in fields:
        if field.path == "type":
            form["type"] = field.note or "RESERVED"
            if fields.version is not None:
                form["version"] = fields.version
        elif field.path.endswith("properties.length"):
            _place(form, field.path[: -len(".length")], {})
        elif field.path in LEFT_OUT or field.path.endswith("_flag"):
            continue
        elif field.kind in (
            mq.Kind.BITS,
            mq.Kind.INTEGER,
            mq.Kind.REASON,
            mq.Kind.TEXT,
            mq.Kind.BINARY,
        ):
            _place(form, field.path, value_form(field))
    _pairs(form.get("properties", {}))
    _pairs(form.get("will", {}).get("properties", {}))
    return form


def no_packet(message: str) -> dict[str, Any]:
    """The error of what is no packet at all, in the form of MqttError.to_dict."""
    form: dict[str, Any] = dict.fromkeys(("rule", "ids", "reason_code", "offset", "field"))
    return {**form, "ids": [], "message": message}


def explanation_form(fields: mq.Explanation, show_secrets: bool) -> dict[str, Any]:
    """All fields of a packet, for `explain --json`."""
    form: dict[str, Any] = {"size": fields.size} if fields.size else {}
    if fields.version is not None:
        form["version"] = fields.version
    form["fields"] = []
    secret = secrets_of(fields, show_secrets)
    for field in fields:
        shown: dict[str, Any] = {"path": field.path, "kind": field.kind.name.lower()}
        shown.update(start=field.start, end=field.end, value=value_form(field))
        if secret(field):
            shown["value"] = hidden(field.end - field.start)
        if field.note is not None:
            shown["note"] = field.note
        form["fields"].append(shown)
    if fields.error is not None:
        form["error"] = fields.error.to_dict()
    return form


def print_json(form: dict[str, Any], out: TextIO | None = None) -> None:
    """One object on a line; what the output's encoding has not is escaped."""
    out = out or sys.stdout
    plain = (out.encoding or "ascii").lower().replace("-", "") != "utf8"
    out.write(json.dumps(form, ensure_ascii=plain) + "\n")
