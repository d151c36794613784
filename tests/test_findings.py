# SPDX-License-Identifier: MIT
"""docs/findings.md: what it says of mosquitto is so, of the version that it names."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import mosquitto
import mqttwire as mq
import pytest
from command import called
from mosquitto import Mosquitto, free_port

pytest.importorskip("mqttwire_tool._fuzz", reason="built without the kit")

from mqttwire_tool.fuzz.session import Session, Step
from mqttwire_tool.vectors.broker_talk import (
    CONNACK,
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    PUBLISH,
    SUBACK,
    Broker,
    Talk,
    enter,
)

PAGE = (Path(__file__).parent.parent / "docs" / "findings.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (5\.0|3\.1\.1) \| `(\w+)` \| `(\w+)` \|$", PAGE, re.MULTILINE)
PUBACK = 4
CLIENT = shutil.which("mosquitto_sub")


def is_the_version() -> bool:
    (version,) = re.findall(r"^### mosquitto (\S+),", PAGE, re.MULTILINE)
    if mosquitto.PROGRAM is None:
        return False
    told = subprocess.run([mosquitto.PROGRAM, "-h"], capture_output=True, text=True).stdout
    return told.startswith(f"mosquitto version {version}\n")


needs_the_version = pytest.mark.skipif(not is_the_version(), reason="another mosquitto, or none")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    with Mosquitto() as running:
        yield Broker("127.0.0.1", running.port, 5, 0.5)


@needs_the_version
@pytest.mark.parametrize(("version", "digits", "rule"), ROWS)
def test_what_passes(version: str, digits: str, rule: str, broker: Broker) -> None:
    """It breaks the rule, and the broker goes on."""
    number = 5 if version == "5.0" else 4
    data = bytes.fromhex(digits)
    with pytest.raises(mq.MqttError) as caught:
        mq.decode(data, number, "client")
    assert caught.value.rule == rule
    with Talk(broker) as talk:
        enter(talk, number, "passes")
        talk.send(data + PINGREQ)
        answer = talk.wait({PINGRESP, DISCONNECT}, 5)
        assert answer[0] == PINGRESP


def test_rows() -> None:
    assert len(ROWS) == 17


@needs_the_version
@pytest.mark.parametrize("version", [4, 5])
def test_a_zero_byte(version: int, broker: Broker) -> None:
    with Talk(broker) as talk:
        enter(talk, version, "zero")
        talk.send(b"\0")
        time.sleep(0.2)
        talk.send(PINGREQ)
        assert talk.wait({PINGRESP}, 5)[0] == PINGRESP


def subscribed(talk: Talk, topic: str, most: int | None = None) -> None:
    """A client whose session stays."""
    about = mq.Properties(session_expiry_interval=100, maximum_packet_size=most)
    talk.send(mq.Connect(client_id=topic, properties=about).encode())
    assert talk.wait({CONNACK}, 5)[0] == CONNACK
    some = [mq.Subscription(topic_filter=topic, qos=1)]
    talk.send(mq.Subscribe(packet_id=1, subscriptions=some).encode())
    assert talk.wait({SUBACK}, 5)[0] == SUBACK


def published(broker: Broker, packets: list[mq.Publish]) -> None:
    with Talk(broker) as talk:
        enter(talk, 5, "publisher")
        for packet in packets:
            talk.send(packet.encode())
        talk.send(PINGREQ)
        assert talk.wait({PINGRESP}, 5)[0] == PINGRESP


@needs_the_version
def test_receive_maximum(broker: Broker) -> None:
    with Talk(broker) as talk:
        subscribed(talk, "resumed")
        some = [mq.Publish(topic="resumed", qos=1, packet_id=i + 1) for i in range(5)]
        published(broker, some)
        for _ in range(5):
            assert talk.wait({PUBLISH}, 5)[0] == PUBLISH
    with Talk(broker) as talk:
        about = mq.Properties(session_expiry_interval=0, receive_maximum=1)
        talk.send(mq.Connect(client_id="resumed", properties=about).encode())
        for _ in range(5):
            assert talk.wait({PUBLISH}, 5)[0] == PUBLISH


@needs_the_version
def test_maximum_packet_size(broker: Broker) -> None:
    with Talk(broker) as talk:
        subscribed(talk, "small", most=20)
        published(broker, [mq.Publish(topic="small", payload=bytes(n)) for n in range(20)])
        sizes = []
        while not isinstance(answer := talk.wait({PUBLISH}, 1), str):
            sizes.append(2 + len(answer[1]))
    assert max(sizes) == 21


@needs_the_version
@pytest.mark.skipif(CLIENT is None, reason="mosquitto_sub is missing")
def test_a_client_that_aborts(tmp_path: Path) -> None:
    (digits,) = re.findall(r"^\| `(\w+)` \| `property_unknown`", PAGE, re.MULTILINE)
    steps = [Step("open"), Step("send", data=bytes.fromhex(digits))]
    Session(0, "server", steps, version=5).save(tmp_path / "session.jsonl")
    start = f"{CLIENT} -p {{port}} -t a -V 5"
    place = ("--rogue", str(free_port()), "--start", start)
    done = called("fuzz", "replay", tmp_path / "session.jsonl", *place)
    assert done.code == 1
    assert "assertion mosq in log__printf" in done.text
