# SPDX-License-Identifier: MIT
"""The broker's web server: metrics, health, files, and what the status page is told."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import ROOT, WAIT, connect, needs_broker, run
from broker_client import Client
from broker_http import USERS, Watched

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
