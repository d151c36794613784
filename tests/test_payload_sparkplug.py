# SPDX-License-Identifier: MIT
"""--payload sparkplug: against what another implementation encoded, and hostile bytes."""

from __future__ import annotations

import contextlib
import json
import random
import struct
from pathlib import Path
from time import process_time
from typing import Any

import pytest

pytest.importorskip("google.protobuf")

from mqttwire_tool.payload import sparkplug
from mqttwire_tool.payload.layout import LARGEST, Unfit, rows
from mqttwire_tool.payload.sparkplug_names import Names, Place, is_state, place_of
from mqttwire_tool.payload.sparkplug_schema import TYPES, payload_class
from mqttwire_tool.payload.sparkplug_values import float_text, integer, moment


def recorded() -> list[tuple[str, bytes]]:
    """Topics and payloads, the will's first.  payloads/README.md says whose they are."""
    path = Path(__file__).parent / "payloads" / "sparkplug.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    forms = [json.loads(line) for line in lines]
    forms[0] = forms[0]["will"]
    return [(form["topic"], bytes.fromhex(form["payload"])) for form in forms]


RECORDED = recorded()


class Reader:
    """Shows messages in their order."""

    def __init__(self) -> None:
        self.names = Names()

    def __call__(self, topic: str, data: bytes, width: int = 200) -> list[str]:
        payload = sparkplug.payload_of(data)
        place = place_of(topic)
        if place:
            self.names.see(place, payload)
        summary = sparkplug.summary(payload)
        shower = sparkplug.Shower(self.names, place, True)
        return [summary, *(row for node in shower.nodes(payload) for row in rows(node, width))]


@pytest.fixture(scope="module")
def shown() -> dict[str, list[str]]:
    reader = Reader()
    return {topic.partition("/")[2]: reader(topic, data) for topic, data in RECORDED}


def test_births(shown: dict[str, list[str]]) -> None:
    assert shown["Plant/NDEATH/Line 1"] == [
        "2026-11-21T07:39:42.510Z, 1 metric",
        "bdSeq = 3  (Int64)",
    ]
    assert shown["Plant/NBIRTH/Line 1"] == [
        "2026-11-21T07:39:42.510Z, seq 0, 4 metrics",
        "bdSeq = 3  (Int64)",
        "Node Control/Rebirth = false  (Boolean, alias 1)",
        "Supply Voltage = 12.1  (Float, alias 2)",
        "Uptime = 18446744073709551615  (UInt64, alias 3)",
    ]
    assert shown["Plant/DBIRTH/Line 1/Oven"] == [
        "2026-11-21T07:39:42.510Z, seq 1, 9 metrics",
        "Temperature = 181.25  (Double, alias 10)",
        "Door open = true  (Boolean, alias 11)",
        "Offset = -5  (Int8, alias 12)",
        'Serial = "K-1 \\"x\\""  (String, alias 13)',
        "Started = 2026-01-02T03:04:05.678Z  (DateTime, alias 14)",
        "Recipe = null  (Text, alias 15)",
        "Low = -9223372036854775808  (Int64, alias 16)",
        "Level = -300  (Int16, alias 17)",
        "Heat = -2  (Int32, alias 18)",
    ]


def test_names_and_types_by_birth(shown: dict[str, list[str]]) -> None:
    assert shown["Plant/DDATA/Line 1/Oven"] == [
        "2026-11-21T07:39:43.510Z, seq 2, 3 metrics",
        "Temperature = 183.5  (Double, alias 10)",
        "Offset = -6  (Int8, alias 12, 2026-11-21T07:39:42.910Z, historical)",
        "unknown alias 99 = 1.5",
    ]
    assert shown["Plant/NDATA/Line 1"][1:] == ["Supply Voltage = 11.9  (Float, alias 2)"]
    assert shown["Plant/NCMD/Line 1"] == [
        "2026-11-21T07:39:45.510Z, 1 metric",
        "Node Control/Rebirth = true  (Boolean)",
    ]


def test_arrays(shown: dict[str, list[str]]) -> None:
    assert shown["Plant/DBIRTH/Line 1/Arrays"][1:] == [
        "Int8Array = [-23, 123]  (Int8Array)",
        "Int16Array = [-30000, 30000]  (Int16Array)",
        "Int32Array = [-1, 315338746]  (Int32Array)",
        "Int64Array = [-4270929666821191986, -3601064768563266876]  (Int64Array)",
        "UInt8Array = [23, 250]  (UInt8Array)",
        "UInt16Array = [30, 52360]  (UInt16Array)",
        "UInt32Array = [52, 3293969225]  (UInt32Array)",
        "UInt64Array = [5245, 16444743074749521625]  (UInt64Array)",
        "FloatArray = [1.23, 89.341]  (FloatArray)",
        "DoubleArray = [12.354213, 1022.9123213]  (DoubleArray)",
        "BooleanArray = [false, false, true, true, false, true, false, false, true, true, false,"
        " true]  (BooleanArray)",
        'StringArray = ["ABC", "hello"]  (StringArray)',
        "DateTimeArray = [2009-10-21T05:27:55.335Z, 2022-06-24T21:57:55.000Z]  (DateTimeArray)",
        "Bytes = 0x00ff10  (Bytes)",
        "Empty = []  (Int32Array)",
        'UUID = "123e4567-e89b-12d3-a456-426614174000"  (UUID)',
    ]


def test_structures(shown: dict[str, list[str]]) -> None:
    assert shown["Plant/DBIRTH/Line 1/Structures"][1:] == [
        'Table = DataSet {columns (step Int16, label String), [-1, "heat"], [2, "hold"]}'
        "  (DataSet)",
        "Motor A = Template of Motor, version 1.2 {parameter poles = 4  (UInt8), rpm = 1480"
        "  (UInt32), Drive = Template definition {amps = 3.5  (Float)}  (Template)}"
        "  (Template, alias 40)",
        'Pressure = 1.5  (Double, transient) {properties (Quality: 500 (STALE), engUnit: "bar",'
        " more: {low: -2}, none: null, sets: [{a: true}])}",
        'Photo = 0x89504e47  (File) {metadata (is_multi_part: false, size: 4, file_name: "p.png")}',
        'uuid = "form-7"',
        "body = 0x0102",
    ]


def test_types_by_number() -> None:
    """Section 6.4.16."""
    assert [TYPES.index(name) for name in ("Unknown", "Int8", "Text", "UUID", "PropertySet")] == [
        0,
        1,
        14,
        15,
        20,
    ]
    assert TYPES.index("Int8Array") == 22
    assert TYPES.index("DateTimeArray") == 34 == len(TYPES) - 1


# ---- Who names what -----------------------------------------------------------------------------


def message(*metrics: dict[str, Any], **fields: Any) -> bytes:
    payload = payload_class()(timestamp=1, **fields)
    for metric in metrics:
        payload.metrics.add(**metric)
    data: bytes = payload.SerializeToString()
    return data


def birth(name: str, alias: int = 1, session: int = 0) -> bytes:
    return message(
        {"name": "bdSeq", "datatype": 4, "long_value": session},
        {"name": name, "alias": alias, "datatype": 3, "int_value": 1},
    )


DATA = message({"alias": 1, "int_value": 7})


def names_of(*steps: tuple[str, bytes]) -> str:
    """What the last of these messages shows."""
    reader = Reader()
    for topic, data in steps:
        last = reader(f"spBv1.0/{topic}", data)
    return last[1].partition(" = ")[0]


def test_a_birth_ends_what_was_before() -> None:
    unknown = "unknown alias 1"
    assert names_of(("g/NDATA/n", DATA)) == unknown
    assert names_of(("g/NBIRTH/n", birth("a")), ("g/NDATA/n", DATA)) == "a"
    assert (
        names_of(("g/NBIRTH/n", birth("a")), ("g/NBIRTH/n", birth("b")), ("g/NDATA/n", DATA)) == "b"
    )
    assert (
        names_of(("g/NBIRTH/n", birth("a")), ("g/NBIRTH/n", birth("b", 2)), ("g/NDATA/n", DATA))
        == unknown
    )
    for other in ("g/NDATA/m", "h/NDATA/n", "g/DDATA/n/d"):
        assert names_of(("g/NBIRTH/n", birth("a")), (other, DATA)) == unknown
    device = ("g/DBIRTH/n/d", birth("x"))
    assert names_of(("g/NBIRTH/n", birth("a")), device, ("g/DDATA/n/d", DATA)) == "x"
    assert names_of(("g/NBIRTH/n", birth("a")), device, ("g/NDATA/n", DATA)) == "a"
    assert names_of(device, ("g/DBIRTH/n/d", birth("y")), ("g/DCMD/n/d", DATA)) == "y"
    assert names_of(device, ("g/NBIRTH/n", birth("a")), ("g/DDATA/n/d", DATA)) == unknown
    assert names_of(device, ("g/DDEATH/n/d", DATA), ("g/DDATA/n/d", DATA)) == unknown


def test_a_death_ends_its_own_session() -> None:
    """bdSeq tells which: a broker may send the will of the one before after the next birth."""

    def death(session: int) -> bytes:
        return message({"name": "bdSeq", "datatype": 4, "long_value": session})

    born = ("g/NBIRTH/n", birth("a", session=5))
    assert names_of(born, ("g/NDEATH/n", death(5)), ("g/NDATA/n", DATA)) == "unknown alias 1"
    assert names_of(born, ("g/NDEATH/n", death(4)), ("g/NDATA/n", DATA)) == "a"


def test_room_is_bounded() -> None:
    names = Names(room=10_000)
    for node in range(1000):
        place = Place("NBIRTH", "g", str(node))
        payload = payload_class().FromString(birth("x" * 300))
        names.see(place, payload)
        names.see(place._replace(kind="DBIRTH", device="d"), payload)
        assert names.size <= names.room
        assert names.size == sum(sum(born.sizes.values()) for born in names.nodes.values())
    assert 2 < len(names.nodes) < 20
    assert names.find(Place("NDATA", "g", "999"), 1)
    names.see(Place("NBIRTH", "g", "large"), payload_class().FromString(birth("x" * 20_000)))
    assert names.find(Place("NDATA", "g", "large"), 1) is None
    for node in range(1000):
        names.see(Place("NDEATH", "g", str(node)), payload_class().FromString(birth("")))
    assert names.size == 0


def test_topics() -> None:
    assert place_of("spBv1.0/g/DDATA/n/d") == Place("DDATA", "g", "n", "d")
    assert place_of("spBv1.0/g/NDATA/n") == Place("NDATA", "g", "n")
    for topic in (
        "spAv1.0/g/NDATA/n",
        "spBv1.0/g/NDATA/n/d",
        "spBv1.0/g/DDATA/n",
        "spBv1.0/g/DDATA/n/d/e",
        "spBv1.0/g/OTHER/n",
        "spBv1.0/STATE/h",
        "spBv1.0",
        "xspBv1.0/g/NDATA/n",
        "",
    ):
        assert place_of(topic) is None
    assert is_state("spBv1.0/STATE/h") and not is_state("spBv1.0/g/STATE")


# ---- Values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "name", "wanted"),
    [
        (0xFF, "Int8", "-1"),
        (0xFFFFFFFF, "Int8", "-1"),
        (0x7F, "Int8", "127"),
        (0x80, "Int8", "-128"),
        (0x100, "Int8", None),
        (0xFFFFFF00, "Int8", None),
        (0xFFFF, "Int16", "-1"),
        (0xFFFFFFFF, "Int32", "-1"),
        (2**64 - 1, "Int64", "-1"),
        (2**64 - 1, "Int32", "-1"),
        (2**64 - 1, "UInt64", str(2**64 - 1)),
        (256, "UInt8", None),
        (255, "UInt8", "255"),
        (0, "DateTime", "1970-01-01T00:00:00.000Z"),
        (253402300799999, "DateTime", "9999-12-31T23:59:59.999Z"),
        (253402300800000, "DateTime", "253402300800000 ms"),
        (2**64 - 1, "DateTime", f"{2**64 - 1} ms"),
    ],
)
def test_integers(value: int, name: str, wanted: str | None) -> None:
    assert integer(value, name) == wanted


def test_floats_are_short_and_exact() -> None:
    for text in ("0.1", "12.1", "1.0e+30", "16777216.0", "3.4028235e+38", "1.0e-45"):
        (value,) = struct.unpack("<f", struct.pack("<f", float(text)))
        assert struct.pack("<f", float(float_text(value))) == struct.pack("<f", value)
    assert float_text(struct.unpack("<f", struct.pack("<f", 12.1))[0]) == "12.1"
    assert [float_text(float(x)) for x in ("nan", "inf", "-inf")] == [
        "NaN",
        "Infinity",
        "-Infinity",
    ]
    assert moment(1) == "1970-01-01T00:00:00.001Z"


def test_what_does_not_fit_its_type() -> None:
    for metric, wanted in (
        ({"datatype": 1, "int_value": 300}, "300, which is no Int8  (Int8)"),
        ({"datatype": 9, "string_value": "x"}, '"x", which is a string value  (Float)'),
        ({"datatype": 11}, "no value  (Boolean)"),
        ({"datatype": 99, "int_value": 5}, "5  (type 99)"),
        ({"datatype": 24, "bytes_value": b"abc"}, "0x616263  (Int32Array)"),
        ({"datatype": 32, "bytes_value": b"\xff\xff\xff\xff\x00"}, "0xffffffff00  (BooleanArray)"),
        ({"datatype": 33, "bytes_value": b"ab"}, "0x6162  (StringArray)"),
        ({"int_value": 5}, "5"),
        ({"datatype": 7, "long_value": 5}, "5  (UInt32)"),
    ):
        assert Reader()("t", message({"name": "a", **metric}))[1:] == [f"a = {wanted}"]


def test_names_do_nothing_to_a_terminal() -> None:
    (_, row) = Reader()("t", message({"name": "\x1b[2J = 1\n", "int_value": 2}))
    assert row == '"\\u001b[2J = 1\\n" = 2'


# ---- Hostile ------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"55.49", b"Slaapkamer1", b"21.5", b"ON", b"{}", b"\xff" * 9])
def test_text_is_no_sparkplug(data: bytes) -> None:
    """Some of it is a message of protobuf, with fields that Sparkplug has not."""
    with pytest.raises(Unfit):
        sparkplug.payload_of(data)


def sized(tag: bytes, data: bytes) -> bytes:
    """A message within another."""
    size, length = len(data), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return tag + bytes([*length, size]) + data


def nested(depth: int) -> bytes:
    """A metric that is a template with a metric that is a template ..."""
    metric = b"\x0a\x01x"
    for _ in range(depth):
        metric = sized(b"\x92\x01", sized(b"\x12", metric))
    return sized(b"\x12", metric)


def test_depth() -> None:
    assert "".join(Reader()("t", nested(40))).count("Template {") == 40
    with pytest.raises(Unfit):
        sparkplug.payload_of(nested(5000))


def test_mutations() -> None:
    """Bytes changed, lost and repeated in what was recorded: never an exception, and bounded."""
    chance = random.Random(3)
    seeds = [data for _, data in RECORDED]
    topics = [topic for topic, _ in RECORDED]
    reader = Reader()
    taken = 0
    for _ in range(10_000):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data))
            how = chance.randrange(4)
            if how == 0:
                data[at] = chance.randrange(256)
            elif how == 1:
                data[at] ^= 1 << chance.randrange(8)
            elif how == 2:
                del data[at : at + chance.randrange(4)]
            else:
                data[at:at] = data[at : at + chance.randrange(40)]
            if not data:
                break
        try:
            shown = reader(chance.choice(topics), bytes(data), 74)
        except Unfit:
            continue
        taken += 1
        assert sum(map(len, shown)) < 100 * len(data) + 1000
        assert all(row.isprintable() for row in shown)
    assert taken > 1000


@pytest.mark.parametrize(
    "data",
    [
        b"\x12\x00" * (LARGEST // 2),
        b"\x12\x03\x8a\x01\x00" * (LARGEST // 5),
        b"\x12\x08\x8a\x01\x05\x12\x00\x12\x00\x18" * (LARGEST // 10),
    ],
)
def test_large(data: bytes) -> None:
    start = process_time()
    with contextlib.suppress(Unfit):
        assert Reader()("spBv1.0/g/NBIRTH/n", data)
    assert process_time() - start < 30
