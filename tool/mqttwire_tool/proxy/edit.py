# SPDX-License-Identifier: MIT
"""Packets as they are typed: {JSON}, hex DIGITS, or TYPE and NAME=VALUE."""

from __future__ import annotations

import json
import shlex
from typing import Any

import mqttwire as mq

from ..forms import STEP
from ..inputs import bytes_of_hex
from .breaks import TYPES

# Fields whose JSON form is hex: typed as text, or as 0x and digits.
BINARY = ("payload", "password", "correlation_data", "authentication_data")


class Wrong(Exception):
    """What was typed makes no sense."""


def packet_of(text: str, version: int) -> bytes:
    """A packet that is typed from scratch."""
    word, _, rest = text.strip().partition(" ")
    if word.lower() == "hex":
        return bytes_of_hex(rest)
    if text.lstrip().startswith("{"):
        form = json_of(text)
        form.setdefault("version", version)
        return written(form)
    if word.lower() not in TYPES:
        raise Wrong(f"{word!r} is no type of packets, no {{JSON}} and no hex DIGITS")
    form = {"type": word.upper(), "version": version}
    assign(form, rest)
    return written(form)


def edited(packet: mq.Packet, text: str) -> bytes:
    """A packet with some fields changed, or another one, if the JSON has a type."""
    if not text.lstrip().startswith("{"):
        if not text.strip():
            raise Wrong("NAME=VALUE, or a {JSON} object, is missing")
        form = packet.to_dict()
        assign(form, text)
        return written(form)
    change = json_of(text)
    if "type" in change:
        return written({"version": packet.version, **change})
    return written({**packet.to_dict(), **change})


def json_of(text: str) -> dict[str, Any]:
    try:
        form = json.loads(text)
    except ValueError as error:
        raise Wrong(f"this is no JSON: {error}") from None
    if not isinstance(form, dict):
        raise Wrong("this is no JSON object")
    return form


def written(form: dict[str, Any]) -> bytes:
    try:
        return mq.from_dict(form).encode(allow=mq.Allow.MQTT_3_1)
    except mq.MqttError as error:
        raise Wrong(f"{error}; `hex` sends bytes that break a rule") from None
    except (ValueError, TypeError) as error:
        raise Wrong(str(error)) from None


def assign(form: dict[str, Any], text: str) -> None:
    """NAME=VALUE ...: a value is JSON where the field is no text; null takes the field out."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Wrong(str(error)) from None
    for word in words:
        path, equals, value = word.partition("=")
        if not equals:
            raise Wrong(f"{word!r} is no NAME=VALUE")
        if path.rpartition(".")[2] in BINARY and value != "null":
            place(form, path, value[2:] if value[:2] == "0x" else value.encode().hex())
            continue
        try:
            place(form, path, json.loads(value))
        except ValueError:
            place(form, path, value)
            continue
        try:
            mq.from_dict(form)
        except TypeError:  # what looked like a number is text
            place(form, path, value)
        except (ValueError, mq.MqttError):  # something else is missing yet, or told later
            continue


def place(form: Any, path: str, value: Any) -> None:
    """Puts a value at a path of a JSON form, or takes it out if it is None."""
    steps: list[str | int] = []
    for name, index in STEP.findall(path):
        steps += [name, int(index)] if index else [name]
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        if isinstance(step, int):
            if not isinstance(form, list) or step > len(form):
                raise Wrong(f"{path}: there is no such element")
            if step == len(form):
                form.append({})
        elif not isinstance(form, dict):
            raise Wrong(f"{path}: there is no such field")
        elif not last:
            form.setdefault(step, [] if isinstance(steps[depth + 1], int) else {})
        if not last:
            form = form[step]
        elif value is None and not isinstance(step, int):
            form.pop(step, None)
        else:
            form[step] = value
