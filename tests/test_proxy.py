# SPDX-License-Identifier: MIT
"""mqttwire proxy: what passes, and what is told of it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
import subprocess
import time
from pathlib import Path

import mosquitto
import mqttwire as mq
import pytest
from command import COMMAND, called, environment
from mosquitto import Mosquitto
from proxying import HELLO, WAIT, End, Proxy, Server, begun, packets, publish, remarks

needs_mosquitto = pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")


def test_packets_are_printed_as_they_pass() -> None:
    with Server() as server, Proxy("--to", server.place) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(publish(packet_id=7, payload=b"hey"))
            assert end.receive() == publish(packet_id=7, payload=b"hey")
            proxy.wait_for("PUBLISH")  # while the connection is open
            end.send(mq.Puback(packet_id=7))
            assert client.receive() == mq.Puback(packet_id=7)
            client.socket.close()
            assert end.bytes(1) == b""
        proxy.wait_for("server closed")
        done = proxy.finish()
    assert done.code == 0
    assert re.match(rf"      \S+  #1 127.0.0.1:\d+ > {server.place}  MQTT 5.0\n", done.text)
    assert packets(done) == [
        'CONNECT protocol_version=5 clean_start keep_alive=0 client_id="me"',
        "CONNACK success (answers 1)",
        'PUBLISH qos=1 topic="a/b" packet_id=7 payload="hey"',
        "PUBACK packet_id=7 (answers 3)",
    ]
    assert re.search(r"PUBACK packet_id=7 \(answers 3 after [\d.]+ m?s\)\n", done.text)
    assert "never answered" not in done.text
    assert remarks(done) == [
        "the client closed the connection",
        "the server closed the connection as well",
    ]
    assert done.err.splitlines()[-1] == (
        "mqttwire: 1 connection, 4 packets, 30 bytes to the server and 9 back"
    )


def test_rules_of_packets_and_of_the_connection_are_told() -> None:
    bad = bytes.fromhex("30 06 0003612f23 00")
    with Server() as server, Proxy("--to", server.place, "--json") as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(mq.Puback(packet_id=9), bad, mq.Pingreq())
            size = 4 + len(bad) + 2
            assert end.bytes(size) == bytes.fromhex("40020009") + bad + b"\xc0\0"
            proxy.wait_for("PINGREQ")
        done = proxy.finish()
    assert done.code == 1
    forms = done.json
    assert [form["packet"]["type"] for form in forms[2:]] == ["PUBACK", "PUBLISH", "PINGREQ"]
    assert [finding["rule"] for finding in forms[2]["findings"]] == ["acknowledged_id_unknown"]
    assert forms[3]["error"]["rule"] == "topic_wildcard"
    assert forms[3]["packet"]["topic"] == "a/#"
    assert [form["number"] for form in forms] == [1, 2, 3, 4, 5]
    assert all(form["client_id"] == "me" and form["connection"] == 1 for form in forms)


def test_secrets_are_hidden() -> None:
    hello = HELLO.replace(username="alice", password=b"wonderland")
    for shown in (False, True):
        more = ["--show-secrets"] if shown else []
        with Server() as server, Proxy("--to", server.place, "--json", *more) as proxy:
            with End.to(proxy.port) as client:
                client.send(hello)
                with server.accept() as end:
                    assert end.receive() == hello
            proxy.wait_for("CONNECT")
            (form,) = proxy.finish().json
        password = form["packet"]["password"]
        assert password == (b"wonderland".hex() if shown else {"hidden": 10})


def test_aliases_and_acknowledgements_have_numbers_over_all_connections() -> None:
    with Server() as server, Proxy("--to", server.place, "--json") as proxy:
        for number in (1, 2):
            with End.to(proxy.port) as client:
                client.send(HELLO)
                with server.accept() as end:
                    end.receive()
                    end.send(mq.Connack(properties=mq.Properties(topic_alias_maximum=3)))
                    client.receive()
                    client.send(publish("a", topic_alias=1), publish("", topic_alias=1))
                    assert end.receive() and end.receive()
            proxy.wait_for(rf'"number": {4 * number}')
        forms = proxy.finish().json
    assert [form["number"] for form in forms] == list(range(1, 9))
    assert [form.get("acknowledges") for form in forms] == [
        None,
        1,
        None,
        None,
        None,
        5,
        None,
        None,
    ]
    assert [form.get("topic") for form in forms] == [None, None, None, "a"] * 2
    assert not [form for form in forms if "findings" in form]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"hello, I am no client", "this is not MQTT, or does not begin with CONNECT"),
        (b"GET / HTTP/1.1\r\n\r\n", "this is HTTP, perhaps WebSocket"),
        (bytes.fromhex("16 03 01 00 05 01 02 03 04 05"), "this is TLS: it passes unread"),
        (bytes(range(256)) * 100, "this is not MQTT"),
    ],
)
def test_what_is_no_mqtt_passes_byte_for_byte(data: bytes, text: str) -> None:
    with Server() as server, Proxy("--to", server.place) as proxy:
        with End.to(proxy.port) as client:
            client.send(data)
            with server.accept() as end:
                assert end.bytes(len(data)) == data
                end.send(data[::-1])
                assert client.bytes(len(data)) == data[::-1]
        proxy.wait_for("server closed")
        done = proxy.finish()
    assert packets(done) == []
    assert text in done.text
    assert done.code == 0


def test_what_comes_after_a_bad_length_passes_unread() -> None:
    bad = bytes.fromhex("30 ffffffffff 00")
    with Server() as server, Proxy("--to", server.place) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(mq.Pingreq(), bad, b"and so on")
            assert end.bytes(2 + len(bad) + 9) == b"\xc0\0" + bad + b"and so on"
            client.send(b"more")
            assert end.bytes(4) == b"more"
            end.send(mq.Pingresp())  # the other direction is read on
            assert client.receive() == mq.Pingresp()
            proxy.wait_for("PINGRESP")
        done = proxy.finish()
    assert done.code == 1
    assert "! integer_too_long" in done.text
    assert done.text.count("the rest of this direction passes unread") == 1


def test_a_connection_that_does_not_begin_with_connect_is_read_if_the_version_is_told() -> None:
    with Server() as server, Proxy("--to", server.place, "-V", "3.1.1") as proxy:
        with End.to(proxy.port) as client:
            client.send(mq.Pingreq())
            with server.accept() as end:
                assert end.bytes(2) == b"\xc0\0"
        proxy.wait_for("PINGREQ")
        assert packets(proxy.finish()) == ["PINGREQ"]


def test_hanging_up_within_a_packet() -> None:
    whole = publish(payload=bytes(100)).encode()
    with Server() as server, Proxy("--to", server.place) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.send(whole[:50])
            client.socket.close()
            assert end.bytes(100) == whole[:50]
        proxy.wait_for("server closed")
        done = proxy.finish()
    assert done.code == 3
    assert "108 bytes are wanted" in done.text


def test_half_a_connection_stays_open() -> None:
    with Server() as server, Proxy("--to", server.place) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.socket.shutdown(socket.SHUT_WR)
            assert end.bytes(1) == b""
            end.send(publish(payload=b"still here"))
            assert client.receive() == publish(payload=b"still here")
            end.socket.close()
            assert client.bytes(1) == b""
        proxy.wait_for("server closed the connection as well")
        assert proxy.finish().code == 0


@pytest.mark.parametrize("side", ["client", "server"])
def test_a_reset_is_passed_on(side: str) -> None:
    with Server() as server, Proxy("--to", server.place) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            one, other = (client, end) if side == "client" else (end, client)
            one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.socket.close()
            with pytest.raises(ConnectionResetError):
                other.bytes(1)
        proxy.wait_for("connection was lost")
        done = proxy.finish()
    assert remarks(done) == ["the connection was lost: Connection reset by peer"]
    arrow = ">" if side == "client" else "<"
    assert f"{arrow} the connection was lost" in done.text


def test_where_nobody_listens_the_client_is_cut_off() -> None:
    port = mosquitto.free_port()
    with Proxy("--to", f"127.0.0.1:{port}") as proxy:
        with contextlib.suppress(ConnectionResetError), End.to(proxy.port) as client:
            assert client.bytes(1) == b""
        proxy.wait_for("no connection")
        done = proxy.finish()
    assert done.code == 4
    (remark,) = remarks(done)
    assert remark == f"no connection to mqtt://127.0.0.1:{port}: Connection refused"


def test_a_slow_reader_slows_the_sender_down() -> None:
    """Nothing piles up in the proxy: its memory stays, and the sender has to wait."""
    payload = publish(payload=bytes(1_000_000)).encode()
    with Server() as server, Proxy("--to", server.place, "--json") as proxy:
        client, end = begun(proxy, server)

        def memory() -> int:
            status = Path(f"/proc/{proxy.process.pid}/status").read_text()
            return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])

        with client, end:
            before = memory()
            client.socket.settimeout(0.5)
            sent = 0
            with contextlib.suppress(socket.timeout):
                while sent < 100_000_000:
                    sent += client.socket.send(payload[sent % len(payload) :])
            assert sent < 30_000_000  # what fits into the buffers of the system
            assert memory() - before < 20_000
            client.socket.setblocking(False)
            got = 0
            while got < sent:
                got += len(end.socket.recv(1_000_000))
            assert got == sent
        proxy.finish()


@pytest.mark.parametrize("more", [[], ["--break", "pingreq topic=never"]])
def test_many_connections_at_once(more: list[str]) -> None:
    count = 50
    with Server() as server, Proxy("--to", server.place, "--json", *more) as proxy:
        clients = [End.to(proxy.port) for _ in range(count)]
        for number, client in enumerate(clients):
            client.send(HELLO.replace(client_id=f"c{number}"))
        ends = {}
        for _ in range(count):
            end = server.accept()
            hello = end.receive()
            assert isinstance(hello, mq.Connect)
            ends[hello.client_id] = end
        for number, client in enumerate(clients):
            client.send(publish(payload=b"%d" % number))
        for number, client in enumerate(clients):
            end = ends[f"c{number}"]
            assert end.receive() == publish(payload=b"%d" % number)
            end.send(mq.Connack())
            assert client.receive() == mq.Connack()
        for end in [*clients, *ends.values()]:
            end.socket.close()
        proxy.wait_for(rf'"number": {3 * count}')
        done = proxy.finish()
    forms = done.json
    assert [form["number"] for form in forms] == list(range(1, 3 * count + 1))
    named = {(form["connection"], form["client_id"]) for form in forms}
    assert len(named) == count
    assert f"{count} connections, {3 * count} packets" in done.err


def test_a_number_of_connections() -> None:
    with Server() as server, Proxy("--to", server.place, "--connections", "2") as proxy:
        for _ in range(2):
            with End.to(proxy.port) as client, server.accept() as end:
                client.send(HELLO)
                assert end.receive() == HELLO
        done = proxy.ended()
    assert done.code == 0
    assert len(packets(done)) == 2


def test_nobody_reads_what_is_printed() -> None:
    with Server() as server:
        reading, writing = os.pipe()
        with subprocess.Popen(
            [*COMMAND, "proxy", "--listen", "0", "--to", server.place],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as process:
            os.close(writing)
            os.close(reading)
            assert process.stderr is not None
            port = int(process.stderr.readline().decode().partition(", for")[0].rpartition(":")[2])
            with End.to(port) as client:
                client.send(HELLO)
                assert process.wait(WAIT) == 141
                assert process.stderr.read() == b""


def test_the_summary_comes_with_connections_open() -> None:
    with Server() as server, Proxy("--to", server.place) as proxy:
        client, end = begun(proxy, server)
        with client, end:
            start = time.monotonic()
            done = proxy.finish()
            assert time.monotonic() - start < 5
    assert done.code == 0
    assert "1 connection, 2 packets" in done.err


def test_it_ends_at_once_while_somebody_does_not_read() -> None:
    with Server() as server, Proxy("--to", server.place, "--json") as proxy:
        client, end = begun(proxy, server)
        with client, end:
            client.socket.settimeout(0.3)
            with contextlib.suppress(socket.timeout):
                while True:
                    client.socket.sendall(publish(payload=bytes(1_000_000)).encode())
            start = time.monotonic()
            proxy.process.terminate()  # as Ctrl-C
            done = proxy.ended()
            assert time.monotonic() - start < 5
    assert "mqttwire: 1 connection, " in done.err


# ---- Addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "ws://0.0.0.0:0"])
def test_other_machines_are_let_in_only_if_that_is_allowed(listen: str) -> None:
    done = called("proxy", "--listen", listen, "--to", "localhost:1883")
    assert done.code == 2
    assert "--allow-remote" in done.err


def test_other_machines_are_let_in_if_that_is_allowed() -> None:
    with Proxy("--to", "localhost:1883", "--allow-remote", listen="0.0.0.0:0") as proxy:
        assert proxy.finish().code == 0


@pytest.mark.parametrize(
    ("listen", "to", "text"),
    [
        ("1884", "1883", "no host"),
        ("localhost", "localhost:1883", "no port"),
        ("http://1884", "localhost:1883", "no address"),
        ("99999", "localhost:1883", "no address"),
        ("1884", "mqtt://localhost/path", "have a path"),
    ],
)
def test_addresses_that_are_none(listen: str, to: str, text: str) -> None:
    done = called("proxy", "--listen", listen, "--to", to)
    assert done.code == 2
    assert text in done.err


@pytest.mark.parametrize(
    "more",
    [
        ["--cert", "x"],
        ["--insecure"],
        ["--connections", "0"],
        ["--break", "nonsense"],
        ["--break", "topic=a/#/b"],
        ["--break", "type=nonsense"],
    ],
)
def test_options_that_make_no_sense(more: list[str]) -> None:
    done = called("proxy", "--listen", "0", "--to", "localhost:1883", *more)
    assert (done.code, done.out) == (2, b"")


def test_a_port_that_is_taken() -> None:
    with Server() as server:
        done = called("proxy", "--listen", str(server.port), "--to", "localhost:1883")
    assert done.code == 4
    assert done.err == f"mqttwire: 127.0.0.1:{server.port}: Address already in use\n"


def test_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        place = f"[::1]:{listening.getsockname()[1]}"
        with Proxy("--to", place, listen="[::1]:0") as proxy:
            with socket.create_connection(("::1", proxy.port)) as client:
                client.sendall(HELLO.encode())
                end, _ = listening.accept()
                with end:
                    assert end.recv(100) == HELLO.encode()
            proxy.wait_for("CONNECT")
            assert f"#1 [::1]:{client.getsockname()[1] if client.fileno() > 0 else ''}" in (
                proxy.finish().text
            )


# ---- A real broker ----------------------------------------------------------------------------


@needs_mosquitto
@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquitto(version: str) -> None:
    with Mosquitto() as broker, Proxy("--to", f"localhost:{broker.port}") as proxy:
        common = ["-h", "127.0.0.1", "-p", str(proxy.port), "-V", version]
        hear = ["mosquitto_sub", *common, "-t", "a/#", "-q", "2", "-C", "1", "-W", "10"]
        with subprocess.Popen(hear, stdout=subprocess.PIPE, text=True) as subscriber:
            proxy.wait_for("SUBACK")
            say = ["mosquitto_pub", *common, "-t", "a/b", "-m", "hello", "-q", "2"]
            subprocess.run(say, check=True, timeout=WAIT)
            assert subscriber.communicate(timeout=WAIT)[0] == "hello\n"
        proxy.wait_for(r"(?s)(server closed.*){2}")
        done = proxy.finish()
    assert done.code == 0
    types = {line.split()[0] for line in packets(done)}
    assert types == {
        *("CONNECT", "CONNACK", "SUBSCRIBE", "SUBACK", "DISCONNECT"),
        *("PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"),
    }
