# SPDX-License-Identifier: MIT
"""Limits of the broker, and what an ACL file forbids, each with its reason code."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mqttwire as mq
from broker import Broker, needs_broker
from broker_client import Client, both, lasting
from statements import statement

pytestmark = needs_broker

folders = itertools.count()


@contextmanager
def limited(tmp_path: Path, *config: str) -> Iterator[int]:
    """The port of a broker with such a configuration."""
    folder = tmp_path / str(next(folders))
    folder.mkdir()
    with Broker(folder, "\n".join(("allow_anonymous true", "sys_interval 1", *config))) as broker:
        yield broker.port


def messages(client: Client) -> list[bytes]:
    """The payloads of all that has come, settled."""
    found = []
    client.sync()
    while client.packets:
        packet = client.take(mq.Publish)
        found.append(bytes(packet.payload))
        client.settle(packet)
        client.sync()
    return found


def wait_for(port: int, what: str, value: int) -> None:
    """Until $SYS says so."""
    with Client(port) as client:
        client.subscribe(f"$SYS/broker/{what}")
        while int(client.message(f"$SYS/broker/{what}").payload) != value:
            pass


# ---- Queues -------------------------------------------------------------------------------------


@both
def test_queued_messages(tmp_path: Path, version: int) -> None:
    """As many as the limit says wait for a client that is away, besides those that are under way
    to one that is there; the newest are dropped, and counted.  The publisher is told nothing."""
    with (
        limited(tmp_path, "max_queued_messages 5", "max_inflight_messages 3") as port,
        Client(port, version) as publisher,
    ):
        client = Client(port, version, **lasting(version))
        client.subscribe("a")
        client.disconnect()
        for at in range(9):
            assert publisher.publish("a", b"%d" % at, 1 + at % 2) == 0
        client = client.again()
        assert messages(client) == [b"%d" % at for at in range(5)]
        for at in range(12):
            assert publisher.publish("a", b"%d" % at, 1 + at % 2) == 0
        assert messages(client) == [b"%d" % at for at in range(3 + 5)]
        assert publisher.publish("a", b"again", 1) == 0
        assert messages(client) == [b"again"]
        wait_for(port, "publish/messages/dropped", 4 + 4)
        client.close()


@both
def test_queued_bytes(tmp_path: Path, version: int) -> None:
    with (
        limited(tmp_path, "max_queued_bytes 1000") as port,
        Client(port, version) as publisher,
    ):
        client = Client(port, version, **lasting(version))
        client.subscribe("a")
        client.disconnect()
        for size in (300, 300, 300, 300, 50, 300):  # the fourth finds no room, nor the last
            assert publisher.publish("a", b"x" * size, 1) == 0
        client = client.again()
        assert [len(each) for each in messages(client)] == [300, 300, 300, 50]
        wait_for(port, "publish/messages/dropped", 2)
        client.close()


@both
def test_no_limit(tmp_path: Path, version: int) -> None:
    """0 is none."""
    config = ("max_queued_messages 0", "max_queued_bytes 0", "max_inflight_messages 0")
    with limited(tmp_path, *config) as port, Client(port, version) as publisher:
        client = Client(port, version, **lasting(version))
        client.subscribe("a", "b")
        client.disconnect()
        for at in range(1500):
            publisher.publish("a", b"%d" % at, 1)
        client = client.again()
        client.sync()
        assert len(client.packets) == 1500  # all of them under way
        assert messages(client) == [b"%d" % at for at in range(1500)]
        client.close()


@both
@statement("MQTT-4.6.0-6")
def test_one_at_a_time(tmp_path: Path, version: int) -> None:
    """max_inflight_messages 1: the order is that of their coming, whatever the QoS (4.6)."""
    with (
        limited(tmp_path, "max_inflight_messages 1") as port,
        Client(port, version) as publisher,
    ):
        client = Client(port, version, **lasting(version))
        client.subscribe("a")
        for at in range(10):
            publisher.publish("a", b"%d" % at, 1 + at % 2)
        for at in range(10):
            client.sync()
            (packet,) = client.packets
            assert isinstance(packet, mq.Publish)
            if at % 3 == 0:  # it comes again, and alone
                client = client.again()
                client.sync()
                (packet,) = client.packets
                assert isinstance(packet, mq.Publish) and packet.dup
            client.message("a", payload=b"%d" % at, qos=1 + at % 2)
        client.nothing()
        client.close()


@both
@statement("3.1.1", "MQTT-4.8.0-2")
def test_memory(tmp_path: Path, version: int) -> None:
    """memory_limit: what is too much is refused with 0x97, until there is room again; 3.1.1 has no
    such word, and the connection ends."""
    with limited(tmp_path, "memory_limit 60000", "sys_interval 0") as port:
        client, other = Client(port, version), Client(port, version)
        other.subscribe("full")
        for at in range(5):
            assert client.publish(f"a/{at}", b"x" * 10_000, 1, retain=True) in (0, 0x10)
        client.publish("full", b"y" * 10_000)
        client.sync()
        for qos in (1, 2):
            if version == 5:
                assert client.publish("full", b"y" * 10_000, qos) == 0x97
                continue
            client.send(mq.Publish(topic="full", payload=b"y" * 10_000, qos=qos, packet_id=9))
            client.ended()
            client = Client(port, version)
        other.nothing()
        assert client.publish("a/0", b"", 1, retain=True) in (0, 0x10)
        for qos in (1, 2):
            assert client.publish("full", b"y" * 10_000, qos) == 0
            assert messages(other) == [b"y" * 10_000]
        client.close()
        other.close()


def test_memory_of_others(tmp_path: Path) -> None:
    """memory_limit counts filters, wills and places in queues, too."""
    with limited(tmp_path, "memory_limit 200000", "sys_interval 0") as port:
        with Client(port) as client:
            codes = [client.subscribe(f"{at}" + "x" * 9000).reason_codes[0] for at in range(30)]
            assert codes == [2] * codes.index(0x97) + [0x97] * (30 - codes.index(0x97))
            assert 10 < codes.index(0x97) < 23
            assert client.subscribe("0" + "x" * 9000).reason_codes == [2]  # which is there
            assert client.publish("a", b"x" * 10_000, 1) == 0x97
        will = mq.Will(topic="w", payload=b"x" * 30_000)
        wills = [Client(port, will=will) for _ in range(6)]
        Client(port, will=will, expect=0x97).close()
        for each in wills:
            each.send(mq.Disconnect())
            each.close()
        sleepers = [Client(port, **lasting()) for _ in range(10)]
        for sleeper in sleepers:
            sleeper.subscribe("a")
            sleeper.close()
        with Client(port) as client:
            codes = [client.publish("a", b"", 1) for _ in range(1000)]
            assert 20 < codes.index(0x97) < 250 and codes[-1] == 0x97


def test_keep_alive_while_memory_is_full(tmp_path: Path) -> None:
    """Who waits for retained messages until there is room is watched as others are."""
    with limited(tmp_path, "memory_limit 200000") as port, Client(port) as client:
        silent = Client(port, keep_alive=2)
        silent.subscribe("$SYS/broker/uptime", "a/#")
        topics = (f"a/{'x' * 1000}/{at}" for at in itertools.count())
        while client.publish(next(topics), b"x", 1, retain=True) < 0x80:
            silent.sync()
            silent.packets.clear()
        assert silent.subscribe("a/#").reason_codes == [2]  # which it has
        silent.socket.settimeout(10)
        while not isinstance(silent.next(), mq.Disconnect):
            pass


# ---- Subscriptions and topics -------------------------------------------------------------------


@both
def test_subscriptions(tmp_path: Path, version: int) -> None:
    """max_subscriptions, of a session: 0x97, in 3.1.1 0x80; what is there may be changed."""
    code = 0x97 if version == 5 else 0x80
    with limited(tmp_path, "max_subscriptions 3") as port, Client(port, version) as client:
        assert client.subscribe(*"abcde").reason_codes == [2, 2, 2, code, code]
        assert client.subscribe(mq.Subscription(topic_filter="b", qos=1)).reason_codes == [1]
        assert client.subscribe("d", "c").reason_codes == [code, 2]
        client.unsubscribe("a")
        assert client.subscribe("d", "e").reason_codes == [2, code]
        for topic in "abcde":
            client.publish(topic, b"x", 2)
        client.sync()
        seen = [each.topic for each in client.packets if isinstance(each, mq.Publish)]
        assert seen == ["b", "c", "d"]
        with Client(port, version) as other:
            assert other.subscribe(*"abc").reason_codes == [2, 2, 2]


@both
def test_levels(tmp_path: Path, version: int) -> None:
    """max_topic_levels: 0x90 for a name, 0x8F for a filter, in 3.1.1 nothing and 0x80."""
    with limited(tmp_path, "max_topic_levels 4") as port, Client(port, version) as client:
        wanted = ["a/b/c/d", "a/b/c/d/e", "+/+/+/#", "////", "///", "#"]
        if version == 5:
            wanted += ["$share/g/a/b/c/d", "$share/g/a/b/c/d/e"]
        code = 0x8F if version == 5 else 0x80
        codes = client.subscribe(*wanted).reason_codes
        assert codes == [2, code, 2, code, 2, 2, 2, code][: len(wanted)]
        client.unsubscribe(*wanted)
        client.subscribe("#")
        for qos in (1, 2):
            assert client.publish("a/b/c/d", b"good", qos) == 0
            assert client.publish("a/b/c/d/e", b"x", qos) == (0x90 if version == 5 else 0)
            assert client.publish("a" + 1000 * "/", b"x", qos) == (0x90 if version == 5 else 0)
        client.publish("a/b/c/d/e", b"x")
        assert messages(client) == [b"good"] * 2


# ---- What an ACL file forbids -------------------------------------------------------------------

ACL = """\
topic readwrite open/#
topic write in/#
topic read out/#
topic deny open/secret
pattern readwrite own/%c/#
"""


@contextmanager
def guarded(tmp_path: Path, *config: str) -> Iterator[int]:
    (tmp_path / "acl").write_text(ACL)
    with limited(tmp_path, f"acl_file {tmp_path}/acl", *config) as port:
        yield port


@both
@statement("3.1.1", "MQTT-3.3.5-2", "5.0", "MQTT-4.3.3-9", "MQTT-4.4.0-2")
def test_publishing(tmp_path: Path, version: int) -> None:
    """0x87; 3.1.1 has no such word, and the message is acknowledged and goes nowhere.  The exchange
    of QoS 2 is then over in 5.0, and goes on in 3.1.1."""
    code = 0x87 if version == 5 else 0
    with (
        guarded(tmp_path) as port,
        Client(port, version, client_id="me") as client,
        Client(port, version) as other,
    ):
        other.subscribe("open/#", "own/#", "out/#")
        for topic in ("out/a", "open/secret", "own/you/a", "else", "$else"):
            client.publish(topic, b"x", retain=True)
            assert client.publish(topic, b"x", 1, retain=True) == code
            assert client.publish(topic, b"x", 2, retain=True) == code
        message = mq.Publish(topic="out/a", qos=2, packet_id=500)
        client.send(message)
        client.take(mq.Pubrec, packet_id=500, reason_code=code)
        if version == 5:
            client.send(message.replace(topic="open/a", payload=b"new"))
            client.take(mq.Pubrec, packet_id=500, reason_code=0)
            other.message("open/a", payload=b"new")
        client.send(mq.Pubrel(packet_id=500))
        client.take(mq.Pubcomp, packet_id=500, reason_code=0)
        other.nothing()
        for topic in ("open/a", "in/a", "own/me/a"):
            for qos in (1, 2):
                assert client.publish(topic, b"good", qos) in (0, 0x10)
        assert messages(other) == [b"good"] * 2


@statement("5.0", "MQTT-4.3.3-9", "MQTT-2.2.1-5")
def test_pubrel_after_a_refusal(tmp_path: Path) -> None:
    """PUBREC of 0x80 or more has ended the exchange: 0x92."""
    with guarded(tmp_path) as port, Client(port) as client:
        client.send(mq.Publish(topic="out/a", qos=2, packet_id=5))
        client.take(mq.Pubrec, packet_id=5, reason_code=0x87)
        client.send(mq.Pubrel(packet_id=5))
        client.take(mq.Pubcomp, packet_id=5, reason_code=0x92)
        client.nothing()


def test_refusals_use_no_quota(tmp_path: Path) -> None:
    """However many are refused, as many may be under way as before: 4.9."""
    with guarded(tmp_path) as port, Client(port) as client:
        for at in range(50):
            client.send(mq.Publish(topic="out/a", qos=2, packet_id=at + 1))
            client.take(mq.Pubrec, reason_code=0x87)
        for at in range(20):
            client.send(mq.Publish(topic="open/a", qos=2, packet_id=at + 100))
            client.take(mq.Pubrec, reason_code=0x10)
        client.nothing()


def test_a_limit_hides_no_rule(tmp_path: Path) -> None:
    """What may not be read is refused for that, whether there is room for it or not."""
    with guarded(tmp_path, "max_subscriptions 1") as port, Client(port) as client:
        assert client.subscribe("open/a", "in/a", "open/b").reason_codes == [2, 0x87, 0x97]


@both
@statement("3.1.1", "MQTT-3.8.4-5", "5.0", "MQTT-3.8.4-6", "MQTT-3.9.3-1")
def test_subscribing(tmp_path: Path, version: int) -> None:
    """0x87 for those filters of which nothing may be read, in 3.1.1 0x80; the others are granted,
    and give what may be read alone."""
    code = 0x87 if version == 5 else 0x80
    with guarded(tmp_path) as port, Client(port, version, client_id="me") as client:
        wanted = ["open/a", "in/a", "out/#", "else/#", "own/me/+", "own/you/+"]
        assert client.subscribe(*wanted).reason_codes == [2, code, 2, code, 2, code]
        client.publish("open/a", b"1", 1, retain=True)
        client.message("open/a", payload=b"1", retain=False)
        assert client.subscribe("#").reason_codes == [2]
        client.message("open/a", payload=b"1", retain=True)
        client.publish("in/a", b"2", 1, retain=True)
        client.publish("own/me/b", b"3", 1)
        client.message("own/me/b", payload=b"3")
        with Client(port, version, client_id="you") as other:
            other.publish("own/you/a", b"4", 1)
            other.publish("open/b", b"5", 1)
            client.message("open/b", payload=b"5")
            other.subscribe("+/a")
            other.message("open/a", payload=b"1", retain=True)
            other.nothing()
        client.nothing()


@both
def test_sessions(tmp_path: Path, version: int) -> None:
    """max_sessions, of clients that are away: 0x97, in 3.1.1 0x03, until one of them has ended."""
    with limited(tmp_path, "max_sessions 2") as port:
        away = [Client(port, version, **lasting(version)) for _ in range(2)]
        for client in away:
            client.disconnect()
        Client(port, version, expect=0x97 if version == 5 else 3).close()
        back = away[0].again()
        back.disconnect()
        with Client(port, version, client_id=back.client_id, clean_start=True) as client:
            client.disconnect()
        client = Client(port, version)
        client.publish("a", qos=1)
        client.close()
