# SPDX-License-Identifier: MIT
"""All kinds of listeners, and who is slow, or gone, or sends garbage."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import certificates
import mqttwire as mq
import pytest
from broker import CONNECT, WAIT, Broker, is_bounded, needs_broker, rss
from broker_client import Client
from broker_doors import Door, Doors, has_ipv6
from broker_ends import (
    CONNECT_1,
    GRANTED,
    NAMES,
    PINGREQ,
    End,
    descriptors,
    falls_to,
    greeted,
    is_shut,
    opened,
)
from broker_frames import frame, head, request

pytestmark = needs_broker


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with opened(stock, tmp_path_factory.mktemp("broker")) as running:
        yield running


# ---- Who is slow, or gone -----------------------------------------------------------------------


def beginnings(doors: Doors) -> list[tuple[Door, bytes, bytes]]:
    """Where, what is said at once, and what then comes byte by byte."""
    hello = client_hello()
    web = request()
    found = []
    for door in doors.doors():
        found.append((door, b"", b""))
        if door.tls:
            found += [(door, hello[:20], hello[20:]), (door, b"", hello)]
        elif door.websocket:
            found += [(door, web[:60], web[60:]), (door, web[:-2] + b"X: ", b"y" * 5000)]
        else:
            found += [(door, CONNECT[:5], b""), (door, b"\x10\xff\xff\x03", b"z" * 5000)]
    return found


def client_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(
        ssl.MemoryBIO(), outgoing, server_hostname="localhost"
    )
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_slow_beginnings_end_with_connect_timeout(stock: Path, tmp_path: Path) -> None:
    """Handshakes of TLS, upgrades and CONNECT that do not come, or come byte by byte; within TLS
    and WebSocket, too."""
    with opened(stock, tmp_path, "connect_timeout 1\n") as broker:
        ends: list[tuple[Door, socket.socket, bytes]] = []
        begin = time.monotonic()
        for door, first, drops in beginnings(broker):
            end = door.reach_below()
            end.sendall(first)
            ends.append((door, end, drops))
        for door in broker.doors():
            inner = End(door)  # shaken, upgraded, and no CONNECT
            ends.append((door, inner.socket, b""))
        with broker.door("wss").reach() as upgrading:
            upgrading.sendall(request()[:50])
            watch = greeted(broker.door("tls"))
            for at in range(30):  # 0.6 seconds
                time.sleep(0.02)
                for _, end, drops in ends:
                    if at < len(drops) - 1:
                        end.sendall(drops[at : at + 1])
            watch.ping()
            for door, end, _ in ends:
                assert is_shut(end), door
                end.close()
            assert is_shut(upgrading)
            assert 0.9 < time.monotonic() - begin < 3
        watch.ping()
        watch.close()
        assert broker.log.count("it took too long to connect") == len(ends) + 1


def test_an_upgrade_that_never_ends(broker: Doors) -> None:
    """A head has 8192 bytes at most; the answer is 400, and that is all."""
    for name in ("ws", "wss"):
        end = broker.door(name).reach()
        with contextlib.suppress(ConnectionError, ssl.SSLError), end:
            end.sendall(request()[:-2])
            for _ in range(100):
                end.sendall(b"X-More: " + b"y" * 990 + b"\r\n")
                time.sleep(0.001)
        end = broker.door(name).reach()
        end.sendall((request()[:-2] + b"X: " + b"y" * 9000)[:8192])
        assert head(end).startswith("HTTP/1.1 400 ")
        assert is_shut(end)
        end.close()


def test_keep_alive_through_each_door(broker: Doors) -> None:
    """Clients that say nothing any more are left after one and a half times the keep alive, with
    0x8D; nobody has to close anything for that."""
    before = descriptors(broker)
    begin = time.monotonic()
    ends = [greeted(door, CONNECT_1) for door in broker.doors()]
    for end in ends:
        said = end.packet()
        assert said[0] == 0xE0 and said[2] == 0x8D, end.door
    assert 1.4 < time.monotonic() - begin < 3
    falls_to(broker, before)  # without a word from the client
    for end in ends:
        end.close()


def test_half_closed(broker: Doors) -> None:
    """A client that says that nothing more comes (FIN) has left, and its will is published."""
    will = bytes.fromhex("1018 00044d515454 04 06 0000 0000 0004") + b"will" + b"\x00\x04gone"
    for door in broker.doors():
        with Client(broker.port_of("ip4")) as heir:
            heir.subscribe("will")
            end = End(door)
            end.send(will)
            assert end.packet() == GRANTED
            with socket.socket(fileno=os.dup(end.socket.fileno())) as below:
                below.shutdown(socket.SHUT_WR)
            heir.message("will", payload=b"gone")
            end.close()


def test_clients_that_do_not_read(stock: Path, tmp_path: Path) -> None:
    """One for each listener gets 30 MB that it does not take: it has its queue in the broker's
    memory, others hear everything, and the keep alive ends those that are stuck."""
    message = b"\x30\xa3\x8d\x06\x00\x01a" + bytes(100_000)  # of 3.1.1
    with opened(stock, tmp_path, "max_queued_bytes 1000000\n") as broker:
        stuck = [greeted(door, CONNECT_1) for door in broker.doors()]
        for end in stuck:
            end.send(bytes.fromhex("820700010000016100"))
            assert end.packet() == bytes.fromhex("900400010000")
        good = greeted(broker.door("unix"))
        good.send(bytes.fromhex("8206000100016100"))
        assert good.packet() == bytes.fromhex("9003000100")
        before = rss(broker)
        for _ in range(300):
            good.send(message)
            assert good.take(len(message)) == message
        is_bounded(broker, before, 10_000_000)
        until = time.monotonic() + WAIT
        while broker.log.count("the keep alive is over") < len(stuck):
            assert time.monotonic() < until, broker.log
            time.sleep(0.05)
        good.ping()
        for end in [*stuck, good]:
            end.close()


# ---- Garbage ------------------------------------------------------------------------------------


def test_nobody_waits_for_what_one_asks_for(tmp_path: Path) -> None:
    """Retained messages for many filters, the same ones and others, that match and that do not."""
    config = "allow_anonymous true\nmax_packet_size 0\nsys_interval 0"
    filters = ["#"] * 20_000 + [f"+/+/{at}" for at in range(4000)] + ["a/#"] * 20_000
    with Broker(tmp_path, config) as broker, Client(broker.port) as other:
        for at in range(5000):
            other.send(mq.Publish(topic=f"a/{at}/b", payload=b"x" * 100, retain=True))
        other.nothing()
        before = rss(broker)
        with Client(broker.port) as greedy:
            for _ in range(3):
                wanted = [mq.Subscription(topic_filter=each, qos=0) for each in filters]
                greedy.send(mq.Subscribe(packet_id=1, subscriptions=wanted))
            for _ in range(20):
                begin = time.monotonic()
                other.sync()
                assert time.monotonic() - begin < 2
            is_bounded(broker, before, 20_000_000)


def test_everybody_has_a_turn(tmp_path: Path) -> None:
    """Whoever waits for retained messages comes before those who ask again and again."""
    filters = [mq.Subscription(topic_filter=f"+/+/{at}", qos=0) for at in range(3000)]
    ask = mq.Subscribe(packet_id=1, subscriptions=filters)
    config = "allow_anonymous true\nsys_interval 0"
    with Broker(tmp_path, config) as broker, Client(broker.port) as other:
        for at in range(40_000):
            other.send(mq.Publish(topic=f"a/{at}", payload=b"x", retain=True))
        other.nothing()
        over = threading.Event()

        def flood() -> None:
            with Client(broker.port) as greedy:
                greedy.socket.settimeout(WAIT)
                with contextlib.suppress(OSError):
                    while not over.is_set():
                        greedy.send(ask)
                        greedy.socket.recv(100_000)

        flooding = threading.Thread(target=flood)
        flooding.start()
        try:
            time.sleep(0.3)
            other.subscribe(mq.Subscription(topic_filter="a/+", qos=0))
            for _ in range(40_000):
                other.take(mq.Publish)
        finally:
            over.set()
            flooding.join()


def rubbish(seed: int) -> list[bytes]:
    chance = random.Random(seed)
    hello = client_hello()
    return [
        *(chance.randbytes(chance.choice([1, 2, 7, 100, 3000])) for _ in range(10)),
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /mqtt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"\0" * 5000,
        b"\xff" * 5000,
        hello,
        hello[:5] + bytes(len(hello) - 5),
        b"\x15\x03\x03\x00\x02\x02\x28",  # an alert
        b"\x16\x03\x01\xff\xff" + bytes(70_000),
        CONNECT * 2,
        CONNECT[:-1],
        request(),
        request() + frame(b"\xff" * 100),
        request() + frame(CONNECT) + frame(PINGREQ, 1),
        request() + b"\x82\x05nomask",
        request() + b"\xff" * 20,
        b"\r\n\r\n\0\r\nQUIT\n" + bytes(20),
        b"SSH-2.0-x\r\n",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_garbage(broker: Doors, name: str) -> None:
    """Whatever comes, at each layer of each listener: the connection ends, nothing is left of it,
    and others notice nothing."""
    door = broker.door(name)
    before = descriptors(broker)
    watch = greeted(broker.door("ip4"))
    for seed, garbage in enumerate(rubbish(len(name))):
        ways = [door.reach_below]
        if door.tls:
            ways.append(door.reach)
        for reach in ways:
            end = reach()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                end.sendall(garbage)
                if seed % 2:
                    end.settimeout(0.002)
                    with contextlib.suppress(TimeoutError, socket.timeout):
                        end.recv(1000)
            end.close()
        if door.websocket:
            inner = End(door)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                inner.socket.sendall(garbage)
                inner.send(garbage)
            inner.close()
        watch.ping()
    watch.close()
    falls_to(broker, before)
    greeted(door).close()


def test_many_at_once(broker: Doors) -> None:
    """Connections that come, break off anywhere, and go, at all listeners at once."""
    before = descriptors(broker)
    doors = broker.doors()

    def bother(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            door = chance.choice(doors)
            with contextlib.suppress(ConnectionError, ssl.SSLError, socket.timeout):
                end = End(door) if chance.random() < 0.5 else None
                if end is None:
                    raw = door.reach_below()
                    raw.sendall(client_hello()[: chance.randrange(300)] if door.tls else CONNECT)
                    raw.close()
                    continue
                data = CONNECT + b"\x30\x04\x00\x01ab"
                end.send(data[: chance.randrange(len(data))])
                end.close()

    threads = [threading.Thread(target=bother, args=(seed,)) for seed in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    falls_to(broker, before)
    for door in doors:
        end = greeted(door)
        end.ping()
        end.close()


def test_ipv6_is_there() -> None:
    """What is said here of all listeners is said of those, too, where the machine has it."""
    assert has_ipv6() or not Path("/proc/net/if_inet6").read_text().strip()
