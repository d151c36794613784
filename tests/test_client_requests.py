# SPDX-License-Identifier: MIT
"""The client library's requests and replies, and enhanced authentication."""

from __future__ import annotations

from typing import Any

import mqttwire as mq
import pytest
from client_driver import (
    Driver,
    Server,
    connack,
    connect,
    filters,
    lose,
    message,
    number,
    online,
    subscribe,
)

# ---- Requests and replies


def test_requests_and_replies() -> None:
    """One response topic, which is asked for once; replies in any order, each to its own."""
    with online() as (client, peer, server):
        for count in range(3):
            client.request(count, 10000, topic="ask", qos=count, payload=b"%d" % count)
        wanted = peer.grant()
        asked = [peer.take(mq.Publish, topic="ask", qos=count) for count in range(3)]
        topic, = {packet.properties.response_topic for packet in asked}
        assert topic and list(filters(wanted)) == [topic] and "c" in topic.split("/")
        data = [packet.properties.correlation_data for packet in asked]
        assert len(set(data)) == 3 and None not in data
        for count in (2, 0, 1):
            properties = mq.Properties(correlation_data=data[count])
            reply = mq.Publish(topic=topic, payload=b"%d" % count, properties=properties)
            peer.send(reply, reply)
            client.wait("reply", id=count, status="OK", packet=reply)
            client.message(packet=reply)  # a second one is a message as any other
        peer.send(mq.Publish(topic=topic, properties=mq.Properties(correlation_data=b"?")))
        client.message()
        assert not client.has("reply")
        lose(client, peer)
        peer = server.greet()  # a lost session costs no reply
        assert list(filters(peer.grant())) == [topic]


def test_a_request_without_a_reply() -> None:
    with online() as (client, peer, _):
        client.request(1, 30)
        client.request(2, 60)
        client.request(3, 10000)
        for number_of in (1, 2):
            client.wait("reply", id=number_of, status="TIMEOUT", packet=None)
        peer.grant()
        first, _second, third = (peer.take(mq.Publish).properties for _ in range(3))
        for properties in (first, third):
            peer.send(mq.Publish(topic=properties.response_topic or "", properties=mq.Properties(
                correlation_data=properties.correlation_data)))
        client.message()  # too late
        client.wait("reply", id=3, status="OK")


def test_a_request_with_topic_and_data_of_its_own() -> None:
    with online() as (client, peer, _):
        properties = mq.Properties(response_topic="mine", correlation_data=b"x")
        client.request(1, 10000, properties=properties)
        assert peer.take(mq.Publish).properties == properties
        peer.send(mq.Publish(topic="mine", properties=mq.Properties(correlation_data=b"x")))
        client.wait("reply", id=1, status="OK")


def test_a_response_topic_below_what_the_server_says() -> None:
    wanted = connect(properties={"request_response_information": 1})
    answer = connack(response_information="for/you")
    with online(answer=answer, connect=wanted) as (client, peer, _):
        client.request(1, 10000)
        topic, = filters(peer.grant())
        assert topic.startswith("for/you/")
        assert peer.take(mq.Publish).properties.response_topic == topic


def test_a_request_before_the_connection() -> None:
    """Which response topic the client has, CONNACK says; one of the caller's can wait."""
    with Server() as server, Driver() as client:
        client.new(server.url)
        client.request(1, 10000, "OFFLINE", qos=1)
        own = mq.Properties(response_topic="own")
        client.request(2, 10000, "OFFLINE", properties=own)  # of QoS 0
        client.request(3, 10000, qos=1, properties=own)
        client.do("connect")
        peer = server.greet()
        assert peer.take(mq.Publish).properties.response_topic == "own"
        assert not client.has("reply")


def test_a_request_is_not_its_own_reply() -> None:
    """A client that serves what it asks for gets its request, with the same data."""
    with online() as (client, peer, _):
        client.request(1, 10000, topic="svc")
        peer.grant()
        asked = peer.take(mq.Publish)
        peer.send(asked)
        assert client.message()["packet"].topic == "svc"
        answer = mq.Publish(
            topic=str(asked.properties.response_topic),
            properties=mq.Properties(correlation_data=asked.properties.correlation_data),
        )
        peer.send(answer)
        client.wait("reply", status="OK")


def test_a_refused_response_topic() -> None:
    """There will be no reply; the next request asks for the topic again."""
    with online() as (client, peer, _):
        client.request(1, 10000)
        peer.grant(mq.Reason.NOT_AUTHORIZED)
        client.wait("reply", status="REFUSED")
        peer.take(mq.Publish)
        client.request(2, 10000)
        peer.grant()


def test_a_request_that_the_server_does_not_take() -> None:
    with online() as (client, peer, _):
        client.request(1, 10000, qos=1)
        peer.grant()
        sent = peer.take(mq.Publish)
        peer.send(mq.Puback(packet_id=number(sent), reason_code=mq.Reason.NOT_AUTHORIZED))
        client.wait("reply", status="REFUSED")


@pytest.mark.parametrize("name", ["plain", "a+b", "a#"])
def test_a_name_that_is_no_topic(name: str) -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, connect=mq.Connect(version=5, client_id="", clean_start=True))
        client.do("connect")
        peer = server.greet(mq.Connack(properties=mq.Properties(assigned_client_identifier=name)))
        client.wait("connected")
        client.request(1, 10000)
        (wanted,) = peer.grant().subscriptions
        assert peer.take(mq.Publish).properties.response_topic == wanted.topic_filter
        assert (wanted.topic_filter == f"responses/{name}") == (name == "plain")


def test_answering() -> None:
    """The response has the request's topic and data; a request without a topic gets none."""
    with online() as (client, peer, _):
        client.on("message", "respond", mq.Publish(topic="x", payload=b"42"), id=1)
        properties = mq.Properties(response_topic="back", correlation_data=b"c")
        peer.send(mq.Publish(topic="ask", properties=properties))
        peer.take(mq.Publish, topic="back", payload=b"42",
                  properties=mq.Properties(correlation_data=b"c"))
        client.wait("hooked", status="OK")
        client.on("message", "respond", mq.Publish(topic="x"), id=2)
        peer.send(mq.Publish(topic="ask"))
        client.wait("hooked", status="INVALID")


def test_a_request_of_3_1_1() -> None:
    with online(4) as (client, _, _server):
        client.do("request", "INVALID", id=1, packet=message().encode(version=4).hex(), timeout=9)


# ---- Enhanced authentication, with a method that the test speaks


def words(*said: bytes | None) -> list[str | None]:
    return [word.hex() if word is not None else None for word in said]


def auth(code: int, data: bytes | None = None) -> mq.Auth:
    return mq.Auth(reason_code=code, properties=mq.Properties(
        authentication_method="M", authentication_data=data))


def test_authentication() -> None:
    with Server() as server, Driver() as client:
        said = words(b"1", b"3", b"", b"5", b"")
        client.new(server.url, authentication_method="M", authenticate=said)
        client.do("connect")
        peer = server.accept()
        properties = peer.take(mq.Connect).properties
        assert (properties.authentication_method, properties.authentication_data) == ("M", b"1")
        client.wait("authenticate", begin=True, final=False)
        peer.send(auth(0x18, b"2"))
        assert peer.next() == auth(0x18, b"3")
        assert client.wait("authenticate", begin=False, final=False)["in"] == b"2".hex()
        peer.send(connack(authentication_method="M", authentication_data=b"4"))
        assert client.wait("authenticate", begin=False, final=True)["in"] == b"4".hex()
        client.wait("connected")
        client.do("reauthenticate", id=9)
        client.do("reauthenticate", "INVALID", id=10)  # one at a time
        assert peer.next() == auth(0x19, b"5")
        client.publish(1, qos=1)  # which goes on meanwhile
        peer.acknowledge(peer.take(mq.Publish))
        client.result(1)
        peer.send(auth(0, b"6"))
        client.result(9)


@pytest.mark.parametrize("step", ["auth", "connack", "again"])
def test_a_server_that_is_not_trusted(step: str) -> None:
    said: dict[str, list[bytes | None]] = {
        "auth": [b"1"], "connack": [b"1", None], "again": [b"1", b"", b"2", None]}
    with Server() as server, Driver() as client:
        client.new(server.url, authentication_method="M", authenticate=words(*said[step]))
        client.do("connect")
        peer = server.accept()
        peer.take(mq.Connect)
        if step == "auth":
            peer.send(auth(0x18, b"?"))
        else:
            peer.send(connack(authentication_method="M", authentication_data=b"!"))
        if step == "again":
            client.do("reauthenticate", id=9)
            peer.take(mq.Auth)
            peer.send(auth(0x18, b"?"))
            # 0x87 is for servers alone: table 3-10.
            peer.take(mq.Disconnect, reason_code=mq.Reason.UNSPECIFIED_ERROR)
        peer.ended()
        assert client.ended("AUTHENTICATION")["retry"] is None
        if step == "again":
            client.result(9, "AUTHENTICATION")


@pytest.mark.parametrize("packet", [auth(0x18, b"?"), auth(0x00)], ids=["0x18", "0x00"])
@pytest.mark.parametrize("method", [None, "M", "N"])
def test_auth_that_nobody_asked_for(packet: mq.Auth, method: str | None) -> None:
    """Without a method, with another one, or at any time: the connection ends, in order."""
    options: dict[str, Any] = {}
    if method:
        options = {"authentication_method": method, "authenticate": words(b"1", b"", None)}
    with Server() as server, Driver() as client:
        client.new(server.url, **options)
        client.do("connect")
        peer = server.greet(connack(authentication_method=method))
        client.wait("connected")
        peer.send(packet)
        peer.take(mq.Disconnect)
        peer.ended()
        assert client.wait("disconnected")["status"] in ("PROTOCOL", "AUTHENTICATION")


def test_reauthentication_when_the_connection_is_lost() -> None:
    with Server() as server, Driver() as client:
        said = words(b"1", b"", b"2", b"1", b"")
        client.new(server.url, authentication_method="M", authenticate=said)
        client.do("connect")
        peer = server.greet(connack(authentication_method="M"))
        client.wait("connected")
        client.do("reauthenticate", id=9)
        peer.take(mq.Auth)
        lose(client, peer)
        client.result(9, "NETWORK")
        client.do("reauthenticate", "OFFLINE", id=10)
        server.greet(connack(authentication_method="M"))
        client.wait("connected")
        assert not client.has("result")


def test_what_asks_for_itself_again() -> None:
    """A callback that subscribes anew: no harm."""
    with online() as (client, peer, _):
        client.on("result", "subscribe", subscribe("b"), id=2)
        client.subscribe(1, "a")
        peer.grant()
        client.result(1, "OK", 2)
        peer.grant()
        client.result(2, "OK", 2)
