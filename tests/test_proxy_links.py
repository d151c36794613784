# SPDX-License-Identifier: MIT
"""mqttwire proxy: TLS and WebSocket, toward clients and toward the server."""

from __future__ import annotations

import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import mosquitto
import mqttwire as mq
import pytest
from command import called
from mosquitto import Mosquitto
from proxying import HELLO, WAIT, WELCOME, End, Proxy, Server, begun, packets, publish

trustme = pytest.importorskip("trustme")
wsproto = pytest.importorskip("wsproto")
events = pytest.importorskip("wsproto.events")

needs_mosquitto = pytest.mark.skipif(mosquitto.PROGRAM is None, reason="mosquitto is missing")

# ---- TLS --------------------------------------------------------------------------------------


class Authority:
    """Certificates for tests."""

    def __init__(self, folder: Path) -> None:
        made = trustme.CA()
        self.ca = folder / "ca.pem"
        made.cert_pem.write_to_path(str(self.ca))
        issued = made.issue_cert("localhost", "127.0.0.1")
        self.cert, self.key, self.both = (folder / name for name in ("c.pem", "k.pem", "b.pem"))
        issued.cert_chain_pems[0].write_to_path(str(self.cert))
        issued.private_key_pem.write_to_path(str(self.key))
        issued.private_key_and_cert_chain_pem.write_to_path(str(self.both))

    def for_server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.both)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def exchange(client: End, server: Server) -> None:
    """Something in both directions, and the end of it."""
    with client:
        client.send(HELLO)
        with server.accept() as end:
            assert end.receive() == HELLO
            end.send(WELCOME, publish(payload=bytes(200_000)))
            assert client.receive() == WELCOME
            assert client.receive() == publish(payload=bytes(200_000))
            client.socket.close()
            assert end.bytes(1) == b""


def test_tls_with_a_certificate_that_is_made(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with Server() as server, Proxy("--to", server.place, "--tls", "--ca", ca) as proxy:
        exchange(End.to(proxy.port, ssl.create_default_context(cafile=ca)), server)
        proxy.wait_for("server closed")
        done = proxy.finish()
    assert f"clients can trust {ca}" in done.err
    assert len(packets(done)) == 3
    assert b"PRIVATE" not in ca.read_bytes()
    (tmp_path / "other").write_text("precious")
    refused = called(
        *("proxy", "--listen", "0", "--to", "localhost:1883", "--tls", "--ca", tmp_path / "other")
    )
    assert refused.code == 2
    assert (tmp_path / "other").read_text() == "precious"


@pytest.mark.parametrize("one_file", [False, True])
def test_tls_with_a_certificate_of_the_users(authority: Authority, one_file: bool) -> None:
    more: list[str | Path] = ["--cert", authority.both]
    if not one_file:
        more = ["--cert", authority.cert, "--key", authority.key]
    with Server() as server, Proxy("--to", server.place, *more, listen="mqtts://0") as proxy:
        exchange(End.to(proxy.port, ssl.create_default_context(cafile=authority.ca)), server)
        proxy.wait_for("server closed")
        assert len(packets(proxy.finish())) == 3


def test_a_client_that_does_not_trust_is_told_of(authority: Authority) -> None:
    with Proxy("--to", "localhost:1883", "--tls", "--cert", authority.both) as proxy:
        with pytest.raises(ssl.SSLCertVerificationError):
            End.to(proxy.port, ssl.create_default_context())
        proxy.wait_for("unknown ca")
        with End.to(proxy.port) as client:  # without TLS
            client.send(HELLO)
            client.bytes(100)
        proxy.wait_for("no connection: TLS: (wrong version number|http request)")
        End.to(proxy.port).socket.close()
        proxy.wait_for("no connection: the other side hung up")
        assert proxy.finish().code == 0


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--cafile", "ca"], None),
        (["--insecure"], None),
        ([], "TLS: (self.signed|unable to get local issuer)"),
        (["--cafile", "ca", "--client-cert", "both"], None),
    ],
)
def test_tls_toward_the_server(authority: Authority, more: list[str], text: str | None) -> None:
    arguments = [getattr(authority, each, each) for each in more]
    with Server(authority.for_server()) as server:
        to = f"mqtts://localhost:{server.port}"
        with Proxy("--to", to, *arguments) as proxy:
            client = End.to(proxy.port)
            if text is None:
                exchange(client, server)
                proxy.wait_for("server closed")
                assert len(packets(proxy.finish())) == 3
            else:
                with client, pytest.raises(ssl.SSLError):
                    server.accept()
                proxy.wait_for(text)
                assert proxy.finish().code == 4


def test_tls_toward_another_host_than_the_certificate_says(tmp_path: Path) -> None:
    other = trustme.CA()
    other.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    other.issue_cert("elsewhere.example").configure_cert(context)
    with Server(context) as server:
        to = f"mqtts://localhost:{server.port}"
        with Proxy("--to", to, "--cafile", tmp_path / "ca.pem") as proxy, End.to(proxy.port):
            with pytest.raises(ssl.SSLError):
                server.accept()
            proxy.wait_for("TLS: Hostname mismatch")
            proxy.finish()


@pytest.mark.parametrize("option", ["--cert", "--cafile", "--client-cert"])
def test_files_that_are_no_certificates(option: str, tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "text").write_text("text")
    more = ["--insecure"] if option == "--client-cert" else []
    for name, code in (("text", 2), ("absent", 4)):
        listen = "mqtts://0" if option == "--cert" else "0"
        to = "localhost:1883" if option == "--cert" else "mqtts://localhost"
        start = ["proxy", "--listen", listen, "--to", to]
        done = called(*start, option, tmp_path / name, *more)
        assert (done.code, done.out) == (code, b"")
        assert str(tmp_path / name) in done.err


# ---- WebSocket --------------------------------------------------------------------------------


class Socket:
    """One end of WebSocket in a test."""

    def __init__(self, socket: socket.socket, client: bool) -> None:
        socket.settimeout(WAIT)
        self.socket = socket
        kind = wsproto.ConnectionType.CLIENT if client else wsproto.ConnectionType.SERVER
        self.wire: Any = wsproto.WSConnection(kind)
        self.events: list[Any] = []

    @classmethod
    def to(cls, port: int, *protocols: str, path: str = "/mqtt", **headers: str) -> Socket:
        made = cls(socket.create_connection(("127.0.0.1", port)), True)
        extra = [(name.encode(), value.encode()) for name, value in headers.items()]
        made.send(
            events.Request(
                host="localhost", target=path, subprotocols=list(protocols), extra_headers=extra
            )
        )
        return made

    def send(self, *what: Any) -> None:
        for event in what:
            self.socket.sendall(self.wire.send(event))

    def receive(self) -> Any:
        while not self.events:
            self.wire.receive_data(self.socket.recv(65536) or None)
            self.events += self.wire.events()
        return self.events.pop(0)

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *error: object) -> None:
        self.socket.close()


def message(data: bytes, **more: Any) -> Any:
    return events.BytesMessage(data=data, **more)


def accepted(server: Server, protocol: str | None = "mqtt") -> tuple[Socket, Any]:
    """A server's end of WebSocket, and what was asked for."""
    end = Socket(server.accept().socket, False)
    asked = end.receive()
    end.send(events.AcceptConnection(subprotocol=protocol))
    return end, asked


def test_websocket_on_both_sides() -> None:
    with Server() as server, Proxy("--to", f"ws://{server.place}", listen="ws://0") as proxy:
        client = Socket.to(proxy.port, "mqttv3.1", "mqtt", path="/deep/path?x=1", Origin="http://a")
        end, asked = accepted(server)
        with client, end:
            assert asked.target == "/deep/path?x=1"
            assert asked.subprotocols == ["mqttv3.1", "mqtt"]
            assert (b"origin", b"http://a") in asked.extra_headers
            assert asked.host == server.place
            assert client.receive().subprotocol == "mqtt"
            # Borders of messages stay, wherever they are.
            data = HELLO.encode()
            client.send(message(data[:5]), message(data[5:] + b"\xc0"), message(b"\0"))
            assert [bytes(end.receive().data) for _ in range(3)] == [
                data[:5], data[5:] + b"\xc0", b"\0",
            ]  # fmt: skip
            client.send(events.Ping(payload=b"p"))
            assert client.receive() == events.Pong(payload=b"p")
            end.send(message(WELCOME.encode()))
            assert client.receive().data == WELCOME.encode()
            client.send(events.CloseConnection(code=4001, reason="enough"))
            closed = end.receive()
            assert (closed.code, closed.reason) == (4001, "enough")
            end.send(closed.response())
            assert client.receive().code == 4001
        proxy.wait_for("server closed")
        done = proxy.finish()
    assert [line.split()[0] for line in packets(done)] == ["CONNECT", "PINGREQ", "CONNACK"]
    assert "MQTT 5.0 over WebSocket\n" in done.text
    assert done.code == 0


def test_websocket_toward_clients() -> None:
    with Server() as server, Proxy("--to", server.place, listen="ws://0") as proxy:
        with Socket.to(proxy.port, "mqtt") as client:
            assert client.receive().subprotocol == "mqtt"
            with server.accept() as end:
                client.send(message(HELLO.encode()))
                assert end.receive() == HELLO
                end.send(WELCOME)
                assert client.receive().data == WELCOME.encode()
            closed = client.receive()
            assert closed.code == 1000
        proxy.wait_for("client closed")
        assert len(packets(proxy.finish())) == 2


def test_websocket_toward_the_server() -> None:
    with Server() as server, Proxy("--to", f"ws://{server.place}/mqtt") as proxy:
        with End.to(proxy.port) as client:
            end, asked = accepted(server)
            with end:
                assert (asked.target, asked.subprotocols) == ("/mqtt", ["mqtt"])
                client.send(HELLO)
                assert end.receive().data == HELLO.encode()
                end.send(message(b"\x20\x03", message_finished=False), message(b"\0\0\0"))
                assert client.receive() == WELCOME
                client.socket.close()
                assert end.receive().code == 1000
        proxy.wait_for("server closed")
        assert len(packets(proxy.finish())) == 2


def test_a_large_message_passes_in_pieces() -> None:
    data = publish(payload=bytes(1_000_000)).encode()
    with Server() as server, Proxy("--to", f"ws://{server.place}", listen="ws://0") as proxy:
        client = Socket.to(proxy.port, "mqtt")
        end, _ = accepted(server)
        with client, end:
            client.receive()
            client.send(message(HELLO.encode()))
            end.receive()
            client.send(message(data), message(b"\xc0\0"))
            got, borders = b"", []
            while len(got) < len(data) + 2:
                part = end.receive()
                got += part.data
                if part.message_finished:
                    borders.append(len(got))
            assert got == data + b"\xc0\0"
            assert borders == [len(data), len(data) + 2]
        proxy.wait_for("client closed")
        proxy.finish()


@pytest.mark.parametrize("to", ["", "ws://"])
def test_a_subprotocol_that_is_not_mqtt(to: str) -> None:
    with Server() as server, Proxy("--to", to + server.place, listen="ws://0") as proxy:
        client = Socket.to(proxy.port)
        with client, accepted(server, None)[0].socket if to else server.accept().socket:
            assert client.receive().subprotocol is None
        proxy.wait_for("subprotocol is missing, not mqtt")
        assert proxy.finish().code == 1


def test_text_frames_stay_text_and_are_told() -> None:
    text = publish(payload="é".encode()).encode().decode()
    with Server() as server, Proxy("--to", f"ws://{server.place}", listen="ws://0") as proxy:
        client = Socket.to(proxy.port, "mqtt")
        end, _ = accepted(server)
        with client, end:
            client.receive()
            client.send(message(HELLO.encode()))
            end.receive()
            client.send(events.TextMessage(data=text))
            assert end.receive().data == text
        proxy.wait_for("PUBLISH")
        done = proxy.finish()
    assert done.code == 1
    assert "MQTT in a WebSocket text frame (MQTT-6.0.0-1)" in done.text


def test_a_server_that_refuses_websocket() -> None:
    with Server() as server, Proxy("--to", f"ws://{server.place}", listen="ws://0") as proxy:
        with Socket.to(proxy.port, "mqtt") as client:
            end = Socket(server.accept().socket, False)
            end.receive()
            end.send(events.RejectConnection(status_code=403))
            assert client.receive().status_code == 403
        proxy.wait_for("the server refuses WebSocket there: HTTP 403")
        assert proxy.finish().code == 4


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", HELLO.encode() + b"\r\n\r\n"]
)
def test_a_client_that_speaks_no_websocket(data: bytes) -> None:
    with Server() as server, Proxy("--to", server.place, listen="ws://0") as proxy:
        with End.to(proxy.port) as client:
            client.send(data)
            client.socket.shutdown(1)
            assert client.bytes(12) in (b"", b"HTTP/1.1 400")
        proxy.wait_for("no connection: ")
        proxy.finish()


def test_no_websocket_after_the_handshake() -> None:
    with Server() as server, Proxy("--to", server.place, listen="ws://0") as proxy:
        with Socket.to(proxy.port, "mqtt") as client, server.accept() as end:
            client.receive()
            client.socket.sendall(b"\xff\xff\xff\xff")
            with pytest.raises(ConnectionResetError):
                end.bytes(1)
        proxy.wait_for("what comes is no WebSocket")
        proxy.finish()


def test_held_packets_are_messages_of_their_own() -> None:
    with Server() as server:
        arguments = "--to", f"ws://{server.place}", "--break", "pingreq"
        with Proxy(*arguments) as proxy, End.to(proxy.port) as client:
            end, _ = accepted(server)
            with end:
                client.send(HELLO, publish(), mq.Pingreq())
                assert end.receive().data == HELLO.encode()
                assert end.receive().data == publish().encode()
                proxy.type("repeat")
                assert end.receive().data == end.receive().data == b"\xc0\0"
            proxy.finish()


# ---- A real broker ----------------------------------------------------------------------------


@needs_mosquitto
def test_mosquitto_behind_tls_and_websocket(authority: Authority, tmp_path: Path) -> None:
    """mosquitto_pub > TLS > proxy > wss > proxy > ws > mosquitto, and mosquitto's own TLS."""
    secure, web = mosquitto.free_port(), mosquitto.free_port()
    config = f"""\
listener {secure} 127.0.0.1
certfile {authority.cert}
keyfile {authority.key}
listener {web} 127.0.0.1
protocol websockets
"""
    for file in (authority.cert, authority.key, authority.ca):
        file.chmod(0o644)
    with Mosquitto(config) as broker:
        assert broker.port
        trust = "--cafile", authority.ca
        show = "--cert", authority.both
        with (
            Proxy("--to", f"ws://localhost:{web}", *show, listen="wss://0") as inner,
            Proxy("--to", f"wss://localhost:{inner.port}", *trust, "--tls", *show) as outer,
            Proxy("--to", f"mqtts://localhost:{secure}", *trust) as other,
        ):
            for port, more in ((outer.port, ["--cafile", str(authority.ca)]), (other.port, [])):
                say = ["mosquitto_pub", "-h", "localhost", "-p", str(port), "-V", "5", "-q", "2"]
                subprocess.run([*say, "-t", "a/b", "-m", "hello", *more], check=True, timeout=WAIT)
            for proxy in (inner, outer, other):
                proxy.wait_for("server closed")
                assert [line.split()[0] for line in packets(proxy.finish())] == [
                    *("CONNECT", "CONNACK", "PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"),
                    "DISCONNECT",
                ]


def test_begun_over_websocket_is_as_over_tcp() -> None:
    """Two proxies, one after the other."""
    with Server() as server, Proxy("--to", server.place, listen="ws://0") as inner:
        outer = Proxy("--to", f"ws://127.0.0.1:{inner.port}")
        with outer:
            client, end = begun(outer, server)
            with client, end:
                client.send(publish(packet_id=1))
                assert end.receive() == publish(packet_id=1)
            inner.wait_for("server closed")
            outer.wait_for("server closed")
            assert packets(inner.finish()) == packets(outer.finish())
