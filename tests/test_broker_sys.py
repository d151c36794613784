# SPDX-License-Identifier: MIT
"""$SYS of the broker beside mosquitto's own, and `trace`."""

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import mosquitto
import mqttwire as mq
import pytest
from broker import WAIT, Broker, greet, needs_broker, run
from broker_client import Client
from mosquitto import Mosquitto

pytestmark = needs_broker
needs_mosquitto = pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")

OPEN = "allow_anonymous true\n"
SYS = "$SYS/broker/"


def kept(port: int) -> dict[str, str]:
    """What is retained below $SYS/broker."""
    with Client(port, version=4) as client:
        client.subscribe(mq.Subscription(topic_filter="$SYS/#", qos=0))
        client.sync()
        found = {}
        for packet in client.packets:
            assert isinstance(packet, mq.Publish)
            if packet.retain:
                assert packet.topic.startswith(SYS)
                found[packet.topic[len(SYS) :]] = packet.payload.decode()
        client.packets.clear()
        return found


def shape(text: str) -> str:
    if re.fullmatch(r"\S+ version [0-9.]+", text):
        return "version"
    return re.sub(r"\d+", "0", text)


# ---- Beside mosquitto ----------------------------------------------------------------------------

SAME = [
    "clients/total",
    "clients/connected",
    "clients/active",
    "clients/disconnected",
    "clients/inactive",
    "clients/expired",
    "messages/received",
    "messages/sent",
    "publish/messages/sent",
    "publish/messages/dropped",
    "publish/bytes/received",
    "publish/bytes/sent",
    "bytes/received",
    "subscriptions/count",
    "shared_subscriptions/count",
]


def traffic(port: int) -> tuple[dict[str, str], int]:
    """The figures while clients are there, who have sent a few messages."""
    with ExitStack() as clients:

        def client(name: str, version: int = 4, **fields: bool) -> Client:
            return clients.enter_context(Client(port, version, client_id=name, **fields))

        away = client("away", clean_start=False)
        away.subscribe("x/1")
        away.disconnect()
        one, two, sender = client("one"), client("two", 5), client("sender")
        one.subscribe("x/#", "y")
        two.subscribe("$share/g/x/2", "x/+")
        sender.publish("x/1", b"12345", qos=1)
        one.message("x/1")
        two.message("x/1")
        sender.publish("x/3", b"kept", retain=True)
        one.message("x/3")
        two.message("x/3")
        sender.publish("none", b"", qos=2)
        for each in (one, two, sender):
            each.sync()
        time.sleep(2.5)  # of the intervals, which are a second, two
        figures = kept(port)
        return figures, int(figures["retained messages/count"]) - len(figures)


@needs_mosquitto
def test_names_and_figures_are_mosquittos(tmp_path: Path) -> None:
    with Mosquitto("sys_interval 1") as other:
        wanted, wanted_retained = traffic(other.port)
    with Broker(tmp_path, f"{OPEN}sys_interval 1") as broker:
        found, found_retained = traffic(broker.port)
    assert found.keys() == wanted.keys()
    for name, text in wanted.items():
        assert shape(found[name]) == shape(text), name
    assert {name: found[name] for name in SAME} == {name: wanted[name] for name in SAME}
    assert found_retained == wanted_retained == 1
    # mosquitto 2.0.11 does not count each PUBLISH of QoS 1 and 2 that it receives, and counts
    # clients that are away among the most that were connected: its manual says something else.
    assert (found["publish/messages/received"], wanted["publish/messages/received"]) == ("3", "1")
    assert (found["clients/maximum"], wanted["clients/maximum"]) == ("3", "4")
    # Averages that begin with nothing and fade with 1, 5 and 15 minutes.
    for name in wanted:
        if name.startswith("load/") and "sent" not in name and "publish/received" not in name:
            near = pytest.approx(float(wanted[name]), rel=0.2, abs=0.05)
            assert float(found[name]) == near, name
    assert float(found["load/publish/received/1min"]) > 2.5


# ---- Values --------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_told_again(tmp_path: Path) -> None:
    with Broker(tmp_path, f"{OPEN}sys_interval 1") as broker, Client(broker.port) as client:
        client.subscribe("$SYS/#")
        client.sync()
        client.packets.clear()
        told: list[str] = []
        until = time.monotonic() + 3.5
        while time.monotonic() < until:
            client.sync()
            told += [p.topic for p in client.packets if isinstance(p, mq.Publish)]
            client.packets.clear()
            time.sleep(0.05)
        assert told.count(f"{SYS}uptime") in (3, 4)
        assert told.count(f"{SYS}bytes/sent") >= 3
        assert f"{SYS}version" not in told
        assert told.count(f"{SYS}clients/connected") <= 1
        assert told.count(f"{SYS}publish/messages/received") == 0


def test_version(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        version = run("--version").stdout.split()[1]
        assert kept(broker.port)["version"] == f"mqttwire-broker version {version}"


def test_never(tmp_path: Path) -> None:
    with Broker(tmp_path, f"{OPEN}sys_interval 0") as broker:
        assert kept(broker.port) == {}


def test_wildcards_do_not_match(tmp_path: Path) -> None:
    with Broker(tmp_path, f"{OPEN}sys_interval 1") as broker, Client(broker.port) as client:
        client.subscribe("#", "+/broker/#")
        time.sleep(1.2)
        client.nothing()


def test_nothing_of_it_waits_for_who_is_away(tmp_path: Path) -> None:
    """It is published at QoS 0."""
    with Broker(tmp_path, f"{OPEN}sys_interval 1") as broker:
        with Client(broker.port, version=4, client_id="a", clean_start=False) as client:
            client.subscribe("$SYS/broker/uptime")
            client.message("$SYS/broker/uptime")
            client.disconnect()
        time.sleep(2.2)
        with Client(broker.port, version=4, client_id="a", clean_start=False) as client:
            assert client.session_present
            client.nothing()


def test_not_stored(tmp_path: Path) -> None:
    config = f"{OPEN}persistence true\npersistence_location {tmp_path}/\n"
    with Broker(tmp_path, config) as broker, Client(broker.port) as client:
        client.publish("kept", b"1", qos=1, retain=True)
        assert len(kept(broker.port)) > 50
    with Broker(tmp_path, f"{config}sys_interval 0") as broker, Client(broker.port) as client:
        assert kept(broker.port) == {}
        client.subscribe("kept")
        client.message("kept")


# ---- trace ---------------------------------------------------------------------------------------

TRACED = """\
t1 > CONNECT protocol_version=5 clean_start keep_alive=0 client_id="t1" password=(6 bytes)
t1 < CONNACK success
t1 > SUBSCRIBE packet_id=1 "a/b" qos=2
t1 < SUBACK packet_id=1 granted_qos_2
t1 < PUBLISH qos=1 topic="a/b" packet_id=1 payload="hello"
t1 > PUBACK packet_id=1
t1 > PINGREQ
t1 < PINGRESP
t1 > DISCONNECT
"""


def traced(broker: Broker) -> str:
    return "".join(
        f"{line}\n" for line in broker.log.splitlines() if re.match(r"\S+ [<>] [A-Z]", line)
    )


def test_trace(tmp_path: Path) -> None:
    """This client's packets alone, though log_type does not ask for them, without passwords."""
    config = f"{OPEN}log_type notice\nlog_timestamp false\ntrace nobody"
    with Broker(tmp_path, config, "--trace", "t1") as broker:
        one = Client(broker.port, client_id="t1", password=b"geheim")
        two = Client(broker.port, client_id="t2")
        one.subscribe("a/b")
        two.publish("a/b", b"hello", qos=1)
        one.message("a/b")
        one.sync()
        one.disconnect()
        two.close()
    assert re.sub("CONNACK success .*", "CONNACK success", traced(broker)) == TRACED


def test_trace_of_what_breaks_the_rules(tmp_path: Path) -> None:
    config = f"{OPEN}log_timestamp false\ntrace t1"
    with Broker(tmp_path, config) as broker:
        with Client(broker.port, client_id="t1") as client:
            client.send(bytes.fromhex("3004 0001 23 00"))  # PUBLISH to "#"
            client.take(mq.Disconnect)
        connect = b"\x00\x04MQTT\x05\x07\x00\x00\x00\x00\x02t1"  # with a reserved flag
        with socket.create_connection(("127.0.0.1", broker.port), WAIT) as connection:
            greet(connection, bytes([0x10, len(connect)]) + connect)
    lines = traced(broker).splitlines()
    assert 't1 > PUBLISH topic="#" !topic_wildcard at 4' in lines
    assert len([line for line in lines if line.startswith("t1 < DISCONNECT")]) == 1
    assert len([line for line in lines if "CONNECT protocol" in line]) == 1  # the other has no name


def test_trace_holds_its_line(tmp_path: Path) -> None:
    """A client identifier with a line feed in it, which a client of 3.1.1 may have."""
    strange = "a\nb\x1b[2J"
    config = f"{OPEN}log_timestamp false"
    with Broker(tmp_path, config, "--trace", strange) as broker:
        data = strange.encode()
        body = bytes.fromhex("00044d515454 04 02 0000") + len(data).to_bytes(2, "big") + data
        with socket.create_connection(("127.0.0.1", broker.port), WAIT) as connection:
            answer = greet(connection, b"\x10" + bytes([len(body)]) + body)
    if answer[3:4] == b"\0":
        assert "a?b?[2J > CONNECT" in broker.log
    assert "\x1b" not in broker.log
    assert "\nb" not in broker.log
