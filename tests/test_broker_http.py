# SPDX-License-Identifier: MIT
"""The broker's web server: metrics, health, who is let in, and what the hostile get."""

from __future__ import annotations

import base64
import os
import random
import re
import resource
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import ROOT, WAIT, connect, needs_broker, run
from broker_client import Client
from broker_http import USERS, Watched, password_file
from test_broker_listeners import cpu_seconds

pytestmark = needs_broker


# ---- /health ------------------------------------------------------------------------------------


def test_health(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        answer = broker.get("/health")
        assert (answer.code, answer.body) == (200, b"ok\n")


def test_health_while_it_stops(tmp_path: Path) -> None:
    """A client that does not close its side is waited for, a second long."""
    with Watched(tmp_path, users=None) as broker:
        slow = connect(broker.port)
        broker.send(signal.SIGTERM)
        broker.wait_for("the broker ends")
        answer = broker.get("/health")
        assert (answer.code, answer.body) == (503, b"stopping\n")
        slow.close()
        assert broker.process and broker.process.wait(WAIT) == 0


# ---- /metrics -----------------------------------------------------------------------------------

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{[a-z]+="[^"\\\n]*"\})? (\S+)')


def metrics(broker: Watched) -> dict[str, float]:
    """What the text says, which is judged as promtool judges it: each metric has HELP, then TYPE,
    then its sample; counters, and they alone, end in _total; units stand in the name."""
    answer = broker.get("/metrics")
    assert answer.code == 200
    assert answer.fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    assert text.endswith("\n")
    lines = text.splitlines()
    assert len(lines) % 3 == 0
    found: dict[str, float] = {}
    for help_, type_, sample in zip(lines[::3], lines[1::3], lines[2::3]):
        match = SAMPLE.fullmatch(sample)
        assert match, sample
        name = match[1]
        assert name not in found, "a metric is there twice"
        assert re.fullmatch(rf"# HELP {name} \S.*[^.\s]", help_), help_
        kind = type_.removeprefix(f"# TYPE {name} ")
        assert kind in ("counter", "gauge"), type_
        assert name.endswith("_total") == (kind == "counter"), name
        assert not name.endswith(("_count", "_sum", "_bucket")), name
        assert name.startswith(("mqttwire_broker_", "process_")), name
        found[name] = float(match[2])
    return found


def test_metrics(tmp_path: Path) -> None:
    with Watched(tmp_path, "sys_interval 0", users=None) as broker:
        before = metrics(broker)
        with Client(broker.port, client_id="secret-name", username="secret-user") as client:
            client.subscribe("secret/topic")
            client.publish("secret/topic", b"secret", qos=1)
            client.message("secret/topic")
            client.publish("kept", b"12345678", retain=True)
            client.sync()
            after = metrics(broker)
            assert b"secret" not in broker.get("/metrics").body
    more = {
        name.removeprefix("mqttwire_broker_"): value - before[name] for name, value in after.items()
    }
    wanted = {
        "connects_received_total": 1,
        "connections_accepted_total": 1,
        "packets_received_total": 6,  # with PUBACK and PINGREQ
        "packets_sent_total": 5,
        "publishes_received_total": 2,
        "publishes_sent_total": 1,
        "publish_bytes_received_total": 14,
        "publish_bytes_sent_total": 6,
        "clients": 1,
        "sessions": 1,
        "connections": 1,
        "subscriptions": 1,
        "retained_messages": 1,
    }
    assert {name: more[name] for name in wanted} == wanted
    assert after["process_resident_memory_bytes"] > 1_000_000
    assert after["mqttwire_broker_info"] == 1


def test_metrics_and_sys_are_of_the_same_rows(tmp_path: Path) -> None:
    """Each number of $SYS that is not an average is there as a metric, too."""
    with Watched(tmp_path, "sys_interval 1") as broker:
        told = {row["topic"] for row in broker.status()["measures"] if row["topic"]}
        names = {row["name"] + "_total" * row["counts"] for row in broker.status()["measures"]}
        assert names == {
            name.removeprefix("mqttwire_broker_")
            for name in metrics(broker)
            if name.startswith("mqttwire_broker_") and name != "mqttwire_broker_info"
        }
    assert "publish/messages/dropped" in told


def test_the_table_in_docs_is_fresh(tmp_path: Path) -> None:
    """Whoever adds a row to BROKER_COUNTERS or BROKER_GAUGES adds it there."""
    with Watched(tmp_path) as broker:
        measures = broker.status()["measures"]
    table = "".join(
        f"| `mqttwire_broker_{row['name']}{'_total' * row['counts']}` "
        f"| {'`' * bool(row['topic'])}{row['topic']}{'`' * bool(row['topic'])} | {row['text']} |\n"
        for row in measures
    ).replace("|  |", "| |")
    text = (ROOT / "docs" / "broker-status.md").read_text().replace("|  |", "| |")
    assert table in text, table


# ---- Who is let in ------------------------------------------------------------------------------


@pytest.mark.parametrize("user", USERS)
def test_login(tmp_path: Path, user: str) -> None:
    with Watched(tmp_path) as broker:
        answer = broker.get("/status.json", user)
        assert answer.code == 200
        assert answer.fields["Content-Type"] == "application/json"
        assert answer.fields["Cache-Control"] == "no-store"
        for path in ("/", "/page.js", "/metrics", "/health"):  # they have nothing to hide
            assert broker.get(path).code == 200


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        basic(b""),
        basic(b"alice"),
        basic(b":geheim"),
        basic(b"alice:geheim\0"),
        basic(b"alice:" + b"x" * 2000),
        basic(b"x" * 600 + b":geheim"),
        "Bearer geheim",
        'Digest username="alice"',
        basic(b"alice:Geheim"),
        basic(b"nobody:geheim"),
        basic(b"alice:"),
    ],
)
def test_no_login(tmp_path: Path, given: str | None) -> None:
    with Watched(tmp_path) as broker:
        fields: dict[str, Any] = {} if given is None else {"Authorization": given}
        answer = broker.get("/status.json", **fields)
        assert answer.code == 401
        assert answer.fields["WWW-Authenticate"].startswith("Basic ")
        assert b"measures" not in answer.body


def test_guessing_is_slow_and_holds_up_nobody(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        begin = time.monotonic()
        guesses = [
            threading.Thread(
                target=broker.get, args=("/status.json", "alice"), kwargs={"password": "x"}
            )
            for _ in range(8)
        ]
        for guess in guesses:
            guess.start()
        assert broker.get("/health").code == 200
        assert broker.status()
        assert time.monotonic() - begin < 0.9
        for guess in guesses:
            guess.join()
        assert time.monotonic() - begin >= 1
        assert broker.log.count("user 'alice'") == 8


def test_end_while_somebody_waits(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        waiting = socket.create_connection(("127.0.0.1", broker.http))
        waiting.sendall(
            b"GET /status.json HTTP/1.1\r\nHost: localhost\r\n"
            + f"Authorization: {basic(b'alice:x')}\r\n\r\n".encode()
        )
        broker.wait_for("user 'alice'")
    waiting.close()


def test_without_a_password_file(tmp_path: Path) -> None:
    """Where anybody may come in by MQTT, nobody sees the page."""
    with Watched(tmp_path, users=None) as broker:
        assert broker.get("/status.json", "alice").code == 403
        assert broker.get("/status.json").code == 403


def test_acl(tmp_path: Path) -> None:
    """The users of MQTT see the page if they may read $SYS."""
    (tmp_path / "acl").write_text("user alice\ntopic read $SYS/#\nuser bob\ntopic read #\n")
    (tmp_path / "acl").chmod(0o600)
    with Watched(tmp_path, f"acl_file {tmp_path}/acl") as broker:
        assert broker.get("/status.json", "alice").code == 200
        assert broker.get("/status.json", "bob").code == 403


def test_users_of_its_own(tmp_path: Path) -> None:
    own = password_file(tmp_path / "own", {"carol": "c"})
    with Watched(tmp_path, f"http_user_file {own}") as broker:
        assert broker.get("/status.json", "carol", password="c").code == 200
        assert broker.get("/status.json", "alice").code == 401
        password_file(own, {"dave": "d"})
        broker.send(signal.SIGHUP)
        broker.wait_for("read again")
        assert broker.get("/status.json", "carol", password="c").code == 401
        assert broker.get("/status.json", "dave", password="d").code == 200
        assert run("-c", broker.path, "--test-config").returncode == 0
        own.write_text("nonsense\n")
        assert run("-c", broker.path, "--test-config").returncode == 1
        broker.send(signal.SIGHUP)
        broker.wait_for("users of the status page stay as they were")
        assert broker.get("/status.json", "dave", password="d").code == 200


# ---- What it answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("localhost", True),
        ("LOCALHOST:80", True),
        ("127.0.0.1", True),
        ("192.0.2.7:9", True),
        ("[::1]", True),
        ("[::1]:8", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:80", False),
        ("localhost:80@evil", False),
        ("[::1", False),
        ("[]", False),
        ("[evil]", False),
        ("localhost:", True),
        (":80", False),
        ("127.0.0.1; script-src *", False),
        ("a" * 5000, False),
    ],
)
def test_host(tmp_path: Path, host: str, good: bool) -> None:
    """A site whose name is made to lead here does not get what a browser's user could."""
    with Watched(tmp_path, websocket=True) as broker:
        for path in ("/metrics", "/"):
            answer = broker.get(path, host=host)
            assert answer.code == (200 if good else 421)
            assert "evil" not in answer.fields["Content-Security-Policy"]
            assert "script-src *" not in answer.fields["Content-Security-Policy"]


def test_name_of_the_configuration(tmp_path: Path) -> None:
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip("this machine does not know its own name")
    with Watched(tmp_path, host=name) as broker:
        assert broker.get("/health", host=f"{name.upper()}:1", address=address).code == 200
        assert broker.get("/health", host=f"x{name}", address=address).code == 421


def test_both_families(tmp_path: Path) -> None:
    with Watched(tmp_path, host="localhost") as broker:
        families = {info[0] for info in socket.getaddrinfo("localhost", broker.http)}
        assert broker.get("/health").code == 200
        if socket.AF_INET6 in families and os.path.exists("/proc/net/if_inet6"):
            assert broker.get("/health", address="::1").code == 200


def test_policy(tmp_path: Path) -> None:
    with Watched(tmp_path, websocket=True) as broker:
        fields = broker.get("/").fields
        assert fields["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
            f"connect-src 'self' ws://127.0.0.1:{broker.websocket}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        assert fields["X-Content-Type-Options"] == "nosniff"
        assert fields["Referrer-Policy"] == "no-referrer"


def test_files_and_their_tags(tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        kinds = {"/": "html", "/page.css": "css", "/page.js": "javascript"}
        for path, kind in {**kinds, "/mqtt.min.js": "javascript"}.items():
            answer = broker.get(path)
            assert answer.code == 200
            assert answer.fields["Content-Type"] == f"text/{kind}; charset=utf-8"
            again = broker.get(path, If_None_Match=answer.fields["ETag"])
            assert (again.code, again.body) == (304, b"")
            assert broker.get(path, If_None_Match='"x"').code == 200
            head = broker.get(path, method="HEAD")
            assert (head.code, head.body) == (200, b"")
            assert head.fields["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_methods(tmp_path: Path, method: str) -> None:
    with Watched(tmp_path) as broker:
        answer = broker.get("/status.json", method=method, body=b"x" * 100)
        assert answer.code == 405
        assert answer.fields["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path", ["/x", "//", "/../etc/passwd", "/%2e%2e/", "/page.html", "/health/"]
)
def test_other_paths(tmp_path: Path, path: str) -> None:
    with Watched(tmp_path) as broker:
        assert broker.get(path).code == 404


def test_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        broker = Watched(tmp_path)
        config = broker.path.read_text()
        port = str(taken.getsockname()[1])
        broker.path.write_text(config.replace(str(broker.http), port))
        done = run("-c", broker.path)
    assert done.returncode != 0
    assert f"port {port}: Address already in use" in done.stderr


# ---- What is hostile ----------------------------------------------------------------------------

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


# ---- /status.json -------------------------------------------------------------------------------


def rows(broker: Watched, find: str = "") -> dict[str, dict[str, Any]]:
    told = broker.status(path=f"/status.json?find={find}")
    return {row["client_id"]: row for row in told["clients"]}


def login(user: str = "alice") -> dict[str, Any]:
    return {"username": user, "password": USERS[user].encode()}


def test_queues(tmp_path: Path) -> None:
    with Watched(tmp_path, "max_queued_messages 6") as broker:
        two = mq.Properties(receive_maximum=2)
        slow = Client(broker.port, client_id="slow", keep_alive=77, properties=two, **login("bob"))
        slow.subscribe("x/#", "y")
        lasting = mq.Properties(session_expiry_interval=99)
        away = Client(broker.port, client_id="away", properties=lasting, **login())
        away.subscribe("x/1")
        away.disconnect()
        with Client(broker.port, version=4, client_id="sender", **login()) as sender:
            for _ in range(10):
                sender.publish("x/1", b"12345", qos=1)
            told = rows(broker)
            port = slow.socket.getsockname()[1]
            assert told["slow"] == {
                "client_id": "slow",
                "user": "bob",
                "connected": True,
                "address": f"127.0.0.1:{port}",
                "listener": f"127.0.0.1:{broker.port}",
                "version": "5.0",
                "keep_alive": 77,
                "subscriptions": 2,
                "in_flight": 2,
                "waiting": 6,
                "waiting_bytes": told["slow"]["waiting_bytes"],
                "dropped": 2,
                "unsent": 0,
            }
            assert told["slow"]["waiting_bytes"] == 6 * 13  # each a PUBLISH of 5.0
            assert told["away"] == {
                "client_id": "away",
                "user": "alice",
                "connected": False,
                "subscriptions": 1,
                "in_flight": 0,
                "waiting": 6,
                "waiting_bytes": told["slow"]["waiting_bytes"],
                "dropped": 4,
            }
            assert told["sender"]["version"] == "3.1.1"
            assert list(told) == ["slow", "away", "sender"]
            assert list(rows(broker, "a")) == ["away", "sender"]  # user alice
            assert list(rows(broker, "o")) == ["slow"]
            assert list(rows(broker, "none")) == []
        slow.close()


def test_many_clients(tmp_path: Path) -> None:
    """Those with the longest queues are told, and how many there are."""
    with Watched(tmp_path) as broker:
        options: dict[str, Any] = {"version": 4, "clean_start": False, **login()}
        for i in range(230):
            with Client(broker.port, client_id=f"c{i}", **options) as client:
                client.subscribe(f"x/{i % 23}")
                client.disconnect()
        with Client(broker.port, client_id="sender", **login()) as sender:
            for i in range(23):
                for _ in range(i):
                    sender.publish(f"x/{i}", b"1", qos=1)
            told = broker.status()
        assert told["matching"] == 231
        waiting = [row["waiting"] for row in told["clients"]]
        assert waiting == sorted((i % 23 for i in range(230)), reverse=True)[:200]
        assert len({row["client_id"] for row in told["clients"]}) == 200
        assert broker.status(path="/status.json?find=c22")["matching"] == 11


def test_strange_names(tmp_path: Path) -> None:
    names = ['"\\</script>&', "ü 🚪", "a\u0301\u200b"]
    with Watched(tmp_path) as broker:
        clients = [Client(broker.port, client_id=name, **login()) for name in names]
        assert list(rows(broker)) == names
        for client in clients:
            client.close()


def test_websocket_of_the_page(tmp_path: Path) -> None:
    with Watched(tmp_path, websocket=True) as broker:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            answer = broker.get("/status.json", "alice", host=host)
            assert answer.json["websocket"] == f"ws://{host}:{broker.websocket}"
    with Watched(tmp_path) as broker:
        assert broker.status()["websocket"] is None
