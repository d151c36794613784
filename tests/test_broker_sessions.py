# SPDX-License-Identifier: MIT
"""Sessions: when they begin, what they keep, who goes on with them, and when they end.  3.1.2.4,
3.1.2.11.2, 4.1 and 4.4."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, keeping, needs_broker
from broker_client import Client, both, lasting, number
from statements import statement

pytestmark = needs_broker

NEVER = 0xFFFFFFFF
names = (f"session{each}" for each in count())


@pytest.fixture(scope="module", params=["memory", "file"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with keeping(request.param, tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@pytest.fixture
def name() -> str:
    """A client identifier that is new, and may stand in topics."""
    return next(names)


def away(port: int, name: str, version: int, *filters: str, seconds: int = 1000) -> None:
    """Leaves a session behind."""
    with Client(port, version, client_id=name, **lasting(version, seconds)) as client:
        assert not client.session_present
        client.subscribe(*filters)
        client.disconnect()


def publish(port: int, *topics: str, qos: int = 1, retain: bool = False) -> None:
    with Client(port) as client:
        for topic in topics:
            client.publish(topic, topic.encode(), qos, retain=retain)


def is_there(port: int, name: str, version: int = 5) -> bool:
    """Is there a session?  It is, afterwards."""
    with Client(port, version, client_id=name, **lasting(version)) as client:
        return client.session_present


# ---- What is kept --------------------------------------------------------------------------------


@statement("3.1.1", "MQTT-3.1.2-4", "MQTT-3.1.2-5", "MQTT-3.2.2-2", "MQTT-3.2.2-3", "MQTT-4.5.0-1")
@statement("3.1.1", "MQTT-3.2.0-1", "MQTT-3.1.4-3", "MQTT-4.1.0-1")
@statement("5.0", "MQTT-3.1.2-5", "MQTT-3.1.2-6", "MQTT-3.1.2-23", "MQTT-3.2.2-3", "MQTT-4.5.0-1")
@statement("5.0", "MQTT-3.2.0-1", "MQTT-3.1.4-4")
@both
def test_a_session_is_resumed(port: int, name: str, version: int) -> None:
    """With its subscriptions, and what came of QoS 1 and 2 meanwhile: CONNACK first, then these."""
    away(port, name, version, f"{name}/#")
    publish(port, f"{name}/1", f"{name}/2")
    publish(port, f"{name}/no", qos=0)
    publish(port, f"{name}/3", qos=2)
    with Client(port, version, client_id=name, **lasting(version)) as client:
        assert client.session_present
        for topic, qos in ((1, 1), (2, 1), (3, 2)):
            packet = client.message(f"{name}/{topic}", qos=qos, dup=False, retain=False)
            assert packet.payload == f"{name}/{topic}".encode()
        client.nothing()
        publish(port, f"{name}/4")  # the subscription goes on
        client.message(f"{name}/4")


@statement("3.1.1", "MQTT-3.1.2-6", "MQTT-3.2.2-1", "MQTT-3.2.2-3", "MQTT-3.1.4-3")
@statement("5.0", "MQTT-3.1.2-4", "MQTT-3.2.2-2", "MQTT-3.1.4-4")
@both
def test_a_clean_start(port: int, name: str, version: int) -> None:
    """Forgets what was there; and in 3.1.1 what comes then is not kept either."""
    away(port, name, version, name)
    publish(port, name)
    with Client(port, version, client_id=name) as client:
        assert not client.session_present
        client.nothing()
        publish(port, name)
        client.nothing()
    assert not is_there(port, name, version)


@statement("3.1.1", "MQTT-3.1.2-6", "5.0", "MQTT-4.1.0-2")
@both
def test_a_session_that_is_not_kept(port: int, name: str, version: int) -> None:
    with Client(port, version, client_id=name) as client:
        client.subscribe(name)
        client.disconnect()
    publish(port, name)
    with Client(port, version, client_id=name, **lasting(version)) as client:
        assert not client.session_present
        client.nothing()


def test_clean_start_in_5_0_may_begin_a_session_that_is_kept(port: int, name: str) -> None:
    kept = mq.Properties(session_expiry_interval=1000)
    with Client(port, client_id=name, clean_start=True, properties=kept) as client:
        client.subscribe(name)
    publish(port, name)
    with Client(port, client_id=name, clean_start=False) as client:
        assert client.session_present
        client.message(name)
        client.disconnect()  # now it has 0 seconds
    assert not is_there(port, name)


@statement("MQTT-3.1.3-2")
@both
def test_sessions_are_told_apart_by_their_names(port: int, name: str, version: int) -> None:
    """Byte by byte; whoever has the name has the session, in whichever version."""
    away(port, name + "a", version, name)
    publish(port, name)
    for other in (name, name + "A", name + "aa", name + "á"):
        assert not is_there(port, other, version)
    with Client(port, 9 - version, client_id=name + "a", **lasting(9 - version)) as client:
        assert client.session_present
        client.message(name)


@statement("3.1.1", "MQTT-3.1.2-7")
@both
def test_retained_messages_are_nobodys(port: int, name: str, version: int) -> None:
    with Client(port, version, client_id=name) as client:
        client.publish(name, b"x", 1, retain=True)
        client.disconnect()
    with Client(port, version, client_id=name) as client:
        client.subscribe(name)
        client.message(name, retain=True)


@statement("3.1.1", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-3", "MQTT-4.1.0-1")
@statement("5.0", "MQTT-4.4.0-1", "MQTT-3.3.1-1")
@both
def test_what_was_under_way_is_sent_again(port: int, name: str, version: int) -> None:
    """With its identifier and DUP, in the order of before; PUBREL instead of what had PUBREC."""
    topics = [f"{name}/{at}" for at in range(4)]
    with Client(port, version, client_id=name, **lasting(version)) as client:
        client.subscribe(f"{name}/#")
        publish(port, *topics[:2], qos=2)
        publish(port, *topics[2:])
        sent = [client.take(mq.Publish, topic=topic, dup=False) for topic in topics]
        client.send(mq.Pubrec(packet_id=number(sent[0])))
        client.take(mq.Pubrel, packet_id=sent[0].packet_id)
        client.reset()
    with Client(port, version, client_id=name, **lasting(version)) as client:
        assert client.session_present
        again = [client.next() for _ in sent]
        released = mq.Pubrel(packet_id=number(sent[0]), version=version)
        assert [packet for packet in again if not isinstance(packet, mq.Publish)] == [released]
        for packet, before in zip((p for p in again if isinstance(p, mq.Publish)), sent[1:]):
            assert packet.dup and packet.packet_id == before.packet_id
            assert packet.topic == before.topic and packet.qos == before.qos


@statement("3.1.1", "MQTT-4.3.3-2", "5.0", "MQTT-4.3.3-10")
@both
def test_what_was_under_way_from_a_client(port: int, name: str, version: int) -> None:
    """The broker has the identifier until PUBREL, over connections: it delivers once."""
    with Client(port) as watcher:
        watcher.subscribe(name)
        with Client(port, version, client_id=name, **lasting(version)) as client:
            client.send(mq.Publish(topic=name, qos=2, packet_id=5))
            client.take(mq.Pubrec, packet_id=5)
            client.reset()
        with Client(port, version, client_id=name, **lasting(version)) as client:
            client.send(mq.Publish(topic=name, qos=2, packet_id=5, dup=True))
            client.take(mq.Pubrec, packet_id=5, reason_code=0)
            client.send(mq.Pubrel(packet_id=5))
            client.take(mq.Pubcomp, packet_id=5, reason_code=0)
        watcher.message(name)
        watcher.nothing()


@both
def test_sent_again_after_the_session_was_lost(port: int, name: str, version: int) -> None:
    """A client that still has it may send it with DUP: it is new here."""
    with Client(port, version, client_id=name) as client:
        client.subscribe(name)
        for qos in (1, 2):
            client.publish(name, b"", qos, dup=True)
            client.message(name, qos=qos, dup=False)


# ---- Taking over ---------------------------------------------------------------------------------


@statement("3.1.1", "MQTT-3.1.4-2", "5.0", "MQTT-3.1.4-3")
@both
@pytest.mark.parametrize("clean", [False, True])
def test_the_newest_connection_has_the_session(
    port: int, name: str, version: int, clean: bool
) -> None:
    kept = lasting(version)
    with Client(port, version, client_id=name, **kept) as old:
        old.subscribe(name)
        publish(port, name)
        sent = old.take(mq.Publish)
        kept["clean_start"] = clean
        with Client(port, version, client_id=name, **kept) as new:
            old.refused(mq.Reason.SESSION_TAKEN_OVER)
            assert new.session_present is not clean
            if not clean:
                new.message(name, dup=True, packet_id=sent.packet_id)
                publish(port, name)
                new.message(name, dup=False)
            new.nothing()


def test_many_take_it_from_each_other(port: int, name: str) -> None:
    clients = [Client(port, version, client_id=name) for version in (4, 5, 5, 4, 4, 5)]
    for client in clients[:-1]:
        client.refused(mq.Reason.SESSION_TAKEN_OVER)
    with clients[-1] as last:
        last.nothing()


def is_online(client: Client) -> bool:
    """Or else another has taken its place."""
    with client:
        with contextlib.suppress(OSError):
            client.send(mq.Pingreq())
        try:
            packet: mq.Packet | None = client.next()
        except AssertionError:
            packet = None  # 3.1.1 has no word for it
    assert packet is None or packet.type in (mq.Type.PINGRESP, mq.Type.DISCONNECT)
    return isinstance(packet, mq.Pingresp)


@statement("3.1.1", "MQTT-3.1.4-2", "5.0", "MQTT-3.1.4-3")
@both
def test_one_name_many_times_in_one_turn(tmp_path: Path, version: int) -> None:
    """Each gets CONNACK; one stays."""
    with Broker(tmp_path) as broker:
        clients = [Client(broker.port, version, greet=False) for _ in range(9)]
        broker.send(signal.SIGSTOP)
        for client in clients:
            client.send(mq.Connect(client_id="a", **lasting(version)))
        broker.send(signal.SIGCONT)
        for client in clients:
            client.take(mq.Connack, reason_code=0)
        assert sum(map(is_online, clients)) == 1


# ---- The end -------------------------------------------------------------------------------------


@statement("3.1.1", "MQTT-4.1.0-1", "MQTT-4.1.0-2")
@statement("5.0", "MQTT-3.1.2-23", "MQTT-4.1.0-1", "MQTT-4.1.0-2")
def test_sessions_have_a_time(port: int) -> None:
    """It runs while the client is away, and from then on; nobody else's runs with it."""
    connected, short, long, older = (next(names) for _ in range(4))
    with Client(port, client_id=connected, **lasting(seconds=1)):
        away(port, short, 5, short, seconds=2)
        away(port, long, 5, long, seconds=100)
        away(port, older, 4, older)
        publish(port, short, long, older)
        time.sleep(1.2)
        with Client(port, client_id=short, **lasting(seconds=2)) as client:
            assert client.session_present  # and it begins anew
            client.message(short)
        time.sleep(1.2)
        assert is_there(port, short)
    assert is_there(port, connected)
    again = next(names)
    away(port, again, 5, again, seconds=1)
    time.sleep(1.1)
    for name, expected in ((again, False), (long, True), (older, True)):
        assert is_there(port, name, 4 if name is older else 5) is expected, name


@statement("5.0", "MQTT-4.1.0-2")
@pytest.mark.parametrize(("first", "last", "expected"), [(1000, 0, False), (1, 1000, True)])
def test_disconnect_has_another_time(
    port: int, name: str, first: int, last: int, expected: bool
) -> None:
    with Client(port, client_id=name, **lasting(seconds=first)) as client:
        client.disconnect(properties=mq.Properties(session_expiry_interval=last))
    if first < last:
        time.sleep(1.1)
    assert is_there(port, name) is expected


def test_disconnect_does_not_make_a_session_last(port: int, name: str) -> None:
    """3.14.2.2.2: what had no time gets none."""
    with Client(port, client_id=name) as client:
        client.subscribe("a")
        client.send(mq.Disconnect(properties=mq.Properties(session_expiry_interval=5)))
        client.refused(mq.Reason.PROTOCOL_ERROR)
    assert not is_there(port, name)


@pytest.mark.parametrize("seconds", [3600, 3601, NEVER])
def test_the_broker_has_a_longest_time(tmp_path: Path, seconds: int) -> None:
    """3.2.2.3.2: CONNACK says so where it is another one."""
    with Broker(tmp_path, "allow_anonymous true\npersistent_client_expiration 1h") as broker:
        with Client(broker.port, client_id="a", **lasting(seconds=seconds)) as client:
            assert client.connack
            told = client.connack.properties.session_expiry_interval
            assert told == (None if seconds == 3600 else 3600)
        with Client(broker.port, 4, client_id="b", **lasting(4)) as client:
            client.sync()
        assert is_there(broker.port, "b")


@both
def test_no_room_for_another_session(tmp_path: Path, version: int) -> None:
    code = {4: 3, 5: mq.Reason.QUOTA_EXCEEDED}[version]
    with Broker(tmp_path, "allow_anonymous true\nmax_sessions 2") as broker:
        for name in ("a", "b"):
            Client(broker.port, version, client_id=name, **lasting(version)).disconnect()
        with Client(broker.port, version, expect=code, client_id="c", **lasting(version)) as client:
            client.ended()
        with Client(broker.port, version, client_id="b", **lasting(version)) as client:
            assert client.session_present
        with Client(broker.port, version, client_id="b") as client:
            client.disconnect()
        with Client(broker.port, version, client_id="c", **lasting(version)) as client:
            client.sync()
