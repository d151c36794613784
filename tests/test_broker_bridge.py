# SPDX-License-Identifier: MIT
"""mosquitto as the bridge between the broker and itself, with the configuration that docs/broker.md
has."""

from __future__ import annotations

import contextlib
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from broker import ROOT, Broker, needs_broker
from broker_client import Client, name
from mosquitto import PROGRAM, Mosquitto

pytestmark = [
    needs_broker,
    pytest.mark.skipif(not PROGRAM, reason="mosquitto is missing"),
]


def advice() -> str:
    """The configuration of the bridge, as the page has it."""
    page = (ROOT / "docs" / "broker.md").read_text()
    found = re.search(r"\n\n((?:    .*\n)*    connection .*\n(?:    .*\n)*)", page)
    assert found
    return textwrap.dedent(found[1])


@contextlib.contextmanager
def bridged(folder: Path, config: str, version: str) -> Iterator[tuple[Client, Client]]:
    """A client of the broker and one of mosquitto, which hear everything."""
    with Broker(folder, "allow_anonymous true\nlog_type all") as broker:
        config = config.replace("broker.example:1883", f"127.0.0.1:{broker.port}")
        assert str(broker.port) in config
        with Mosquitto(f"{config}restart_timeout 1\n") as mosquitto:
            broker.wait_for(f"is connected (MQTT {version})")
            broker.wait_for("subscribes to ")
            with Client(broker.port) as here, Client(mosquitto.port) as there:
                for end in (here, there):
                    end.subscribe("#")
                yield here, there


def carries(ends: tuple[Client, Client], sender: Client, topic: str, **fields: Any) -> None:
    """At each QoS: QoS 2 is QoS 1 beyond the bridge, as its `topic` has it."""
    for qos in (0, 1, 2):
        sender.publish(topic, b"x", qos, **fields)
        for end in ends:
            end.message(topic, payload=b"x", qos=qos if end is sender else min(qos, 1))


def test_5_0(tmp_path: Path) -> None:
    """Each message comes once, also to who is where it was published; what is retained is at both
    ends."""
    config = advice()
    assert "bridge_protocol_version mqttv50\n" in config and "topic # both 1\n" in config
    with bridged(tmp_path, config, "5.0") as ends:
        for sender in ends:
            carries(ends, sender, name())
            carries(ends, sender, topic := name(), retain=True)
            for end in ends:
                with Client(end.port) as fresh:
                    fresh.subscribe(topic)
                    fresh.message(topic, retain=True)
        for end in ends:
            end.nothing()


def test_3_1_1(tmp_path: Path) -> None:
    """mosquitto asks for its own protocol, is refused, and asks for 3.1.1."""
    config = advice().replace("bridge_protocol_version mqttv50\n", "")
    config = config.replace("topic # both 1\n", "topic up/# out 1\ntopic down/# in 1\n")
    with bridged(tmp_path, config, "3.1.1") as ends:
        here, there = ends
        carries(ends, there, "up/x")
        carries(ends, here, "down/x")
        for end in ends:
            end.nothing()


def test_without_the_advice(tmp_path: Path) -> None:
    """Its will is at $SYS."""
    config = advice().replace("notifications_local_only true\n", "")
    with Broker(tmp_path) as broker:
        config = config.replace("broker.example:1883", f"127.0.0.1:{broker.port}")
        with Mosquitto(config):
            broker.wait_for("it may not publish its will")
