# SPDX-License-Identifier: MIT
"""Fields and their bytes, lines of text, topics, and what is made of the tables."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from python_examples import EXAMPLES, Example

ROOT = Path(__file__).parent.parent

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=repr)


def check_tiling(data: bytes, fields: mq.Explanation) -> None:
    """Leaves are every byte once and in order; bits lie in the leaf before them."""
    at = 0
    leaf = None
    for field in fields:
        if field.kind == mq.Kind.BITS:
            assert leaf is not None
            assert leaf.kind == mq.Kind.OCTET
            assert (field.start, field.end) == (leaf.start, leaf.end)
            assert field.value == data[field.start] >> field.bit & ((1 << field.width) - 1)
        else:
            assert field.start == at
            at = field.end
            leaf = field
    assert at == min(len(data), fields.size or len(data))


@every_example
def test_examples(example: Example) -> None:
    fields = mq.explain(example.wire, example.version, example.sender)
    check_tiling(example.wire, fields)
    assert fields.error is None
    assert fields.size == len(example.wire)
    assert fields.version == (example.version)
    by_path = {field.path: field for field in fields}
    assert by_path["type"].note == example.form["type"]
    for name, value in example.form.items():
        if name in by_path and name not in ("type", "password", "payload"):
            assert by_path[name].value == value


@every_example
def test_every_prefix(example: Example) -> None:
    for end in range(len(example.wire)):
        fields = mq.explain(example.wire[:end], example.version)
        check_tiling(example.wire[:end], fields)
        assert isinstance(fields.error, mq.Incomplete)


def test_fields_of_a_packet() -> None:
    wire = bytes.fromhex("32 0f 0003 612f62 000a 07 26 0001 6b 0001 76")
    seen = [(f.path, f.value, f.start, f.end) for f in mq.explain(wire, 5)]
    assert seen[-6:] == [
        ("properties.length", 7, 9, 10),
        ("properties.user_properties[0].identifier", 38, 10, 11),
        ("properties.user_properties[0].name.length", 1, 11, 13),
        ("properties.user_properties[0].name", "k", 13, 14),
        ("properties.user_properties[0].value.length", 1, 14, 16),
        ("properties.user_properties[0].value", "v", 16, 17),
    ]


def test_after_a_fault_the_rest_is_unread() -> None:
    wire = bytes.fromhex("10 10 0004 4d515454 05 02 0000 03 21 0000 0000")
    fields = mq.explain(wire)
    check_tiling(wire, fields)
    assert fields.error is not None
    assert fields.error.rule == "receive_maximum_zero"
    assert fields[-1].path == "unread"
    assert fields[-1].kind is mq.Kind.UNREAD
    assert fields[-1].value == wire[fields[-1].start :]
    assert fields.version == 5


def test_only_the_first_packet_is_explained() -> None:
    assert mq.explain(b"\xc0\0\xc0\0", 5).size == 2


def test_text_that_is_not_utf_8_is_bytes() -> None:
    fields = mq.explain(b"\x30\x03\0\1\xff", 4)
    assert fields[-1].value == b"\xff"


@every_example
def test_a_limit_tells_how_much_is_left(example: Example) -> None:
    every = mq.explain(example.wire, example.version)
    assert every.more == 0
    leaves = [field for field in every if field.kind != mq.Kind.BITS]
    with_bytes = [field for field in leaves if field.end > field.start]
    for limit in range(len(with_bytes) + 2):
        fields = mq.explain(example.wire, example.version, limit=limit)
        begin = with_bytes[limit].start if limit < len(with_bytes) else len(example.wire)
        # What is empty where it is cut is in it, and so are the bits of the last field.
        assert fields == [field for field in every if field.end <= begin]
        assert fields.more == len(example.wire) - begin
        assert (fields.size, fields.version, fields.error) == (every.size, every.version, None)


def test_a_limit_hides_no_fault() -> None:
    wire = bytes.fromhex("10 10 0004 4d515454 05 02 0000 03 21 0000 0000")
    for data in (wire, wire[:-1], wire[:9], wire[:1], b""):
        every = mq.explain(data)
        fields = mq.explain(data, limit=1)
        assert fields.more == max(0, len(data) - 1)
        assert (fields.size, fields.version) == (every.size, every.version)
        assert repr(fields.error) == repr(every.error)
    behind = mq.explain(wire + b"\xc0\0", limit=2)  # the next packet does not count
    assert behind.more == len(wire) - 2


def test_memory_with_a_limit_is_not_that_of_the_packet() -> None:
    many = [mq.Subscription(topic_filter="a")] * 200_000
    wire = mq.Subscribe(packet_id=1, subscriptions=many).encode()
    tracemalloc.start()
    try:
        fields = mq.explain(wire, 5, limit=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fields.more == len(wire) - fields[-1].end > 700_000
    assert peak < 100_000


@pytest.mark.parametrize(
    ("limit", "error", "message"),
    [
        (-1, ValueError, "limit: expected 0 fields or more, not -1"),
        (1 << 64, ValueError, "limit: expected 0 fields or more"),
        (1.0, TypeError, "limit: expected a number of fields or None, not float"),
    ],
)
def test_limits_that_are_none(limit: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mq.explain(b"\xc0\0", 5, limit=limit)


def test_lines() -> None:
    assert mq.line(EXAMPLES[2].wire, 4) == 'PUBLISH qos=1 topic="a/b" packet_id=10'
    assert mq.line(b"\x30\x03\0\1#", 4).endswith("!topic_wildcard at 4")
    assert "pw" not in mq.line(EXAMPLES[0].wire)
    assert "\x1b" not in mq.line(mq.Publish(topic="\x1b[31m").encode(), 5)
    topic = "t\u00fcr" * 1000
    assert mq.line(mq.Publish(topic=topic).encode(), 5) == f'PUBLISH topic="{topic}"'


@pytest.mark.parametrize(
    ("topic_filter", "name", "matches"),
    [
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/monitor/Clients", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/monitor/Clients", True),
        ("ACCOUNTS", "Accounts", False),
        ("$share/consumer1//finance", "/finance", True),
        ("$share/consumer1/sport/tennis/+", "sport/tennis/player1", True),
    ],
)
def test_topic_match(topic_filter: str, name: str, matches: bool) -> None:
    assert mq.topic_match(topic_filter, name) is matches
    assert mq.topic_match(topic_filter.encode(), name.encode()) is matches


def test_topics() -> None:
    assert mq.topic_match("$share/a/b", "b", 4) is False
    for name in ("a/b", "/", "a b", "$SYS/x"):
        mq.topic_name_check(name)
    for topic_filter in ("#", "sport/tennis/#", "+", "+/tennis/#", "sport/+/player1", "/", "a b"):
        mq.topic_filter_check(topic_filter)
    for topic_filter, rule, offset in [
        ("sport/tennis#", "filter_hash", 12),
        ("sport/tennis/#/ranking", "filter_hash", 13),
        ("sport+", "filter_plus", 5),
        ("", "filter_empty", 0),
    ]:
        with pytest.raises(mq.MqttError) as caught:
            mq.topic_filter_check(topic_filter)
        assert (caught.value.rule, caught.value.offset) == (rule, offset)
    for name, rule, offset in [("\u00fc/#", "topic_wildcard", 3), ("", "topic_empty", 0)]:
        with pytest.raises(mq.MqttError) as caught:
            mq.topic_name_check(name)
        assert (caught.value.rule, caught.value.offset) == (rule, offset)
    mq.topic_filter_check("$share/+/b", 4)
    with pytest.raises(mq.MqttError):
        mq.topic_filter_check("$share/+/b", 5)
    assert mq.topic_share("$share/group/a/b") == ("group", "a/b")
    assert mq.topic_share("a/b") is None
    with pytest.raises(TypeError, match="expected a topic as str, not int"):
        mq.topic_match(1, "a")  # type: ignore[arg-type]


def test_tables() -> None:
    assert len(mq.Type) == 15
    assert int(mq.Type.CONNECT) == 1
    assert len(mq.Property) == 27
    assert int(mq.Property.RECEIVE_MAXIMUM) == 0x21
    assert len(mq.Reason) == 43
    assert len(mq.Reason.__members__) == 45  # two more names for 0
    assert int(mq.Reason.NOT_AUTHORIZED) == 0x87
    assert mq.Reason["NORMAL_DISCONNECTION"].name == "SUCCESS"
    assert int(mq.ReturnCode.NOT_AUTHORIZED) == 5
    assert int(mq.Allow.MQTT_3_1) == 2


@pytest.mark.parametrize(("flags", "known"), [(mq.Allow, 26), (mq.Refuse, 10)])
def test_flags(flags: type[mq.Allow] | type[mq.Refuse], known: int) -> None:
    every = [flag for name, flag in flags.__members__.items() if name != "ALL"]
    assert len(every) == known
    assert not any(flag & other for flag in every for other in every if flag != other)
    assert sum(every) == flags.ALL


def test_codes_have_names_for_each_packet() -> None:
    one = [mq.reason_name(1, packet, 4) for packet in (mq.Type.CONNACK, mq.Type.SUBACK)]
    assert one == ["unacceptable_protocol_version", "maximum_qos_1"]
    zero = [mq.reason_text(0, packet) for packet in (4, 9, 14, 3)]
    assert zero == ["Success", "Granted QoS 0", "Normal disconnection", None]
    assert mq.reason_name(0x87, mq.Type.CONNACK, 4) is None
    assert mq.reason_name(5, mq.Type.CONNACK, 3) == "not_authorized"
    for codes, version in ((mq.Reason, 5), (mq.ReturnCode, 4)):
        found = {mq.reason_name(code, packet, version) for code in range(256) for packet in mq.Type}
        assert found - {None} == {name.lower() for name in codes.__members__}


@pytest.mark.parametrize(
    ("code", "packet", "version", "message"),
    [
        (-1, 2, 5, "code: expected 0 to 255, not -1"),
        (256, 2, 5, "code: expected 0 to 255, not 256"),
        (0, 0, 5, "0 is not a valid Type"),
        (0, 16, 5, "16 is not a valid Type"),
        (0, 2, 6, "version: expected 3, 4 or 5, not 6"),
    ],
)
def test_codes_and_packets_that_there_are_not(
    code: int, packet: int, version: int, message: str
) -> None:
    for ask in (mq.reason_name, mq.reason_text):
        with pytest.raises(ValueError, match=message):
            ask(code, packet, version)


def test_the_version_is_that_of_the_project() -> None:
    assert f"    version: '{mq.__version__}',\n" in (ROOT / "meson.build").read_text()


def test_the_stub_of_the_tables_is_what_they_make() -> None:
    command = [sys.executable, str(ROOT / "bindings" / "derive.py")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert (ROOT / "bindings/python/mqttwire/tables.pyi").read_text() == printed


def test_the_stub_of_the_extension_has_its_functions() -> None:
    from mqttwire import _mqttwire

    text = (ROOT / "bindings/python/mqttwire/_mqttwire.pyi").read_text()
    stubs = {line[4:].split("(")[0] for line in text.splitlines() if line.startswith("def ")}
    functions = {
        name
        for name, value in vars(_mqttwire).items()
        if callable(value) and not name.startswith(("_", "Swig", "SWIG"))
    }
    assert stubs == functions


def test_everything_public_is_documented() -> None:
    for name in set(mq.__all__) - {"Sender"}:  # which is a type for type checkers
        assert getattr(mq, name).__doc__, name
