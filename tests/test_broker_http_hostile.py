# SPDX-License-Identifier: MIT
"""The broker's web server: what the hostile get."""

from __future__ import annotations

import random
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from broker import WAIT, connect, needs_broker
from broker_client import Client
from broker_http import Watched
from test_broker_listeners import cpu_seconds

pytestmark = needs_broker


HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


def said(broker: Watched, data: bytes) -> bytes:
    """What is answered to these bytes."""
    answer = b""
    with socket.create_connection(("127.0.0.1", broker.http), WAIT) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while more := connection.recv(65536):
                answer += more
        except OSError:
            pass
    return answer


def test_garbage(tmp_path: Path) -> None:
    chance = random.Random(8)
    requests = [
        b"",
        b"\0" * 5000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",  # TLS
        b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",  # without Host
        HEAD + b"Host: localhost\r\n\r\n",
        HEAD + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"A: b\r\n" * 10_000 + b"\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /status.json?" + b"&" * 5000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /status.json?find=%ff%00%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"\r\n" + HEAD + b"\r\n",
    ]
    requests += [chance.randbytes(chance.randrange(1, 3000)) for _ in range(100)]
    whole = HEAD + b"Authorization: Basic YWxpY2U6eA==\r\n\r\n"
    for _ in range(200):
        bent = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        requests.append(bytes(bent))
    with Watched(tmp_path, users=None) as broker:
        with ThreadPoolExecutor(8) as pool:  # some are given up after 10 seconds, not before
            answers = list(pool.map(lambda request: said(broker, request), requests))
        for request, answer in zip(requests, answers):
            assert not answer or answer.startswith(b"HTTP/1."), request
        assert broker.get("/health").body == b"ok\n"
        connect(broker.port).close()


def test_find_is_any_text(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        for text in ("%00", "%ff", "%", "+%22%5c", "a" * 3000):
            assert broker.get(f"/status.json?find={text}", "alice").code == 200


def test_too_many_connections(tmp_path: Path) -> None:
    """They wait; clients of MQTT notice nothing, and the broker has nothing to do."""
    with Watched(tmp_path, users=None) as broker:
        idle = [socket.create_connection(("127.0.0.1", broker.http)) for _ in range(40)]
        time.sleep(0.3)
        before = cpu_seconds(broker.pid)
        begin = time.monotonic()
        with Client(broker.port) as client:
            for _ in range(20):
                client.publish("a", b"1", qos=1)
                time.sleep(0.1)
        assert cpu_seconds(broker.pid) - before < 0.3
        for connection in idle[:20]:
            connection.close()
        assert time.monotonic() - begin < 9, "the machine is too slow for this test"
        for connection in idle[20:]:
            connection.close()
        assert broker.get("/health").code == 200


def test_slow_requests_end(tmp_path: Path) -> None:
    """A byte now and then: after 30 seconds it is over; without any, after 10."""
    with Watched(tmp_path, users=None) as broker:
        slow = socket.create_connection(("127.0.0.1", broker.http), WAIT)
        still = socket.create_connection(("127.0.0.1", broker.http), WAIT)
        begin = time.monotonic()
        ended: dict[socket.socket, float] = {}
        slow.sendall(b"GET / HTTP/1.1\r\nX: ")
        while len(ended) < 2 and time.monotonic() - begin < 45:
            for connection in {slow, still} - ended.keys():
                connection.setblocking(False)
                try:
                    if connection.recv(1000) == b"":
                        ended[connection] = time.monotonic() - begin
                    elif connection is slow:
                        connection.send(b"x")
                except BlockingIOError:
                    if connection is slow:
                        connection.send(b"x")
                except OSError:
                    ended[connection] = time.monotonic() - begin
            time.sleep(0.5)
        assert 9 < ended[still] < 20
        assert 29 < ended[slow] < 40
        slow.close()
        still.close()


def test_no_descriptors(tmp_path: Path) -> None:
    """Nobody comes in, nothing spins, and it goes on when there are some."""
    with Watched(tmp_path, users=None, files=256) as broker:
        resource.prlimit(broker.pid, resource.RLIMIT_NOFILE, (5, 256))
        waiting = [socket.create_connection(("127.0.0.1", broker.http)) for _ in range(3)]
        before = cpu_seconds(broker.pid)
        time.sleep(2)
        assert cpu_seconds(broker.pid) - before < 0.3
        resource.prlimit(broker.pid, resource.RLIMIT_NOFILE, (256, 256))
        assert broker.get("/health").code == 200
        for connection in waiting:
            connection.close()
