# SPDX-License-Identifier: MIT
"""Packets as Python objects: made, compared, shown, encoded and decoded."""

from __future__ import annotations

import copy
import mmap
import pickle
import sys
import tempfile
import typing

import mqttwire as mq
import pytest
from python_examples import EXAMPLES, Example

CLASSES = [getattr(mq, kind.name.capitalize()) for kind in mq.Type]

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=repr)


@every_example
def test_examples_are_decoded_and_encoded(example: Example) -> None:
    packet = mq.decode(example.wire, example.version, example.sender)
    assert packet.type.name == example.form["type"]
    assert type(packet) is CLASSES[packet.type - 1]
    assert packet.version == example.version
    assert packet.encode() == example.wire
    assert packet.encode(example.version, example.sender) == example.wire


@every_example
def test_packets_are_values(example: Example) -> None:
    packet = mq.decode(example.wire, example.version)
    again = mq.decode(example.wire, example.version)
    assert packet == again
    assert packet is not again
    assert copy.copy(packet) == copy.deepcopy(packet) == packet
    assert pickle.loads(pickle.dumps(packet)) == packet
    assert eval(repr(packet), vars(mq)) == packet
    with pytest.raises(TypeError):
        hash(packet)
    again.version = 9 - again.version
    assert packet != again
    assert packet != example.wire
    with pytest.raises(AttributeError):
        packet.colour = "red"  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", CLASSES)
def test_a_class_names_each_field_once(kind: type[mq.Packet]) -> None:
    slots = {name for each in kind.__mro__ for name in getattr(each, "__slots__", ())}
    assert set(kind._fields) == slots
    assert len(kind._fields) == len(slots)


@every_example
def test_all_slots_are_set(example: Example) -> None:
    """What decoding leaves out is an attribute as well."""
    packet = mq.decode(example.wire, example.version)
    for name in packet._fields:
        getattr(packet, name)


def test_what_is_there_and_what_is_not() -> None:
    packet = mq.decode(EXAMPLES[0].wire)
    assert isinstance(packet, mq.Connect)
    assert packet.will == mq.Will(topic="w", payload=b"m", qos=1)
    assert packet.password == b"pw"
    assert packet.username == "u"
    assert not packet.properties
    packet = mq.decode(mq.Connect(client_id="c").encode())
    assert isinstance(packet, mq.Connect)
    assert packet.will is None
    assert packet.username is None
    assert packet.password is None
    assert packet.properties.receive_maximum is None
    assert packet.properties.user_properties == []
    publish = mq.decode(b"\x30\x03\0\1a", 4)
    assert isinstance(publish, mq.Publish)
    assert publish.packet_id is None
    unsuback = mq.decode(b"\xb0\x02\0\1", 4)
    assert isinstance(unsuback, mq.Unsuback)
    assert unsuback.reason_codes == []
    puback = mq.decode(b"\x40\x02\0\1", 4)
    assert isinstance(puback, mq.Puback)
    assert puback.reason_code == 0
    assert not puback.properties


def test_construction() -> None:
    packet = mq.Publish(topic="a/b", payload=b"x")
    assert packet.version == 5
    assert packet.encode() == packet.encode(version=5) == bytes.fromhex("30 07 0003 612f62 00 78")
    assert packet.encode(version=4) == bytes.fromhex("30 06 0003 612f62 78")
    assert packet != mq.Publish(topic="a/b", payload=b"x", version=4)
    assert packet.replace(qos=1, packet_id=7) == mq.Publish(
        topic="a/b", payload=b"x", qos=1, packet_id=7
    )
    assert packet.qos == 0
    with pytest.raises(TypeError, match="colour"):
        packet.replace(colour="red")
    with pytest.raises(TypeError, match="colour"):
        mq.Publish(topic="a", colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="topic"):
        mq.Publish(payload=b"x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        mq.Properties(colour=1)  # type: ignore[call-arg]


def test_construction_is_with_keywords() -> None:
    kind: typing.Any
    for kind in (mq.Subscription, mq.Will, mq.Publish, mq.Properties):
        with pytest.raises(TypeError, match="positional"):
            kind("a/b", 1)


def test_a_packet_identifier_that_is_not_there() -> None:
    none = mq.Publish(topic="a")
    zero = none.replace(packet_id=0)
    assert none.packet_id is None
    assert none.encode() == zero.encode()
    assert none.to_dict() == zero.to_dict()
    assert "packet_id" not in none.to_dict()
    for packet in (none.replace(qos=1), mq.Puback(packet_id=None)):  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="packet_id: missing"):
            packet.encode()
    with pytest.raises(mq.MqttError, match="packet_id_zero"):
        zero.replace(qos=1).encode()
    with pytest.raises(mq.MqttError, match="acknowledged_id_zero"):
        mq.Puback(packet_id=0).encode()
    with pytest.raises(mq.MqttError, match="packet_id_at_qos_0"):
        none.replace(packet_id=1).encode()


def test_repr_leaves_out_what_is_as_usual() -> None:
    assert repr(mq.Pingreq()) == "Pingreq()"
    assert repr(mq.Pingreq(version=4)) == "Pingreq(version=4)"
    packet = mq.Publish(topic="a", properties=mq.Properties(topic_alias=1))
    assert repr(packet) == "Publish(topic='a', properties=Properties(topic_alias=1))"


def test_properties() -> None:
    properties = mq.Properties(topic_alias=1, user_properties=[("k", "v")])
    assert properties.topic_alias == 1
    properties.user_properties.append(("k", "w"))
    assert properties.present() == {"topic_alias": 1, "user_properties": [("k", "v"), ("k", "w")]}
    assert "topic_alias" in properties
    assert "content_type" not in properties
    properties.topic_alias = None
    del properties.user_properties
    assert not properties
    assert properties == mq.Properties()
    assert properties.subscription_identifiers == []  # which looking at does not make present
    assert properties == mq.Properties()
    assert not properties
    assert "subscription_identifiers" not in properties
    with pytest.raises(AttributeError):
        properties.colour = 1  # type: ignore[attr-defined]
    assert mq.Properties.topic_alias.__doc__ == "Topic Alias: section 3.3.2.3.4."
    empty = mq.Publish(topic="a", properties=properties)
    assert empty.encode() == mq.Publish(topic="a").encode()


def test_properties_of_different_packets_are_apart() -> None:
    one, other = mq.Publish(topic="a"), mq.Publish(topic="a")
    one.properties.topic_alias = 1
    assert other.properties.topic_alias is None


@pytest.mark.skipif(sys.version_info < (3, 10), reason="match came with Python 3.10")
def test_match() -> None:
    names: dict[str, typing.Any] = {"mq": mq, "packet": mq.Publish(topic="a/b", payload=b"x")}
    exec(
        """
match packet:
    case mq.Subscribe():
        found = None
    case mq.Publish(topic=topic, payload=b"x", properties=mq.Properties(topic_alias=None)):
        found = topic
""",
        names,
    )
    assert names["found"] == "a/b"


def test_anything_with_bytes_is_read() -> None:
    data = EXAMPLES[2].wire
    expected = mq.decode(data, 4)
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with mmap.mmap(file.fileno(), 0) as mapped:
            assert mq.decode(mapped, 4) == expected
    for made in (bytearray(data), memoryview(data), memoryview(b"__" + data)[2:]):
        assert mq.decode(made, 4) == expected
    held = bytearray(data)
    packet = mq.decode(held, 4)
    held[:] = bytes(len(held))
    held.append(0)  # nothing holds the buffer
    assert packet == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda data: mq.decode(data, 5),
        lambda data: mq.frame(data, 5),
        lambda data: mq.line(data, 5),
        lambda data: mq.explain(data, 5),
        lambda data: mq.Decoder(5).feed(data),
    ],
)
@pytest.mark.parametrize("data", ["c000", None, 192, [0xC0, 0]])
def test_what_has_no_bytes_is_refused(
    call: typing.Callable[[typing.Any], object], data: object
) -> None:
    with pytest.raises(TypeError, match="expected bytes or another object with bytes, not "):
        call(data)


@pytest.mark.parametrize("payload", [bytearray(b"x"), memoryview(b"x"), memoryview(b"_x")[1:]])
def test_payloads_may_be_anything_with_bytes(payload: bytearray | memoryview) -> None:
    packet = mq.Publish(topic="a", payload=payload)
    assert packet.encode() == mq.Publish(topic="a", payload=b"x").encode()


def test_large_packets() -> None:
    packet = mq.Publish(topic="a", payload=bytes(range(256)) * 20000)
    assert mq.decode(packet.encode(), 5) == packet
    many = mq.Subscribe(
        packet_id=1, subscriptions=[mq.Subscription(topic_filter=f"a/{n}") for n in range(5000)]
    )
    assert mq.decode(many.encode(), 5) == many
    codes = mq.Suback(packet_id=1, reason_codes=[0, 1, 2, 128] * 1000)
    assert mq.decode(codes.encode(), 5) == codes
    pairs = [(f"k{n}", "v" * n) for n in range(300)]
    public = mq.Publish(topic="a", properties=mq.Properties(user_properties=pairs))
    assert mq.decode(public.encode(), 5) == public


def test_mqtt_3_1() -> None:
    wire = bytes.fromhex("10 0f 0006 4d5149736470 03 02 0000 0001 63")
    with pytest.raises(mq.MqttError, match="mqtt_3_1"):
        mq.decode(wire)
    packet = mq.decode(wire, allow=mq.Allow.MQTT_3_1)
    assert packet.version == 3
    assert packet.to_dict()["version"] == 3
    assert packet.encode(allow=mq.Allow.MQTT_3_1) == wire
    assert mq.from_dict(packet.to_dict()) == packet


def test_text_that_is_not_utf_8() -> None:
    wire = bytes.fromhex("30 05 0003 61ff62")
    with pytest.raises(mq.MalformedPacket, match="topic_utf8"):
        mq.decode(wire, 4)
    packet = mq.decode(wire, 4, allow=mq.Allow.UTF8)
    assert isinstance(packet, mq.Publish)
    assert packet.topic == b"a\xffb"  # type: ignore[comparison-overlap]
    with pytest.raises(mq.MalformedPacket, match="topic_utf8"):
        packet.encode()
    assert packet.encode(allow=mq.Allow.UTF8) == wire
    assert packet.to_dict()["topic"] == {"hex": "61ff62"}
    assert mq.from_dict(packet.to_dict()) == packet


def test_lone_surrogates_break_the_rule_that_their_bytes_break() -> None:
    with pytest.raises(mq.MalformedPacket) as caught:
        mq.Publish(topic="a\ud800").encode()
    assert (caught.value.rule, caught.value.field) == ("topic_utf8", "topic")
