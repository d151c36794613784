# SPDX-License-Identifier: MIT
"""Quality of service of what the broker receives: sections 4.3, 4.4 and 4.6."""

from __future__ import annotations

from collections.abc import Iterator

import mqttwire as mq
import pytest
from broker import Broker, needs_broker
from broker_client import Client, both, lasting, name
from statements import statement

pytestmark = needs_broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@both
@pytest.mark.parametrize("other", [4, 5])
@statement("MQTT-3.3.4-1", "3.1.1", "MQTT-3.8.4-6", "5.0", "MQTT-3.8.4-8")
def test_the_lower_qos(port: int, version: int, other: int) -> None:
    """Of what it was published with and what was granted; the acknowledgement is of the former."""
    topic = name()
    with Client(port, version) as publisher:
        for granted in range(3):
            with Client(port, other) as subscriber:
                wanted = mq.Subscription(topic_filter=topic, qos=granted)
                assert subscriber.subscribe(wanted).reason_codes == [granted]
                for qos in range(3):
                    payload = b"%d%d" % (qos, granted)
                    assert publisher.publish(topic, payload, qos) == 0
                    packet = subscriber.message(topic, payload=payload, qos=min(qos, granted))
                    assert not packet.dup and not packet.retain
                publisher.nothing()


@both
@statement(
    "3.1.1", "MQTT-2.3.1-6", "MQTT-4.3.2-2", "MQTT-3.3.1-3",
    "5.0", "MQTT-2.2.1-5", "MQTT-4.3.2-4", "MQTT-4.3.2-5", "MQTT-3.3.1-3",
)  # fmt: skip
def test_qos_1_comes(port: int, version: int) -> None:
    """Each PUBLISH has its PUBACK, and after that the identifier is of a new message, whatever DUP
    says; DUP is not passed on."""
    topic = name()
    with Client(port, version) as publisher, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        for packet_id in (1, 65535, 7, 7, 7):
            for dup in (False, True):
                publisher.send(mq.Publish(topic=topic, qos=1, packet_id=packet_id, dup=dup))
                publisher.take(mq.Puback, packet_id=packet_id)
                assert not subscriber.message(topic, qos=1).dup


@both
@statement(
    "3.1.1", "MQTT-2.3.1-6", "MQTT-4.3.3-2",
    "5.0", "MQTT-2.2.1-5", "MQTT-4.3.3-8", "MQTT-4.3.3-10", "MQTT-4.3.3-11", "MQTT-4.3.3-12",
)  # fmt: skip
def test_qos_2_comes(port: int, version: int) -> None:
    """PUBREC for each copy, of which one is delivered; after PUBCOMP the identifier is new."""
    topic = name()
    with Client(port, version) as publisher, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        for payload in (b"first", b"second"):
            message = mq.Publish(topic=topic, payload=payload, qos=2, packet_id=9)
            for dup in (False, True, False):
                publisher.send(message.replace(dup=dup))
                publisher.take(mq.Pubrec, packet_id=9, reason_code=0)
            publisher.send(mq.Pubrel(packet_id=9))
            publisher.take(mq.Pubcomp, packet_id=9, reason_code=0)
            assert not subscriber.message(topic, payload=payload, qos=2).dup
            subscriber.nothing()


@both
@statement("3.1.1", "MQTT-4.3.3-2", "5.0", "MQTT-2.2.1-5", "MQTT-4.3.3-11")
def test_pubrel_again(port: int, version: int) -> None:
    """Is answered each time; 5.0 says that there was no such identifier."""
    with Client(port, version) as publisher:
        publisher.publish(name(), qos=2)
        for packet_id in (1, 1, 77):
            publisher.send(mq.Pubrel(packet_id=packet_id))
            publisher.take(mq.Pubcomp, packet_id=packet_id, reason_code=0x92 if version == 5 else 0)
        publisher.nothing()


@both
@statement("MQTT-4.4.0-1", "3.1.1", "MQTT-4.3.3-2", "5.0", "MQTT-4.3.3-10")
def test_qos_2_comes_on_two_connections(port: int, version: int) -> None:
    """What has had PUBREC is not delivered again, on whatever connection it comes again."""
    topic = name()
    with Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        publisher = Client(port, version, **lasting(version))
        for packet_id in (3, 2):
            publisher.send(mq.Publish(topic=topic, qos=2, packet_id=packet_id))
            publisher.take(mq.Pubrec, packet_id=packet_id, reason_code=0)
            subscriber.message(topic, qos=2)
        publisher = publisher.again()
        publisher.send(mq.Publish(topic=topic, qos=2, packet_id=3, dup=True))
        publisher.take(mq.Pubrec, packet_id=3, reason_code=0)
        publisher = publisher.again()
        for packet_id in (3, 2):  # 2: its PUBREC came, so that PUBREL is what is sent again
            publisher.send(mq.Pubrel(packet_id=packet_id))
            publisher.take(mq.Pubcomp, packet_id=packet_id, reason_code=0)
        subscriber.nothing()
        publisher.send(mq.Publish(topic=topic, qos=2, packet_id=3))
        publisher.take(mq.Pubrec, packet_id=3, reason_code=0)
        subscriber.message(topic, qos=2)
        publisher.close()


@both
@statement("3.1.1", "MQTT-3.1.2-6", "5.0", "MQTT-3.1.2-4")
def test_qos_2_of_a_session_that_is_over(port: int, version: int) -> None:
    """The identifier is of a new message for the new session."""
    topic = name()
    with Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        for _ in range(2):
            with Client(port, version, client_id=topic, clean_start=True) as publisher:
                assert not publisher.session_present
                publisher.send(mq.Publish(topic=topic, qos=2, packet_id=3))
                publisher.take(mq.Pubrec, packet_id=3, reason_code=0)
                subscriber.message(topic, qos=2)


@both
def test_the_publisher_need_not_wait_for_others(port: int, version: int) -> None:
    """Its exchange is over, although that of the subscriber has not begun."""
    topic = name()
    with Client(port, version) as publisher, Client(port, version) as subscriber:
        subscriber.subscribe(topic)
        assert publisher.publish(topic, qos=1) == 0
        assert publisher.publish(topic, qos=2) == 0
        for qos in (1, 2):
            subscriber.take(mq.Publish, qos=qos)
        subscriber.nothing()


@both
@statement("3.1.1", "MQTT-4.6.0-6", "5.0", "MQTT-4.6.0-6")
def test_acknowledgements_are_in_order(port: int, version: int) -> None:
    """Those of the broker, as those of clients have to be: 4.6."""
    topic = name()
    with Client(port, version) as publisher:
        ids = [9, 2, 7, 1, 5]
        publisher.send(
            *(mq.Publish(topic=topic, qos=1 + i % 2, packet_id=i) for i in ids),
            *(mq.Pubrel(packet_id=i) for i in ids if i % 2),
        )
        for i in ids:
            publisher.take(mq.Pubrec if i % 2 else mq.Puback, packet_id=i)
        for i in ids:
            if i % 2:
                publisher.take(mq.Pubcomp, packet_id=i)
