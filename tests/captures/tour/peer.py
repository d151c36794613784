# SPDX-License-Identifier: MIT
"""A client by paho-mqtt that a scene tells what to do."""

from __future__ import annotations

import queue
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WAIT = 30.0  # seconds


def properties(packet: int, values: dict[str, Any]) -> Properties | None:
    if not values:
        return None
    made = Properties(packet)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Peer:
    """`messages` has what came in; what is in `options` goes to paho's Client."""

    def __init__(self, name: str, port: int, *, version: int = 5, keep_alive: int = 30,
                 clean: bool = True, connect: dict[str, Any] | None = None,
                 setup: Any = None, **options: Any) -> None:
        self.version = version
        self.messages: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.told: queue.Queue[str] = queue.Queue()
        protocol = {3: mqtt.MQTTv311, 5: mqtt.MQTTv5}[version]
        if version == 3:
            options["clean_session"] = clean
        self.client = client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=name, protocol=protocol, **options)
        client.on_message = lambda c, u, message: self.messages.put(message)
        client.on_connect = lambda *_: self.told.put("connect")
        client.on_subscribe = lambda *_: self.told.put("subscribe")
        client.on_disconnect = lambda *_: self.told.put("disconnect")
        if setup:
            setup(client)
        more: dict[str, Any] = {}
        if version == 5:
            more = {"clean_start": clean,
                    "properties": properties(PacketTypes.CONNECT, connect or {})}
        client.connect("127.0.0.1", port, keep_alive, **more)
        client.loop_start()
        self.expect("connect")

    def expect(self, event: str) -> None:
        while self.told.get(timeout=WAIT) != event:
            pass

    def subscribe(self, topic: str, qos: int = 0, **values: Any) -> None:
        self.client.subscribe(topic, qos,
                              properties=properties(PacketTypes.SUBSCRIBE, values))
        self.expect("subscribe")

    def publish(self, topic: str, payload: bytes | str, qos: int = 0, retain: bool = False,
                wait: bool = True, **values: Any) -> None:
        said = self.client.publish(topic, payload, qos, retain,
                                   properties(PacketTypes.PUBLISH, values))
        if wait:
            said.wait_for_publish(WAIT)

    def message(self, seconds: float = WAIT) -> mqtt.MQTTMessage:
        return self.messages.get(timeout=seconds)

    def disconnect(self, **values: Any) -> None:
        self.client.disconnect(properties=properties(PacketTypes.DISCONNECT, values))
        self.client.loop_stop()

    def vanish(self) -> None:
        """Without a DISCONNECT."""
        self.client.loop_stop()
        sock = self.client.socket()
        if sock:
            sock.close()
