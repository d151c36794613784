# SPDX-License-Identifier: MIT
"""--payload cbor: diagnostic notation, by RFC 8949 and by another reader."""

from __future__ import annotations

import contextlib
import io
import math
import random
from typing import Any

import pytest
from mqttwire_tool.payload.cbor import nodes_of
from mqttwire_tool.payload.layout import DEEPEST, LARGEST, Group, Node, Unfit, rows

# RFC 8949, appendix A, all of it: the bytes, and what they are in diagnostic notation.
APPENDIX_A = r"""
00 | 0
01 | 1
0a | 10
17 | 23
1818 | 24
1819 | 25
1864 | 100
1903e8 | 1000
1a000f4240 | 1000000
1b000000e8d4a51000 | 1000000000000
1bffffffffffffffff | 18446744073709551615
c249010000000000000000 | 18446744073709551616
3bffffffffffffffff | -18446744073709551616
c349010000000000000000 | -18446744073709551617
20 | -1
29 | -10
3863 | -100
3903e7 | -1000
f90000 | 0.0
f98000 | -0.0
f93c00 | 1.0
fb3ff199999999999a | 1.1
f93e00 | 1.5
f97bff | 65504.0
fa47c35000 | 100000.0
fa7f7fffff | 3.4028234663852886e+38
fb7e37e43c8800759c | 1.0e+300
f90001 | 5.960464477539063e-8
f90400 | 0.00006103515625
f9c400 | -4.0
fbc010666666666666 | -4.1
f97c00 | Infinity
f97e00 | NaN
f9fc00 | -Infinity
fa7f800000 | Infinity
fa7fc00000 | NaN
faff800000 | -Infinity
fb7ff0000000000000 | Infinity
fb7ff8000000000000 | NaN
fbfff0000000000000 | -Infinity
f4 | false
f5 | true
f6 | null
f7 | undefined
f0 | simple(16)
f8ff | simple(255)
c074323031332d30332d32315432303a30343a30305a | 0("2013-03-21T20:04:00Z")
c11a514b67b0 | 1(1363896240)
c1fb41d452d9ec200000 | 1(1363896240.5)
d74401020304 | 23(h'01020304')
d818456449455446 | 24(h'6449455446')
d82076687474703a2f2f7777772e6578616d706c652e636f6d | 32("http://www.example.com")
40 | h''
4401020304 | h'01020304'
60 | ""
6161 | "a"
6449455446 | "IETF"
62225c | "\"\\"
62c3bc | "ü"
63e6b0b4 | "水"
64f0908591 | "𐅑"
80 | []
83010203 | [1, 2, 3]
8301820203820405 | [1, [2, 3], [4, 5]]
98190102030405060708090a0b0c0d0e0f101112131415161718181819 | [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, \
11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]
a0 | {}
a201020304 | {1: 2, 3: 4}
a26161016162820203 | {"a": 1, "b": [2, 3]}
826161a161626163 | ["a", {"b": "c"}]
a56161614161626142616361436164614461656145 | {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}
5f42010243030405ff | (_ h'0102', h'030405')
7f657374726561646d696e67ff | (_ "strea", "ming")
9fff | [_ ]
9f018202039f0405ffff | [_ 1, [2, 3], [_ 4, 5]]
9f01820203820405ff | [_ 1, [2, 3], [4, 5]]
83018202039f0405ff | [1, [2, 3], [_ 4, 5]]
83019f0203ff820405 | [1, [_ 2, 3], [4, 5]]
9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff | [_ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, \
11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25]
bf61610161629f0203ffff | {_ "a": 1, "b": [_ 2, 3]}
826161bf61626163ff | ["a", {_ "b": "c"}]
bf6346756ef563416d7421ff | {_ "Fun": true, "Amt": -2}
""".replace("\\\n", "")
EXAMPLES = [line.split(" | ") for line in APPENDIX_A.strip().splitlines()]

# RFC 8949, appendix F: what is not well-formed, by its kinds; and a few more.
APPENDIX_F = """
18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000
41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203
81 818181818181818181 8200 a1 a20102 a100 a2000000 c0 5f4100 7f6100 9f 9f0102 bf bf01020102
819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff
1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe
f800 f801 f818 f81f
5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff
ff 81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff 9f829f819f9fffffffff bf00ff bf000000ff
1f 3f df
61ff 62c080 63eda080 7f61c361bcff
0000 8000 f6f6
"""


def text(data: bytes, full: bool = True) -> str:
    (node,) = nodes_of(data, full)
    return flat(node)


def flat(node: Node) -> str:
    return node.flat() if isinstance(node, Group) else node


@pytest.mark.parametrize(("wire", "notation"), EXAMPLES)
def test_appendix_a(wire: str, notation: str) -> None:
    shown = text(bytes.fromhex(wire))
    if shown != notation:  # the same number may be written in more than one way
        assert float(shown) == float(notation) and "." in shown


def test_all_of_the_appendix() -> None:
    assert len(EXAMPLES) == 81


@pytest.mark.parametrize("wire", APPENDIX_F.split())
def test_malformed(wire: str) -> None:
    with pytest.raises(Unfit, match=r"byte \d+"):
        text(bytes.fromhex(wire))


def test_what_other_readers_lose() -> None:
    """Repeated keys, keys of any kind, big numbers in parts, cycles, tags that make something."""
    for wire, notation in (
        ("a201020103", "{1: 2, 1 (this key again): 3}"),
        ("a1a10102820304", "{{1: 2}: [3, 4]}"),
        ("c25f420102ff", "2((_ h'0102'))"),
        ("c2f6", "2(null)"),
        ("d81c81d81d00", "28([29(0)])"),
        ("c4821a3b9aca0001", "4([1000000000, 1])"),
        ("c5821a3b9aca0001", "5([1000000000, 1])"),
        ("d823652861 2b292b", '35("(a+)+")'),
        ("d81e820100", "30([1, 0])"),
        ("5fff", "''_"),
        ("7fff", '""_'),
        ("c11b7fffffffffffffff", "1(9223372036854775807)"),
        ("621b5b", '"\\u001b["'),
    ):
        assert text(bytes.fromhex(wire)) == notation


def test_sequences() -> None:
    """RFC 8742."""
    assert [flat(node) for node in nodes_of(b"\x01\x80\x61a", True, sequence=True)] == [
        "1",
        "[]",
        '"a"',
    ]
    with pytest.raises(Unfit, match="more after the item, at byte 1"):
        text(b"\x01\x80")


def test_depth() -> None:
    for opening in (b"\x81", b"\x9f", b"\xc1", b"\xa1\x00", b"\xa1"):
        text(
            opening * DEEPEST
            + (b"\x00" if opening != b"\xa1" else b"\x00" * (DEEPEST + 1))
            + (b"\xff" * DEEPEST if opening == b"\x9f" else b"")
        )
        with pytest.raises(Unfit, match="within each other"):
            text(opening * 300_000)


def test_cut() -> None:
    assert text(b"\x79\x03\xe8" + b"a" * 1000, full=False) == f'"{"a" * 200}"... (1000 characters)'
    assert text(b"\x59\x03\xe8" + b"a" * 1000, full=False) == f"h'{'61' * 50}... (1000 bytes)'"


def plain(value: Any) -> str:
    """What another reader made, in the notation."""
    import cbor2

    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, str)):
        return str(value) if isinstance(value, int) else '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, float):
        return "a float"
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if value is cbor2.undefined:
        return "undefined"
    if isinstance(value, cbor2.CBORSimpleValue):
        return f"simple({value.value})"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(plain, value))}]"
    assert isinstance(value, cbor2.CBORTag)
    return f"{value.tag}({plain(value.value)})"


def made(chance: random.Random, depth: int = 0) -> Any:
    """A value that cbor2 reads back as it was."""
    import cbor2

    kind = chance.randrange(9 if depth < 5 else 7)
    size = chance.choice([0, 1, 2, 3, 23, 24, 30, 300])
    if kind == 0:
        return chance.randrange(-(2 ** chance.randrange(1, 90)), 2 ** chance.randrange(1, 90))
    if kind == 1:
        return "".join(chance.choice('aé水𐅑"x') for _ in range(size))
    if kind == 2:
        return chance.randbytes(size)
    if kind == 3:
        return chance.choice([None, True, False, cbor2.undefined])
    if kind in (4, 5):
        return cbor2.CBORSimpleValue(chance.choice([0, 7, 19, 32, 255]))
    if kind == 6:
        return chance.randrange(100)
    if kind == 7:
        return cbor2.CBORTag(chance.choice([40000, 6000, 2**40]), made(chance, depth + 1))
    return [made(chance, depth + 1) for _ in range(min(size, 5))]


def test_as_another_reader() -> None:
    import cbor2

    chance = random.Random(8949)
    for _ in range(2000):
        value = made(chance)
        data = cbor2.dumps(value)
        assert text(data) == plain(value)


def test_floats_of_all_widths() -> None:
    import cbor2

    chance = random.Random(754)
    for width, head in ((2, b"\xf9"), (4, b"\xfa"), (8, b"\xfb")):
        for _ in range(1000):
            data = head + chance.randbytes(width)
            wanted = cbor2.loads(data)
            shown = float(text(data))
            assert shown == wanted or (math.isnan(shown) and math.isnan(wanted))


def test_mutations() -> None:
    """Whatever comes is shown, or said to be unfit; and what is shown, another reader takes."""
    import cbor2

    chance = random.Random(1)
    seeds = [bytes.fromhex(wire) for wire, _ in EXAMPLES]
    taken = 0
    for _ in range(20_000):
        data = bytearray(b"".join(chance.choices(seeds, k=chance.randrange(1, 4))))
        data[:0] = bytes([0x80 | chance.randrange(32)]) * chance.randrange(2)
        for _ in range(chance.randrange(4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            (node,) = nodes_of(bytes(data), chance.random() < 0.5)
        except Unfit:
            continue
        taken += 1
        assert sum(len(row) for row in rows(node, 74)) < 40 * len(data) + 400
        if not any(major in data for major in range(0xC0, 0xE0)):  # tags make it refuse values
            try:
                cbor2.load(io.BytesIO(bytes(data)))
            except (cbor2.CBORDecodeError, RecursionError) as error:
                pytest.fail(f"{bytes(data).hex()}: {error}")
            except TypeError:
                pass  # a key that Python cannot have
    assert taken > 2000


@pytest.mark.parametrize(
    "data",
    [
        b"\x9a\x00\x10\x00\x00" + b"\x00" * (LARGEST - 5),
        b"\xba\x00\x07\xff\xf0" + b"\x00" * (LARGEST - 5),
        b"\xd8\x20" * 100 + b"\x9f" + b"\x80" * (LARGEST - 300) + b"\xff",
        b"\x9f" + b"\xa1\x00\x00" * (LARGEST // 3 - 2) + b"\xff",
        b"\x5f" + b"\x40" * (LARGEST - 2) + b"\xff",
        b"\xc2" * 50 + b"\x5a\x00\x0f\xff\x00" + b"\xff" * 0xFFF00,
    ],
)
def test_large(data: bytes) -> None:
    """A second or so for what is as large as may be, and never a minute."""
    from time import process_time

    start = process_time()
    with contextlib.suppress(Unfit):
        (node,) = nodes_of(data, True)
        assert sum(1 for _ in rows(node, 74)) > 0
    assert process_time() - start < 20
