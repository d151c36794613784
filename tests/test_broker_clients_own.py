# SPDX-License-Identifier: MIT
"""The broker and the project's own client: the library over each kind of listener, SCRAM with
re-authentication, topic aliases, and the programs."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import client_driver
import mqttwire as mq
import pytest
from access import PASSWD
from broker import needs_broker
from broker_client import both, name
from broker_doors import DOORS, EACH, Door, Doors
from client_brokers import Way, online
from client_driver import Driver, connect
from programs import Run, needs_programs, run

pytestmark = [
    needs_broker,
    needs_programs,
    pytest.mark.skipif(
        not Path(client_driver.COMMAND[-1]).exists(), reason="the client's driver is not built"
    ),
]
KINDS = ("SCRAM-SHA-1", "SCRAM-SHA-256")
LARGE = 20_000_000


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    config = "allow_anonymous true\nmax_packet_size 0\nmax_queued_messages 0"
    with Doors(tmp_path_factory.mktemp("broker"), config) as running:
        yield running


def way(door: Door) -> Way:
    """To the library."""
    options = {}
    if door.tls:
        options["tls.ca_file"] = door.file("ca.crt")
    if door.certified:
        options["tls.cert_file"] = door.file("client.crt")
        options["tls.key_file"] = door.file("client.key")
    return Way(door.url, options)


def words(door: Door) -> list[str]:
    """To the programs."""
    if not door.port:
        return ["--unix", door.host]
    told = ["-h", door.host, "-p", str(door.port)]
    told += ["--ws"] * door.websocket
    if door.tls:
        told += ["--cafile", door.file("ca.crt")]
    if door.certified:
        told += ["--cert", door.file("client.crt"), "--key", door.file("client.key")]
    return told


# ---- The library --------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("door", DOORS)
def test_each_qos_through_each_door(broker: Doors, door: str, version: int) -> None:
    at, topic = way(broker.door(door)), name()
    if door == "wss6":
        at.options["tls.insecure"] = True  # the certificate names localhost
    with online(at, name(), version) as client:
        client.subscribe(1, f"{topic}/+", qos=2)
        client.result(1, reason_code=2)
        for qos in (0, 1, 2):
            client.publish(2, topic=f"{topic}/{qos}", qos=qos, payload=b"payload")
            client.result(2)
            message = client.message(repeat=False)["packet"]
            assert (message.qos, message.payload) == (qos, b"payload")
        client.unsubscribe(3, f"{topic}/+")
        client.result(3)
        client.do("disconnect")
        client.ended("OK", retry=None)


@both
@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("door", ["ip4", "wss"])
def test_many_messages_stay_in_order(broker: Doors, door: str, version: int, qos: int) -> None:
    at, topic = way(broker.door(door)), name()
    with online(at, name(), version) as sender, online(at, name(), version) as taker:
        taker.subscribe(1, topic, qos=2)
        taker.result(1, reason_code=2)
        for number in range(1000):
            sender.publish(number, topic=topic, qos=qos, payload=b"%d" % number)
        for number in range(1000):
            sender.result(number)
        for number in range(1000):
            assert taker.message()["packet"].payload == b"%d" % number


@pytest.mark.parametrize("door", ["unix", "wss"])
def test_a_large_message(broker: Doors, door: str) -> None:
    topic, payload = name(), bytes(range(256)) * (LARGE // 256)
    with online(way(broker.door(door)), name()) as client:
        client.subscribe(1, topic, qos=1)
        client.result(1, reason_code=1)
        client.publish(2, topic=topic, qos=1, payload=payload)
        client.wait("result", 60.0, id=2, status="OK")
        assert client.wait("message", 60.0)["packet"].payload == payload


def test_topic_aliases_both_ways(broker: Doors) -> None:
    """Each topic goes once in full, and in 19 other messages as its alias; and both sides know."""
    topic = name()
    topics = [f"{topic}/{'x' * 100}{number}" for number in range(3)]
    packet = connect(client_id=name(), properties={"topic_alias_maximum": 10})
    with online(way(broker.door("ip4")), connect=packet, topic_aliases=10, packets=True) as client:
        client.subscribe(1, f"{topic}/+", qos=1)
        client.result(1, reason_code=1)
        for number in range(60):
            client.publish(2, topic=topics[number // 20], qos=1)
            client.result(2)
            assert client.message()["packet"].topic == topics[number // 20]
        packets = [event for event in client.has("packet") if event["bytes"][0] >> 4 == 3]
        for sender in ("client", "server"):
            sizes = [len(event["bytes"]) for event in packets if event["sender"] == sender]
            assert len(sizes) == 60
            assert len([size for size in sizes if size > 100]) == 3, sender


def test_a_server_that_another_authority_vouches_for(broker: Doors) -> None:
    url, options = way(broker.door("wss"))
    other = {**options, "tls.ca_file": str(broker.folder / "another.crt")}
    for where, how in ((url, other), (url.replace("localhost", "127.0.0.1"), options)):
        with Driver() as client:
            client.new(where, no_reconnect=True, **how)
            client.do("connect")
            client.ended("TLS")


# ---- SCRAM --------------------------------------------------------------------------------------


def set_keys(file: Path, kind: str, password: str) -> None:
    more = [] if file.exists() else ["-c"]
    done = run(str(PASSWD), *more, "-H", kind, "-b", file, "anna", password)
    assert done.code == 0, done.err


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", ["ip4", "wss"])
def test_scram_and_once_more(tmp_path: Path, door: str, kind: str) -> None:
    """Who is known proves it again, while messages come and go; once the password is another one,
    no more."""
    keys = tmp_path / "keys"
    set_keys(keys, kind, "pencil")
    with Doors(tmp_path, f"scram_file {keys}") as broker:
        url, options = way(broker.door(door))
        packet = connect(client_id="c", username="anna", password=b"pencil")
        with Driver() as client:
            client.new(
                url, connect=packet, authentication_method=kind, no_reconnect=True, **options
            )
            client.do("connect")
            told = client.wait("connected")["packet"]
            assert told.properties.authentication_method == kind
            client.subscribe(1, "a", qos=1)
            client.result(1, reason_code=1)
            for number in range(10, 13):
                client.do("reauthenticate", id=number)
                client.publish(2, topic="a", qos=1)
                done = [client.wait("result", status="OK")["id"] for _ in range(2)]
                assert sorted(done) == [2, number]
                client.message()
            set_keys(keys, kind, "crayon")
            broker.send(signal.SIGHUP)
            broker.wait_for("read again")
            client.do("reauthenticate", id=13)
            client.ended("REFUSED", reason_code=mq.Reason.NOT_AUTHORIZED)
        with Driver() as client:
            client.new(
                url, connect=packet, authentication_method=kind, no_reconnect=True, **options
            )
            client.do("connect")
            client.ended("REFUSED", reason_code=mq.Reason.NOT_AUTHORIZED)


def test_another_kind_of_keys(tmp_path: Path) -> None:
    """Those of SCRAM-SHA-256 do not do for SCRAM-SHA-1, and not for a password."""
    keys = tmp_path / "keys"
    set_keys(keys, "SCRAM-SHA-256", "pencil")
    with Doors(tmp_path, f"scram_file {keys}") as broker:
        base = ["-V", "5", "-u", "anna", "-P", "pencil", "-t", "a", "-m", "x", "-q", "1"]
        at = words(broker.door("ip4"))
        assert run("pub", *at, *base, "--auth-method", "SCRAM-SHA-256").code == 0
        assert run("pub", *at, *base, "--auth-method", "SCRAM-SHA-1").code == 0x87
        assert run("pub", *at, *base).code == 0x86


# ---- The programs -------------------------------------------------------------------------------


def good(done: Run) -> str:
    assert (done.code, done.err) == (0, ""), done
    return done.text


@pytest.mark.parametrize("version", ["311", "5"])
@pytest.mark.parametrize("door", EACH)
def test_pub_and_sub(broker: Doors, door: str, version: str) -> None:
    """A session keeps what comes meanwhile."""
    at, topic = words(broker.door(door)), name()
    sub = ["sub", *at, "-t", f"{topic}/#", "-q", "2", "-c", "-i", name(), "-V", version]
    good(run(*sub, "-E"))
    for qos in "12":
        good(run("pub", *at, "-t", f"{topic}/{qos}", "-m", qos, "-q", qos, "-V", version))
    assert good(run(*sub, "-C", "2", "-v")) == f"{topic}/1 1\n{topic}/2 2\n"


@pytest.mark.parametrize("version", ["311", "5"])
def test_rr(broker: Doors, version: str) -> None:
    topic = name()
    with online(way(broker.door("ip4")), name()) as server:
        server.subscribe(1, f"{topic}/ask", qos=1)
        server.result(1, reason_code=1)
        answer = mq.Publish(topic=f"{topic}/answer", payload=b"42", qos=1, packet_id=1)
        if version == "5":
            server.on("message", "respond", answer)
        else:
            server.on("message", "publish", answer, id=7)
        at = words(broker.door("ws"))
        base = ["rr", *at, "-t", f"{topic}/ask", "-e", f"{topic}/answer", "-m", "6*7"]
        assert good(run(*base, "-V", version)) == "42\n"


@pytest.mark.parametrize("qos", ["0", "1", "2"])
@pytest.mark.parametrize("door", ["unix", "tls", "ws"])
def test_bench_loses_nothing(broker: Doors, door: str, qos: str) -> None:
    told = ["--publishers", "3", "--subscribers", "2", "--rate", "1000", "--duration", "0.3"]
    done = run("bench", *words(broker.door(door)), "-t", name(), *told, "-q", qos, "--json")
    figures = json.loads(good(done))
    assert figures["received"] == figures["expected"] == 2 * figures["sent"] > 1000
    for wrong in ("lost", "repeated", "out_of_order", "refused", "connections_lost"):
        assert figures[wrong] == 0, wrong
