# SPDX-License-Identifier: MIT
"""The client library and real brokers: each way to them, each QoS, and who may come in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import certificates
import client_brokers
import client_driver
import mosquitto
import pytest
from client_brokers import WAYS, Way, Ways, online
from client_driver import Driver, connect
from mosquitto import Mosquitto

pytestmark = pytest.mark.skipif(
    not mosquitto.PROGRAM or not Path(client_driver.COMMAND[-1]).exists(),
    reason="needs mosquitto, and a build with the option samples",
)
both = pytest.mark.parametrize("version", [4, 5])
layers = pytest.mark.parametrize("way", ["ip4", "unix", "tls", "ws", "wss"], indirect=True)
LARGE = 20_000_000


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Ways:
    folder = tmp_path_factory.mktemp("brokers")
    folder.chmod(0o755)
    return Ways(certificates.make(folder))


@pytest.fixture(scope="module")
def broker(ways: Ways) -> Iterator[Mosquitto]:
    with Mosquitto(ways.config()) as running:
        yield running


@pytest.fixture(scope="module")
def websocket(ways: Ways) -> Iterator[str | None]:
    """Why it is not there."""
    missing = client_brokers.build_websocket_broker()
    if missing:
        yield missing
        return
    with client_brokers.websocket_broker(ways):
        yield None


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, ways: Ways, broker: Mosquitto) -> Way:
    if request.param == "ip6":
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                pytest.skip("there is no IPv6")
    if request.param in ("ws", "wss"):
        missing = request.getfixturevalue("websocket")
        if missing:
            pytest.skip(missing)
    return ways(request.param, broker)


@pytest.fixture
def plain(ways: Ways, broker: Mosquitto) -> Way:
    return ways("ip4", broker)


# ---- Each way ------------------------------------------------------------------------------------


@both
def test_each_qos_both_ways(way: Way, version: int) -> None:
    with online(way, version=version) as client:
        client.subscribe(1, "each/+", qos=2)
        granted = client.result(1, reason_code=2)
        assert granted["packet"].reason_codes == [2]
        for qos in (0, 1, 2):
            client.publish(2, topic=f"each/{qos}", qos=qos, payload=b"payload")
            client.result(2)
            message = client.message(repeat=False)["packet"]
            assert (message.topic, message.qos, message.payload) == (f"each/{qos}", qos, b"payload")
        client.unsubscribe(3, "each/+")
        client.result(3)
        client.do("disconnect")
        client.ended("OK", retry=None)


@layers
def test_a_large_message(way: Way) -> None:
    payload = bytes(range(256)) * (LARGE // 256)
    with online(way) as client:
        client.subscribe(1, "large", qos=1)
        client.result(1, reason_code=1)
        client.publish(2, topic="large", qos=1, payload=payload)
        client.wait("result", 60.0, id=2, status="OK")
        assert client.wait("message", 60.0)["packet"].payload == payload


@layers
@both
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_thousand_messages(way: Way, version: int, qos: int) -> None:
    """More than a broker takes at a time, in the order in which they were sent.  From one client to
    another: the broker with WebSocket takes identifiers of the two directions for each other."""
    with online(way, "sender", version) as sender, online(way, "taker", version) as taker:
        taker.subscribe(1, "many", qos=2)
        taker.result(1, reason_code=2)
        for number in range(1000):
            sender.publish(number, topic="many", qos=qos, payload=b"%d" % number)
        for number in range(1000):
            sender.result(number)
        for number in range(1000):
            assert taker.message()["packet"].payload == b"%d" % number


# ---- Who may come in -----------------------------------------------------------------------------


@both
def test_user_and_password(version: int) -> None:
    refusal = 135 if version == 5 else 5
    with Mosquitto(passwords={"alice": "wonder/land"}) as broker:
        for url, packet, good in [
            (f"mqtt://alice:wonder%2Fland@127.0.0.1:{broker.port}", None, True),
            (f"mqtt://127.0.0.1:{broker.port}", ("alice", b"wonder/land"), True),
            (f"mqtt://127.0.0.1:{broker.port}", ("alice", b"wonderland"), False),
            (f"mqtt://bob@127.0.0.1:{broker.port}", None, False),
            (f"mqtt://127.0.0.1:{broker.port}", None, False),
        ]:
            who = {"username": packet[0], "password": packet[1]} if packet else {}
            with Driver() as client:
                client.new(url, version, connect=connect(version=version, **who))
                client.do("connect")
                if good:
                    client.wait("connected")
                else:
                    client.ended("REFUSED", reason_code=refusal, retry=None)


@pytest.mark.parametrize("name", ["tls", "mutual", "wss"])
def test_a_server_that_nobody_vouches_for(
    name: str, ways: Ways, broker: Mosquitto, request: pytest.FixtureRequest
) -> None:
    if name == "wss" and request.getfixturevalue("websocket"):
        pytest.skip("there is no broker")
    url, options = ways(name, broker)
    other = {**options, "tls.ca_file": str(ways.folder / "another.crt")}
    by_address = url.replace("localhost", "127.0.0.1")
    for where, how in ((url, other), (by_address, options)):
        with Driver() as client:
            client.new(where, no_reconnect=True, **how)
            client.do("connect")
            client.ended("TLS")
    trusting = {name: value for name, value in options.items() if name != "tls.ca_file"}
    for how in (options, trusting):
        with online(Way(by_address, {**how, "tls.insecure": True})):
            pass


def test_a_client_without_its_certificate(ways: Ways, broker: Mosquitto) -> None:
    url, options = ways("mutual", broker)
    with Driver() as client:
        client.new(url, no_reconnect=True, **{"tls.ca_file": options["tls.ca_file"]})
        client.do("connect")
        client.ended("TLS")


def test_websocket_where_there_is_none(plain: Way) -> None:
    with Driver() as client:
        client.new(plain.url.replace("mqtt:", "ws:"), no_reconnect=True)
        client.do("connect")
        client.ended("NETWORK")
