# SPDX-License-Identifier: MIT
"""Shared subscriptions: section 4.8.2 of 5.0."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, lasting, name, number
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


def arrived(client: Client) -> list[mq.Publish]:
    """All that has come, settled."""
    found = []
    client.sync()
    while client.packets:
        packet = client.take(mq.Publish)
        client.settle(packet)
        found.append(packet)
        client.sync()
    return found


def payloads(client: Client) -> list[int]:
    return [int(packet.payload) for packet in arrived(client)]


@pytest.mark.parametrize("qos", range(3))
def test_one_of_them(port: int, qos: int) -> None:
    """Each message goes to one member, and they take turns; to each group and each other client
    besides."""
    topic, count = name(), 12
    with Client(port) as publisher:
        members = [Client(port) for _ in range(3)]
        for member in members:
            member.subscribe(f"$share/g/{topic}")
        alone, ordinary, wild = Client(port), Client(port), Client(port)
        alone.subscribe(f"$share/other/{topic}")
        ordinary.subscribe(topic)
        wild.subscribe(f"$share/g/{topic}/#")
        for at in range(count):
            publisher.publish(topic, b"%d" % at, qos)
            for client in (*members, alone, ordinary, wild):  # so that each can take the next
                client.sync()
        each = [payloads(client) for client in members]
        assert sorted(itertools.chain(*each)) == list(range(count))
        assert [len(part) for part in each] == [count // 3] * 3
        for client in (alone, ordinary, wild):  # the same share name, but another filter
            assert payloads(client) == list(range(count))
        for client in (*members, alone, ordinary, wild):
            client.close()


def test_an_ordinary_one_besides(port: int) -> None:
    """They are apart from each other: such a client may get a message twice."""
    topic = name()
    with Client(port) as client:
        shared = mq.Properties(subscription_identifiers=[1])
        client.subscribe(f"$share/g/{topic}", properties=shared)
        client.subscribe(
            mq.Subscription(topic_filter=topic, qos=0),
            properties=mq.Properties(subscription_identifiers=[2]),
        )
        client.subscribe(f"$share/h/{topic}")
        client.publish(topic, qos=1)
        found = sorted((p.properties.subscription_identifiers, p.qos) for p in arrived(client))
        assert found == [([], 1), ([1], 1), ([2], 0)]
        client.unsubscribe(topic)
        client.publish(topic, qos=1)
        assert len(arrived(client)) == 2
        client.unsubscribe(f"$share/g/{topic}", f"$share/h/{topic}")
        client.publish(topic, qos=1)
        client.nothing()


@statement("5.0", "MQTT-4.8.2-3")
def test_qos(port: int) -> None:
    """Of each member as it was granted to it."""
    topic = name()
    with Client(port) as publisher:
        members = [Client(port) for _ in range(3)]
        for granted, member in enumerate(members):
            wanted = mq.Subscription(topic_filter=f"$share/g/{topic}", qos=granted)
            assert member.subscribe(wanted).reason_codes == [granted]
        for qos in range(3):
            for _ in range(3):
                publisher.publish(topic, b"%d" % qos, qos)
                for member in members:
                    member.sync()
        for granted, member in enumerate(members):
            found = {int(packet.payload): packet.qos for packet in arrived(member)}
            assert found == {qos: min(qos, granted) for qos in range(3)}
            member.close()


def test_no_retained_messages(port: int) -> None:
    """None for a shared subscription, whatever Retain Handling says; live ones come."""
    topic = name()
    with Client(port) as client:
        client.publish(topic, b"1", 1, retain=True)
        for handling in (0, 1, 2):
            wanted = mq.Subscription(topic_filter=f"$share/g/{topic}", retain_handling=handling)
            client.subscribe(wanted)
            client.nothing()
        client.publish(topic, b"2", 1, retain=True)
        assert not client.message(topic, payload=b"2").retain


def test_members_who_are_away(port: int) -> None:
    """Are passed over while another is there, and keep what comes when none is."""
    topic = name()
    with Client(port) as publisher:
        away = Client(port, **lasting(5))
        away.subscribe(f"$share/g/{topic}")
        away.disconnect()
        here = Client(port, **lasting(5))
        here.subscribe(f"$share/g/{topic}")
        for at in range(30):  # more than may be under way to it
            publisher.publish(topic, b"%d" % at, 1)
        assert payloads(here) == list(range(30))
        here.disconnect()
        for at in range(6):
            assert publisher.publish(topic, b"%d" % at, 1) == 0
        here, away = here.again(), away.again()
        assert sorted(payloads(here) + payloads(away)) == list(range(6))
        here.close()
        away.close()


def test_a_member_without_a_session_leaves(port: int) -> None:
    """Its membership ends with its session; the others have all."""
    topic = name()
    with Client(port) as publisher, Client(port) as stays:
        leaves = Client(port)
        for member in (stays, leaves):
            member.subscribe(f"$share/g/{topic}")
        leaves.disconnect()
        for at in range(6):
            publisher.publish(topic, b"%d" % at, 1)
        assert payloads(stays) == list(range(6))


@statement("5.0", "MQTT-4.8.2-4")
def test_begun_with_one(port: int) -> None:
    """A message of QoS 2 that is under way is the member's: it is finished with it, and does not
    come to another."""
    topic = name()
    with Client(port) as publisher, Client(port) as other:
        member = Client(port, **lasting(5))
        member.subscribe(f"$share/g/{topic}")
        publisher.publish(topic, b"1", 2)
        publisher.publish(topic, b"2", 2)
        first, second = member.take(mq.Publish), member.take(mq.Publish)
        member.send(mq.Pubrec(packet_id=number(first)))
        member.take(mq.Pubrel)
        other.subscribe(f"$share/g/{topic}")
        member.close()
        other.nothing()
        member = member.again()
        member.take(mq.Pubrel, packet_id=number(first))
        member.take(mq.Publish, packet_id=number(second), dup=True, payload=b"2")
        member.send(mq.Pubcomp(packet_id=number(first)))
        member.settle(second)
        other.nothing()
        member.nothing()
        member.close()


@statement("5.0", "MQTT-4.8.2-5")
def test_its_session_ends(port: int) -> None:
    """Before the exchange does: nobody else gets the message."""
    topic = name()
    with Client(port) as publisher, Client(port) as other:
        member = Client(port)
        member.subscribe(f"$share/g/{topic}")
        publisher.publish(topic, b"1", 2)
        member.take(mq.Publish, qos=2)
        other.subscribe(f"$share/g/{topic}")
        member.disconnect()
        with Client(port, client_id=member.client_id):
            other.nothing()


@statement("5.0", "MQTT-4.8.2-6")
def test_refused_by_one(port: int) -> None:
    """PUBACK or PUBREC of 0x80 or more: the message is dropped, and goes to nobody else."""
    topic = name()
    with Client(port) as publisher:
        members = [Client(port), Client(port)]
        for member in members:
            member.subscribe(f"$share/g/{topic}")
        for qos, kind in ((1, mq.Puback), (2, mq.Pubrec)):
            publisher.publish(topic, qos=qos)
            for member in members:
                member.sync()
            (chosen,) = (member for member in members if member.packets)
            packet_id = number(chosen.take(mq.Publish))
            answer: mq.Packet = kind(packet_id=packet_id, reason_code=0x83)
            chosen.send(answer)
            for member in members:
                member.nothing()
        for member in members:
            member.close()


def test_busy_members(port: int) -> None:
    """Who has as many in flight as it takes is passed over while another is free."""
    topic = name()
    properties = mq.Properties(receive_maximum=2)
    with (
        Client(port) as publisher,
        Client(port, properties=properties) as busy,
        Client(port) as free,
    ):
        for member in (busy, free):
            member.subscribe(f"$share/g/{topic}")
        for at in range(20):
            publisher.publish(topic, b"%d" % at, 1)
            packet: mq.Publish
            free.sync()
            while free.packets:
                packet = free.take(mq.Publish)
                free.settle(packet)
        busy.sync()
        assert 2 <= len(busy.packets) <= 3  # one may wait: it was asked before that was known


def test_unsubscribed_with_messages_under_way(port: int) -> None:
    """What was begun is finished, what is new goes to the others, and nothing is lost."""
    topic = name()
    with Client(port) as publisher:
        first = Client(port, **lasting(5, receive_maximum=1))
        first.subscribe(f"$share/g/{topic}")
        for at in range(5):
            publisher.publish(topic, b"%d" % at, 1)
        second = Client(port)
        second.subscribe(f"$share/g/{topic}")
        packet = first.take(mq.Publish, payload=b"0")
        first.unsubscribe(f"$share/g/{topic}")
        for at in range(5, 8):
            publisher.publish(topic, b"%d" % at, 1)
        first.settle(packet)
        assert payloads(first) == [1, 2, 3, 4]
        assert payloads(second) == [5, 6, 7]
        first.close()
        second.close()


def test_names_and_filters(port: int) -> None:
    """A group is a name and a filter; UNSUBSCRIBE wants both."""
    topic = name()
    with Client(port) as client:
        client.subscribe(f"$share/g/{topic}/+", f"$share/G/{topic}/+", f"$share/g/{topic}/#")
        client.publish(f"{topic}/a", qos=1)
        assert len(arrived(client)) == 3
        answer = client.unsubscribe(
            f"{topic}/+", f"$share/h/{topic}/+", f"$share/g/{topic}", f"$share/g/{topic}/+"
        )
        assert answer.reason_codes == [0x11, 0x11, 0x11, 0]
        client.publish(f"{topic}/a", qos=1)
        assert len(arrived(client)) == 2


def test_replaced(port: int) -> None:
    """The same one again changes its options: it is one member still."""
    topic = name()
    with Client(port) as client, Client(port) as other:
        for qos in (0, 1, 2):
            client.subscribe(mq.Subscription(topic_filter=f"$share/g/{topic}", qos=qos))
        other.subscribe(f"$share/g/{topic}")
        for at in range(6):
            client.publish(topic, b"%d" % at, 2)
            client.sync()
            other.sync()
        mine = arrived(client)
        assert len(mine) == 3 and {packet.qos for packet in mine} == {2}
        assert len(arrived(other)) == 3


@statement("5.0", "MQTT-4.7.2-1")
def test_dollar_topics(port: int) -> None:
    """The rule about $ is of the filter behind the share name."""
    topic = name()
    with Client(port) as client:
        client.subscribe("$share/g/#", f"$share/g/+/{topic}", f"$share/g/$x/{topic}")
        client.publish(f"$x/{topic}", qos=1)
        assert len(arrived(client)) == 1
        client.publish(f"x/{topic}", qos=1)
        assert len(arrived(client)) == 2


@pytest.mark.parametrize(
    "wrong",
    ["$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/#/a", "$share/", "$share"],
)
@statement("5.0", "MQTT-4.8.2-1", "MQTT-4.8.2-2")
def test_wrong_ones(port: int, wrong: str) -> None:
    """Neither a share nor a filter: the connection ends, or SUBACK says 0x8F."""
    body = b"\0\1\0" + len(wrong).to_bytes(2, "big") + wrong.encode() + b"\0"
    with Client(port) as client:
        client.send(bytes([0x82, len(body)]) + body)
        packet = client.next()
        if isinstance(packet, mq.Suback):
            # 4.8.2 does not name "$share" alone: it is a filter like others.
            assert packet.reason_codes == [0x8F] or (
                wrong == "$share" and packet.reason_codes == [0]
            )
        else:
            assert isinstance(packet, mq.Disconnect)
            assert packet.reason_code in (0x81, 0x82, 0x8F)
            client.ended()


def test_3_1_1(port: int) -> None:
    """Does not know of it: such a filter is one like others, for such topics."""
    topic = name()
    with Client(port, 4) as old, Client(port, 4) as other, Client(port) as member:
        for client in (old, other, member):
            client.subscribe(f"$share/g/{topic}")
        member.publish(topic, b"1", 1)
        member.message(topic, payload=b"1")
        old.publish(f"$share/g/{topic}", b"2", 1)
        for client in (old, other):
            client.message(f"$share/g/{topic}", payload=b"2")
            client.nothing()
        member.nothing()
        old.unsubscribe(f"$share/g/{topic}")
        old.publish(f"$share/g/{topic}", b"3", 1)
        old.nothing()


@statement("3.1.1", "MQTT-3.10.4-1", "5.0", "MQTT-3.10.4-1")
@pytest.mark.parametrize(("before", "after"), [(5, 4), (4, 5)])
def test_a_session_that_changes_its_version(port: int, before: int, after: int) -> None:
    """UNSUBSCRIBE compares characters: what they meant when it was subscribed is no matter."""
    topic = name()
    client = Client(port, before, **lasting(before))
    client.subscribe(f"$share/g/{topic}")
    client.close()
    with (
        Client(port, after, client_id=client.client_id, **lasting(after)) as again,
        Client(port) as publisher,
    ):
        assert again.session_present
        where = topic if before == 5 else f"$share/g/{topic}"
        publisher.publish(where, b"1", 1)
        again.message(where, payload=b"1")
        if after == 5:
            again.subscribe(f"$share/g/{topic}")  # another one beside it
        codes = again.unsubscribe(f"$share/g/{topic}").reason_codes
        assert after == 4 or codes == [0]
        for each in (topic, f"$share/g/{topic}"):
            assert publisher.publish(each, b"2", 1) == 0x10
        again.nothing()


def test_fair_among_many(port: int) -> None:
    topic, count = name(), 100
    with Client(port) as publisher:
        members = [Client(port) for _ in range(20)]
        for member in members:
            member.subscribe(f"$share/g/{topic}")
        for at in range(count):
            publisher.publish(topic, b"%d" % at)
        publisher.sync()
        shares = Counter(len(arrived(member)) for member in members)
        assert shares == {count // len(members): len(members)}
        for member in members:
            member.close()


def test_a_member_who_may_not_read(tmp_path: Path) -> None:
    """Takes no message away from those who may."""
    (tmp_path / "acl").write_text("topic write #\npattern read mail/%c\n")
    config = f"allow_anonymous true\nacl_file {tmp_path}/acl"
    with Broker(tmp_path, config) as broker, Client(broker.port) as publisher:
        members = {each: Client(broker.port, client_id=each) for each in ("ann", "bob", "eve")}
        for member in members.values():
            assert member.subscribe("$share/g/mail/+").reason_codes == [2]
        for at in range(6):
            assert publisher.publish("mail/bob", b"%d" % at, 1) == 0
            members["bob"].sync()
        assert publisher.publish("mail/nobody", qos=1) == 0x10
        assert payloads(members["bob"]) == list(range(6))
        for member in members.values():
            member.nothing()
            member.close()
