# SPDX-License-Identifier: MIT
"""What is wrong, where, and by which rule."""

from __future__ import annotations

import pickle
from typing import Any

import mqttwire as mq
import pytest
from python_examples import EXAMPLES, Example

CONNECT = bytes.fromhex("10 10 0004 4d515454 05 02 0000 03 21 0000 0000")


def error_of(data: bytes, *args: Any, **options: Any) -> mq.MqttError:
    with pytest.raises(mq.MqttError) as caught:
        mq.decode(data, *args, **options)
    return caught.value


def test_what_an_error_tells() -> None:
    error = error_of(CONNECT)
    assert type(error) is mq.ProtocolError
    assert error.rule == "receive_maximum_zero"
    assert error.code == mq.Rule.RECEIVE_MAXIMUM_ZERO
    assert error.ids == ("3.1.2.11.3", "3.2.2.3.3")
    assert error.reason_code == mq.Reason.PROTOCOL_ERROR
    assert error.offset == 14
    assert error.field == "properties.receive_maximum"
    assert error.version == 5
    assert error.size == len(CONNECT)
    assert str(error) == (
        "receive_maximum_zero: receive maximum is not zero "
        "(properties.receive_maximum at byte 14; 3.1.2.11.3, 3.2.2.3.3)"
    )
    assert error.to_dict() == {
        "rule": "receive_maximum_zero",
        "ids": ["3.1.2.11.3", "3.2.2.3.3"],
        "reason_code": 130,
        "offset": 14,
        "field": "properties.receive_maximum",
        "message": "receive maximum is not zero",
    }


def test_errors_can_be_sent_to_another_process() -> None:
    for error in (error_of(CONNECT), error_of(b"\xc0", 5)):
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error)
        assert again.to_dict() == error.to_dict()


def test_ids_and_reasons_are_those_of_the_version() -> None:
    wire = b"\x30\x03\0\1#"
    assert "MQTT-4.7.1-1" in error_of(wire, 4).ids
    assert "MQTT-4.7.0-1" in error_of(wire + b"\0", 5).ids
    assert error_of(wire, 4).reason_code is None
    assert error_of(wire, 4).to_dict()["reason_code"] is None
    level = bytes.fromhex("10 0d 0004 4d515454 07 02 0000 0001 63")
    assert error_of(level).reason_code == 0x84
    assert error_of(level, 4).reason_code == 1
    # The version of a CONNECT is in its bytes.
    reserved = bytes.fromhex("10 0d 0004 4d515454 04 03 0000 0001 63")
    assert error_of(reserved).reason_code is None
    assert error_of(reserved).version == 4


@pytest.mark.parametrize("example", EXAMPLES, ids=repr)
def test_every_prefix_is_incomplete(example: Example) -> None:
    for end in range(len(example.wire)):
        error = error_of(example.wire[:end], example.version)
        assert isinstance(error, mq.Incomplete)
        assert end < error.wanted <= len(example.wire)
        assert error.wanted == len(example.wire) or end < 2
        assert error.reason_code is None
        assert error.to_dict() == {
            "rule": "more",
            "ids": [],
            "reason_code": None,
            "offset": None,
            "field": None,
            "message": "the packet is not all there",
            "wanted": error.wanted,
        }


@pytest.mark.parametrize("example", EXAMPLES, ids=repr)
def test_bytes_that_follow_the_packet(example: Example) -> None:
    error = error_of(example.wire + b"\0\0", example.version)
    assert type(error) is mq.MalformedPacket
    assert (error.rule, error.offset, error.field) == ("trailing_bytes", len(example.wire), "")
    assert error.to_dict()["field"] is None
    assert mq.frame(example.wire + b"\0\0", example.version) == len(example.wire)


def test_the_version_has_to_be_known() -> None:
    assert mq.decode(EXAMPLES[0].wire).version == 4
    assert mq.decode(EXAMPLES[1].wire).version == 5
    assert error_of(EXAMPLES[0].wire, 5).rule == "protocol_version"
    for call in (mq.decode, mq.explain):
        with pytest.raises(ValueError, match="version"):
            call(b"\xc0\0")
    assert isinstance(error_of(b""), mq.Incomplete)
    with pytest.raises(ValueError, match="version: expected 3, 4, 5 or None, not 7"):
        mq.decode(b"\xc0\0", 7)
    with pytest.raises(TypeError, match="version: expected 3, 4, 5 or None, not str"):
        mq.decode(b"\xc0\0", "5")  # type: ignore[arg-type]


def test_senders() -> None:
    assert error_of(b"\xc0\0", 5, "server").rule == "direction"
    assert mq.decode(b"\xc0\0", 5, "server", allow=mq.Allow.DIRECTION) == mq.Pingreq()
    with pytest.raises(ValueError, match="sender: expected 'client', 'server' or None"):
        mq.decode(b"\xc0\0", 5, "Client")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="sender: expected"):
        mq.decode(b"\xc0\0", 5, 1)  # type: ignore[arg-type]


def test_leniency_and_strictness() -> None:
    surplus = b"\xc0\x01\0"
    assert error_of(surplus, 4).rule == "surplus_bytes"
    assert mq.decode(surplus, 4, allow=mq.Allow.SURPLUS | mq.Allow.UTF8) == mq.Pingreq(version=4)
    assert mq.decode(surplus, 4, allow=mq.Allow.ALL) == mq.Pingreq(version=4)
    control = b"\x30\x03\0\1\x01"
    assert mq.decode(control, 4)
    error = error_of(control, 4, refuse=mq.Refuse.CONTROL_CHARACTERS)
    assert error.rule == "text_control"
    with pytest.raises(TypeError, match="allow: expected flags of Allow, not str"):
        mq.decode(control, 4, allow="utf8")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="refuse: expected flags of Refuse, not list"):
        mq.decode(control, 4, refuse=["utf8"])  # type: ignore[arg-type]


def test_a_largest_size() -> None:
    wire = EXAMPLES[2].wire
    assert mq.decode(wire, 4, max_size=len(wire))
    assert error_of(wire, 4, max_size=len(wire) - 1).rule == "packet_too_large"
    assert error_of(wire[:2], 4, max_size=len(wire) - 1).rule == "packet_too_large"
    with pytest.raises(mq.MqttError, match="packet_too_large"):
        mq.frame(wire, 4, max_size=len(wire) - 1)
    with pytest.raises(mq.MqttError, match="packet_too_large"):
        mq.decode(wire, 4).encode(max_size=len(wire) - 1)
    for size in (0, -1, 2**32):
        with pytest.raises(ValueError, match="max_size: expected 1 to 4294967295 bytes"):
            mq.decode(wire, 4, max_size=size)


@pytest.mark.parametrize(
    ("packet", "rule", "field"),
    [
        (mq.Publish(topic="a", qos=1, packet_id=0), "packet_id_zero", "packet_id"),
        (mq.Publish(topic="a", qos=3, packet_id=1), "qos_3", "qos"),
        (mq.Publish(topic="a", qos=4, packet_id=1), "value_too_wide", "qos"),
        (mq.Publish(topic="a/#"), "topic_wildcard", "topic"),
        (mq.Publish(topic=""), "topic_empty", "topic"),
        (mq.Publish(topic="a" * 65536), "topic_too_long", "topic"),
        (mq.Publish(topic="a", dup=True), "dup_qos_0", "dup"),
        (mq.Publish(topic="a", version=4, properties=mq.Properties(topic_alias=1)),
         "not_in_version", "properties"),
        (mq.Publish(topic="a", properties=mq.Properties(topic_alias=0)),
         "topic_alias_zero", "properties.topic_alias"),
        (mq.Publish(topic="a", properties=mq.Properties(receive_maximum=1)),
         "property_misplaced", "properties.receive_maximum"),
        (mq.Publish(topic="a", properties=mq.Properties(user_properties=[("k", "v"), ("k", "\0")])),
         "user_property_nul", "properties.user_properties[1].value"),
        (mq.Publish(topic="a", payload=bytes(268435455)), "length_over_limit", "remaining_length"),
        (mq.Connect(client_id="", will=mq.Will(topic="a", qos=3)), "will_qos_3", "will.qos"),
        (mq.Connect(client_id="", will=mq.Will(topic="a", payload=bytes(65536))),
         "text_too_long", "will.payload"),
        (mq.Connect(client_id="", version=4), "client_id_empty", "client_id"),
        (mq.Subscribe(packet_id=1, subscriptions=[]), "subscribe_empty", "subscriptions"),
        (mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a"),
                                                  mq.Subscription(topic_filter="a#")]),
         "filter_hash", "subscriptions[1].topic_filter"),
        (mq.Suback(packet_id=1, reason_codes=[0, 3]), "suback_reason", "reason_codes[1]"),
        (mq.Auth(), "auth_method_missing", "properties.authentication_method"),
    ],
)  # fmt: skip
def test_errors_of_encoding(packet: mq.Packet, rule: str, field: str) -> None:
    with pytest.raises(mq.MqttError) as caught:
        packet.encode()
    assert (caught.value.rule, caught.value.field) == (rule, field)
    assert caught.value.version == packet.version


def test_rules() -> None:
    info = mq.rule_info("receive_maximum_zero")
    assert info == mq.rule_info(mq.Rule.RECEIVE_MAXIMUM_ZERO) == mq.rule_info(110)
    assert info.kind == "protocol_error"
    assert info.ids(5) == info.ids_5 == ("3.1.2.11.3", "3.2.2.3.3")
    assert info.ids(4) == ()
    assert info.reason(5) == 130
    assert info.reason(4) is None
    assert mq.rule_info("protocol_version").reason(4) == 1
    for rule in mq.Rule:
        info = mq.rule_info(rule)
        assert info.rule is rule
        assert info.name == rule.name.lower()
        assert mq.rule_info(info.name) is info
        assert info.message
        assert info.ids_3_1_1 or info.ids_5
    unknown: str | int
    for unknown in ("", "ok", "more", 0, 1, 9):
        with pytest.raises(ValueError, match=rf"{unknown}.* is not|no rule '{unknown}'"):
            mq.rule_info(unknown)
