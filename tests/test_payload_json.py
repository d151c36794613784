# SPDX-License-Identifier: MIT
"""--payload json: RFC 8259, and nothing else that Python would take."""

from __future__ import annotations

import contextlib
import json
import random
from time import process_time

import pytest
from mqttwire_tool.payload.jsontext import node_of
from mqttwire_tool.payload.layout import DEEPEST, LARGEST, Group, Unfit, rows


def text(data: str | bytes, full: bool = True) -> str:
    node = node_of(data.encode() if isinstance(data, str) else data, full)
    return node.flat() if isinstance(node, Group) else node


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("55.49", "55.49"),
        ("-0", "-0"),
        ("1E400", "1E400"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("1" * 10_000, "1" * 10_000),
        ("true", "true"),
        (" [ ] ", "[]"),
        ("{}", "{}"),
        ('"a"', '"a"'),
        ('[1,"1",null,false,{"a":[{}]}]', '[1, "1", null, false, {"a": [{}]}]'),
        ('{"a":1,"a":2,"b":3}', '{"a": 1, "a" (this key again): 2, "b": 3}'),
        (r'"\u001b[0m\u202e\ud83d\ude00\n\\\""', '"\\u001b[0m\\u202e😀\\n\\\\\\""'),
        (r'"\ud800"', r'"\ud800"'),
        ('["[[[", "]"]', '["[[[", "]"]'),
        (r'["\"NaN", "\\", "Infinity"]', r'["\"NaN", "\\", "Infinity"]'),
    ],
)
def test_values(data: str, shown: str) -> None:
    assert text(data) == shown


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("NaN", "NaN is no number of JSON at byte 0"),
        ('{"é": Infinity}', "Infinity is no number of JSON at byte 7"),
        ("[-Infinity]", "-Infinity is no number of JSON at byte 1"),
        ("Slaapkamer1", "expecting value at byte 0"),
        ("55.49 C", "extra data at byte 6"),
        ('{"é": 1,}', "at byte"),
        ("01", "at byte 1"),
        ("+1", "at byte 0"),
        (".5", "at byte 0"),
        ("[1,]", "at byte"),
        ("'a'", "at byte 0"),
        ('"a\nb"', "at byte 2"),
        ('"\\x41"', "at byte"),
        ('"', "at byte 0"),
        ("[" * 50, "at byte 50"),
        ("]", "at byte 0"),
        ("\ufeff1", "byte"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b'{"a": "\xc3"}', "not UTF-8 at byte 7"),
        ("// no\n1", "at byte 0"),
    ],
)
def test_what_is_none(data: str | bytes, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        text(data)


def test_depth() -> None:
    assert text("[" * DEEPEST + "]" * DEEPEST) == "[" * DEEPEST + "]" * DEEPEST
    for data in ("[" * 101 + "]" * 101, "[" * 500_000, '{"a":' * 100_000):
        with pytest.raises(Unfit, match="more than 100 values within each other at byte"):
            text(data)


def test_cut() -> None:
    assert text(json.dumps("a" * 1000), full=False) == f'"{"a" * 200}"... (1000 characters)'
    assert text("1" * 1000, full=False) == f"{'1' * 200}... (1000 digits)"


def test_rows_are_the_value() -> None:
    """However narrow they are."""
    chance = random.Random(8259)
    for _ in range(300):
        value = made(chance)
        for width in (20, 40, 74, 1000):
            shown = list(rows(node_of(json.dumps(value).encode(), True), width))
            assert json.loads("\n".join(shown)) == value
            for row in shown:
                assert len(row) <= max(width, 2 * DEEPEST) or " " not in row.strip()


def made(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(7 if depth < 4 else 5)
    if kind == 5:
        return [made(chance, depth + 1) for _ in range(chance.randrange(6))]
    if kind == 6:
        return {chance.choice("abcdé") * 3: made(chance, depth + 1) for _ in range(4)}
    return [None, True, chance.randrange(10**9), chance.random(), "x" * chance.randrange(9)][kind]


def test_mutations() -> None:
    """What Python refuses is refused, and the other way round but for what is no JSON."""
    chance = random.Random(2)
    taken = 0
    for _ in range(20_000):
        data = bytearray(json.dumps(made(chance), ensure_ascii=False).encode())
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(2)] = chance.choice(
                [b"[", b"]", b"{", b'"', b"\\", b"NaN", b"\x00", b"\xc3", b",", b"1", b"\\u12"]
            )
        try:
            wanted = json.loads(bytes(data).decode())
        except ValueError:  # of both kinds
            wanted = None
        try:
            shown = "\n".join(rows(node_of(bytes(data), True), 60))
        except Unfit:
            if wanted is not None and b"NaN" not in data:
                pytest.fail(f"{bytes(data)!r} is JSON")
            continue
        taken += 1
        if "(this key again)" not in shown:
            assert json.loads(shown) == wanted
    assert taken > 5000


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"0," * (LARGEST // 2 - 2) + b"0]",
        b"[" + b"[]," * (LARGEST // 3 - 2) + b"0]",
        b"{" + b'"":0,' * (LARGEST // 5 - 2) + b'"":0}',
        b'"' + b"\\" * (LARGEST - 2) + b'"',
        b'"' * LARGEST,
        b'"' + b"\\u0000" * (LARGEST // 6 - 2) + b'"',
        b"1" * LARGEST,
        b"[" + b"{" * (LARGEST - 1),
    ],
)
def test_large(data: bytes) -> None:
    start = process_time()
    with contextlib.suppress(Unfit):
        assert sum(1 for _ in rows(node_of(data, True), 74)) > 0
    assert process_time() - start < 20
