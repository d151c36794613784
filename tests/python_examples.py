# SPDX-License-Identifier: MIT
"""Packets as bytes and in the JSON form, for tests of the Python binding and the command.

The first ones are worked examples of the specifications, or put together from their figures.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import mqttwire as mq


class Example(NamedTuple):
    version: int
    sender: mq.Sender
    wire: bytes
    form: dict[str, Any]

    def __repr__(self) -> str:
        return f"{self.form['type']}-{self.version}-{self.wire[:16].hex()}"


def example(version: int, sender: mq.Sender, wire: str, **form: Any) -> Example:
    kind = form.pop("type")
    return Example(version, sender, bytes.fromhex(wire), {"type": kind, "version": version, **form})


PUBLISH = {"type": "PUBLISH", "dup": False, "retain": False}
V5: dict[str, Any] = {"properties": {}}
OPTIONS = {"no_local": False, "retain_as_published": False, "retain_handling": 0}

# fmt: off
EXAMPLES = [
    # Figures 3.6 and 3-6: all flags but will retain.
    example(4, "client", "10 1a 0004 4d515454 04 ce 000a 0001 63 0001 77 0001 6d 0001 75 0002 7077",
            type="CONNECT", clean_start=True, keep_alive=10, client_id="c", username="u",
            password="7077", will={"topic": "w", "payload": "6d", "qos": 1, "retain": False}),
    example(5, "client",
            "10 21 0004 4d515454 05 ce 000a 05 11 0000000a"
            " 0001 63 00 0001 77 0001 6d 0001 75 0002 7077",
            type="CONNECT", clean_start=True, keep_alive=10, client_id="c", username="u",
            password="7077", properties={"session_expiry_interval": 10},
            will={"topic": "w", "payload": "6d", "qos": 1, "retain": False, "properties": {}}),
    # Figures 3.11 and 3-9.
    example(4, "client", "32 07 0003 612f62 000a", **PUBLISH, qos=1, topic="a/b", packet_id=10,
            payload=""),
    example(5, "client", "32 08 0003 612f62 000a 00", **PUBLISH, **V5, qos=1, topic="a/b",
            packet_id=10, payload=""),
    # Figures 3.21, 3.23; 3-19, 3-21.
    example(4, "client", "82 0e 000a 0003 612f62 01 0003 632f64 02", type="SUBSCRIBE",
            packet_id=10, subscriptions=[{"topic_filter": "a/b", "qos": 1},
                                         {"topic_filter": "c/d", "qos": 2}]),
    example(5, "client", "82 0f 000a 00 0003 612f62 01 0003 632f64 02", type="SUBSCRIBE", **V5,
            packet_id=10, subscriptions=[{"topic_filter": "a/b", "qos": 1, **OPTIONS},
                                         {"topic_filter": "c/d", "qos": 2, **OPTIONS}]),
    # Figures 3.27, 3.30.
    example(4, "server", "90 05 000a 00 02 80", type="SUBACK", packet_id=10,
            reason_codes=[0, 2, 128]),
    example(5, "server", "90 06 000a 00 00 02 80", type="SUBACK", **V5, packet_id=10,
            reason_codes=[0, 2, 128]),
    example(4, "client", "a2 0c 000a 0003 612f62 0003 632f64", type="UNSUBSCRIBE", packet_id=10,
            topic_filters=["a/b", "c/d"]),
    example(5, "client", "a2 0d 000a 00 0003 612f62 0003 632f64", type="UNSUBSCRIBE", **V5,
            packet_id=10, topic_filters=["a/b", "c/d"]),
    # Figure 3-24, whose property length is 5 by its label.
    example(5, "client", "e0 07 00 05 11 00000000", type="DISCONNECT", reason_code=0,
            properties={"session_expiry_interval": 0}),
    # Fixed headers; figures 3.33 to 3.35.
    example(4, "server", "20 02 00 00", type="CONNACK", session_present=False, reason_code=0),
    example(4, "client", "40 02 000a", type="PUBACK", packet_id=10),
    example(4, "client", "50 02 000a", type="PUBREC", packet_id=10),
    example(4, "client", "62 02 000a", type="PUBREL", packet_id=10),
    example(4, "client", "70 02 000a", type="PUBCOMP", packet_id=10),
    example(4, "server", "b0 02 000a", type="UNSUBACK", packet_id=10),
    example(4, "client", "c0 00", type="PINGREQ"),
    example(5, "client", "c0 00", type="PINGREQ"),
    example(4, "server", "d0 00", type="PINGRESP"),
    example(4, "client", "e0 00", type="DISCONNECT"),
    # Figure 1.2: A and U+2A6D4.
    example(4, "client", "30 07 0005 41f0aa9b94", **PUBLISH, qos=0, topic="A\U0002a6d4",
            payload=""),
    # Short forms of 5.0, and what they leave out.
    example(5, "client", "40 02 000a", type="PUBACK", **V5, packet_id=10, reason_code=0),
    example(5, "client", "50 03 000a 97", type="PUBREC", **V5, packet_id=10, reason_code=0x97),
    example(5, "client", "62 02 000a", type="PUBREL", **V5, packet_id=10, reason_code=0),
    example(5, "client", "70 08 000a 92 04 1f 0001 78", type="PUBCOMP", packet_id=10,
            reason_code=0x92, properties={"reason_string": "x"}),
    example(5, "client", "e0 00", type="DISCONNECT", **V5, reason_code=0),
    example(5, "server", "e0 01 8e", type="DISCONNECT", **V5, reason_code=0x8E),
    example(5, "server", "b0 05 000a 00 00 11", type="UNSUBACK", **V5, packet_id=10,
            reason_codes=[0, 17]),
    example(5, "client", "f0 09 18 07 15 0001 6d 16 0000", type="AUTH", reason_code=0x18,
            properties={"authentication_method": "m", "authentication_data": ""}),
    # Every property of a CONNACK, and every one of a PUBLISH from a server.
    example(5, "server",
            "20 46 01 00 43 11 00000001 12 0001 69 13 0002 15 0001 6d 16 0002 00ff 1a 0001 72"
            " 1c 0001 73 1f 0001 74 21 0003 22 0004 24 01 25 00 26 0001 6b 0001 76 26 0001 6b 0000"
            " 27 00000005 28 01 29 00 2a 01",
            type="CONNACK", session_present=True, reason_code=0, properties={
                "session_expiry_interval": 1, "assigned_client_identifier": "i",
                "server_keep_alive": 2, "authentication_method": "m", "authentication_data": "00ff",
                "response_information": "r", "server_reference": "s", "reason_string": "t",
                "receive_maximum": 3, "topic_alias_maximum": 4, "maximum_qos": 1,
                "retain_available": 0, "user_properties": [["k", "v"], ["k", ""]],
                "maximum_packet_size": 5, "wildcard_subscription_available": 1,
                "subscription_identifier_available": 0, "shared_subscription_available": 1}),
    example(5, "server",
            "3d 2d 0000 ffff 23 01 01 02 0000003c 03 0001 63 08 0001 72 09 0002 00ff"
            " 0b 01 0b ffffff7f 23 0001 26 0000 0000 68656c6c6f",
            type="PUBLISH", dup=True, retain=True, qos=2, topic="", packet_id=65535, properties={
                "payload_format_indicator": 1, "message_expiry_interval": 60, "content_type": "c",
                "response_topic": "r", "correlation_data": "00ff",
                "subscription_identifiers": [1, 268435455], "topic_alias": 1,
                "user_properties": [["", ""]]},
            payload="68656c6c6f"),
    example(5, "client", "82 0b 0001 02 0b 05 0003 612f62 2e", type="SUBSCRIBE", packet_id=1,
            properties={"subscription_identifiers": [5]}, subscriptions=[
                {"topic_filter": "a/b", "qos": 2, "no_local": True, "retain_as_published": True,
                 "retain_handling": 2}]),
    # A will with all that it can have.
    example(5, "client",
            "10 2a 0004 4d515454 05 36 0000 00 0000 15 02 00000001 03 0001 63 18 ffffffff"
            " 26 0001 6b 0001 76 0001 77 0002 00ff",
            type="CONNECT", clean_start=True, keep_alive=0, properties={}, client_id="", will={
                "topic": "w", "payload": "00ff", "qos": 2, "retain": True, "properties": {
                    "message_expiry_interval": 1, "content_type": "c",
                    "will_delay_interval": 0xFFFFFFFF, "user_properties": [["k", "v"]]}}),
]
# fmt: on
