# SPDX-License-Identifier: MIT
"""JSON: packets that could be read in part, and what is hidden of them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TextIO

import mqttwire as mq

from ._json import Writer, is_secret
from .arguments import Bytes, Options

STEP = re.compile(r"([a-z_0-9]+)(?:\[(\d+)\])?")


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


def value_form(field: mq.Field) -> Any:
    """The value of a field as in the JSON form of its packet."""
    if isinstance(field.value, bytes):
        digits = field.value.hex()
        return {"hex": digits} if field.kind == mq.Kind.TEXT else digits
    if field.kind == mq.Kind.BITS and field.width == 1:
        return bool(field.value)
    return field.value


@cache
def _writer(allow: int, refuse: int, max_size: int | None) -> Writer:
    return Writer(allow=allow, refuse=refuse, max_size=max_size or 0, show_secrets=True)


def readable_form(
    data: Bytes, version: int | None, sender: mq.Sender | None, options: Options
) -> dict[str, Any]:
    """The JSON form of a packet as far as it can be read."""
    writer = _writer(int(options.allow), int(options.refuse), options.max_size)
    form: dict[str, Any] = json.loads(writer.packet(data, version, sender or options.sender))
    return form


def no_packet(message: str) -> dict[str, Any]:
    """The error of what is no packet at all, in the form of MqttError.to_dict."""
    form: dict[str, Any] = dict.fromkeys(("rule", "ids", "reason_code", "offset", "field"))
    return {**form, "ids": [], "message": message}


def explanation_form(fields: mq.Explanation, show_secrets: bool) -> dict[str, Any]:
    """The fields of a packet, for `explain --json`."""
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
    if fields.more:
        form["more"] = fields.more
    if fields.error is not None:
        form["error"] = fields.error.to_dict()
    return form


def is_plain(out: TextIO) -> bool:
    """Is what is not ASCII to be escaped?"""
    return (out.encoding or "ascii").lower().replace("-", "") != "utf8"


def print_json(form: dict[str, Any], out: TextIO | None = None) -> None:
    """One object on a line; what the output's encoding has not is escaped."""
    out = out or sys.stdout
    out.write(json.dumps(form, ensure_ascii=is_plain(out)) + "\n")
