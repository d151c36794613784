# SPDX-License-Identifier: MIT
"""Text for people: colours, the fields of a packet, its bytes, and what is wrong with it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from typing import Literal, TextIO

import mqttwire as mq

from .arguments import MOST, NAMES
from .forms import secrets_of
from .layout import INDENT, cells, rows_of

HEX_WIDTH = 8  # bytes beside a field
DUMP_WIDTH = 16  # bytes in a row of --hex
NARROW = 100  # columns of a terminal: with fewer there are half as many bytes
TEXT_WIDTH = 64  # characters of a value

COLOURS = {
    "type": "1",
    "path": "36",
    "value": "1",
    "note": "2",
    "hex": "33",
    "client": "36",
    "server": "35",
    "fault": "1;31",
    "loss": "33",
    "dim": "2",
}


class Paint:
    """Colours text, or leaves it as it is."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{COLOURS[style]}m{text}\x1b[0m" if self.on and text else text


def paint_for(out: TextIO) -> Paint:
    """Colours on a terminal that has them, unless NO_COLOR is set."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Paint(out.isatty() and not plain)


def escape(c: str) -> str:
    """A character as it may stand between quotes."""
    if c in '"\\':
        return f"\\{c}"
    return c if c.isprintable() else c.encode("unicode_escape").decode("ascii")


def quote(text: str, most: int = TEXT_WIDTH) -> str:
    """Text in quotes, cut if it is long; nothing in it does anything to a terminal."""
    shown = text if len(text) <= most else text[: most - 1]
    made = shown
    if not shown.isprintable() or '"' in shown or "\\" in shown:
        made = "".join(map(escape, shown))
    return f'"{made}"' if shown is text else f'"{made}"...'


def count(size: int, what: str = "byte") -> str:
    return f"1 {what}" if size == 1 else f"{size} {what}s"


def preview(data: bytes, most: int = TEXT_WIDTH) -> str:
    """Bytes as text where they are text, otherwise as hex; how many, where not all are shown."""
    begin = data[: 4 * most]  # that many characters at least
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(begin, final=len(begin) == len(data))
    except UnicodeDecodeError:
        text = "\0"
    if text.isprintable() or all(c.isprintable() or c in "\n\r\t" for c in text):
        cut = len(begin) < len(data) or len(text) > most
        return quote(text, most) + (f" ({count(len(data))})" if cut else "")
    digits = data[: most // 2].hex()
    return f"0x{digits}" + (f"... ({count(len(data))})" if 2 * len(data) > most else "")


def value_text(field: mq.Field, secret: bool) -> str:
    if secret:
        return f"{count(field.end - field.start)}, hidden"
    if isinstance(field.value, str):
        return quote(field.value)
    if isinstance(field.value, bytes):
        return preview(field.value)
    if field.kind in (mq.Kind.OCTET, mq.Kind.IDENTIFIER, mq.Kind.REASON):
        return f"0x{field.value:02x}"
    return str(field.value)


def title(fields: mq.Explanation) -> str:
    """Type, version and size."""
    parts = [field.note or "RESERVED" for field in fields if field.path == "type"]
    if fields.version is not None:
        parts.append(NAMES[fields.version])
    if fields.size:
        parts.append(count(fields.size))
    return ", ".join(parts)


def narrowed(bytes_in_a_row: int, width: int | None) -> int:
    return bytes_in_a_row // 2 if width is not None and width < NARROW else bytes_in_a_row


def left_row(size: int, paint: Paint) -> str:
    """Instead of the fields or rows that are too many."""
    more = "1 more byte" if size == 1 else f"{size:,} more bytes"
    return f"{'':10}  {paint('dim', f'... {more}; --full shows all')}"


def tree_rows(
    data: bytes | memoryview,
    fields: mq.Explanation,
    show_secrets: bool,
    paint: Paint,
    width: int | None = None,
) -> Iterator[str]:
    """A row for each field: where it is, its first bytes, its name and value.

    width: columns of a terminal, where what is longer goes on in rows below.
    """
    secret = secrets_of(fields, show_secrets)
    most = narrowed(HEX_WIDTH, width)
    for field in fields:
        is_secret = secret(field)
        few = bytes(data[field.start : min(field.end, field.start + most)])
        digits = " ".join("**" if is_secret else f"{byte:02x}" for byte in few)
        if field.end - field.start > most:
            digits += " .."
        where = f"{f'{field.start}..{field.end}':>10}  {digits:<{3 * most + 2}}"
        if field.kind == mq.Kind.BITS:
            where = " " * (len(where) + 2)
        value = value_text(field, is_secret)
        text = f"{field.path} = {value}" + (f"  {field.note}" if field.note else "")
        if width is not None and len(where) + 1 + cells(text) > width:
            first, *others = rows_of(text, width, len(where) + 1)
            yield f"{paint('dim', where)} {first}"
            yield from (f"{'':{INDENT}}{other}" for other in others)
            continue
        note = f"  {paint('note', field.note)}" if field.note else ""
        yield f"{paint('dim', where)} {paint('path', field.path)} = {paint('value', value)}{note}"
    if fields.more:
        yield left_row(fields.more, paint)


def dump_rows(
    data: bytes | memoryview,
    fields: mq.Explanation,
    show_secrets: bool,
    paint: Paint,
    width: int | None = None,
    full: bool = False,
) -> Iterator[str]:
    """The bytes of fields, in rows that belong to one each.

    width: columns of a terminal.  full: all rows; otherwise there are MOST.
    """
    secret = secrets_of(fields, show_secrets)
    most = narrowed(DUMP_WIDTH, width)
    number = 0
    for field in fields:
        if field.kind == mq.Kind.BITS:
            continue
        is_secret = secret(field)
        for start in range(field.start, field.end, most):
            number += 1
            if number > MOST and not full:
                yield left_row(fields[-1].end + fields.more - start, paint)
                return
            row = bytes(data[start : min(field.end, start + most)])
            digits = " ".join("**" if is_secret else f"{byte:02x}" for byte in row)
            text = "".join(
                "*" if is_secret else chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row
            )
            where, octets = f"{start:10}", f"{digits:<{3 * most}}"
            shown = f"{paint('dim', where)}  {paint('hex', octets)} {text:<{most}}"
            if width is None or 15 + 4 * most + len(field.path) <= width:
                yield f"{shown}  {paint('path', field.path)}"
                continue
            yield shown
            if start == field.start:  # once, below
                yield f"{'':{INDENT}}{paint('path', field.path)}"
    if fields.more:
        yield left_row(fields.more, paint)


def packet_rows(
    form: Literal["tree", "hex"],
    data: bytes | memoryview,
    fields: mq.Explanation,
    show_secrets: bool,
    paint: Paint,
    width: int | None,
    full: bool,
) -> Iterator[str]:
    """Rows of either kind."""
    if form == "hex":
        return dump_rows(data, fields, show_secrets, paint, width, full)
    return tree_rows(data, fields, show_secrets, paint, width)


def fault_rows(error: mq.MqttError, paint: Paint) -> Iterator[str]:
    """What is wrong, in words."""
    if isinstance(error, mq.Incomplete):
        yield paint("loss", f"! {error}")
        return
    yield paint("fault", f"! {error.rule}: {error.message}")
    field = f", in {error.field}" if error.field else ""
    yield f"  at byte {error.offset}{field}"
    kind = "a protocol error" if isinstance(error, mq.ProtocolError) else "malformed"
    version = error.version or 5
    why = f"in {NAMES[version]}"
    if error.ids:  # MQTT 3.1 has none: it is read, and judged, as 3.1.1
        why = f"by {', '.join(error.ids)} of {NAMES[max(version, 4)]}"
    code = error.reason_code
    if code is None:
        answer = "the connection is closed"
    elif error.version in (3, 4):
        answer = f"CONNACK with return code {code}, and the connection is closed"
    else:
        answer = f"reason code 0x{code:02x}"
        answer += f", {mq.Reason(code).name.lower().replace('_', ' ')}"
    yield f"  {kind} {why}: {answer}"
