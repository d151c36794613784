# SPDX-License-Identifier: MIT
"""mqttwire vectors show: all that a vector says, with its bytes and its statements."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator

from ..forms import print_json
from ..outcome import Exit, UsageError
from ..render import Paint, count, paint_for
from .data import Form, Vector, load
from .forms import Hex
from .listing import STYLES, plain
from .statements import name_of, statements
from .titles import TITLES

WIDTH = 16  # bytes in a row


def groups(wire: Hex) -> Iterator[tuple[int, bytes, int]]:
    """The fields, as the blanks in the hex set them apart: offset, bytes, how many times."""
    at = 0
    for part in [wire] if isinstance(wire, str) else wire:
        if isinstance(part, str):
            for word in part.split():
                group = bytes.fromhex(word)
                yield at, group, 1
                at += len(group)
        else:
            group, times = bytes.fromhex(part["repeat"][0]), int(part["repeat"][1])
            yield at, group, times
            at += len(group) * times


def byte_rows(wire: Hex, error: Form | None, paint: Paint) -> Iterator[str]:
    """A row for each field, or for each sixteen bytes of it; the place of the error is marked."""
    mark = error.get("offset") if error else None
    rows = []
    for at, group, times in groups(wire):
        if times > 1:
            rows.append((at, at + len(group) * times, group[:WIDTH], f" x {times}"))
        else:
            for start in range(0, len(group), WIDTH):
                part = group[start : start + WIDTH]
                rows.append((at + start, at + start + len(part), part, ""))
    end = rows[-1][1] if rows else 0
    for start, stop, part, times_text in rows:
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        where = f"{start}..{stop}"
        digits = f"{part.hex(' '):<{3 * WIDTH - 1}}"
        row = f"  {paint('dim', f'{where:>12}')}  {paint('hex', digits)}  {text}{times_text}"
        if error and mark is not None and start <= mark < stop:
            row += paint("fault", f"  <- {error['rule']}, byte {mark}")
        yield row.rstrip()
    if error and mark is not None and mark >= end:
        yield f"  {mark:>12}  {paint('fault', '<- ' + error['rule'])}"
    yield f"  {count(end)}"


def error_rows(error: Form, paint: Paint) -> Iterator[str]:
    yield f"error: {paint('fault', error['rule'])}"
    kind = "a protocol error" if error.get("class") == "protocol_error" else "malformed"
    codes = ", ".join(f"0x{code:02x}" for code in error.get("reason_codes", []))
    yield f"  {kind}; reason code: {codes or 'none'}"
    place = f"at byte {error['offset']}, " if "offset" in error else ""
    yield f"  {place}in {error.get('field')}"


def part_rows(vector: Vector, paint: Paint) -> Iterator[str]:
    """What is particular to its kind."""
    form = vector.form
    for name in ("check", "topic_filter", "topic_name", "group", "filter", "chunks"):
        if name in form:
            yield f"{name}: {json.dumps(form[name], ensure_ascii=not sys.stdout.isatty())}"
    if "wire" in form:
        yield f"bytes, sent by the {form['sender']}:"
        yield from byte_rows(form["wire"], vector.error, paint)
    for number, step in enumerate(vector.steps, 1):
        yield f"step {number}, sent by the {step['sender']}:"
        if "wire" in step:
            yield from byte_rows(step["wire"], step.get("error"), paint)
    for name in ("packet", "packets"):
        if name in form:
            yield f"{name}:"
            for packet in form[name] if name == "packets" else [form[name]]:
                text = json.dumps(packet, indent=2)
                yield from (f"  {line}" for line in text.splitlines())
    if "canonical" in form:
        yield f"canonical: {'yes' if form['canonical'] else 'no'}"


def rows(vector: Vector, paint: Paint) -> Iterator[str]:
    result = paint(STYLES[vector.result], vector.result)
    version = "as CONNECT says" if vector.form["version"] is None else TITLES[vector.version]
    yield f"{paint('type', vector.id)}: {result}, {vector.kind} of MQTT {version}"
    for text in (vector.form.get("name"), vector.form.get("comment")):
        if text:
            yield f"  {plain(text)}"
    yield from part_rows(vector, paint)
    if vector.error:
        yield from error_rows(vector.error, paint)
    known = statements()
    yield f"{vector.form.get('level', 'MUST')}, by:"
    for identifier in vector.form.get("ids", []):
        found = known.get((vector.version, identifier))
        yield f"  {name_of(vector.version, identifier)}: {found.summary if found else 'unknown'}"
    if vector.form.get("section"):
        yield f"  {name_of(vector.version, vector.form['section'])}"


def run(arguments: argparse.Namespace) -> Exit:
    by_id = {vector.id: vector for vector in load(arguments.vectors)}
    for number, identifier in enumerate(arguments.ids):
        if identifier not in by_id:
            raise UsageError(f"there is no vector {identifier!r}; `mqttwire vectors list` has all")
        vector = by_id[identifier]
        if arguments.json:
            print_json({"suite": vector.suite, "kind": vector.kind, **vector.form})
            continue
        if number:
            print()
        for row in rows(vector, paint_for(sys.stdout)):
            print(row)
    return Exit.FINE
