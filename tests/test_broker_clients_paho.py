# SPDX-License-Identifier: MIT
"""The broker and Paho's client for Python."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from access import hashed
from broker import WAIT, Broker, needs_broker
from broker_client import both, name
from broker_doors import EACH, Door, Doors

pytest.importorskip("paho.mqtt.enums", reason="paho-mqtt is missing, or older than 2.0")

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as _Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

pytestmark = needs_broker
Properties: Any = _Properties  # without types


def of(packet: int, **values: Any) -> Any:
    properties = Properties(packet)
    for key, value in values.items():
        setattr(properties, key, value)
    return properties


class Paho:
    """A client in its own thread, and what it was told."""

    def __init__(
        self,
        version: int,
        me: str | None = None,
        *,
        clean: bool = True,
        again: bool = False,
        will: dict[str, Any] | None = None,
        user: tuple[str, str] | None = None,
    ) -> None:
        self.version, self.clean, self.again = version, clean, again
        self.will, self.user = will, user
        self.me = name() if me is None else me
        self.connacks: queue.Queue[tuple[Any, ReasonCode, Any]] = queue.Queue()
        self.messages: queue.Queue[MQTTMessage] = queue.Queue()
        self.answers: queue.Queue[tuple[int, list[ReasonCode]]] = queue.Queue()
        self.ends: queue.Queue[ReasonCode] = queue.Queue()
        self.websocket = False
        self.session: bool | None = None

    def make(self, transport: Any) -> None:
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            self.me,
            clean_session=None if self.version == 5 else self.clean,
            protocol=MQTTProtocolVersion(self.version),
            transport=transport,
            reconnect_on_failure=self.again,
        )
        if self.will:
            self.client.will_set(**self.will)
        if self.user:
            self.client.username_pw_set(*self.user)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda _client, _data, flags, code, properties: self.connacks.put(
            (flags, code, properties)
        )
        self.client.on_message = lambda _client, _data, message: self.messages.put(message)
        self.client.on_subscribe = lambda _client, _data, number, codes, _properties: (
            self.answers.put((number, codes))
        )
        self.client.on_unsubscribe = self.client.on_subscribe
        self.client.on_disconnect = lambda _client, _data, _flags, code, _properties: self.ends.put(
            code
        )

    def connect(self, door: Door, wait: bool = True, **properties: Any) -> Any:
        self.make("unix" if not door.port else "websockets" if door.websocket else "tcp")
        if door.tls:
            self.client.tls_set_context(door.trust())
        more: dict[str, Any] = {}
        if self.version == 5:
            more["clean_start"] = self.clean
            more["properties"] = of(PacketTypes.CONNECT, **properties)
        self.client.connect(door.host, door.port or 1, **more)
        self.client.loop_start()
        return self.greeted() if wait else None

    def greeted(self) -> Any:
        """The properties of CONNACK."""
        flags, code, properties = self.connacks.get(timeout=WAIT)
        assert code == 0, code
        self.session = flags.session_present
        return properties

    def subscribe(self, *filters: Any, **more: Any) -> list[int]:
        status, number = self.client.subscribe(list(filters), **more)
        assert status == 0
        answered, codes = self.answers.get(timeout=WAIT)
        assert answered == number
        return [code.value for code in codes]

    def publish(self, topic: str, payload: bytes, qos: int = 0, **more: Any) -> None:
        self.client.publish(topic, payload, qos, **more).wait_for_publish(WAIT)

    def message(self) -> MQTTMessage:
        return self.messages.get(timeout=WAIT)

    def die(self) -> None:
        """Ends without a word of MQTT, TLS or WebSocket."""
        end = self.client.socket()
        assert end
        with socket.socket(fileno=os.dup(end.fileno())) as below:
            below.shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()

    def leave(self) -> None:
        self.client.disconnect()
        self.ends.get(timeout=WAIT)
        self.client.loop_stop()


@contextlib.contextmanager
def online(
    door: Door, version: int, me: str | None = None, *, clean: bool = True, **properties: Any
) -> Iterator[Paho]:
    client = Paho(version, me, clean=clean)
    client.connect(door, **properties)
    try:
        yield client
        client.client.disconnect()
        assert client.ends.get(timeout=WAIT) == 0
    finally:
        client.client.loop_stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with Doors(tmp_path_factory.mktemp("broker")) as running:
        yield running


# ---- Messages -----------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("door", EACH)
def test_each_qos_through_each_door(broker: Doors, door: str, version: int) -> None:
    topic = name()
    with online(broker.door(door), version) as client:
        assert client.subscribe((f"{topic}/#", 2)) == [2]
        for qos in (0, 1, 2):
            client.publish(f"{topic}/ä{qos}", b"\0\xff" * 3, qos)
            message = client.message()
            assert (message.topic, message.qos, message.payload, message.retain) == (
                f"{topic}/ä{qos}",
                qos,
                b"\0\xff" * 3,
                False,
            )
        large = bytes(range(256)) * 3900
        client.publish(topic, large, 1)
        assert client.message().payload == large
        client.client.unsubscribe(f"{topic}/#")
        client.answers.get(timeout=WAIT)
        client.publish(topic, b"", 2)
        assert client.messages.empty()


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("door", ["ip4", "wss"])
def test_many_messages_stay_in_order(broker: Doors, door: str, version: int, qos: int) -> None:
    topic = name()
    with online(broker.door(door), version) as taker, online(broker.door(door), version) as giver:
        taker.subscribe((topic, qos))
        sent = [giver.client.publish(topic, b"%d" % number, qos) for number in range(700)]
        for each in sent:
            each.wait_for_publish(WAIT)
        assert [int(taker.message().payload) for _ in sent] == list(range(700))


@both
def test_retained(broker: Doors, version: int) -> None:
    topic = name()
    with online(broker.door("ip4"), version) as client:
        client.publish(topic, b"kept", 2, retain=True)
        for qos in (0, 1, 2):
            client.subscribe((topic, qos))
            message = client.message()
            assert (message.payload, message.qos, message.retain) == (b"kept", qos, True)
        client.publish(topic, b"", 1, retain=True)
        assert not client.message().retain
        client.subscribe((topic, 2))
        client.publish(topic, b"live")
        assert client.message().payload == b"live"


# ---- Sessions and wills -------------------------------------------------------------------------


@both
def test_a_session_goes_on(broker: Doors, version: int) -> None:
    me, topic, door = name(), name(), broker.door("ws")
    lasting = {"SessionExpiryInterval": 100} if version == 5 else {}
    with online(door, version, me, clean=False, **lasting) as client:
        assert client.session is False
        client.subscribe((topic, 2))
    with online(door, version) as other:
        for qos in (1, 2):
            other.publish(topic, b"%d" % qos, qos)
    with online(door, version, me, clean=False, **lasting) as client:
        assert client.session is True
        assert [client.message().payload for _ in range(2)] == [b"1", b"2"]
    with online(door, version, me, clean=True) as client:
        assert client.session is False
    with online(door, version, me, clean=False, **lasting) as client:
        assert client.session is False


@both
@pytest.mark.parametrize("door", ["ip4", "tls", "wss"])
def test_a_will(broker: Doors, door: str, version: int) -> None:
    topic = name()
    with online(broker.door("ip4"), version) as heir:
        heir.subscribe((topic, 2))
        for dies in (False, True):
            client = Paho(version, will={"topic": topic, "payload": b"gone", "qos": 2})
            client.connect(broker.door(door))
            if not dies:
                client.leave()
                continue
            client.die()
            message = heir.message()
            assert (message.payload, message.qos) == (b"gone", 2)
        heir.publish(topic, b"last", 1)
        assert heir.message().payload == b"last"


@both
def test_another_takes_its_place(broker: Doors, version: int) -> None:
    me, door = name(), broker.door("ip4")
    client = Paho(version, me)
    client.connect(door)
    with online(door, version, me):
        code = client.ends.get(timeout=WAIT)
        client.client.loop_stop()
        if version == 5:
            assert code.getName() == "Session taken over"


@both
def test_it_comes_back_when_the_broker_does(tmp_path: Path, version: int) -> None:
    """It is told that the broker ends; in the new one its session goes on, with what was sent
    meanwhile."""
    topic = name()
    config = f"allow_anonymous true\npersistence true\npersistence_location {tmp_path}"
    broker = Broker(tmp_path, config)
    door = Door("ip4", "127.0.0.1", broker.port, tmp_path)
    client = Paho(version, name(), clean=False, again=True)
    lasting: dict[str, Any] = {"SessionExpiryInterval": 100} if version == 5 else {}
    with broker:
        client.connect(door, **lasting)
        client.subscribe((topic, 2))
    code = client.ends.get(timeout=WAIT)
    assert version != 5 or code.getName() == "Server shutting down"
    client.client.publish(topic, b"waited", 2)
    with broker:
        client.greeted()
        assert client.session is True
        assert client.message().payload == b"waited"
        client.leave()


# ---- What 5.0 has besides -----------------------------------------------------------------------


def test_properties(broker: Doors) -> None:
    topic = name()
    sent = of(
        PacketTypes.PUBLISH,
        PayloadFormatIndicator=1,
        MessageExpiryInterval=1000,
        ContentType="text/plain",
        ResponseTopic="answers",
        CorrelationData=b"\0\1",
        UserProperty=[("a", "b"), ("a", "c")],
    )
    with online(broker.door("ip4"), 5) as client:
        client.subscribe(
            (topic, SubscribeOptions(qos=1)),
            properties=of(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=268_435_455),
        )
        client.publish(topic, b"x", 1, properties=sent)
        got: Any = client.message().properties
        wanted = sent.json() | {"SubscriptionIdentifier": [268_435_455]}
        assert got.json() == wanted


def test_what_connack_tells(broker: Doors) -> None:
    client = Paho(5, "")
    told = client.connect(broker.door("ip4"), RequestResponseInformation=1).json()
    client.client.disconnect()
    client.client.loop_stop()
    me = told["AssignedClientIdentifier"]
    assert me.startswith("auto-") and len(me) == len("auto-") + 32
    del told["AssignedClientIdentifier"]
    assert told == {
        "ReceiveMaximum": 20,
        "MaximumPacketSize": 1 << 20,
        "TopicAliasMaximum": 10,
        "ResponseInformation": f"responses/{me}",
    }


def test_options_of_subscriptions(broker: Doors) -> None:
    topic = name()
    with online(broker.door("ip4"), 5) as client, online(broker.door("ws"), 5) as other:
        other.publish(topic, b"kept", 1, retain=True)
        options = SubscribeOptions(qos=2, noLocal=True, retainAsPublished=True, retainHandling=1)
        client.subscribe((topic, options))
        assert client.message().retain
        client.subscribe((topic, options))  # it is there: nothing comes again
        client.publish(topic, b"own", 1)
        other.publish(topic, b"other", 1, retain=True)
        message = client.message()
        assert (message.payload, message.retain) == (b"other", True)


def test_reason_codes(broker: Doors) -> None:
    topic = name()
    with online(broker.door("ip4"), 5) as client:
        assert client.subscribe((f"$share/g/{topic}", SubscribeOptions(qos=1))) == [1]
        assert client.subscribe(
            ("a/#", SubscribeOptions(qos=0)), ("b", SubscribeOptions(qos=2))
        ) == [
            0,
            2,
        ]
        client.client.unsubscribe([topic, "b"])
        _, codes = client.answers.get(timeout=WAIT)
        assert [code.value for code in codes] == [0x11, 0]


def test_topic_aliases(broker: Doors) -> None:
    topic = name()
    with online(broker.door("wss"), 5, TopicAliasMaximum=3) as client:
        client.subscribe((f"{topic}/+", SubscribeOptions(qos=1)))
        alias = of(PacketTypes.PUBLISH, TopicAlias=7)
        for number, sent in enumerate((f"{topic}/first", "", "")):
            client.publish(sent, b"%d" % number, 1, properties=alias)
        got: list[Any] = [client.message() for _ in range(3)]
        assert [(each.topic, each.payload) for each in got] == [
            (f"{topic}/first", b"0"),
            # Paho 2 has no use for an alias from the broker: it hands on what came.
            ("", b"1"),
            ("", b"2"),
        ]
        aliases = {each.properties.TopicAlias for each in got}
        assert len(aliases) == 1 and aliases <= {1, 2, 3}


def test_a_will_with_delay(broker: Doors) -> None:
    topic = name()
    with online(broker.door("ip4"), 5) as heir:
        heir.subscribe((topic, SubscribeOptions(qos=1)))
        delay = of(PacketTypes.WILLMESSAGE, WillDelayInterval=1, ContentType="a/b")
        will = {"topic": topic, "payload": b"gone", "qos": 1, "properties": delay}
        client = Paho(5, will=will)
        client.connect(broker.door("ip4"), SessionExpiryInterval=100)
        begin = time.monotonic()
        client.die()
        message: Any = heir.message()
        assert 0.9 < time.monotonic() - begin < 5
        assert message.payload == b"gone"
        assert message.properties.ContentType == "a/b"


# ---- Who may come in ----------------------------------------------------------------------------


@both
def test_passwords(tmp_path: Path, version: int) -> None:
    (tmp_path / "passwords").write_text(f"alice:{hashed(b'wonderland')}\n")
    with Doors(tmp_path, f"password_file {tmp_path}/passwords") as broker:
        for door in ("ip4", "unix", "wss"):
            for user, password, verdict in (
                ("alice", "wonderland", "Success"),
                ("alice", "wonder", "Bad user name or password"),
                ("bob", "wonderland", "Bad user name or password"),
                (None, None, "Not authorized"),
            ):
                who = (user, password) if user and password else None
                client = Paho(version, user=who)
                client.connect(broker.door(door), wait=False)
                _, code, _ = client.connacks.get(timeout=WAIT)
                client.client.disconnect()
                client.client.loop_stop()
                assert code.getName() == verdict, (door, user)
