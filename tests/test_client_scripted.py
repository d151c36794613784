# SPDX-License-Identifier: MIT
"""The client library against scripted servers: a connection's beginning, life and end.

Other parts: test_client_acknowledgements.py, _limits.py, _queue.py, _requests.py, _resets.py,
_sessions.py, _times.py and _vectors.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import mqttwire as mq
import pytest
from client_driver import Driver, Server, connack, connect, message, number, online

both = pytest.mark.parametrize("version", [4, 5])


# ---- Bytes in any pieces


@both
def test_packets_in_pieces(version: int) -> None:
    """Cut at every byte, byte by byte, and together: the same comes of them."""
    packets = [
        mq.Publish(topic="a", payload=bytes(200), version=version),  # a length of two bytes
        mq.Publish(topic="b", qos=1, packet_id=1, version=version),
        mq.Publish(topic="c", qos=2, packet_id=2, version=version),
        mq.Pubrel(packet_id=2),
    ]
    with online(version) as (client, peer, _):
        def expect() -> None:
            for packet in packets[:3]:
                client.message(packet=packet)
            peer.take(mq.Puback, packet_id=1)
            peer.take(mq.Pubrec, packet_id=2)
            peer.take(mq.Pubcomp, packet_id=2)

        peer.send(*packets)
        expect()
        wire = peer.wire(*packets)
        for byte in wire:
            peer.socket.sendall(bytes([byte]))
        expect()
        small = packets[1:]
        for cut in range(1, len(b"".join(packet.encode(version=version) for packet in small))):
            wire = peer.wire(*small)
            peer.socket.sendall(wire[:cut])
            client.do("ask")
            peer.socket.sendall(wire[cut:])
            for packet in small[:2]:
                client.message(packet=packet)
            peer.take(mq.Puback)
            peer.take(mq.Pubrec)
            peer.take(mq.Pubcomp)


@both
def test_connack_in_pieces_with_what_follows(version: int) -> None:
    """A message may come with CONNACK, in one segment or cut at any byte."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, backoff_first=1)
        client.do("connect")
        for cut in range(15):
            peer = server.accept()
            peer.take(mq.Connect)
            wire = peer.wire(mq.Connack(), mq.Publish(topic="a", payload=b"x"))
            peer.socket.sendall(wire[:cut])
            client.do("ask")
            peer.socket.sendall(wire[cut:])
            client.wait("connected")
            client.message()
            peer.reset()
            client.ended("NETWORK")


# ---- Silence, and a connection that never comes to be


@both
def test_no_connack(version: int) -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, version, connect_timeout=500)
        client.do("connect")
        peer = server.accept()
        peer.take(mq.Connect)
        told = client.ended("TIMEOUT", reason_code=0, packet=None)
        assert 20 <= told["retry"] <= 22
        peer.ended()
        server.greet()  # it tries again
        client.wait("connected")


def test_half_a_connack() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, connect_timeout=60)
        client.do("connect")
        peer = server.accept()
        peer.take(mq.Connect)
        peer.send(bytes.fromhex("20 03 00"))
        client.ended("TIMEOUT")
        peer.ended()


def test_tcp_is_not_accepted() -> None:
    """The system has taken the connection, and nobody answers."""
    with Server() as server, Driver() as client:
        client.new(server.url, connect_timeout=60, attempts=2)
        client.do("connect")
        assert client.ended("TIMEOUT")["retry"] is not None
        assert client.ended("TIMEOUT")["retry"] is None


def test_nobody_listens() -> None:
    with Server() as server:
        url = server.url
    with Driver() as client:
        client.new(url, attempts=3, backoff_first=1)
        client.do("connect")
        for retry in (True, True, False):
            assert (client.ended("NETWORK")["retry"] is not None) == retry
        client.do("connect")  # the application may try again
        client.ended("NETWORK")


@both
@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("when", ["accept", "connect", "connack"])
def test_the_connection_is_lost(version: int, how: str, when: str) -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, version)
        client.do("connect")
        peer = server.accept()
        if when != "accept":
            peer.take(mq.Connect)
        if when == "connack":
            peer.send(mq.Connack())
            client.wait("connected")
        getattr(peer, how)()
        told = client.ended("NETWORK", reason_code=0, packet=None)
        assert told["text"] and told["retry"] is not None
        server.greet()
        client.wait("connected")


def test_another_protocol() -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, no_reconnect=True)
        client.do("connect")
        peer = server.accept()
        peer.take(mq.Connect)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n" + b"X" * 100)
        peer.ended()
        assert client.ended("PROTOCOL")["retry"] is None


# ---- CONNACK refuses, DISCONNECT

#: Codes after which the same CONNECT may be taken another time: 0x80 and 0x83 say nothing, the
#: others speak of the server's state, or of what was done on the connection.
LATER = {0x80, 0x83, 0x88, 0x89, 0x8B, 0x8D, 0x93, 0x96, 0x97, 0x98, 0x9F, 0xA0}


def codes(kind: mq.Type) -> list[int]:
    """All that the server may say in such a packet, but success."""
    make: Any = mq.Connack if kind == mq.Type.CONNACK else mq.Disconnect
    found = []
    for code in range(1, 256):
        try:
            mq.decode(make(reason_code=code).encode(), version=5, sender="server")
        except mq.MqttError:
            continue
        found.append(code)
    return found


@pytest.mark.parametrize("code", codes(mq.Type.CONNACK))
def test_connack_refuses(code: int) -> None:
    properties = mq.Properties(reason_string="because", server_reference="other")
    with Server() as server, Driver() as client:
        client.new(server.url)
        client.do("connect")
        peer = server.greet(mq.Connack(reason_code=code, properties=properties))
        peer.ended()
        told = client.ended("REFUSED", reason_code=code)
        assert told["packet"] == mq.Connack(reason_code=code, properties=properties)
        assert told["text"] == f"{mq.reason_text(code, mq.Type.CONNACK)}: because"
        assert (told["retry"] is not None) == (code in LATER)
        if code in LATER:
            server.greet()
            client.wait("connected")


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5])
def test_connack_refuses_in_3_1_1(code: int) -> None:
    with Server() as server, Driver() as client:
        client.new(server.url, 4)
        client.do("connect")
        server.greet(mq.Connack(reason_code=code)).ended()
        told = client.ended("REFUSED", reason_code=code)
        assert told["text"] == mq.reason_text(code, mq.Type.CONNACK, version=4)
        assert (told["retry"] is not None) == (code == mq.ReturnCode.SERVER_UNAVAILABLE)


@pytest.mark.parametrize("code", [0, *codes(mq.Type.DISCONNECT)])
def test_the_server_disconnects(code: int) -> None:
    """The client closes, and does not answer: 3.14.4."""
    with online() as (client, peer, server):
        client.publish(1, qos=1)
        peer.take(mq.Publish)
        packet = mq.Disconnect(reason_code=code, properties=mq.Properties(reason_string="x"))
        peer.send(packet)
        peer.ended()
        told = client.ended("REFUSED", reason_code=code)
        assert told["packet"] == packet
        assert told["text"] == f"{mq.reason_text(code, mq.Type.DISCONNECT)}: x"
        assert (told["retry"] is not None) == (code in {*LATER, 0})
        if code in LATER:
            server.greet(present=True).take(mq.Publish, dup=True)


def test_disconnect_of_a_server_of_3_1_1() -> None:
    """There is none."""
    with online(4) as (client, peer, _):
        peer.send(bytes.fromhex("e0 00"))
        peer.ended()
        client.ended("PROTOCOL")


def test_a_long_reason_is_cut_between_characters() -> None:
    """The text for people is UTF-8 on one line, however long the server's is."""
    with online() as (client, peer, server):
        peer.send(mq.Disconnect(reason_code=0x8B,
                                properties=mq.Properties(reason_string="a\n\x1b[2Jb")))
        assert client.ended("REFUSED")["text"].endswith(": a??[2Jb")
        peer = server.greet()
        client.wait("connected")
        for reason in ("ä" * 500, "a" + "ä" * 500, "aa" + "€" * 500, "𝄞" * 500):
            peer.send(mq.Disconnect(reason_code=0x8B,
                                    properties=mq.Properties(reason_string=reason)))
            text = client.ended("REFUSED")["text"]
            assert text is not None
            said = text.split(": ", 1)[1]
            assert len(said) > 20 and reason.startswith(said)
            peer = server.greet()
            client.wait("connected")


# ---- CONNECT as it was asked for


def test_connect_has_all_that_it_was_given() -> None:
    will = mq.Will(topic="w", payload=b"gone", qos=1, retain=True, properties=mq.Properties(
        will_delay_interval=5, payload_format_indicator=1, message_expiry_interval=9,
        content_type="text/plain", response_topic="r", correlation_data=b"c",
        user_properties=[("w", "1"), ("w", "2")]))
    wanted = mq.Connect(
        client_id="me", keep_alive=77, clean_start=True, username="u", password=b"p", will=will,
        properties=mq.Properties(
            session_expiry_interval=10, receive_maximum=7, maximum_packet_size=5000,
            topic_alias_maximum=3, request_response_information=1, request_problem_information=0,
            user_properties=[("a", "b")]))
    with Server() as server, Driver() as client:
        client.new(server.url, connect=wanted)
        client.do("connect")
        peer = server.accept()
        assert peer.next() == wanted
        assert client.do("ask")["client_id"] == "me"


def test_a_client_identifier_that_the_server_gives() -> None:
    wanted = connect(client_id="", clean_start=True)
    with Server() as server, Driver() as client:
        client.new(server.url, connect=wanted)
        client.do("connect")
        server.greet(connack(assigned_client_identifier="yours"), client_id="").reset()
        client.ended("NETWORK")
        assert client.do("ask")["client_id"] == "yours"
        server.greet(client_id="yours")


# ---- The end


@pytest.mark.parametrize("expiry", [None, 0, 77])
def test_disconnect(expiry: int | None) -> None:
    with online() as (client, peer, server):
        client.publish(1, topic="a")
        packet = mq.Disconnect(reason_code=4, properties=mq.Properties(
            session_expiry_interval=expiry, reason_string="enough"))
        client.do("disconnect", packet=packet.encode().hex())
        peer.take(mq.Publish)  # what was said before
        assert peer.next() == packet
        peer.ended()
        assert client.ended("OK", reason_code=0, packet=None)["retry"] is None
        server.nobody(0.1)
        client.publish(2, "OFFLINE")


def test_disconnect_that_breaks_a_rule() -> None:
    """[MQTT-3.1.2.11.2]: an expiry of zero stays zero.  The connection goes on."""
    with online(connect=connect(properties={"session_expiry_interval": 0})) as (client, peer, _):
        packet = mq.Disconnect(properties=mq.Properties(session_expiry_interval=5))
        client.do("disconnect", "INVALID", packet=packet.encode().hex())
        peer.echo(client)


def test_a_server_that_does_not_close() -> None:
    """After DISCONNECT it may take its time, within limits; the driver's end is not held up."""
    with online() as (client, peer, _):
        client.do("disconnect")
        peer.take(mq.Disconnect)
        client.ended("OK", timeout=5)


STAGES = ["new", "opening", "greeting", "online", "leaving", "paused", "lost"]


@contextmanager
def stage(name: str, version: int) -> Iterator[tuple[Driver, Server]]:
    """A client in this stage, with work of all kinds to do."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, backoff_first=60000, queue_qos_0=True)
        client.subscribe(1, "a")
        client.publish(2, qos=1)
        client.publish(3, qos=2)
        client.publish(4)
        if version == 5:
            client.request(5, 100000, properties=mq.Properties(response_topic="r"))
        if name != "new":
            client.do("connect")
        if name in ("greeting", "online", "leaving", "lost", "paused"):
            peer = server.accept()
            peer.take(mq.Connect)
            if name in ("online", "leaving", "lost"):
                peer.send(mq.Connack())
                client.wait("connected")
                peer.take(mq.Subscribe)
            if name in ("lost", "paused"):
                peer.reset()
                client.ended("NETWORK")
            if name == "leaving":
                client.do("disconnect")
        yield client, server


@both
@pytest.mark.parametrize("name", STAGES)
def test_disconnect_in_each_stage(version: int, name: str) -> None:
    with stage(name, version) as (client, server):
        client.do("disconnect")
        for peer in server.peers:
            peer.close()
        if name in ("opening", "greeting", "online", "leaving"):
            assert client.ended("OK")["retry"] is None
        if name == "opening":
            with suppress(AssertionError):
                server.nobody(0.05)  # but for what the system has accepted
        server.nobody(0.05)
        client.do("connect")
        server.greet()
        client.wait("connected")


@both
@pytest.mark.parametrize("name", STAGES)
def test_free_in_each_stage(version: int, name: str) -> None:
    """What is owed is told, once; the driver says whether a handle is left in the loop."""
    with stage(name, version) as (client, server):
        before = {event["id"] for event in client.has("result")}
        client.do("free")
        told = [event["id"] for event in client._events if event["event"] == "result"]
        assert sorted(told) == [1, 2, 3, 4]
        for event in client._events:
            if event["event"] == "result" and event["id"] not in before:
                assert event["status"] == "CLOSED"
        if version == 5:
            client.wait("reply", id=5, status="CLOSED", packet=None)
        client.new(server.url, version)  # the loop is as good as before
        client.do("connect")
        client.do("free")


@both
def test_free_while_callbacks_ask_for_more(version: int) -> None:
    """Whoever publishes anew whenever a message is done has an end all the same."""
    with online(version) as (client, peer, _):
        client.on("result", "publish", message(qos=1), always=True, id=9)
        client.publish(1, qos=1)
        peer.acknowledge(peer.take(mq.Publish))
        client.result(1)
        peer.take(mq.Publish)
        client.do("free")
        client.result(9, "CLOSED")
        assert not client.has("result")
        peer.ended()


@both
def test_free_with_messages_that_are_not_done(version: int) -> None:
    with online(version, hold=True) as (client, peer, _):
        peer.send(mq.Publish(topic="a", qos=1, packet_id=1),
                  mq.Publish(topic="a", qos=2, packet_id=2))
        client.message()
        client.message()
        client.do("free")
        peer.ended()


@both
def test_calls_within_callbacks(version: int) -> None:
    """Publishing in connected, connecting in disconnected, disconnecting in a handler."""
    with Server() as server, Driver() as client:
        client.new(server.url, version, no_reconnect=True)
        client.on("connected", "publish", message(qos=1), id=1)
        client.do("connect")
        peer = server.greet()
        peer.acknowledge(peer.take(mq.Publish))
        client.result(1)
        client.on("message", "disconnect")
        peer.send(mq.Publish(topic="a", qos=1, packet_id=1),
                  mq.Publish(topic="b", qos=1, packet_id=2))
        peer.take(mq.Puback, packet_id=1)  # of the message that was handed over
        peer.take(mq.Disconnect)
        client.on("disconnected", "connect")
        peer.ended()
        client.ended("OK")
        client.message()
        assert not client.has("message")
        peer = server.greet()
        client.wait("connected")
        client.publish(number(mq.Puback(packet_id=3)), qos=1)
        peer.acknowledge(peer.take(mq.Publish))
        client.result(3)


def test_what_the_client_cannot_be_made_with() -> None:
    with Driver() as client:
        for url in ("", "mqtt://", "gopher://a", "mqtt://host:99999"):
            told = client.new(url, status="CONFIGURATION")
            assert told["problem"]
