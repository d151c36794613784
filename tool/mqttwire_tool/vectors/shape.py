# SPDX-License-Identifier: MIT
"""Has a vector the parts that commands rely on?  `check` says more, with a library's help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .forms import is_content, parts_of

Form = dict[str, Any]
SENDERS = ("client", "server")
NEEDED = {  # by kind, or what a topic is checked for
    "packets": ("sender",),
    "streams": ("sender", "wire", "chunks", "packets"),
    "sessions": ("steps",),
    "topics": ("check",),
    "name": ("topic_name",),
    "filter": ("topic_filter",),
    "match": ("topic_filter", "topic_name"),
    "share": ("topic_filter",),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_list(value: Any, of: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(of, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not any(0xD800 <= ord(c) < 0xE000 for c in value)


def _is_value(value: Any, name: str = "") -> bool:
    """Anything in a packet; what stands for bytes does."""
    if is_content(value):
        return all(times >= 0 for _, times in parts_of(name, value))
    if isinstance(value, dict):
        return all(_is_value(each, key) for key, each in value.items())
    if isinstance(value, list):
        return all(_is_value(each) for each in value)
    return isinstance(value, (int, float))


def _is_packet(value: Any) -> bool:
    if not isinstance(value, dict) or not _is_text(value.get("type")) or not _is_value(value):
        return False
    users = [
        each.get("properties", {}).get("user_properties", [])
        for each in (value, value.get("will", {}))
    ]
    return all(len(pair) == 2 and all(map(is_content, pair)) for each in users for pair in each)


def _is_error(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and _is_text(value.get("rule"))
        and _is_list(value.get("reason_codes", []), lambda code: _is_number(code) and code < 256)
        and _is_number(value.get("offset", 0))
        and _is_text(value.get("field", ""))
        and _is_text(value.get("class", ""))
    )


def _is_step(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and {"sender", "wire"} <= value.keys()
        and all(name in PARTS and PARTS[name](each) for name, each in value.items())
    )


PARTS: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: _is_text(value) and value != "",
    "name": _is_text,
    "comment": _is_text,
    "section": _is_text,
    "ids": lambda value: _is_list(value, _is_text),
    "level": lambda value: value in ("MUST", "SHOULD", "MAY"),
    "version": lambda value: value in (4, 5, None) and not isinstance(value, bool),
    "result": lambda value: value in ("accept", "reject", "more", "choice"),
    "sender": lambda value: value in SENDERS,
    "wire": lambda value: is_content(value) and _is_value(value, "wire"),
    "packet": _is_packet,
    "packets": lambda value: _is_list(value, _is_packet),
    "canonical": lambda value: isinstance(value, bool),
    "chunks": lambda value: value == "each" or _is_list(value, _is_number),
    "check": lambda value: value in ("name", "filter", "match", "share"),
    "topic_name": lambda value: is_content(value) and _is_value(value),
    "topic_filter": lambda value: is_content(value) and _is_value(value),
    "group": lambda value: is_content(value) and _is_value(value),
    "filter": lambda value: is_content(value) and _is_value(value),
    "error": _is_error,
    "at": lambda value: isinstance(value, (int, float)) and 0 <= value < 1 << 32,
    "steps": lambda value: _is_list(value, _is_step),
}


def expect(form: Form, kind: str) -> None:
    """ValueError, TypeError, KeyError: it has not."""
    needed = {"id", "version", "result", *NEEDED[kind], *NEEDED.get(form.get("check", ""), ())}
    if kind == "packets" and ("wire" not in form or form.get("canonical")):
        needed.add("packet")
    for name, value in form.items():
        needed.discard(name)
        if name in PARTS and not PARTS[name](value):
            raise ValueError(name)
    if needed or (form["version"] is None and kind != "streams"):
        raise ValueError
