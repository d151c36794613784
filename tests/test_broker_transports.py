# SPDX-License-Identifier: MIT
"""All kinds of listeners in one broker: together, how they end, and what is refused."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
from access import hashed
from broker import CONNECT, CONNECT_5, WAIT, Broker, greet, needs_broker, run
from broker_client import Client
from broker_doors import Door, Doors
from broker_ends import (
    GRANTED,
    End,
    greeted,
    is_shut,
    lay_out,
    opened,
)
from broker_frames import frame, head, request, unframe, upgrade
from mosquitto import free_port

pytestmark = needs_broker


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with opened(stock, tmp_path_factory.mktemp("broker")) as running:
        yield running


# ---- Together -----------------------------------------------------------------------------------


def test_clients_of_all_listeners_hear_each_other(broker: Doors) -> None:
    ends = [greeted(door) for door in broker.doors()]
    for end in ends:
        end.send(bytes.fromhex("8206000100016100"))  # a, QoS 0
        assert end.packet() == bytes.fromhex("9003000100")
    for number, sender in enumerate(ends):
        sender.send(b"\x30\x04\x00\x01a" + bytes([number]))
        for end in ends:
            assert end.packet() == b"\x30\x04\x00\x01a" + bytes([number]), end.door
    for end in ends:
        end.close()


def test_names_of_listeners_in_the_log(broker: Doors) -> None:
    for door in broker.doors():
        greeted(door).close()
        kind = "WebSocket" if door.websocket else "MQTT"
        where = str(door.port) if door.port else door.host
        (line,) = [
            line for line in broker.log.splitlines() if "listening at" in line and where in line
        ]
        assert line.endswith(f"({kind}{', TLS' * door.tls})"), line


# ---- SIGHUP -------------------------------------------------------------------------------------


def test_sighup_reads_all_again(stock: Path, tmp_path: Path) -> None:
    """Certificates of each listener, passwords, and rules, at once; who is there stays."""
    second = tmp_path / "second"
    second.mkdir()
    certificates.make(second)
    folder = tmp_path / "broker"
    folder.mkdir()
    (folder / "passwords").write_text(f"anna:{hashed(b'old')}\n")
    (folder / "acl").write_text("user anna\ntopic old\n")
    config = f"password_file {folder}/passwords\nacl_file {folder}/acl\n"
    with opened(stock, folder, config, anybody=False) as broker:
        secure = [broker.door(name) for name in ("tls", "tls13", "wss")]
        old = [end.socket for end in map(End, secure)]
        before = {end.getpeercert(True) for end in old if isinstance(end, ssl.SSLSocket)}
        assert len(before) == 1
        with Client(broker.port_of("ip4"), username="anna", password=b"old") as anna:
            assert anna.publish("old", qos=1) == 0x10  # nobody subscribes
            assert anna.publish("new", qos=1) == 0x87
            lay_out(second, folder)
            (folder / "passwords").write_text(f"anna:{hashed(b'new')}\n")
            (folder / "acl").write_text("user anna\ntopic new\n")
            broker.send(signal.SIGHUP)
            broker.wait_for("read again")
            assert anna.publish("old", qos=1) == 0x87
            assert anna.publish("new", qos=1) == 0x10
        Client(broker.port_of("ip4"), username="anna", password=b"old", expect=0x86).close()
        Client(broker.port_of("ip4"), username="anna", password=b"new").close()
        for door, end in zip(secure, old):
            with door.reach() as new:
                assert isinstance(new, ssl.SSLSocket)
                assert new.getpeercert(True) not in before
            data = CONNECT_5[:7] + b"T" + CONNECT_5[8:]  # whole, and refused: nobody is anonymous
            end.sendall(frame(data) if door.websocket else data)
            assert is_shut(end)
            end.close()


# ---- SIGTERM ------------------------------------------------------------------------------------


def test_the_end_through_each_door(stock: Path, tmp_path: Path) -> None:
    """DISCONNECT 0x8B for those of 5.0, then what WebSocket and TLS have for the end; no file and
    no process is left.  Who is in the middle of a handshake does not hold it up."""
    pid = tmp_path / "pid"
    with opened(stock, tmp_path, f"pid_file {pid}\n") as broker:
        doors = broker.doors()
        new = [greeted(door, CONNECT_5) for door in doors]
        old = [greeted(door) for door in doors]
        shaking = [door.reach_below() for door in doors]
        unread = broker.door("wss").reach()
        unread.sendall(request()[:40])
        assert pid.exists() and (tmp_path / "socket").exists()
        broker.send(signal.SIGTERM)
        for end in new:
            said = end.packet()
            assert said[0] == 0xE0 and said[2] == 0x8B, end.door
        for end in new + old:
            assert end.take(1) == b"", end.door
            if end.door.websocket:
                assert end.closed, end.door
        for end in new + old:
            end.close()
        begin = time.monotonic()
        assert broker.stop() == 0
        assert time.monotonic() - begin < 3
        for raw in [*shaking, unread]:
            assert is_shut(raw)
            raw.close()
        assert not pid.exists() and not (tmp_path / "socket").exists()
        assert not Path(f"/proc/{broker.pid}").exists()


def test_clients_that_do_not_leave(stock: Path, tmp_path: Path) -> None:
    """They are given a second."""
    with opened(stock, tmp_path) as broker:
        ends = [greeted(door, CONNECT_5) for door in broker.doors()]
        begin = time.monotonic()
        assert broker.stop() == 0
        assert 0.9 < time.monotonic() - begin < 4
        for end in ends:
            end.close()


# ---- Origins ------------------------------------------------------------------------------------

OWN = [
    ("127.0.0.1:9001", "http://127.0.0.1:9001", True),
    ("127.0.0.1:9001", "https://127.0.0.1", True),
    ("127.0.0.1:9001", "http://127.0.0.1:80", True),
    ("localhost", "http://localhost:8080", True),
    ("LOCALHOST", "http://localhost", True),
    ("[::1]:9001", "http://[::1]", True),
    ("127.0.0.1", None, True),  # no browser
    ("127.0.0.1", "http://127.0.0.2", False),
    ("127.0.0.1", "http://localhost", False),
    ("127.0.0.1", "http://127.0.0.1.evil.example", False),
    ("127.0.0.1", "http://127.0.0.1@evil.example", False),
    ("127.0.0.1", "null", False),  # file:, data: and sandboxes
    ("127.0.0.1", "", False),
    ("evil.example", "http://evil.example", False),  # a name that leads here: DNS rebinding
    ("localhost.evil.example", "http://localhost.evil.example", False),
]
NAMED = [
    ("127.0.0.1", "https://app.example", True),
    ("any.host", "https://app.example", True),
    ("127.0.0.1", "HTTPS://APP.EXAMPLE", True),
    ("127.0.0.1", "https://other.example:8443", True),
    ("127.0.0.1", "https://other.example", False),
    ("127.0.0.1", "http://app.example", False),
    ("127.0.0.1", "https://app.example:444", False),
    ("127.0.0.1", "https://app.example.evil.example", False),
    ("127.0.0.1", "https://evil.app.example", False),
    ("127.0.0.1", "http://127.0.0.1", False),  # own is the default, of which this takes the place
    ("127.0.0.1", None, True),
]
ORIGINS = [
    ("", OWN),
    ("websocket_origin https://app.example\nwebsocket_origin https://other.example:8443\n", NAMED),
    ("websocket_origin own\nwebsocket_origin https://app.example\n", [*OWN, NAMED[0]]),
    ("websocket_origin any\n", [(host, origin, True) for host, origin, _ in OWN + NAMED]),
]


@pytest.mark.parametrize(("config", "cases"), ORIGINS, ids=["own", "named", "both", "any"])
def test_origins(tmp_path: Path, config: str, cases: list[tuple[str, str | None, bool]]) -> None:
    with Broker(tmp_path, f"protocol websockets\n{config}allow_anonymous true") as broker:
        for host, origin, good in cases:
            with socket.create_connection(("127.0.0.1", broker.port), WAIT) as end:
                more = [] if origin is None else [f"Origin: {origin}"]
                end.sendall(request(host, *more))
                said = head(end)
                assert said.startswith(f"HTTP/1.1 {101 if good else 403} "), (host, origin)
                if good:
                    end.sendall(frame(CONNECT))
                    assert unframe(end)[1] == GRANTED
                else:
                    assert is_shut(end)


def test_two_origins(broker: Doors) -> None:
    """One that is good does not help the other."""
    for more in (["http://127.0.0.1", "http://evil.example"], ["http://evil.example"] * 2):
        with broker.door("ws").reach() as end:
            end.sendall(request("127.0.0.1", *[f"Origin: {each}" for each in more]))
            assert head(end).split()[1] in ("400", "403")


# ---- TLS ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "version", "good"),
    [
        ("tls", ssl.TLSVersion.TLSv1, False),
        ("tls", ssl.TLSVersion.TLSv1_1, False),
        ("tls", ssl.TLSVersion.TLSv1_2, True),
        ("tls", ssl.TLSVersion.TLSv1_3, True),
        ("tls13", ssl.TLSVersion.TLSv1_2, False),
        ("tls13", ssl.TLSVersion.TLSv1_3, True),
        ("mutual", ssl.TLSVersion.TLSv1_1, False),
        ("mutual", ssl.TLSVersion.TLSv1_2, True),
        ("wss", ssl.TLSVersion.TLSv1_1, False),
        ("wss", ssl.TLSVersion.TLSv1_2, True),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions_of_tls(broker: Doors, name: str, version: ssl.TLSVersion, good: bool) -> None:
    door = broker.door(name)
    context = door.trust()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection((door.host, door.port), WAIT) as plain:
        if good:
            with context.wrap_socket(plain, server_hostname="localhost") as end:
                end.sendall(request() if door.websocket else CONNECT)
                assert end.recv(4) in (b"HTTP", GRANTED)
        else:
            with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version"):
                context.wrap_socket(plain, server_hostname="localhost")


def test_tls_1_1_cannot_be_asked_for(stock: Path, tmp_path: Path) -> None:
    lines = f"listener 1\ncertfile {stock}/server.crt\nkeyfile {stock}/server.key\n"
    for version in ("tlsv1.1", "tlsv1.0", "tlsv1", "sslv3"):
        (tmp_path / "c").write_text(f"{lines}tls_version {version}\n")
        done = run("-c", tmp_path / "c", "--test-config")
        assert done.returncode == 1 and "line 4: tls_version" in done.stderr, done.stderr


@pytest.mark.parametrize("name", ["mutual", "subject"])
@pytest.mark.parametrize("own", [None, "another"])
def test_a_certificate_is_wanted(broker: Doors, name: str, own: str | None) -> None:
    door = broker.door(name)
    context = ssl.create_default_context(cafile=door.file("ca.crt"))
    if own:
        context.load_cert_chain(door.file(f"{own}.crt"), door.file(f"{own}.key"))
    try:
        with socket.create_connection((door.host, door.port), WAIT) as plain:
            end = context.wrap_socket(plain, server_hostname="localhost")
            end.sendall(CONNECT)  # in TLS 1.3 the client learns it now
            said = end.recv(100)
    except (ssl.SSLError, ConnectionError):
        said = b""
    assert said == b"", "it was let in"


@pytest.mark.parametrize("name", ["mutual", "subject"])
def test_a_certificate_without_a_name(broker: Doors, name: str) -> None:
    """It is trusted, and nobody's."""
    door = broker.door(name)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"]
    signed = ["-subj", "/", "-CA", "ca.crt", "-CAkey", "ca.key"]
    made = ["-keyout", f"{name}.key", "-out", f"{name}.crt"]
    words = ["openssl", "req", "-x509", *key, *signed, *made]
    subprocess.run(words, cwd=door.folder, check=True, capture_output=True)
    context = ssl.create_default_context(cafile=door.file("ca.crt"))
    context.load_cert_chain(door.file(f"{name}.crt"), door.file(f"{name}.key"))
    with (
        socket.create_connection((door.host, door.port), WAIT) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as end,
    ):
        assert greet(end, CONNECT_5)[2:4] == bytes([0, 0x86])


def test_revoked_over_websocket(stock: Path, tmp_path: Path) -> None:
    """By a list that is there from the beginning."""
    lay_out(stock, tmp_path)
    (tmp_path / "index").touch()
    (tmp_path / "cnf").write_text(
        f"[ca]\ndefault_ca=a\n[a]\ndatabase={tmp_path}/index\ndefault_md=sha256\n"
    )
    base = ["openssl", "ca", "-config", "cnf", "-cert", "ca.crt", "-keyfile", "ca.key"]
    for words in (["-revoke", "client.crt"], ["-gencrl", "-crldays", "2", "-out", "ca.crl"]):
        subprocess.run([*base, *words], cwd=tmp_path, check=True, capture_output=True)
    file = str(tmp_path / "{}")
    wanting = "\n".join(
        [
            "protocol websockets",
            f"certfile {file.format('server.crt')}",
            f"keyfile {file.format('server.key')}",
            f"cafile {file.format('ca.crt')}",
            "require_certificate true",
        ]
    )
    revoking, trusting = free_port(), free_port()
    config = f"""allow_anonymous true
listener {revoking} 127.0.0.1
{wanting}
crlfile {file.format("ca.crl")}
listener {trusting} 127.0.0.1
{wanting}"""
    with Broker(tmp_path, config, listener=False):
        good = Door("wss", "localhost", trusting, tmp_path)
        context = good._replace(name="mutual").trust()
        for port, wanted in ((trusting, True), (revoking, False)):
            with socket.create_connection(("127.0.0.1", port), WAIT) as plain:
                try:
                    with context.wrap_socket(plain, server_hostname="localhost") as end:
                        upgrade(end)
                        let_in = True
                except (ssl.SSLError, ConnectionError, AssertionError):
                    let_in = False
            assert let_in == wanted
