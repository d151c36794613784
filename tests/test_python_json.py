# SPDX-License-Identifier: MIT
"""The JSON form of packets."""

from __future__ import annotations

import json
from typing import Any

import mqttwire as mq
import pytest
from python_examples import EXAMPLES, Example


@pytest.mark.parametrize("example", EXAMPLES, ids=repr)
def test_examples_in_both_directions(example: Example) -> None:
    packet = mq.decode(example.wire, example.version)
    assert packet.to_dict() == example.form
    assert mq.from_dict(json.loads(json.dumps(example.form))) == packet
    assert mq.from_dict(example.form).encode() == example.wire


def test_types_of_values() -> None:
    """What JSON tells apart, == does not: true and 1."""
    form = mq.decode(EXAMPLES[1].wire).to_dict()
    assert json.dumps(form["clean_start"]) == "true"
    assert json.dumps(form["will"]["qos"]) == "1"
    assert json.dumps(form["will"]["retain"]) == "false"
    assert json.dumps(form["version"]) == "5"


def test_what_may_be_left_out() -> None:
    assert mq.from_dict({"type": "PUBLISH", "topic": "a"}) == mq.Publish(topic="a")
    assert mq.from_dict({"type": "CONNECT", "client_id": ""}) == mq.Connect(client_id="")
    assert mq.from_dict({"type": "AUTH"}) == mq.Auth()
    assert mq.from_dict({"type": "CONNACK", "version": 4}) == mq.Connack(version=4)
    assert mq.from_dict(
        {"type": "SUBSCRIBE", "packet_id": 1, "subscriptions": [{"topic_filter": "a"}]}
    ) == mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter="a")])


def test_an_empty_list_of_properties_is_no_property() -> None:
    form = {"type": "PUBLISH", "topic": "a", "properties": {"user_properties": []}}
    assert mq.from_dict(form).to_dict()["properties"] == {}


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"version": 5}, "type: missing"),
        ({"type": "PUBLISHED"}, "type: there is no packet type 'PUBLISHED'"),
        ({"type": "publish"}, "type: there is no packet type 'publish'"),
        ({"type": "PUBLISH"}, "topic: missing"),
        ({"type": "PUBLISH", "topic": "a", "qos": 1}, "packet_id: missing"),
        ({"type": "PUBLISH", "topic": "a", "colour": 1}, "PUBLISH has no field 'colour'"),
        ({"type": "PUBLISH", "topic": "a", "payload": "0"}, "payload: expected pairs of hex"),
        ({"type": "PUBLISH", "topic": "a", "payload": "0g"}, "payload: expected pairs of hex"),
        ({"type": "PINGREQ", "topic": "a"}, "PINGREQ has no field 'topic'"),
        ({"type": "PINGREQ", "properties": {}}, "PINGREQ has no field 'properties'"),
        ({"type": "PINGREQ", "version": 6}, "version: expected 3, 4, 5"),
        ({"type": "PINGREQ", "version": -1}, "version: expected 3, 4, 5"),
        ({"type": "CONNECT", "client_id": "", "will": {}}, "will.topic: missing"),
        ({"type": "CONNECT", "client_id": "", "will": {"topic": "", "x": 1}}, "will has no .* 'x'"),
        ({"type": "SUBSCRIBE", "packet_id": 1}, "subscriptions: missing"),
        (
            {"type": "SUBSCRIBE", "packet_id": 1, "subscriptions": [{"topic_filter": "a"}, {}]},
            r"subscriptions\[1\].topic_filter: missing",
        ),
        (
            {"type": "SUBSCRIBE", "packet_id": 1, "subscriptions": [{"topic_filter": "a", "x": 1}]},
            r"subscriptions\[0\]: a subscription has no field 'x'",
        ),
        ({"type": "AUTH", "properties": {"x": 1}}, "properties: there is no property 'x'"),
        (
            {"type": "AUTH", "properties": {"user_properties": [["k"]]}},
            r"properties.user_properties\[0\]: expected a name and a value",
        ),
    ],
)
def test_forms_with_bad_fields(form: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}"):
        mq.from_dict(form)


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ([], "expected a dict, not list"),
        ({"type": 3}, "type: expected a string, not int"),
        ({"type": "PINGREQ", "version": "5"}, "version: expected 3, 4, 5"),
        ({"type": "PINGREQ", "version": None}, "version: expected 3, 4 or 5"),
        ({"type": "PUBLISH", "topic": 1}, "topic: expected a string"),
        ({"type": "PUBLISH", "topic": None}, "topic: expected a string"),
        ({"type": "PUBLISH", "topic": b"a"}, "topic: expected a string"),
        ({"type": "PUBLISH", "topic": {"hex": 1}}, "topic: expected a string of hex digits"),
        ({"type": "PUBLISH", "topic": {"hex": "00", "x": 1}}, "topic: expected a string"),
        ({"type": "PUBLISH", "topic": "a", "payload": b""}, "payload: expected a string of hex"),
        ({"type": "PUBLISH", "topic": "a", "retain": 1}, "retain: expected true or false, not int"),
        ({"type": "PUBLISH", "topic": "a", "qos": True}, "qos: expected a whole number, not bool"),
        ({"type": "PUBLISH", "topic": "a", "qos": 1.0}, "qos: expected a whole number, not float"),
        ({"type": "PUBLISH", "topic": "a", "properties": []}, "properties: expected an object"),
        ({"type": "CONNECT", "client_id": "", "will": "w"}, "will: expected an object"),
        ({"type": "SUBACK", "packet_id": 1, "reason_codes": "00"}, "reason_codes: expected a list"),
        (
            {"type": "SUBACK", "packet_id": 1, "reason_codes": [0, "1"]},
            r"reason_codes\[1\]: expected a whole number",
        ),
        (
            {"type": "AUTH", "properties": {"user_properties": [["k", 1]]}},
            r"properties.user_properties\[0\].value: expected a string",
        ),
        (
            {"type": "AUTH", "properties": {"user_properties": ["kv"]}},
            r"properties.user_properties\[0\]: expected a list, not str",
        ),
        (
            {"type": "SUBSCRIBE", "packet_id": 1, "subscriptions": ["a"]},
            r"subscriptions\[0\]: expected an object, not str",
        ),
    ],
)
def test_forms_with_fields_of_another_type(form: Any, problem: str) -> None:
    with pytest.raises(TypeError, match=f"^{problem}"):
        mq.from_dict(form)


@pytest.mark.parametrize(
    ("packet", "problem"),
    [
        (mq.Publish(topic=1), "topic: expected str"),  # type: ignore[arg-type]
        (mq.Publish(topic="a", payload="x"), "payload: expected bytes, not str"),  # type: ignore[arg-type]
        (mq.Publish(topic="a", retain=1), "retain: expected a bool"),  # type: ignore[arg-type]
        (mq.Publish(topic="a", properties={}), "properties: expected Properties, not dict"),  # type: ignore[arg-type]
        (mq.Connect(client_id="", will={}), "will: expected a Will, not dict"),  # type: ignore[arg-type]
        (
            mq.Subscribe(packet_id=1, subscriptions=["a"]),  # type: ignore[list-item]
            r"subscriptions\[0\]: expected a Subscription, not str",
        ),
        (
            mq.Unsubscribe(packet_id=1, topic_filters="a/b"),
            "topic_filters: expected a list, not str",
        ),
        (
            mq.Connack(properties=mq.Properties(reason_string=1)),  # type: ignore[arg-type]
            "properties.reason_string: expected str",
        ),
    ],
)
def test_objects_with_fields_of_another_type(packet: mq.Packet, problem: str) -> None:
    with pytest.raises(TypeError, match=f"^{problem}"):
        packet.encode()
    with pytest.raises(TypeError, match=f"^{problem}"):
        packet.to_dict()


@pytest.mark.parametrize(
    ("form", "field", "offset"),
    [
        ({"type": "PUBLISH", "topic": "a", "qos": 256}, "qos", 0),
        ({"type": "PUBLISH", "topic": "a", "qos": -1}, "qos", 0),
        ({"type": "PUBLISH", "topic": "a", "qos": 4, "packet_id": 1}, "qos", 0),
        ({"type": "PUBLISH", "topic": "a", "qos": 1, "packet_id": 65536}, "packet_id", 5),
        ({"type": "PUBACK", "packet_id": 65536}, "packet_id", 2),
        ({"type": "PUBACK", "packet_id": 10**30}, "packet_id", 2),
        ({"type": "CONNECT", "client_id": "", "keep_alive": 65536}, "keep_alive", 10),
        ({"type": "SUBACK", "packet_id": 1, "reason_codes": [0, 256]}, "reason_codes[1]", 6),
        (
            {
                "type": "SUBSCRIBE",
                "packet_id": 1,
                "properties": {"subscription_identifiers": [2**40]},
                "subscriptions": [{"topic_filter": "a"}],
            },
            "properties.subscription_identifiers[0]",
            6,
        ),
        (
            {"type": "CONNACK", "properties": {"session_expiry_interval": 2**32}},
            "properties.session_expiry_interval",
            6,
        ),
        (
            {"type": "CONNECT", "client_id": "", "will": {"topic": "", "qos": 256}},
            "will.qos",
            9,
        ),
    ],
)
def test_numbers_that_fit_no_field(form: dict[str, Any], field: str, offset: int) -> None:
    """The offset is that which the field would have."""
    with pytest.raises(mq.MqttError) as caught:
        mq.from_dict(form).encode()  # what a member holds, and its bits do not, is found here
    assert (caught.value.rule, caught.value.field) == ("value_too_wide", field)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("packet", "field", "offset"),
    [
        (mq.Publish(topic="a" * 65536), "topic", 6),
        (
            mq.Publish(topic="a", properties=mq.Properties(content_type="a" * 65536)),
            "properties.content_type",
            13,
        ),
        (mq.Connect(client_id="", version=4, username="a" * 65536), "username", 18),
    ],
)
def test_texts_that_fit_no_field(packet: mq.Packet, field: str, offset: int) -> None:
    with pytest.raises(mq.MqttError) as caught:
        packet.encode()
    assert (caught.value.field, caught.value.offset) == (field, offset)


def test_fields_where_they_do_not_belong_are_kept_for_encoding_to_find() -> None:
    for form, field in [
        ({"type": "PUBLISH", "topic": "a", "packet_id": 1}, "packet_id"),
        ({"type": "PUBACK", "version": 4, "packet_id": 1, "reason_code": 128}, "reason_code"),
        (
            {"type": "PUBACK", "version": 4, "packet_id": 1, "properties": {"reason_string": ""}},
            "properties",
        ),
        ({"type": "UNSUBACK", "version": 4, "packet_id": 1, "reason_codes": [0]}, "reason_codes"),
        (
            {"type": "PUBLISH", "version": 4, "topic": "a", "properties": {"topic_alias": 1}},
            "properties",
        ),
    ]:
        packet = mq.from_dict(form)
        assert form.items() <= packet.to_dict().items()
        assert mq.from_dict(packet.to_dict()) == packet
        with pytest.raises(mq.MqttError) as caught:
            packet.encode()
        assert caught.value.field == field
        assert caught.value.rule in ("not_in_version", "packet_id_at_qos_0")


def test_options_of_subscriptions_that_3_1_1_has_not() -> None:
    form = {"type": "SUBSCRIBE", "version": 4, "packet_id": 1}
    packet = mq.from_dict({**form, "subscriptions": [{"topic_filter": "a", "no_local": True}]})
    assert packet.to_dict() == {**form, "subscriptions": [{"topic_filter": "a", "qos": 0}]}
    with pytest.raises(mq.MqttError, match=r"not_in_version|subscription_reserved") as caught:
        packet.encode()
    assert caught.value.field.startswith("subscriptions[0].")
    assert packet.encode(version=5)
