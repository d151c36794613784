# SPDX-License-Identifier: MIT
"""Talks to the broker as paho-mqtt does: one scene after the other, for `traffic` to record."""

from __future__ import annotations

import queue
import sys
import time
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

V4 = MQTTProtocolVersion.MQTTv311
V5 = MQTTProtocolVersion.MQTTv5
BOTH = (V4, V5)
WAIT = 5.0  # seconds

port = int(sys.argv[1])


def props(packet: int, **values: Any) -> Properties:
    """A property block; a list as a value stands for a property that is repeated."""
    result = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            setattr(result, name, one)
    return result


class Peer:
    """A client whose callbacks become a queue of events, so that a scene reads top to bottom."""

    def __init__(self, name: str, version: MQTTProtocolVersion, clean: bool = True) -> None:
        self.version = version
        self.clean = clean
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name and f"{name}-{version}",
            protocol=version,
            clean_session=None if version == V5 else clean,
            reconnect_on_failure=False,
        )
        self.client.username_pw_set("alice", "wonderland")
        put = self.events.put
        self.client.on_connect = lambda c, u, flags, code, p: put(("connect", code))
        self.client.on_disconnect = lambda c, u, flags, code, p: put(("disconnect", code))
        self.client.on_subscribe = lambda c, u, mid, codes, p: put(("subscribe", codes))
        self.client.on_unsubscribe = lambda c, u, mid, codes, p: put(("unsubscribe", codes))
        self.client.on_message = lambda c, u, message: put(("message", message))

    def expect(self, kind: str) -> Any:
        """The next event of this kind; others before it are passed over."""
        while True:
            event, value = self.events.get(timeout=WAIT)
            if event == kind:
                return value

    def connect(self, keep_alive: int = 60, host: str = "127.0.0.1", **values: Any) -> Peer:
        start: dict[str, Any] = {}
        if self.version == V5:
            properties = props(PacketTypes.CONNECT, **values) if values else None
            start = {"clean_start": self.clean, "properties": properties}
        self.client.connect(host, port, keep_alive, **start)
        self.client.loop_start()
        self.expect("connect")
        return self

    def subscribe(self, *topics: Any, **values: Any) -> None:
        properties = props(PacketTypes.SUBSCRIBE, **values) if values else None
        self.client.subscribe(list(topics), properties=properties)
        self.expect("subscribe")

    def unsubscribe(self, *topics: str, **values: Any) -> None:
        properties = props(PacketTypes.UNSUBSCRIBE, **values) if values else None
        self.client.unsubscribe(list(topics), properties=properties)
        self.expect("unsubscribe")

    def publish(
        self, topic: str, payload: bytes = b"", qos: int = 0, retain: bool = False, **values: Any
    ) -> None:
        properties = props(PacketTypes.PUBLISH, **values) if values else None
        self.client.publish(topic, payload, qos, retain, properties).wait_for_publish(WAIT)

    def disconnect(self, reason: int | None = None, **values: Any) -> None:
        if reason is None and not values:
            self.client.disconnect()
        else:
            code = ReasonCode(PacketTypes.DISCONNECT, identifier=reason or 0)
            properties = props(PacketTypes.DISCONNECT, **values) if values else None
            self.client.disconnect(code, properties)
        self.client.loop_stop()

    def vanish(self) -> None:
        """Loses the connection without a DISCONNECT."""
        self.client.loop_stop()
        sock = self.client.socket()
        assert sock is not None
        sock.close()


def messages(version: MQTTProtocolVersion) -> None:
    """Every quality of service both ways; topics and payloads that are not ASCII, empty, large."""
    hears = Peer("paho-hears", version).connect()
    says = Peer("paho-says", version).connect()
    hears.subscribe(("demo/a/+", 0), ("demo/b/#", 1), ("demo/c", 2))
    for topic, qos in (("a/1", 0), ("b", 1), ("c", 2), ("c", 0), ("a/1", 2)):
        says.publish(f"demo/{topic}", f"{topic} with {qos}".encode(), qos)
        hears.expect("message")
    says.publish("demo/a/grüße/", "naïve 日本語 🙂".encode(), 1)
    says.publish("demo/b/empty", b"", 1)
    hears.expect("message")
    says.publish("demo/b/binary", bytes(range(256)), 1)
    hears.expect("message")
    says.publish("demo/b/large", b"0123456789abcdef" * 128, 2)
    hears.expect("message")
    hears.unsubscribe("demo/a/+", "demo/none")
    says.publish("demo/nobody/listens", b"?", 1)
    says.publish("demo/nobody/listens", b"?", 2)
    says.disconnect()
    hears.disconnect()


def denied(version: MQTTProtocolVersion) -> None:
    """What the broker does not allow: subscribing in part, publishing."""
    peer = Peer("paho-denied", version).connect()
    peer.subscribe(("secret/a", 1), ("demo/d", 2))
    peer.publish("secret/a", b"psst", 1)
    peer.publish("secret/a", b"psst", 2)
    peer.disconnect()


def session(version: MQTTProtocolVersion) -> None:
    """A session that is taken up again, with messages that waited in it."""
    expiry: dict[str, Any] = {"SessionExpiryInterval": 60} if version == V5 else {}
    no_more: dict[str, Any] = {"SessionExpiryInterval": 0} if version == V5 else {}
    peer = Peer("paho-session", version, clean=False).connect(**expiry)
    peer.subscribe(("demo/s", 2))
    peer.disconnect()
    says = Peer("paho-waits", version).connect()
    for qos in (1, 2):
        says.publish("demo/s", b"for later", qos)
    says.disconnect()
    again = Peer("paho-session", version, clean=False).connect(**expiry)
    for _ in range(2):
        again.expect("message")
    again.disconnect(**no_more)


def take_over(version: MQTTProtocolVersion) -> None:
    """A second client with the same name: the first has to go."""
    first = Peer("paho-twin", version).connect()
    second = Peer("paho-twin", version).connect()
    first.expect("disconnect")
    first.client.loop_stop()
    second.disconnect()


def will(version: MQTTProtocolVersion) -> None:
    """A will that is published because its owner vanished."""
    hears = Peer("paho-heir", version).connect()
    hears.subscribe(("demo/will", 2))
    dying = Peer("paho-dying", version)
    values: dict[str, Any] = {}
    expiry: dict[str, Any] = {}
    if version == V5:
        expiry["SessionExpiryInterval"] = 10
        values["properties"] = props(
            PacketTypes.WILLMESSAGE,
            WillDelayInterval=1,
            PayloadFormatIndicator=1,
            MessageExpiryInterval=30,
            ContentType="text/plain",
            ResponseTopic="demo/condolences",
            CorrelationData=b"\x00\x01",
            UserProperty=[("who", "paho"), ("who", "client")],
        )
    dying.client.will_set("demo/will", "gone", 2, retain=False, **values)
    dying.connect(**expiry)
    dying.vanish()
    hears.expect("message")
    hears.disconnect()


def keep_alive() -> None:
    """Silence, so that pings are sent."""
    peers = [Peer("paho-idle", version).connect(keep_alive=2) for version in BOTH]
    time.sleep(3)
    for peer in peers:
        peer.disconnect()


def properties() -> None:
    """The properties of 5.0 that messages and subscriptions have."""
    hears = Peer("paho-much", V5).connect(
        SessionExpiryInterval=60,
        ReceiveMaximum=3,
        MaximumPacketSize=1000,
        TopicAliasMaximum=5,
        RequestResponseInformation=1,
        RequestProblemInformation=1,
        UserProperty=[("a", "1"), ("a", "2"), ("", "")],
    )
    hears.subscribe(("demo/p/#", 2), SubscriptionIdentifier=1, UserProperty=[("sub", "one")])
    hears.subscribe(("demo/p/x", 1), SubscriptionIdentifier=268435455)
    says = Peer("paho-tells", V5).connect()
    says.publish(
        "demo/p/x",
        b'{"on": true}',
        2,
        PayloadFormatIndicator=1,
        MessageExpiryInterval=120,
        ContentType="application/json",
        ResponseTopic="demo/answers",
        CorrelationData=b"\xff\x00\x10",
        UserProperty=[("k", "v"), ("k", "w")],
    )
    hears.expect("message")
    hears.expect("message")
    says.publish("demo/p/large", bytes(1500), 1)  # too large for the receiver, who never sees it
    for number in range(6):  # more than the receiver takes at a time
        says.publish("demo/p/burst", b"%d" % number, 1 + number % 2)
    for _ in range(6):
        hears.expect("message")
    hears.unsubscribe("demo/p/#", UserProperty=[("un", "sub")])
    says.disconnect(reason=4, UserProperty=[("why", "done")])
    hears.disconnect(SessionExpiryInterval=0)


def aliases() -> None:
    """Topic aliases from client to broker: set, used, set anew."""
    hears = Peer("paho-names", V5).connect()
    hears.subscribe(("demo/t/#", 0))
    says = Peer("paho-alias", V5).connect()
    for topic, alias in (("demo/t/1", 1), ("", 1), ("demo/t/2", 10), ("", 10), ("demo/t/3", 1)):
        says.publish(topic, b"by alias", TopicAlias=alias)
        hears.expect("message")
    says.publish("", b"by alias", 1, TopicAlias=1)
    hears.expect("message")
    says.disconnect()
    hears.disconnect()


def options() -> None:
    """Subscription options of 5.0, shared subscriptions, a name that the broker gives."""
    peer = Peer("", V5).connect(keep_alive=3600)
    peer.publish("demo/o", b"kept", 1, retain=True)
    peer.subscribe(("demo/o", SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True)))
    peer.expect("message")
    peer.publish("demo/o", b"not for me", 1)
    peer.subscribe(("demo/o", SubscribeOptions(qos=2, retainHandling=1)))
    peer.subscribe(
        ("demo/o", SubscribeOptions(qos=2, retainAsPublished=True, retainHandling=2)),
        ("demo/else/+", SubscribeOptions(qos=0, noLocal=True, retainHandling=2)),
    )
    says = Peer("paho-boss", V5).connect()
    says.publish("demo/o", b"", retain=True)
    peer.expect("message")
    peer.disconnect()

    workers = [Peer(name, V5).connect() for name in ("paho-worker-1", "paho-worker-2")]
    for worker in workers:
        worker.subscribe(("$share/crew/demo/jobs/#", 1))
    for number in range(4):
        says.publish(f"demo/jobs/{number}", b"do it", 1)
    for worker in workers:
        worker.expect("message")
        worker.unsubscribe("$share/crew/demo/jobs/#")
        worker.disconnect()
    says.disconnect()


def limited() -> None:
    """The broker's other listener, on IPv6, which grants no QoS 2."""
    for version in BOTH:
        peer = Peer("paho-limited", version).connect(host="::1")
        peer.subscribe(("demo/l", 2))
        peer.publish("demo/l", b"over IPv6", 1)
        peer.expect("message")
        peer.disconnect()


def main() -> None:
    for version in BOTH:
        for scene in (messages, denied, session, take_over, will):
            scene(version)
    for alone in (keep_alive, properties, aliases, options, limited):
        alone()


main()
