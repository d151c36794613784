# SPDX-License-Identifier: MIT
"""Bytes out of text: hex digits, dumps of xxd, hexdump, od, Wireshark and Node, arrays of C."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

REPEATED_MAX = 1 << 24  # bytes that lines with * may stand for


class Chunk(NamedTuple):
    """Bytes whose offsets follow each other, or an array, or all there is."""

    data: bytes
    side: int  # 1: what the other side of a stream says, which Wireshark indents or names; else 0


class NoHex(ValueError):
    """The text has none of these forms."""


class Unread(NoHex):
    """The text has a form that is known and not read; this says what to do instead."""


def is_text(data: bytes) -> bool:
    """May it have one of these forms?"""
    return bool(data) and not data.translate(None, bytes(range(0x20, 0x7F)) + b"\t\n\r")


_COMMENT = re.compile(r"(?:^|(?<=\s))(?://|#).*", re.MULTILINE)


def chunks_of(text: str) -> list[Chunk]:
    """Reads a text of any form.  NoHex: it has none."""
    forms = (_raw, _yaml, _dump, _buffers, _arrays, _strings)
    found = next(filter(None, (form(text) for form in forms)), None)
    if found:
        return found
    bare = _COMMENT.sub("", text)
    if text.strip() and not bare.strip():
        raise NoHex("there is nothing but remarks")
    return [Chunk(digits(bare), 0)]


def digits(text: str) -> bytes:
    """Pairs of hex digits; blanks, colons, commas and 0x between them do not matter."""
    bare = re.sub(r"0[xX]|\\x|[\s:,;_-]", "", text)
    strange = re.search(r"[^0-9a-fA-F]", bare)
    if strange:
        raise NoHex(f"{strange[0]!r} is no hex digit")
    if len(bare) % 2:
        raise NoHex("an odd number of hex digits")
    return bytes.fromhex(bare)


# ---- Streams that Wireshark followed: hex dumps are below, as dumps are -------------------------

_FOLLOW = re.compile(r"^Follow: \w+,(\S+)", re.MULTILINE)
_SAID = re.compile(r"(\t?)((?:[0-9a-fA-F]{2})+)$")


def _raw(text: str) -> list[Chunk] | None:
    """Lines of digits, which are indented for one side, or below what tshark calls them."""
    follow = _FOLLOW.search(text)
    if follow and follow[1] in ("ascii", "ebcdic", "utf-8"):
        raise Unread(f"tshark leaves out bytes with follow,...,{follow[1]}: say raw instead")
    chunks = []
    for line in text.splitlines():
        found = _SAID.match(line)
        if found is not None:
            chunks.append(Chunk(bytes.fromhex(found[2]), int(bool(found[1]))))
        elif line.strip() and not _HEADING.match(line):
            return None
    one_sided = len({chunk.side for chunk in chunks}) < 2
    return None if one_sided and not (follow and follow[1] == "raw") else chunks


# As it is now, and as it was until Wireshark 3.4.
_YAML = re.compile(
    r"^ *peer(?:: ([01])\n *timestamp: \S+\n *data|([01])_\d+): !!binary \|\n"
    r"((?: +\S+(?:\n|\Z))+)",
    re.MULTILINE,
)


def _yaml(text: str) -> list[Chunk] | None:
    """Bytes in base64, by who said them."""
    if "!!binary" not in text:
        return None
    found = _YAML.findall(text.replace("\r\n", "\n"))
    if len(found) != text.count("!!binary"):
        return None
    try:
        return [
            Chunk(base64.b64decode("".join(data.split()), validate=True), int(new or old))
            for new, old, data in found
        ]
    except binascii.Error:
        return None


# ---- Dumps: lines that begin with an offset ----------------------------------------------------

_LINE = re.compile(r"([0-9a-fA-F]{4,16})(:?)(?:(\s+)(\S.*))?$")
_COLUMN = re.compile(r"\s*[|>]|\s{3}")  # before the characters; after a colon two blanks will do
_COLUMN_AFTER_COLON = re.compile(r"\s{2}")
# Two blanks are before the characters of tshark's `follow` where the line is full.
_FULL = re.compile(r"(?:[0-9a-fA-F]{2} ){8} (?:[0-9a-fA-F]{2} ){8} ")
# Of tshark, or a remark.
_HEADING = re.compile(
    r"\s*#|[A-Z][\w ]* \(\d+ bytes?\):?\s*$|={3,}\s*$|(?:Follow|Filter|Node \d): "
)


class _Line(NamedTuple):
    indentation: int
    offset: str
    data: bytes | None  # None: as in the line before, up to the next one's offset
    plain: bool  # nothing in it tells it from a line of digits
    octal: bool  # it looks like od's, whose offsets are octal unless told otherwise


def _dump(text: str) -> list[Chunk] | None:
    lines = []
    for line in text.splitlines():
        if not line.strip() or _HEADING.match(line):
            continue
        read = _line(line)
        if read is None:
            return None
        lines.append(read)
    # A line of digits by itself is no dump, whatever it begins with.
    if not any(line.data for line in lines) or (lines[0].plain and len(lines) < 2):
        return None
    octal = any(line.octal for line in lines)
    for base in (8, 16, 10) if octal else (16, 8, 10):
        chunks = _with_offsets(lines, base)
        if chunks:
            return chunks
    return None


def _line(line: str) -> _Line | None:
    text = line.lstrip()
    indentation = len(line) - len(text)
    if text.rstrip() == "*":
        return _Line(indentation, "", None, False, False)
    found = _LINE.match(text.rstrip())
    if found is None:
        return None
    offset, colon, blanks, rest = found[1], found[2], found[3] or "", found[4] or ""
    full = None if colon else _FULL.match(rest)
    column = (_COLUMN_AFTER_COLON if colon else _COLUMN).search(rest)
    end = full.end() if full else column.start() if column else len(rest)
    words = rest[:end].split()
    seven = not colon and len(offset) == 7
    in_octal = _octal(words) if seven else None
    if in_octal is not None:
        return _Line(indentation, offset, in_octal, False, True)
    try:
        parts = [bytes.fromhex(word) for word in words]
    except ValueError:
        return None
    if colon and column:
        _refuse_xxd(words, parts, rest[end:].strip())
    sizes = {len(part) for part in parts}
    if seven and sizes in ({2}, {4}, {8}):
        parts = [part[::-1] for part in parts]  # hexdump and od: words of this machine's order
    plain = not (colon or column or len(blanks) > 1)
    return _Line(indentation, offset, b"".join(parts), plain, seven and sizes in ({1}, {4}, {8}))


def _octal(words: list[str]) -> bytes | None:
    """What od writes if it is told nothing, words of this machine's order, or with -b bytes."""
    digits = len(words[0]) if words else 0
    if digits not in (3, 6) or any(len(w) != digits or w.strip("01234567") for w in words):
        return None
    try:
        return b"".join(int(word, 8).to_bytes(digits // 3, "little") for word in words)
    except OverflowError:
        return None


def _refuse_xxd(words: list[str], parts: list[bytes], characters: str) -> None:
    """Bits look like bytes, and so do words: the characters tell."""

    def shown(data: bytes) -> str:
        return "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in data).strip()

    if len(characters) <= len(words) and all(re.fullmatch("[01]{8}", word) for word in words):
        raise Unread("this is a dump of bits: use xxd without -b")
    if characters == shown(b"".join(parts)):
        return
    # A last word that is short is written further to the right, where it is no longer a word.
    short = re.match(r"((?:[0-9a-fA-F]{2}){1,7})\s{2,}", characters)
    if short:
        parts = [*parts, bytes.fromhex(short[1])]
        characters = characters[short.end() :]
    swapped = shown(b"".join(part[::-1] for part in parts))
    if len(swapped) > 1 and characters == swapped:
        raise Unread("this is a dump of words in another order: use xxd without -e")


def _with_offsets(lines: list[_Line], base: int) -> list[Chunk] | None:
    """The bytes, if all offsets are those of the bytes before."""
    margin = min(line.indentation for line in lines if line.data is not None)
    chunks: list[tuple[bytearray, int]] = []
    ends = [0, 0]  # of what each side has said
    before = b""
    repeated = False
    room = REPEATED_MAX

    for line in lines:
        if line.data is None:
            repeated = True
            continue
        side = int(line.indentation > margin)
        try:
            offset = int(line.offset, base)
        except ValueError:
            return None
        if offset == 0 and ends[side]:  # another one
            ends[side] = 0
            chunks.append((bytearray(), side))
        elif not chunks or chunks[-1][1] != side:
            chunks.append((bytearray(), side))
        run = chunks[-1][0]
        missing = offset - ends[side]
        if repeated and before and 0 < missing <= room and not missing % len(before):
            run += before * (missing // len(before))
            room -= missing
        elif -8 < missing < 0 and not line.data and not any(run[missing:]):
            del run[missing:]  # the last word was less than a word
        elif missing:
            return None
        run += line.data
        ends[side] = offset + len(line.data)
        before, repeated = line.data, False
    return [Chunk(bytes(data), side) for data, side in chunks if data]


# ---- Node --------------------------------------------------------------------------------------

_BUFFER = re.compile(r"<Buffer((?: [0-9a-f]{2})*)( \.\.\. \d+ more bytes?)?>")


def _buffers(text: str) -> list[Chunk] | None:
    """Buffers as Node prints them, one after the other, or None where there is none."""
    if "<Buffer" not in text or _BUFFER.sub("", text).strip(" \t\r\n,[]"):
        return None
    found = _BUFFER.findall(text)
    if any(more for _, more in found):
        raise Unread("Node has left out bytes: print buffer.toString('hex')")
    return [Chunk(b"".join(bytes.fromhex(data) for data, _ in found), 0)]


# ---- C -----------------------------------------------------------------------------------------

# What has no end goes on to the end of the text: looking for it again and again takes time.
_REMARK = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
# Wireshark's names of arrays say which side of a stream it was.
_ARRAY = re.compile(r"(?:\bpeer([01])_\d+\[\]\s*=\s*)?\{([^{}]*)\}")
_NUMBER = re.compile(r"\s*(?:0[xX]([0-9a-fA-F]{1,2})|'([^'\\])'|(\d{1,3}))[uU]?\s*$")


def _arrays(text: str) -> list[Chunk] | None:
    """Arrays of numbers, or None where there is none."""
    if "{" not in text:
        return None
    arrays = []
    for side, body in _ARRAY.findall(_REMARK.sub(" ", text)):
        data = bytearray()
        for item in body.split(","):
            if not item.strip():
                continue
            found = _NUMBER.match(item)
            value = -1
            if found is not None:
                value = int(found[1], 16) if found[1] else ord(found[2] or "\0") or int(found[3])
            if not 0 <= value < 256:
                raise NoHex(f"{item.strip()!r} is no byte of an array")
            data.append(value)
        arrays.append(Chunk(bytes(data), int(side or 0)))
    return arrays or None


_STRING = re.compile(r"[bB]?(\")((?:[^\"\\\n]|\\.)*)(\"?)|[bB](')((?:[^'\\\n]|\\.)*)('?)")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))|([^\\])", re.DOTALL)
_LETTERS = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "e": 27}


def _strings(text: str) -> list[Chunk] | None:
    """Strings with escape sequences, one after the other, or None where there is none."""
    found = _STRING.findall(text) if "\\" in text else []
    if not found or any(a[:1] != a[2:3] or a[3:4] != a[5:6] for a in found):
        return None
    data = bytearray()
    for _, double, _, _, single, _ in found:
        for code, octal, letter, plain in _ESCAPE.findall(double or single):
            if code:
                data.append(int(code, 16))
            elif octal:
                data.append(int(octal, 8) & 0xFF)
            elif letter:
                data.append(_LETTERS.get(letter, ord(letter) & 0xFF))
            else:
                data.append(ord(plain) & 0xFF)
    return [Chunk(bytes(data), 0)]


# ---- Captured frames ---------------------------------------------------------------------------

# Link types of pcap, and where IP begins.
_LINKS = ((1, 14), (1, 18), (113, 16), (276, 20), (0, 4), (101, 0))


def link_of(data: bytes) -> int | None:
    """The link type of a frame that holds TCP, or None: it is something else."""
    for link, at in _LINKS:
        ip = data[at:]
        if len(ip) >= 40 and 0x45 <= ip[0] <= 0x4F and ip[9] == 6:
            size = int.from_bytes(ip[2:4], "big")
        elif len(ip) >= 60 and ip[0] >> 4 == 6 and ip[6] == 6:
            size = 40 + int.from_bytes(ip[4:6], "big")
        else:
            continue
        if size == len(ip) or (link == 1 and size < len(ip) <= 46):  # padding
            return link
    return None


def capture_of(chunks: list[Chunk]) -> bytes | None:
    """A pcap file of frames, or of what two sides say to each other; None: it is neither."""
    from .vectors.export_pcap import connection, write

    links = [link_of(chunk.data) for chunk in chunks]
    kinds = {link for link in links if link is not None}
    if len(kinds) == 1:  # others are frames without TCP, or what tshark has put together
        (kind,) = kinds
        return write([c.data for c, link in zip(chunks, links) if link == kind], kind)
    if any(chunk.side for chunk in chunks):
        first = chunks[0].side
        said = [("client" if c.side == first else "server", c.data) for c in chunks]
        return write(connection(0, said))
    return None
