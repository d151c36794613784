# SPDX-License-Identifier: MIT
"""The client library's store: an exchange over several lives of the process, and statements that
fail."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from client_brokers import kill
from client_driver import Driver, Server, message, number

# ---- One exchange, step by step ------------------------------------------------------------------


def anew(server: Server, store: Path, **options: Any) -> Driver:
    """A client that connects with this store."""
    client = Driver()
    client.new(server.url, store_path=str(store), **options)
    client.do("connect")
    return client


def test_a_queue_that_was_never_sent(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Server() as server:
        client = Driver()
        client.new(server.url, store_path=str(store))
        for each in range(4):
            client.publish(each, topic=f"{each}", qos=1 + each % 2)
        kill(client)
        with anew(server, store) as client:
            peer = server.greet()
            for each in range(4):
                peer.take(mq.Publish, topic=f"{each}", qos=1 + each % 2, dup=False)


def test_a_message_on_its_way_out(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Server() as server:
        client = anew(server, store)
        peer = server.greet()
        client.publish(1, topic="a", qos=2)
        sent = number(peer.take(mq.Publish, dup=False))
        kill(client)

        client = anew(server, store)
        peer = server.greet(present=True)
        peer.take(mq.Publish, packet_id=sent, dup=True)
        peer.send(mq.Pubrec(packet_id=sent))
        peer.take(mq.Pubrel, packet_id=sent)
        kill(client)

        client = anew(server, store)
        peer = server.greet(present=True)
        peer.take(mq.Pubrel, packet_id=sent)  # and never the message again
        kill(client)

        with anew(server, store) as client:
            peer = server.greet(present=True)
            peer.take(mq.Pubrel, packet_id=sent)
            peer.send(mq.Pubcomp(packet_id=sent))
            client.wait("settled", status="OK")
            peer.quiet()
        with anew(server, store) as client:
            peer = server.greet(present=True)
            client.wait("connected")
            peer.quiet(0.1)


def test_a_message_that_came(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with Server() as server:
        client = anew(server, store, hold=True)
        peer = server.greet()
        peer.send(mq.Publish(topic="a", qos=2, packet_id=7, payload=b"x"))
        client.message(repeat=False)
        peer.take(mq.Pubrec, packet_id=7)
        kill(client)

        client = anew(server, store, hold=True)
        assert client.message(repeat=True)["packet"].payload == b"x"
        peer = server.greet(present=True)
        peer.send(mq.Publish(topic="a", qos=2, packet_id=7, payload=b"x", dup=True))
        peer.take(mq.Pubrec, packet_id=7)  # and it is not handed over a second time
        peer.send(mq.Pubrel(packet_id=7))
        peer.quiet(0.1)  # the application is not done
        assert not client.has("message")
        kill(client)

        client = anew(server, store, hold=True)
        token = client.message(repeat=True)["token"]
        peer = server.greet(present=True)
        client.wait("connected")
        client.do("acknowledge", token=token)
        kill(client)

        with anew(server, store) as client:
            peer = server.greet(present=True)
            peer.send(mq.Publish(topic="a", qos=2, packet_id=7, payload=b"x", dup=True))
            peer.take(mq.Pubrec, packet_id=7)
            peer.send(mq.Pubrel(packet_id=7))
            peer.take(mq.Pubcomp, packet_id=7)
            assert not client.has("message")
            peer.send(mq.Publish(topic="b", qos=2, packet_id=7))  # the identifier is free again
            assert client.message(repeat=False)["packet"].topic == "b"


def test_a_message_of_an_earlier_run_is_enough(tmp_path: Path) -> None:
    """Its handler disconnects: the client does not connect in the first place."""
    store = tmp_path / "store"
    with Server() as server:
        client = anew(server, store, hold=True)
        peer = server.greet()
        peer.send(mq.Publish(topic="a", qos=2, packet_id=7))
        peer.take(mq.Pubrec, packet_id=7)
        kill(client)

        with Driver() as client:
            client.new(server.url, store_path=str(store))
            client.on("message", "disconnect")
            client.do("connect")
            client.message(repeat=True)
            server.nobody(0.2)
            client.do("connect")  # and when it is asked to again
            peer = server.greet(present=True)
            peer.send(mq.Pubrel(packet_id=7))
            peer.take(mq.Pubcomp, packet_id=7)


# ---- Without a session, while callbacks publish --------------------------------------------------


@pytest.mark.parametrize("dropping", [False, True])
def test_what_ends_with_the_session_publishes_more(dropping: bool) -> None:
    """What the old server had released is over, and tells so before the rest is sent again: what is
    published then goes out once, behind what waited, or in its place where the queue is full."""
    options: dict[str, Any] = {"queue_messages": 1, "overflow": 1} if dropping else {}
    with Server() as server, Driver() as client:
        client.new(server.url, **options)
        client.do("connect")
        peer = server.greet()
        client.publish(1, topic="released", qos=2)
        sent = number(peer.take(mq.Publish))
        peer.send(mq.Pubrec(packet_id=sent))
        peer.take(mq.Pubrel)
        client.on("disconnected", "publish", message(topic="waiting", qos=1), id=2)
        client.on("result", "publish", message(topic="more", qos=1), id=3)
        peer.close()
        peer = server.greet(present=False)
        client.result(1)
        if dropping:
            client.result(2, "DROPPED")
        else:
            peer.acknowledge(peer.take(mq.Publish, topic="waiting", dup=False))
            client.result(2)
        peer.acknowledge(peer.take(mq.Publish, topic="more", dup=False))
        client.result(3)
        peer.quiet()


# ---- Statements that fail ------------------------------------------------------------------------


def refuse(path: Path, when: str, how: str = "ABORT") -> None:
    """The store refuses a change from now on."""
    with sqlite3.connect(path) as database:
        database.execute(
            f"CREATE TRIGGER refusing BEFORE {when} BEGIN SELECT RAISE({how}, 'not today'); END"
        )


def allow(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER refusing")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Of a client that was there before."""
    path = tmp_path / "store"
    with Driver() as client:
        client.new("mqtt://127.0.0.1:1", store_path=str(path))
    return path


how_refused = pytest.mark.parametrize("how", ["ABORT", "ROLLBACK"])


@how_refused
def test_a_publish_that_is_not_stored_is_not_begun(store: Path, how: str) -> None:
    refuse(store, "INSERT ON mqttwire_message", how)
    with Server() as server, Driver() as client:
        client.new(server.url, store_path=str(store))
        did = client.publish(1, "STORE", qos=1)
        assert "not today" in did["problem"]
        assert not client.has("result")


@how_refused
def test_a_publish_whose_change_is_not_stored_ends_so(store: Path, how: str) -> None:
    """It does not go out, as its identifier is not known to the store."""
    refuse(store, "UPDATE ON mqttwire_message", how)
    with Server() as server, Driver() as client:
        client.new(server.url, store_path=str(store))
        client.publish(1, qos=2)
        client.publish(2, qos=1)
        client.do("connect")
        peer = server.greet()
        client.result(1, "STORE")
        client.result(2, "STORE")
        client.ended("STORE", retry=None)
        peer.ended()
        client.publish(3, "STORE", qos=1)
        client.do("connect", None)  # and it is not tried again
        client.ended("STORE", retry=None)
    allow(store)
    with Server() as server, Driver() as client:
        client.new(server.url, store_path=str(store))
        client.do("connect")
        peer = server.greet()
        sent = [peer.take(mq.Publish, qos=qos, dup=False) for qos in (2, 1)]
        for packet in sent:
            peer.acknowledge(packet)


@how_refused
def test_a_message_that_is_not_stored_is_not_acknowledged(store: Path, how: str) -> None:
    refuse(store, "INSERT ON mqttwire_message", how)
    with Server() as server, Driver() as client:
        client.new(server.url, store_path=str(store))
        client.do("connect")
        peer = server.greet()
        peer.send(mq.Publish(topic="a", qos=2, packet_id=1))
        client.ended("STORE", retry=None)
        assert not client.has("message")
        peer.ended()


@how_refused
def test_a_message_that_is_not_settled_comes_again(store: Path, how: str) -> None:
    """The application was done with it, but nobody knows any more."""
    refuse(store, "UPDATE ON mqttwire_message", how)
    sent = mq.Publish(topic="a", qos=2, packet_id=1)
    with Server() as server, Driver() as client:
        client.new(server.url, store_path=str(store))
        client.do("connect")
        peer = server.greet()
        peer.send(sent, mq.Publish(topic="b", qos=2, packet_id=2))
        client.message(repeat=False)
        client.ended("STORE", retry=None)
        assert not client.has("message")
        peer.ended()
    with sqlite3.connect(store) as database:
        assert database.execute("SELECT count(*) FROM mqttwire_message").fetchall() == [(0,)]
    allow(store)
    with Server() as server, Driver() as client:
        client.new(server.url, store_path=str(store))
        client.do("connect")
        peer = server.greet(present=True)
        peer.send(mq.Publish(topic="a", qos=2, packet_id=1, dup=True))
        client.message(repeat=True)
        peer.take(mq.Pubrec, packet_id=1)
        peer.send(mq.Pubrel(packet_id=1))
        peer.take(mq.Pubcomp, packet_id=1)
