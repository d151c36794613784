# SPDX-License-Identifier: MIT
"""Where the broker listens, whom it refuses, and what it does without descriptors."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import ssl
import stat
import subprocess
import time
from pathlib import Path

import pytest
from broker import CONNECT_5, PROGRAM, WAIT, Broker, connect, greet, needs_broker, run
from certificates import make
from mosquitto import free_port

pytestmark = needs_broker

ANYBODY = "allow_anonymous true"


def listening(pid: int) -> set[str]:
    """Addresses where the process listens: "127.0.0.1", "0.0.0.0", "::1", "::"."""
    links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
    found = set()
    for file, family, size in (("tcp", socket.AF_INET, 4), ("tcp6", socket.AF_INET6, 16)):
        for line in Path(f"/proc/{pid}/net/{file}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] != "0A" or f"socket:[{words[9]}]" not in links:
                continue
            raw = bytes.fromhex(words[1].split(":")[0])
            address = b"".join(raw[i : i + 4][::-1] for i in range(0, size, 4))
            found.add(socket.inet_ntop(family, address))
    return found


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as s:
        s.bind(("::1", 0))
        return True
    return False


# ---- Addresses ----------------------------------------------------------------------------------


def test_without_a_listener(tmp_path: Path) -> None:
    """Both addresses of loopback, whatever /etc/hosts has, and no other; anybody there."""
    ports = [free_port(), free_port()]
    words = [word for port in ports for word in ("-p", str(port))]
    with Broker(tmp_path, "", *words, listener=False) as broker:
        assert "only this machine can connect" in broker.log
        assert listening(broker.pid) == {"127.0.0.1"} | ({"::1"} if has_ipv6() else set())
        for port in ports:
            connect(port).close()


def test_with_a_listener(tmp_path: Path) -> None:
    """All addresses, and nobody without a name; -p is ignored."""
    port, other = free_port(), free_port()
    with Broker(tmp_path, f"listener {port}", "-p", str(other), listener=False) as broker:
        assert "0.0.0.0" in listening(broker.pid)
        assert not has_ipv6() or "::" in listening(broker.pid)
        assert "nobody can come in" in broker.log and "-p is ignored" in broker.log
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert greet(client) == bytes.fromhex("20020005")
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert greet(client, CONNECT_5)[3] == 0x87
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", other))


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        ("listener {} 127.0.0.1", {"127.0.0.1"}),
        ("listener {} 127.0.0.2", {"127.0.0.2"}),
        ("listener {} ::1", {"::1"}),
        ("port {}\nbind_address 127.0.0.1", {"127.0.0.1"}),
        ("bind_address 127.0.0.1\nport {}", {"127.0.0.1"}),
        ("listener {}\nsocket_domain ipv4", {"0.0.0.0"}),
        ("listener {}\nsocket_domain ipv6", {"::"}),
        ("listener {} 10.0.0.1\nbind_interface lo\nsocket_domain ipv4", {"127.0.0.1"}),
    ],
)
def test_addresses(tmp_path: Path, lines: str, where: set[str]) -> None:
    if any(":" in address for address in where) and not has_ipv6():
        pytest.skip("there is no IPv6")
    with Broker(tmp_path, lines.format(free_port()), listener=False) as broker:
        assert listening(broker.pid) == where


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("listener {} 203.0.113.1", "203.0.113.1 port {}: Cannot assign"),
        ("listener {} nowhere.invalid", "nowhere.invalid: "),
        ("listener {}\nbind_interface nothing", "interface nothing, port {}: no address"),
        ("listener 0 /nonexistent/socket", "/nonexistent/socket: No such file"),
        ("listener 0 /" + "x" * 200, "the path of a unix socket has at most 107 bytes"),
    ],
)
def test_where_it_cannot_listen(tmp_path: Path, line: str, problem: str) -> None:
    port = free_port()
    (tmp_path / "c").write_text(line.format(port))
    done = run("-c", tmp_path / "c")
    assert done.returncode == 2 and problem.format(port) in done.stderr, done.stderr


def test_port_in_use(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        done = run("-c", broker.path)
        assert done.returncode == 2 and "Address already in use" in done.stderr
        connect(broker.port).close()


def test_unix_socket(tmp_path: Path) -> None:
    """A socket that a killed broker left is no hindrance; that of a running one is."""
    path = tmp_path / "socket"
    broker = Broker(tmp_path, f"listener 0 {path}\n{ANYBODY}", listener=False)
    for number in (signal.SIGKILL, signal.SIGTERM):
        broker.start()
        broker.wait_for("is ready")
        assert stat.S_ISSOCK(path.stat().st_mode)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            assert greet(client) == bytes.fromhex("20020000")
        done = run("-c", broker.path)
        assert done.returncode == 2 and "socket: Address already in use" in done.stderr
        broker.stop(number)
        assert path.exists() == (number == signal.SIGKILL)
    path.write_text("a file")
    done = run("-c", broker.path)
    assert done.returncode == 2 and path.read_text() == "a file"


# ---- How many -----------------------------------------------------------------------------------


def is_shut(connection: socket.socket) -> bool:
    """The other end has closed it, and said nothing."""
    connection.settimeout(WAIT)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_max_connections_of_a_listener(tmp_path: Path) -> None:
    """The limit is for all sockets of a listener, and not for another's."""
    port, other = free_port(), free_port()
    host = "localhost"
    config = f"listener {port} {host}\nmax_connections 2\nlistener {other} {host}\n{ANYBODY}"
    with Broker(tmp_path, config, listener=False) as broker:
        clients = [connect(port), connect(port)]
        with socket.create_connection(("127.0.0.1", port)) as third:
            assert is_shut(third)
        connect(other).close()
        broker.wait_for("connections are refused: the listener has max_connections")
        clients.pop().close()
        time.sleep(0.2)
        clients.append(connect(port))
        for client in clients:
            client.close()


def test_refusals_are_not_a_flood_of_lines(tmp_path: Path) -> None:
    config = f"global_max_connections 1\n{ANYBODY}"
    with Broker(tmp_path, config) as broker:
        first = connect(broker.port)
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", broker.port)) as client:
                assert is_shut(client)
        assert broker.log.count("connections are refused: the broker has max_connections") == 1
        first.close()


def test_max_connection_rate(tmp_path: Path) -> None:
    """More than the rate wait; nobody is refused."""
    with Broker(tmp_path, f"max_connection_rate 5\n{ANYBODY}") as broker:
        begin = time.monotonic()
        clients = [socket.create_connection(("127.0.0.1", broker.port)) for _ in range(18)]
        for client in clients:
            assert greet(client) == bytes.fromhex("20020000")
            client.close()
        assert 2 <= time.monotonic() - begin < 10


# ---- Descriptors --------------------------------------------------------------------------------


def cpu_seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def test_limit_of_open_files(tmp_path: Path) -> None:
    """ulimit -n 64: half of it is for connections; those beyond are closed, and it rests."""
    with Broker(tmp_path, files=64) as broker:
        assert "the limit of open files allows 30 connections" in broker.log
        clients = [socket.create_connection(("127.0.0.1", broker.port)) for _ in range(200)]
        answers = [greet(client) for client in clients]
        assert sum(map(bool, answers)) == 30
        before = cpu_seconds(broker.pid)
        time.sleep(1)
        assert cpu_seconds(broker.pid) - before < 0.3
        for client in clients:
            client.close()
        time.sleep(0.3)
        connect(broker.port).close()


def test_no_descriptor_at_all(tmp_path: Path) -> None:
    """The limit falls below what is open: the kernel gives none (EMFILE), and the broker neither
    spins nor dies; when there are some again, it goes on."""
    with Broker(tmp_path, files=256) as broker:
        first = connect(broker.port)
        limits = (256, 256)
        resource.prlimit(broker.pid, resource.RLIMIT_NOFILE, (5, 256))
        clients = [socket.create_connection(("127.0.0.1", broker.port)) for _ in range(50)]
        time.sleep(0.5)
        before = cpu_seconds(broker.pid)
        time.sleep(2)
        assert cpu_seconds(broker.pid) - before < 0.3
        assert "no connection can be accepted: too many open files" in broker.log
        first.sendall(b"\xc0\x00")  # PINGREQ
        assert first.recv(2) == b"\xd0\x00"
        resource.prlimit(broker.pid, resource.RLIMIT_NOFILE, limits)
        for client in clients:
            client.close()
        until = time.monotonic() + WAIT
        while True:
            with socket.create_connection(("127.0.0.1", broker.port)) as client:
                if greet(client):
                    break
            assert time.monotonic() < until, broker.log
            time.sleep(0.1)
        first.close()


def test_soft_limit_is_raised(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        soft, hard = resource.prlimit(broker.pid, resource.RLIMIT_NOFILE)
        assert soft == hard


# ---- TLS ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("certificates"))


def context(certificates: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates / "ca.crt"))


def secured(port: int, trust: ssl.SSLContext) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", port), WAIT)
    return trust.wrap_socket(plain, server_hostname="localhost")


def served(port: int, trust: ssl.SSLContext) -> bytes:
    """The certificate, of a connection that speaks MQTT."""
    with secured(port, trust) as connection:
        assert greet(connection) == bytes.fromhex("20020000")
        return connection.getpeercert(binary_form=True) or b""


def test_reload_swaps_certificates(tmp_path: Path, certificates: Path) -> None:
    """SIGHUP; one that cannot be read leaves what was there, and connections stay."""
    second = tmp_path / "second"
    second.mkdir()
    make(second)
    for name in ("server.crt", "server.key"):
        (tmp_path / name).write_bytes((certificates / name).read_bytes())
    config = f"certfile {tmp_path}/server.crt\nkeyfile {tmp_path}/server.key\n{ANYBODY}"
    with Broker(tmp_path, config) as broker:
        trust, trust_second = context(certificates), context(second)
        before = served(broker.port, trust)
        with secured(broker.port, trust) as stays:
            (tmp_path / "server.crt").write_text("nonsense")
            broker.send(signal.SIGHUP)
            broker.wait_for("stays as it was: ")
            assert served(broker.port, trust) == before
            for name in ("server.crt", "server.key"):
                (tmp_path / name).write_bytes((second / name).read_bytes())
            broker.send(signal.SIGHUP)
            broker.wait_for("read again", times=2)
            assert served(broker.port, trust_second) != before
            assert greet(stays) == bytes.fromhex("20020000")


def test_revoked_certificate(tmp_path: Path, certificates: Path) -> None:
    (tmp_path / "index").touch()
    (tmp_path / "cnf").write_text(
        f"[ca]\ndefault_ca=a\n[a]\ndatabase={tmp_path}/index\ndefault_md=sha256\n"
    )
    authority = certificates / "ca"
    sign = ["-config", "cnf", "-cert", f"{authority}.crt", "-keyfile", f"{authority}.key"]

    def openssl(*words: str) -> None:
        command = ["openssl", "ca", *sign, *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    openssl("-gencrl", "-crldays", "2", "-out", "ca.crl")
    config = f"""
certfile {certificates}/server.crt
keyfile {certificates}/server.key
cafile {certificates}/ca.crt
crlfile {tmp_path}/ca.crl
require_certificate true
{ANYBODY}
"""
    client = context(certificates)
    client.load_cert_chain(certificates / "client.crt", certificates / "client.key")
    with Broker(tmp_path, config) as broker:
        served(broker.port, client)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            served(broker.port, context(certificates))
        openssl("-revoke", f"{certificates}/client.crt")
        openssl("-gencrl", "-crldays", "2", "-out", "ca.crl")
        broker.send(signal.SIGHUP)
        broker.wait_for("read again")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            served(broker.port, client)


# ---- PROXY protocol -----------------------------------------------------------------------------

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def proxied(command: int, family: int, rest: bytes) -> bytes:
    return SIGNATURE + bytes([command, family]) + len(rest).to_bytes(2, "big") + rest


FOUR = (
    bytes([192, 0, 2, 7, 198, 51, 100, 1]) + (5000).to_bytes(2, "big") + (1883).to_bytes(2, "big")
)
SIX = bytes.fromhex("20010db8" + "00" * 11 + "07" + "20010db8" + "00" * 11 + "01") + FOUR[8:]


def test_proxy_protocol_below_tls(tmp_path: Path, certificates: Path) -> None:
    config = f"""
proxy_protocol true
certfile {certificates}/server.crt
keyfile {certificates}/server.key
{ANYBODY}
"""
    with Broker(tmp_path, config) as broker:
        plain = socket.create_connection(("127.0.0.1", broker.port), WAIT)
        plain.sendall(proxied(0x21, 0x11, FOUR))
        with context(certificates).wrap_socket(plain, server_hostname="localhost") as client:
            assert greet(client) == bytes.fromhex("20020000")
        broker.wait_for("at 192.0.2.7:5000 is connected")


# ---- The end ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_in_order(tmp_path: Path, number: signal.Signals) -> None:
    """DISCONNECT 0x8B to those who speak 5.0, the end to all; exit code 0."""
    broker = Broker(tmp_path)
    with broker:
        old = connect(broker.port)
        new = socket.create_connection(("127.0.0.1", broker.port))
        assert greet(new, CONNECT_5)[3] == 0
        silent = socket.create_connection(("127.0.0.1", broker.port))
        time.sleep(0.2)
        assert broker.stop(number) == 0
        said = new.recv(100)
        assert said[0] == 0xE0 and said[2] == 0x8B
        assert is_shut(old) and is_shut(silent)
        for client in (old, new, silent):
            client.close()


def test_program_exists() -> None:
    assert os.access(PROGRAM, os.X_OK)
