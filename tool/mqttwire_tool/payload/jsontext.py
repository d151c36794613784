# SPDX-License-Identifier: MIT
"""Payloads that are JSON (RFC 8259): numbers as they are written, repeated keys too."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from .layout import CUT, DEEPEST, Group, Node, Unfit, named, string
from .text import decoded

# Texts are passed over at once; their inner quotes are no ends.
STEP = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]|-?Infinity|NaN', re.S)


class Number(str):
    """As it is written: no digit is lost, and there may be any number of them."""


class Pairs(list[tuple[str, Any]]):
    """An object, in which a key may be repeated."""


def _never(name: str) -> NoReturn:
    raise Unfit(f"{name} is no number of JSON")


DECODER = json.JSONDecoder(
    parse_int=Number, parse_float=Number, parse_constant=_never, object_pairs_hook=Pairs
)


def _look_over(text: str) -> None:
    """Finds what Python would take: depth without end, and what is no number."""
    depth = 0
    for found in STEP.finditer(text):
        step = found[0]
        if step in "[{":
            depth += 1
            if depth > DEEPEST:
                raise Unfit(f"more than {DEEPEST} values within each other{_at(text, found)}")
        elif step in "]}":
            depth -= 1
        elif step[0] != '"':
            raise Unfit(f"{step} is no number of JSON{_at(text, found)}")


def _at(text: str, found: re.Match[str]) -> str:
    return f" at byte {len(text[: found.start()].encode())}"


def node_of(data: bytes, full: bool) -> Node:
    """What the bytes say.  Unfit: they are not JSON."""
    text = decoded(data)
    _look_over(text)
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        words = error.msg[0].lower() + error.msg[1:]
        raise Unfit(f"{words} at byte {len(text[: error.pos].encode())}") from None
    return _node(value, full)


def _node(value: Any, full: bool) -> Node:
    if isinstance(value, Number):
        cut = not full and len(value) > CUT
        return f"{value[:CUT]}... ({len(value)} digits)" if cut else str(value)
    if isinstance(value, str):
        return string(value, full)
    if isinstance(value, Pairs):
        return _object(value, full)
    if isinstance(value, list):
        return Group("[", [_node(item, full) for item in value], "]") if value else "[]"
    return {None: "null", True: "true", False: "false"}[value]


def _object(pairs: Pairs, full: bool) -> Node:
    if not pairs:
        return "{}"
    items = []
    known: set[str] = set()
    for key, value in pairs:
        again = " (this key again)" if key in known else ""
        known.add(key)
        items.append(named(string(key, full) + again, _node(value, full)))
    return Group("{", items, "}")
