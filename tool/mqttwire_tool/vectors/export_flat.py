# SPDX-License-Identifier: MIT
"""Vectors as lines with fields between tabs, and as files of bytes."""

from __future__ import annotations

from .data import Vector
from .flat import plain
from .forms import digits, parts_of, segments

COLUMNS = ("id", "kind", "version", "sender", "result", "rule", "offset", "field", "hex")


def _hex(vector: Vector) -> str:
    """The bytes.  Of a session its steps, after > from the client and < from the server."""
    if vector.kind == "topics":
        names = [n for n in ("topic_filter", "topic_name") if n in vector.form]
        return " ".join(digits(parts_of(name, vector.form[name])) for name in names)
    if vector.kind == "sessions":
        return " ".join(
            f"{'>' if sender == 'client' else '<'}{digits(segments(wire))}"
            for sender, wire in vector.wires
        )
    return "".join(digits(segments(wire)) for _, wire in vector.wires)


def line(vector: Vector) -> str:
    """What there is not is -; of a topic it says what is checked in place of a sender."""
    error = vector.error or {}
    version = vector.form["version"]
    cells = [
        vector.id,
        vector.kind,
        "-" if version is None else version,
        vector.form.get("check") or vector.form.get("sender") or "-",
        vector.result,
        error.get("rule") or "-",
        error.get("offset", "-"),
        plain(str(error.get("field") or "-").encode()),
        _hex(vector) or "-",
    ]
    return "\t".join(map(str, cells))


def flat(vectors: list[Vector]) -> str:
    return "".join(f"{row}\n" for row in ["#" + "\t".join(COLUMNS), *map(line, vectors)])
