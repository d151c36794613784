# SPDX-License-Identifier: MIT
"""Vectors as one file of C that needs nothing but stdint.h."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .data import Vector
from .flat import text
from .forms import Parts, parts_of, segments

PREFIX = "mqttwire_"
LONGEST = 4000  # characters of a string literal: C99 promises 4095
WIDTH = 96

HEAD = """\
/* Conformance vectors for MQTT 3.1.1 and 5.0, made by `mqttwire vectors export --format c`.
 * CC0-1.0.  Include this file once; it needs nothing but stdint.h.  MQTTWIRE_VECTOR_TYPES, defined
 * before it, leaves out the vectors, for all other files of a program. */
#ifndef MQTTWIRE_VECTORS
#define MQTTWIRE_VECTORS

#include <stdint.h>

enum mqttwire_kind { MQTTWIRE_PACKETS, MQTTWIRE_STREAMS, MQTTWIRE_TOPICS, MQTTWIRE_SESSIONS };
enum mqttwire_result { MQTTWIRE_ACCEPT, MQTTWIRE_REJECT, MQTTWIRE_MORE, MQTTWIRE_CHOICE };
enum mqttwire_sender { MQTTWIRE_NOBODY, MQTTWIRE_CLIENT, MQTTWIRE_SERVER };
enum mqttwire_class { MQTTWIRE_NO_ERROR, MQTTWIRE_MALFORMED, MQTTWIRE_PROTOCOL_ERROR };
enum mqttwire_check {
    MQTTWIRE_NO_CHECK, MQTTWIRE_NAME, MQTTWIRE_FILTER, MQTTWIRE_MATCH, MQTTWIRE_SHARE
};

/* `size` bytes, `times` times one after the other. */
struct mqttwire_segment {
    const uint8_t *bytes;
    uint32_t size;
    uint32_t times;
};

struct mqttwire_step {
    uint8_t sender;
    uint32_t at; /* milliseconds since the first one */
    uint32_t segment_count;
    const struct mqttwire_segment *segments;
};

/* Text that may hold anything; an empty one has no segments. */
struct mqttwire_text {
    uint8_t present;
    uint32_t segment_count;
    const struct mqttwire_segment *segments;
};

struct mqttwire_vector {
    const char *id;
    const char *comment;
    const char *ids; /* statements with blanks between them, then a section if there is one */
    uint8_t kind;
    uint8_t version; /* 4, 5; of a stream 0: CONNECT says */
    uint8_t result;
    uint8_t level; /* 'M'UST, 'S'HOULD, m'A'Y */
    /* packets, streams, sessions: what is sent.  A packet that must not be encoded has no step. */
    uint32_t step_count;
    const struct mqttwire_step *steps;
    /* packets, streams: what that means, as "path=value" lines; null where there is none */
    uint32_t packet_count;
    const char *const *packets;
    uint8_t sender;
    uint8_t canonical; /* encoding the packet gives these bytes */
    /* streams: sizes of the pieces, or every way to cut them in two, and byte by byte */
    uint8_t each_chunk;
    uint32_t chunk_count;
    const uint32_t *chunks;
    /* topics */
    uint8_t check;
    struct mqttwire_text topic_name, topic_filter, group, filter;
    /* reject, choice; of a session it is of the last step */
    const char *rule;
    uint8_t error_class;
    uint8_t reason_code_count;
    const uint8_t *reason_codes;
    int32_t offset; /* -1: not told */
    const char *field;
};
"""


def literal(value: str) -> str:
    """A string literal of ASCII, on several lines if it is long."""
    escaped = []
    for byte in value.encode():
        c = chr(byte)
        if c in '"\\':
            escaped.append("\\" + c)
        elif c == "\n":
            escaped.append("\\n")
        elif c == "?":
            escaped.append("\\?")  # no trigraphs
        else:
            escaped.append(c if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
    rows = [""]
    for piece in escaped:
        if len(rows[-1]) + len(piece) > WIDTH - 8:
            rows.append("")
        rows[-1] += piece
    return "\n        ".join(f'"{row}"' for row in rows)


def numbers(values: bytes | list[int], indent: str = "    ") -> str:
    rows = [""]
    for value in values:
        piece = f"{value},"
        if len(rows[-1]) + len(piece) > WIDTH - len(indent):
            rows.append("")
        rows[-1] += piece
    return ("\n" + indent).join(rows)


class Tables:
    """The arrays that vectors refer to; the same content stands there once."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[tuple[str, str], str] = {}

    def array(self, kind: str, stem: str, content: str, count: int) -> str:
        """The name of an array."""
        key = (kind, content)
        if key not in self._names:
            name = f"{PREFIX}{stem}{len(self._names)}"
            self._names[key] = name
            self.lines.append(f"static const {kind} {name}[{count}] = {{\n    {content}\n}};")
        return self._names[key]

    def data(self, value: bytes) -> str:
        return self.array("uint8_t", "b", numbers(value), len(value)) if value else "0"

    def string(self, value: str | None) -> str:
        """An expression: a literal, or the name of an array where that would be too long."""
        if value is None:
            return "0"
        if len(value.encode()) < LONGEST:
            return literal(value)
        content = value.encode() + b"\0"
        assert all(byte < 0x80 for byte in content), "only flat text is that long"
        return self.array("char", "t", numbers(content), len(content))

    def segments(self, parts: Parts) -> tuple[int, str]:
        rows = [f"{{{self.data(part)}, {len(part)}u, {times}u}}" for part, times in parts if part]
        if not rows:
            return 0, "0"
        kind = f"struct {PREFIX}segment"
        return len(rows), self.array(kind, "w", ",\n    ".join(rows), len(rows))

    def steps(self, vector: Vector) -> tuple[int, str]:
        parts = vector.steps if vector.kind == "sessions" else [vector.form]
        rows = []
        at = 0
        for part in parts:
            if "wire" in part:
                count, name = self.segments(segments(part["wire"]))
                at = round(float(part["at"]) * 1000) if "at" in part else at  # else at once
                rows.append(f"{{{_sender(part)}, {at}u, {count}u, {name}}}")
        if not rows:
            return 0, "0"
        kind = f"struct {PREFIX}step"
        return len(rows), self.array(kind, "s", ",\n    ".join(rows), len(rows))

    def packets(self, vector: Vector) -> tuple[int, str]:
        form = vector.form
        packets = form.get("packets", [form["packet"]] if "packet" in form else [])
        if not packets:
            return 0, "0"
        # In parentheses: compilers take literals without a comma for a mistake.
        rows = [f"({self.string(text(packet))})" for packet in packets]
        return len(rows), self.array("char *const", "p", ",\n    ".join(rows), len(rows))

    def chunks(self, vector: Vector) -> tuple[int, str]:
        sizes = vector.form.get("chunks")
        if not isinstance(sizes, list) or not sizes:
            return 0, "0"
        return len(sizes), self.array("uint32_t", "c", numbers(sizes), len(sizes))

    def text(self, value: Any) -> str:
        if value is None:
            return "{0, 0, 0}"
        count, name = self.segments(parts_of("", value))
        return f"{{1, {count}u, {name}}}"


def _sender(part: dict[str, Any]) -> str:
    return f"MQTTWIRE_{str(part.get('sender', 'nobody')).upper()}"


def _error(vector: Vector, tables: Tables) -> list[str]:
    error = vector.error
    if error is None:
        return ["0, MQTTWIRE_NO_ERROR, 0, 0, -1, 0"]
    codes = bytes(error.get("reason_codes", []))
    kind = "PROTOCOL_ERROR" if error.get("class") == "protocol_error" else "MALFORMED"
    return [
        f"{tables.string(error['rule'])}, MQTTWIRE_{kind}, {len(codes)}, {tables.data(codes)}, "
        f"{error.get('offset', -1)}, {tables.string(error.get('field') or '')}"
    ]


def row(vector: Vector, tables: Tables) -> str:
    form = vector.form
    names = [*form.get("ids", []), *([form["section"]] if form.get("section") else [])]
    level = {"MUST": "M", "SHOULD": "S", "MAY": "A"}[form.get("level", "MUST")]
    steps, step_name = tables.steps(vector)
    packets, packet_name = tables.packets(vector)
    chunks, chunk_name = tables.chunks(vector)
    texts = [tables.text(form.get(n)) for n in ("topic_name", "topic_filter", "group", "filter")]
    fields = [
        f"{literal(vector.id)}, {tables.string(vector.title or None)}",
        tables.string(" ".join(names)),
        f"MQTTWIRE_{vector.kind.upper()}, {form['version'] or 0}, "
        f"MQTTWIRE_{vector.result.upper()}, '{level}'",
        f"{steps}u, {step_name}, {packets}u, {packet_name}, {_sender(form)}, "
        f"{int(bool(form.get('canonical')))}",
        f"{int(form.get('chunks') == 'each')}, {chunks}u, {chunk_name}, "
        f"MQTTWIRE_{str(form.get('check', 'no_check')).upper()}",
        ", ".join(texts),
        *_error(vector, tables),
    ]
    return "    {" + ",\n     ".join(fields) + "},"


def pieces(vectors: list[Vector]) -> Iterator[str]:
    tables = Tables()
    rows = [row(vector, tables) for vector in vectors]
    yield HEAD
    yield "#ifndef MQTTWIRE_VECTOR_TYPES\n"
    yield "\n".join(tables.lines)
    yield f"\n#define MQTTWIRE_VECTOR_COUNT {len(rows)}u\n"
    yield f"static const struct mqttwire_vector mqttwire_vectors[{len(rows)}] = {{"
    yield "\n".join(rows)
    yield "};\n\n#endif\n#endif\n"


def c(vectors: list[Vector]) -> str:
    return "\n".join(pieces(vectors))
