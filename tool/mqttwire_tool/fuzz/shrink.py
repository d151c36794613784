# SPDX-License-Identifier: MIT
"""The shortest bytes that still show something: packets, then fields, then bytes are left out."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

import mqttwire as mq

from .cases import Case, pieces

Shows = Callable[[Case], bool]
TRIES = 600  # questions for one case
PROPERTY = re.compile(r"^((?:will\.)?properties)\.\w+(?:\[\d+\])?")
ELEMENT = re.compile(r"^\w+\[\d+\]")
PLAIN = (0x00, 0x61, 0x01)  # what bytes are set to, the plainest first


class Budget(Exception):
    """There have been enough questions."""


class _Shrinker:
    def __init__(self, case: Case, shows: Shows, tries: int) -> None:
        self.case = case
        self.shows = shows
        self.left = tries
        self.seen = {case.wire}

    def better(self, wire: bytes) -> bool:
        """Does this show it, too?  Then it is what is left."""
        if not wire or wire in self.seen:
            return False
        self.seen.add(wire)
        if self.left <= 0:
            raise Budget
        self.left -= 1
        case = self.case.with_wire(wire)
        if not self.shows(case):
            return False
        self.case = case
        return True

    def run(self) -> None:
        if self.case.begins:
            self._cut()
            return
        before = b""
        while before != self.case.wire:
            before = self.case.wire
            self._packets()
            self._parts(_without_fields)
            self._parts(_without_bytes)
            self._parts(_plainer)

    def _cut(self) -> None:
        """Of a beginning: an earlier end."""
        for size in range(1, len(self.case.wire)):
            if self.better(self.case.wire[:size]):
                return

    def _packets(self) -> None:
        parts = self._split()
        at = len(parts) - 1
        while at >= 0 and len(parts) > 1:
            if self.better(b"".join(parts[:at] + parts[at + 1 :])):
                del parts[at]
            at -= 1

    def _split(self) -> list[bytes]:
        if self.case.kind == "streams":
            return pieces(self.case.wire, self.case.version)
        return [self.case.wire]

    def _parts(self, candidates: Callable[[Case, bytes], Iterator[bytes]]) -> None:
        """Each packet in its turn, as long as something gets better."""
        at = 0
        while at < len(self._split()):
            parts = self._split()
            found = any(
                self.better(b"".join([*parts[:at], each, *parts[at + 1 :]]))
                for each in candidates(self.case, parts[at])
            )
            at += not found


def shrunk(case: Case, shows: Shows, tries: int = TRIES) -> Case:
    """A case that shows what `case` shows, with less in it."""
    shrinker = _Shrinker(case, shows, tries)
    with contextlib.suppress(Budget):
        shrinker.run()
    return shrinker.case


# ---- Candidates for one packet -------------------------------------------------------------------


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, digit = value >> 7, value & 0x7F
        out.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int] | None:
    """Value and end; None: it has no end."""
    value = 0
    for number, byte in enumerate(data[at : at + 4]):
        value |= (byte & 0x7F) << 7 * number
        if byte < 0x80:
            return value, at + number + 1
    return None


def _head(wire: bytes) -> tuple[int, bool]:
    """Where the body begins, and whether Remaining Length says its size."""
    found = _read_varint(wire, 1)
    if found is None:
        return min(len(wire), 5), False
    return found[1], found[0] == len(wire) - found[1]


def _rebuilt(wire: bytes, start: int, honest: bool, body: bytes) -> bytes:
    """With this body: an honest length stays honest, and one that lies stays as it is."""
    return wire[:1] + _varint(len(body)) + body if honest else wire[:start] + body


def _without_fields(case: Case, wire: bytes) -> Iterator[bytes]:
    """Without a field, a property, an element, a part of a text; lengths around it go with it."""
    start, honest = _head(wire)
    fields = mq.explain(wire, case.version, case.sender, allow=mq.Allow.ALL)
    spans: dict[str, tuple[int, int]] = {}
    lengths: dict[str, tuple[int, int]] = {}
    for each in fields:
        if each.start < start or each.end <= each.start:
            continue
        path = each.path
        if path.endswith("properties.length"):
            lengths[path[: -len(".length")]] = (each.start, each.end)
            continue
        unit = PROPERTY.match(path) or ELEMENT.match(path)
        name = unit[0] if unit else path.replace(".length", "")
        first, last = spans.get(name, (each.start, each.end))
        spans[name] = (min(first, each.start), max(last, each.end))
    for name, (first, last) in sorted(spans.items(), key=lambda item: item[1][0] - item[1][1]):
        block = PROPERTY.match(name)
        around = lengths.get(block[1]) if block else None
        yield _cut_out(wire, start, honest, first, last, around)
    texts = [each for each in fields if each.kind in (mq.Kind.TEXT, mq.Kind.BINARY)]
    for text in texts:
        size = text.end - text.start
        block = PROPERTY.match(text.path)
        around = lengths.get(block[1]) if block else None
        if wire[text.start - 2 : text.start] != size.to_bytes(2, "big"):
            continue
        if size > 1:  # a character that parts cannot leave, where it has several bytes
            one = wire[: text.start - 2] + b"\0\1a" + wire[text.start + 1 :]
            yield _cut_out(one, start, honest, text.start + 1, text.end, around)
        for at, end in _spans(size):
            length = (size - (end - at)).to_bytes(2, "big")
            shorter = wire[: text.start - 2] + length + wire[text.start :]
            yield _cut_out(shorter, start, honest, text.start + at, text.start + end, around)


def _spans(size: int) -> Iterator[tuple[int, int]]:
    """Parts of so many bytes: large ones first."""
    part = size
    while part:
        for at in range(0, size, part):
            yield at, min(size, at + part)
        part //= 2


def _cut_out(
    wire: bytes, start: int, honest: bool, first: int, last: int, around: tuple[int, int] | None
) -> bytes:
    """around: where the length of a block stands that these bytes are counted in."""
    body = wire[start:first] + wire[last:]
    if around is not None:
        at, end = around
        found = _read_varint(wire, at)
        value = max(0, found[0] - (last - first)) if found else 0
        body = wire[start:at] + _varint(value) + wire[end:first] + wire[last:]
    return _rebuilt(wire, start, honest, body)


def _without_bytes(case: Case, wire: bytes) -> Iterator[bytes]:
    """Without some bytes of its body: many first."""
    start, honest = _head(wire)
    body = wire[start:]
    for at, end in _spans(len(body)):
        yield _rebuilt(wire, start, honest, body[:at] + body[end:])
    if not honest and len(wire) > 1:
        yield wire[:-1]
        yield wire[:1] + _varint(len(body)) + body


def _plainer(case: Case, wire: bytes) -> Iterator[bytes]:
    """With fewer flags, or with plainer bytes in its body: one at a time."""
    for bit in (8, 4, 2, 1):
        if wire[0] & bit:
            yield bytes([wire[0] & ~bit]) + wire[1:]
    for at in range(_head(wire)[0], len(wire)):
        for plain in PLAIN:
            if wire[at] == plain:
                break
            yield wire[:at] + bytes([plain]) + wire[at + 1 :]
