# SPDX-License-Identifier: MIT
"""Packets as Python objects: made, compared, shown, encoded and decoded."""

from __future__ import annotations

import array
import copy
import inspect
import mmap
import pickle
import re
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


SUBSCRIPTIONS = [mq.Subscription(topic_filter="a")]
PAIRS: typing.Any = [["a", "b"], ("a", "b")]


def name(value: object) -> str:
    """Always the same one: processes that share the tests compare names."""
    return re.sub(" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize(
    ("packet", "version"),
    [
        (mq.Unsuback(packet_id=1, version=4), 4),
        (mq.Unsuback(packet_id=1, reason_codes=(0, 17)), 5),
        (mq.Suback(packet_id=1, reason_codes=b"\0\x80"), 5),
        (mq.Suback(packet_id=1, reason_codes=range(3), version=4), 4),
        (mq.Subscribe(packet_id=1, subscriptions=tuple(SUBSCRIPTIONS)), 5),
        (mq.Unsubscribe(packet_id=1, topic_filters=("a", "b")), 5),
        (mq.Publish(topic="a", packet_id=0), 5),
        (mq.Publish(topic="a", payload=bytearray(b"x")), 5),
        (mq.Publish(topic="a", payload=memoryview(b"x")), 5),
        (mq.Publish(topic="a", properties=mq.Properties(user_properties=PAIRS)), 5),
        (mq.Publish(topic="a", properties=mq.Properties(user_properties=tuple(PAIRS))), 5),
        (mq.Publish(topic="a", properties=mq.Properties(subscription_identifiers=(1,))), 5),
        (mq.Publish(topic="a", properties=mq.Properties(subscription_identifiers=())), 5),
    ],
    ids=name,
)
def test_what_is_decoded_is_what_was_encoded(packet: mq.Packet, version: int) -> None:
    again = mq.decode(packet.encode(), version)
    assert again == packet
    assert packet == again
    assert mq.from_dict(packet.to_dict()) == packet


def test_what_is_not_the_same_when_it_is_decoded() -> None:
    packet = mq.Publish(topic="a", payload=array.array("B", b"x"))
    assert mq.decode(packet.encode(), 5) != packet
    assert mq.decode(packet.encode(version=4), 4) != mq.Publish(topic="a", payload=b"x")
    zero = mq.Publish(topic="a", qos=1, packet_id=0)
    assert zero != zero.replace(packet_id=None)  # of which one breaks a rule, and one is missing
    assert mq.Publish(topic="a", packet_id=0) != mq.Publish(topic="a", packet_id=1)


def test_sequences_become_lists() -> None:
    subscribe = mq.Subscribe(packet_id=1, subscriptions=tuple(SUBSCRIPTIONS))
    for packet in (subscribe, subscribe.replace(subscriptions=tuple(SUBSCRIPTIONS))):
        packet.subscriptions.append(mq.Subscription(topic_filter="b"))
        assert len(packet.subscriptions) == 2
    suback = mq.Suback(packet_id=1)
    suback.reason_codes.append(1)
    assert mq.Suback(packet_id=1).reason_codes == []
    properties = mq.Properties(user_properties=())
    properties.user_properties.append(("a", "b"))
    assert properties.present() == {"user_properties": [("a", "b")]}
    given = list(SUBSCRIPTIONS)
    assert mq.Subscribe(packet_id=1, subscriptions=given).subscriptions is given


@pytest.mark.parametrize("bad", ["ab", None, 1, {"a": 1}])
def test_what_is_no_sequence_is_found_in_encoding(bad: typing.Any) -> None:
    wrong: typing.Any = 1  # where None and nothing mean that there is none
    for packet in (
        mq.Unsubscribe(packet_id=1, topic_filters=bad),
        mq.Unsubscribe(packet_id=1, topic_filters=["a"]).replace(topic_filters=bad),
        mq.Publish(topic="a", properties=mq.Properties(user_properties=bad if bad else wrong)),
    ):
        with pytest.raises((TypeError, ValueError), match=r"topic_filters: |user_properties: "):
            packet.encode()


def changed(packet: mq.Packet) -> None:
    """Changes everything in a packet that can be."""
    for name in packet._fields:
        part = getattr(packet, name)
        if isinstance(part, mq.Will):
            part.topic += "!"
            part.properties.user_properties.append(("will", "w"))
        elif isinstance(part, mq.Properties):
            part.topic_alias = 65535
            part.user_properties.append(("k", "v"))
            part.subscription_identifiers.append(1)
        elif isinstance(part, list):
            for item in part:
                if isinstance(item, mq.Subscription):
                    item.qos += 1
            part.append("more")


@every_example
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, mq.Packet.replace])
def test_copies_are_apart(example: Example, how: typing.Callable[[mq.Packet], mq.Packet]) -> None:
    packet = mq.decode(example.wire, example.version)
    copied = how(packet)
    assert copied == packet
    assert type(copied) is type(packet)
    changed(copied)
    assert packet == mq.decode(example.wire, example.version)
    assert copied != packet or packet._fields == ("version",)


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_copies_of_parts_are_apart(how: typing.Callable[[typing.Any], typing.Any]) -> None:
    properties = mq.Properties(user_properties=[("a", "b")])
    will = mq.Will(topic="a", properties=properties)
    how(properties).user_properties.append(("c", "d"))
    how(will).properties.user_properties.append(("c", "d"))
    will.replace(topic="b").properties.topic_alias = 1
    assert properties == mq.Properties(user_properties=[("a", "b")])


class Mine(mq.Pingreq):
    """A subclass without slots, of somebody's own."""

    notes: typing.ClassVar[typing.Any] = None


def test_subclasses_are_copied_with_what_they_have() -> None:
    mine = Mine(version=4)
    vars(mine)["notes"] = ["a"]
    for made in (copy.copy(mine), copy.deepcopy(mine), pickle.loads(pickle.dumps(mine))):
        assert made == mine
        assert type(made) is Mine
        assert made.notes == ["a"]
        assert made.notes is not mine.notes


def test_a_packet_has_a_type() -> None:
    class Odd(mq.Packet):
        pass

    for kind in (mq.Packet, Odd):
        with pytest.raises(TypeError, match=f"a {kind.__name__} has no type"):
            kind()


@pytest.mark.skipif(sys.version_info < (3, 10), reason="`int | None` came with Python 3.10")
@pytest.mark.parametrize("name", [n for n in mq.__all__ if n not in ("Sender", "to_arrow")])
def test_annotations_can_be_read_at_run_time(name: str) -> None:
    """Those of to_arrow name pyarrow, which need not be there."""
    thing = getattr(mq, name)
    typing.get_type_hints(thing)
    for own in vars(thing).values() if isinstance(thing, type) else ():
        if inspect.isfunction(own) and own.__module__.startswith("mqttwire"):
            typing.get_type_hints(own)


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
