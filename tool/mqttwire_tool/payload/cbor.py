# SPDX-License-Identifier: MIT
"""Payloads that are CBOR, in the diagnostic notation of RFC 8949, section 8."""

from __future__ import annotations

import struct

from .layout import DEEPEST, Group, Node, Unfit, digits, named, string

INDEFINITE = 31
BREAK = 0xFF
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, OTHER = range(8)  # major types
BIGNUMS = {2: 0, 3: -1}  # tag: what the number is taken from
LARGEST_BIGNUM = 64  # bytes; beyond that it is shown as bytes
SIMPLE = {20: "false", 21: "true", 22: "null", 23: "undefined"}
FLOATS = {25: ">e", 26: ">f", 27: ">d"}  # by their additional information


class Reader:
    """Reads items, each of which takes a byte at least: no count that is declared is believed."""

    def __init__(self, data: bytes, full: bool) -> None:
        self.data = data
        self.full = full
        self.at = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise Unfit(f"ends early: {size} bytes should begin at byte {self.at}")
        self.at += size
        return self.data[self.at - size : self.at]

    def head(self) -> tuple[int, int, int]:
        """Major type, additional information, and the argument."""
        where = self.at
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info, info
        if info < 28:
            return major, info, int.from_bytes(self.take(1 << (info - 24)), "big")
        if info == INDEFINITE and major not in (UNSIGNED, NEGATIVE, TAG):
            return major, info, 0
        raise Unfit(f"0x{first:02x} begins no item at byte {where}")

    def ended(self) -> bool:
        """Is here the end of something of indefinite length?  It is passed over."""
        if self.at < len(self.data) and self.data[self.at] == BREAK:
            self.at += 1
            return True
        return False

    def item(self, depth: int = 0) -> Node:
        if depth > DEEPEST:
            raise Unfit(f"more than {DEEPEST} items within each other at byte {self.at}")
        where = self.at
        major, info, argument = self.head()
        if major == UNSIGNED:
            return str(argument)
        if major == NEGATIVE:
            return str(-1 - argument)
        if major in (BYTES, TEXT):
            return self.chunks(major) if info == INDEFINITE else self.plain(major, argument)
        if major == ARRAY:
            return self.array(info == INDEFINITE, argument, depth)
        if major == MAP:
            return self.map(info == INDEFINITE, argument, depth)
        if major == TAG:
            return self.tag(argument, depth)
        return self.other(info, argument, where)

    def plain(self, major: int, size: int) -> str:
        where = self.at
        data = self.take(size)
        if major == BYTES:
            return f"h'{digits(data, self.full)}'"
        try:
            return string(data.decode(), self.full)
        except UnicodeDecodeError as error:
            raise Unfit(f"text that is not UTF-8 at byte {where + error.start}") from None

    def chunks(self, kind: int) -> Node:
        parts: list[Node] = []
        while not self.ended():
            where = self.at
            major, info, size = self.head()
            if major != kind or info == INDEFINITE:
                raise Unfit(f"no part of this string at byte {where}")
            parts.append(self.plain(kind, size))
        empty = "''_" if kind == BYTES else '""_'
        return Group("(_ ", parts, ")") if parts else empty

    def array(self, indefinite: bool, count: int, depth: int) -> Node:
        items: list[Node] = []
        while not self.ended() if indefinite else len(items) < count:
            items.append(self.item(depth + 1))
        if not items:
            return "[_ ]" if indefinite else "[]"
        return Group("[_ " if indefinite else "[", items, "]")

    def map(self, indefinite: bool, count: int, depth: int) -> Node:
        """All of it, as it stands there: keys of any kind, also repeated ones."""
        items: list[Node] = []
        known: set[str] = set()
        while not self.ended() if indefinite else len(items) < count:
            key = self.item(depth + 1)
            shown = key.flat() if isinstance(key, Group) else key
            again = " (this key again)" if shown in known else ""
            known.add(shown)
            items.append(named(shown + again, self.item(depth + 1)))
        if not items:
            return "{_ }" if indefinite else "{}"
        return Group("{_ " if indefinite else "{", items, "}")

    def tag(self, number: int, depth: int) -> Node:
        """Its number and what it is about; only big numbers are made of their bytes."""
        at = self.at
        inner = self.item(depth + 1)
        if number in BIGNUMS and self.data[at] >> 5 == BYTES and self.data[at] != 0x5F:
            self.at, end = at, self.at
            size = self.head()[2]
            data = self.take(size)
            assert self.at == end
            if size <= LARGEST_BIGNUM:
                value = int.from_bytes(data, "big")
                return str(-1 - value if BIGNUMS[number] else value)
        if isinstance(inner, str):
            return f"{number}({inner})"
        return inner.wrap(f"{number}(", ")")

    def other(self, info: int, argument: int, where: int) -> str:
        if info == INDEFINITE:
            raise Unfit(f"an end (0xff) without a beginning at byte {where}")
        if info in FLOATS:
            size = 1 << (info - 24)
            value: float = struct.unpack(FLOATS[info], argument.to_bytes(size, "big"))[0]
            return number_text(value)
        if info == 24 and argument < 32:
            raise Unfit(f"simple value {argument} in two bytes at byte {where}")
        return SIMPLE.get(argument, f"simple({argument})")


def number_text(value: float) -> str:
    """As JSON writes numbers, with a fraction always."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[repr(value)]
    mantissa, e, exponent = repr(value).partition("e")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{int(exponent):+}" if e else mantissa


def nodes_of(data: bytes, full: bool, sequence: bool = False) -> list[Node]:
    """The item, or with `sequence` the items (RFC 8742).  Unfit: it is not CBOR."""
    reader = Reader(data, full)
    nodes = [reader.item()]
    while sequence and reader.at < len(data):
        nodes.append(reader.item())
    if reader.at < len(data):
        raise Unfit(f"more after the item, at byte {reader.at}")
    return nodes
