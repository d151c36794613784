# SPDX-License-Identifier: MIT
"""Vectors as a table of Lua, 5.1 and newer."""

from __future__ import annotations

from typing import Any

from .data import Vector
from .forms import Parts, is_content, parts_of

GROUP = 100  # vectors in a function: what one may hold is limited
HEAD = """\
-- Conformance vectors for MQTT 3.1.1 and 5.0, made by `mqttwire vectors export --format lua`.
-- CC0-1.0.  Bytes are strings, or lists of strings and recipes {["repeat"] = {"a", 2097152}}.
local vectors = {}
local function add(vector) vectors[#vectors + 1] = vector end
local part
"""


def string(value: bytes) -> str:
    """In decimal escapes, which all versions of Lua have."""
    made = []
    for byte in value:
        plain = 0x20 <= byte < 0x7F and byte not in b'"\\'
        made.append(chr(byte) if plain else f"\\{byte:03d}")
    return f'"{"".join(made)}"'


def content(parts: Parts) -> str:
    """A string, or a list where there is a recipe."""
    made = [
        string(part) if times == 1 else f'{{["repeat"] = {{{string(part)}, {times}}}}}'
        for part, times in parts
    ]
    if all(times == 1 for _, times in parts):
        return string(b"".join(part for part, _ in parts))
    return f"{{{', '.join(made)}}}"


def value_of(value: Any, name: str = "") -> str:
    if is_content(value):
        return content(parts_of(name, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list):
        return f"{{{', '.join(map(value_of, value))}}}"
    pairs = [f'["{n}"] = {value_of(each, n)}' for n, each in value.items() if each is not None]
    return f"{{{', '.join(pairs)}}}"


def lua(vectors: list[Vector]) -> str:
    lines = [HEAD]
    for start in range(0, len(vectors), GROUP):
        lines.append("part = function()")
        for vector in vectors[start : start + GROUP]:
            form = {"suite": vector.suite, "kind": vector.kind, **vector.form}
            lines.append(f"add({value_of(form)})")
        lines.append("end\npart()\n")
    lines.append("return {format = 1, vectors = vectors}\n")
    return "\n".join(lines)
