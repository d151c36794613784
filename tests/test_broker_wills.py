# SPDX-License-Identifier: MIT
"""Wills: when they are published, when they are not, how they look, and their delay.  3.1.2.5,
3.1.3.2."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from typing import Any, Callable

import mqttwire as mq
import pytest
from broker import keeping, needs_broker
from broker_client import Client, both, lasting
from statements import statement

pytestmark = needs_broker

topics = (f"will{each}" for each in count())


@pytest.fixture(scope="module", params=["memory", "file"])
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with keeping(request.param, tmp_path_factory.mktemp("broker")) as broker:
        yield broker.port


@pytest.fixture
def topic() -> str:
    """Also the client's identifier."""
    return next(topics)


@pytest.fixture
def watcher(port: int, topic: str) -> Iterator[Client]:
    """Has subscribed to the topic."""
    with Client(port) as client:
        client.subscribe(mq.Subscription(topic_filter=topic, qos=2, retain_as_published=True))
        yield client


def will(topic: str, *, qos: int = 0, retain: bool = False, **properties: Any) -> mq.Will:
    fields = mq.Properties(**properties)
    return mq.Will(topic=topic, payload=b"gone", qos=qos, retain=retain, properties=fields)


def delayed(port: int, topic: str, delay: int, seconds: int = 1000, **fields: Any) -> Client:
    """A client of 5.0 that has a will with a delay, and whose session lasts so long."""
    kept = lasting(seconds=seconds)
    kept.update(fields)
    left = will(topic, will_delay_interval=delay)
    return Client(port, client_id=topic, will=left, **kept)


# ---- When it is published ------------------------------------------------------------------------


def by_an_error(client: Client) -> None:
    client.send(bytes.fromhex("ff00"))
    client.refused(mq.Reason.MALFORMED_PACKET)


def by_another_connect(client: Client) -> None:
    client.send(mq.Connect(client_id="again"))
    client.refused(mq.Reason.PROTOCOL_ERROR)


ENDS: list[Callable[[Client], None]] = [
    Client.close,
    Client.reset,
    by_an_error,
    by_another_connect,
]


@statement("3.1.1", "MQTT-3.1.2-8", "MQTT-3.1.2-16")
@statement("5.0", "MQTT-3.1.2-7", "MQTT-3.1.2-8", "MQTT-3.1.2-14")
@pytest.mark.parametrize("end", ENDS)
@both
def test_published(
    port: int, topic: str, watcher: Client, version: int, end: Callable[[Client], None]
) -> None:
    client = Client(port, version, will=will(topic))
    end(client)
    watcher.message(topic, payload=b"gone", retain=False, qos=0)
    with Client(port) as late:
        late.subscribe(topic)
        late.nothing()


@statement("5.0", "MQTT-3.1.2-8")
@pytest.mark.parametrize("code", [0x04, 0x80, 0x81, 0x82, 0x83, 0x95, 0x97, 0x98])
def test_published_after_disconnect_with_another_code(
    port: int, topic: str, watcher: Client, code: int
) -> None:
    Client(port, will=will(topic)).disconnect(reason_code=code)
    watcher.message(topic)


@statement("3.1.1", "MQTT-3.1.2-8", "MQTT-3.1.2-10", "MQTT-3.14.4-3", "MQTT-3.1.2-12")
@statement("5.0", "MQTT-3.1.2-8", "MQTT-3.1.2-10", "MQTT-3.14.4-3")
@both
def test_not_published(port: int, topic: str, watcher: Client, version: int) -> None:
    """After DISCONNECT, also of a session that is kept; nor another time, nor without one."""
    for kept in ({}, lasting(version)):
        Client(port, version, client_id=topic, will=will(topic), **kept).disconnect()
        with Client(port, version, client_id=topic, **lasting(version)) as client:
            client.reset()
    Client(port, version, client_id=topic, will=will(topic), **kept).close()
    watcher.message(topic)
    Client(port, version, client_id=topic, **lasting(version)).close()
    Client(port, version, client_id=topic).close()
    watcher.nothing()


@both
def test_each_connect_has_a_will_of_its_own(
    port: int, topic: str, watcher: Client, version: int
) -> None:
    kept = lasting(version)
    with Client(port, version, client_id=topic, will=will("other"), **kept) as old:
        old.disconnect()
    Client(port, version, client_id=topic, will=will(topic, qos=1), **kept).close()
    watcher.message(topic, qos=1)
    watcher.nothing()


@both
def test_taking_over_publishes_it(port: int, topic: str, watcher: Client, version: int) -> None:
    """3.1.4: a will without a delay goes out before the other connection goes on."""
    for clean in (False, True):
        kept = lasting(version)
        kept["clean_start"] = clean
        with Client(port, version, client_id=topic, will=will(topic), **kept) as old:
            with Client(port, version, client_id=topic, **kept):
                old.refused(mq.Reason.SESSION_TAKEN_OVER)
            watcher.message(topic)
    watcher.nothing()


# ---- How it looks --------------------------------------------------------------------------------


@statement("3.1.1", "MQTT-3.1.2-16", "5.0", "MQTT-3.1.2-14")
@pytest.mark.parametrize("qos", [0, 1, 2])
@both
def test_qos(port: int, topic: str, watcher: Client, version: int, qos: int) -> None:
    Client(port, version, will=will(topic, qos=qos)).close()
    watcher.message(topic, qos=qos, retain=False)


@statement("3.1.1", "MQTT-3.1.2-17", "5.0", "MQTT-3.1.2-15")
@pytest.mark.parametrize("qos", [0, 1, 2])
@both
def test_retained(port: int, topic: str, watcher: Client, version: int, qos: int) -> None:
    Client(port, version, will=will(topic, qos=qos, retain=True)).close()
    watcher.message(topic, qos=qos, retain=True)
    with Client(port, version) as late:
        late.subscribe(topic)
        late.message(topic, payload=b"gone", retain=True)
    empty = mq.Will(topic=topic, payload=b"", retain=True)  # and a will may remove it
    Client(port, version, will=empty).close()
    watcher.message(topic, payload=b"")
    with Client(port, version) as late:
        late.subscribe(topic)
        late.nothing()


@statement("5.0", "MQTT-3.1.3-10")
def test_properties(port: int, topic: str, watcher: Client) -> None:
    pairs = [("b", "1"), ("a", "2"), ("b", "1"), ("", ""), ("a", "0")]
    properties: dict[str, Any] = {
        "payload_format_indicator": 1,
        "content_type": "text",
        "response_topic": "r",
        "correlation_data": b"\0\1",
        "message_expiry_interval": 1000,
        "user_properties": pairs,
    }
    Client(port, will=will(topic, **properties)).close()
    got = watcher.message(topic).properties
    assert list(got.user_properties) == pairs
    assert 999 <= (got.message_expiry_interval or 0) <= 1000
    for name in ("payload_format_indicator", "content_type", "response_topic", "correlation_data"):
        assert getattr(got, name) == properties[name]
    assert got.will_delay_interval is None


def test_it_waits_for_those_who_are_away(port: int, topic: str) -> None:
    """Its author too, who may have subscribed to it."""
    kept = lasting()
    with Client(port, client_id=topic, will=will(topic, qos=1), **kept) as client:
        client.subscribe(topic)
    with Client(port, client_id=topic, **kept) as client:
        client.message(topic, qos=1)


# ---- Its delay -----------------------------------------------------------------------------------


@statement("5.0", "MQTT-3.1.2-8", "MQTT-3.1.3-9")
def test_delay(port: int) -> None:
    """Published after the delay, or when the session ends; not before, and not when the client has
    come back in time."""
    with Client(port) as watcher:
        late, shorter, back, clean, left, taken = (next(topics) for _ in range(6))
        watcher.subscribe(late, shorter, back, clean, left, taken)
        begun = time.monotonic()
        delayed(port, late, 2).close()
        delayed(port, shorter, 1000, seconds=2).close()
        delayed(port, back, 2).close()
        with delayed(port, taken, 2) as old, delayed(port, taken, 2) as new:
            old.refused(mq.Reason.SESSION_TAKEN_OVER)
            new.disconnect()
        with Client(port, client_id=back, **lasting()) as client:
            assert client.session_present
            watcher.nothing()
            delayed(port, left, 1000).disconnect(reason_code=0x04)
            watcher.nothing()
            # A clean start ends the session, and so does its end in DISCONNECT.
            delayed(port, clean, 1000).close()
            Client(port, client_id=clean).close()
            watcher.message(clean)
            Client(port, client_id=left).close()
            watcher.message(left)
            assert time.monotonic() - begun < 2
            due = [watcher.take(mq.Publish).topic for _ in range(2)]
            assert set(due) == {late, shorter}
            assert 2 <= time.monotonic() - begun < 4
        time.sleep(0.2)
        watcher.nothing()


@statement("5.0", "MQTT-3.1.2-8")
def test_delay_of_a_session_that_ends_at_once(port: int, topic: str, watcher: Client) -> None:
    delayed(port, topic, 1000, seconds=0).close()
    watcher.message(topic)
    with delayed(port, topic, 1000) as client:
        end = mq.Properties(session_expiry_interval=0)
        client.disconnect(reason_code=0x04, properties=end)
    watcher.message(topic)


@statement("5.0", "MQTT-3.1.2-10")
def test_no_delay_after_disconnect(port: int, topic: str, watcher: Client) -> None:
    delayed(port, topic, 0, seconds=1).disconnect()
    delayed(port, topic, 1, seconds=1).disconnect()
    time.sleep(1.1)  # and not at the end of the session
    watcher.nothing()


def test_taking_over_with_a_clean_start_ends_the_delay(
    port: int, topic: str, watcher: Client
) -> None:
    with delayed(port, topic, 1000) as old, Client(port, client_id=topic):
        old.refused(mq.Reason.SESSION_TAKEN_OVER)
        watcher.message(topic)
