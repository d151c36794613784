# SPDX-License-Identifier: MIT
"""Fresh traffic of a real broker and its clients: every byte decodes, and encodes to itself."""

from __future__ import annotations

import subprocess
import time
from collections import Counter

import mqttwire as mq
import pytest
from mosquitto import Mosquitto
from relay import Relay, Sender

SENDERS: tuple[Sender, ...] = ("client", "server")
CONFIG = """\
allow_anonymous true
persistence false
"""


def talk(port: int, version: str) -> None:
    """Publishes at each quality of service to a subscriber, with a will and retained messages."""
    common = ["-h", "127.0.0.1", "-p", str(port), "-V", version]
    extra = ["-D", "subscribe", "user-property", "k", "v"] if version == "mqttv5" else []
    hear = f"mosquitto_sub -t a/# -t b/+/c -q 2 -C 6 -W 20 -k 5 -i hears-{version}".split()
    hear += common + extra
    with subprocess.Popen(hear, stdout=subprocess.PIPE, text=True) as subscriber:
        time.sleep(0.3)  # mosquitto_sub says nothing when it has subscribed
        for qos in ("0", "1", "2"):
            properties = []
            if version == "mqttv5":
                properties = ["-D", "publish", "message-expiry-interval", "60"]
                properties += ["-D", "publish", "content-type", "text/plain"]
                properties += ["-D", "publish", "user-property", "näme", "välue"]
            for topic, flags in (("a/b", []), ("b/x/c", ["-r"])):
                say = f"mosquitto_pub -t {topic} -m quality-{qos} -q {qos} -i says-{qos}".split()
                say += ["--will-topic", "w", "--will-payload", "gone"]
                subprocess.run(say + common + flags + properties, check=True, timeout=20)
        assert subscriber.stdout is not None
        assert len(subscriber.stdout.read().splitlines()) == 6


SHORT = {mq.Type.PUBACK, mq.Type.PUBREC, mq.Type.PUBREL, mq.Type.PUBCOMP}
SHORT |= {mq.Type.DISCONNECT, mq.Type.AUTH}


def is_canonical(packet: mq.Packet, wire: bytes) -> bool:
    """Properties by identifier, and the shortest form of what has several: told from the bytes."""
    fields = mq.explain(wire, version=packet.version)
    for block in ("properties.", "will.properties."):
        identifiers = [
            f.value for f in fields if f.path.startswith(block) and f.path.endswith(".identifier")
        ]
        if identifiers != sorted(identifiers):
            return False
    if packet.type in SHORT:
        values = {f.path: f.value for f in fields}
        if values.get("properties.length") == 0:
            return False
        if values.get("reason_code") == 0 and "properties.length" not in values:
            return False
    return True


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_every_byte(version: str) -> None:
    with Mosquitto(CONFIG) as broker, Relay(broker.port) as relay:
        talk(relay.port, version)
        for connection in relay.connections:
            connection.wait_closed()
        connections = list(relay.connections)

    types: Counter[mq.Type] = Counter()
    same = 0
    for connection in connections:
        level = 5 if version == "mqttv5" else 4
        for sender in SENDERS:
            stream = connection.sent_by(sender)
            at = 0
            while at < len(stream):
                size = mq.frame(stream[at:], version=level)
                wire = stream[at : at + size]
                packet = mq.decode(wire, version=level, sender=sender)
                types[packet.type] += 1
                again = packet.encode(sender=sender)
                assert mq.decode(again, version=level, sender=sender) == packet
                if is_canonical(packet, wire):
                    assert again == wire
                    same += 1
                at += size
            assert at == len(stream)

    names = "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK DISCONNECT"
    assert {mq.Type[name] for name in names.split()} <= set(types)
    assert same > sum(types.values()) // 2
