# SPDX-License-Identifier: MIT
"""All kinds of listeners in one broker: how they end, what is refused, who is slow, and garbage."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
from access import hashed
from broker import CONNECT, CONNECT_5, WAIT, Broker, needs_broker, run
from broker_client import Client
from broker_doors import Door, Doors, has_ipv6
from broker_frames import CLOSE, frame, head, request, unframe, upgrade
from mosquitto import free_port

pytestmark = needs_broker

GRANTED = bytes.fromhex("20020000")
PINGREQ, PINGRESP = b"\xc0\x00", b"\xd0\x00"
#: CONNECT of 5.0, with a keep alive of a second.
CONNECT_1 = bytes.fromhex("100d 00044d515454 05 02 0001 00 0000")
NAMES = ["ip4", "ip6", "unix", "tls", "tls13", "mutual", "subject", "ws", "wss", "wss6"]


class End:
    """A client's end of a connection, which sends and takes bytes of MQTT."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.socket = door.reach()
        self.socket.settimeout(WAIT)
        self.came = b""
        if door.websocket:
            upgrade(self.socket, "[::1]" if ":" in door.host else door.host)

    def send(self, data: bytes) -> None:
        self.socket.sendall(frame(data) if self.door.websocket else data)

    def take(self, count: int) -> bytes:
        """So many bytes of MQTT, or what there is until the end."""
        while len(self.came) < count:
            if self.door.websocket:
                opcode, data = unframe(self.socket)
                self.closed = opcode == CLOSE
                if opcode in (CLOSE, -1):
                    break
            else:
                data = self.socket.recv(65536)
                if not data:
                    break
            self.came += data
        said, self.came = self.came[:count], self.came[count:]
        return said

    def packet(self) -> bytes:
        """One that is small."""
        start = self.take(2)
        return start + self.take(start[1]) if len(start) == 2 else start

    def ping(self) -> None:
        self.send(PINGREQ)
        assert self.packet() == PINGRESP

    def close(self) -> None:
        self.socket.close()


def greeted(door: Door, connect: bytes = CONNECT) -> End:
    end = End(door)
    end.send(connect)
    said = end.packet()
    assert said[0] == 0x20 and said[3] == 0, said
    return end


def is_shut(end: socket.socket) -> bool:
    """The broker ends it, whatever it says before."""
    try:
        while end.recv(4096):
            pass
    except (ConnectionError, ssl.SSLError):
        pass
    return True


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


def lay_out(stock: Path, folder: Path) -> None:
    for file in stock.iterdir():
        if file.suffix in (".crt", ".key"):
            shutil.copy(file, folder)


@contextlib.contextmanager
def opened(stock: Path, folder: Path, config: str = "", anybody: bool = True) -> Iterator[Doors]:
    lay_out(stock, folder)
    with Doors(folder, "allow_anonymous true\n" * anybody + config, certify=False) as broker:
        yield broker


@pytest.fixture(scope="module")
def broker(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with opened(stock, tmp_path_factory.mktemp("broker")) as running:
        yield running


def descriptors(broker: Broker) -> int:
    return len(os.listdir(f"/proc/{broker.pid}/fd"))


def falls_to(broker: Broker, count: int) -> None:
    """Descriptors: each connection is gone."""
    until = time.monotonic() + WAIT
    while descriptors(broker) > count:
        assert time.monotonic() < until, broker.log
        time.sleep(0.02)


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


# ---- Who is slow, or gone -----------------------------------------------------------------------


def beginnings(doors: Doors) -> list[tuple[Door, bytes, bytes]]:
    """Where, what is said at once, and what then comes byte by byte."""
    hello = client_hello()
    web = request()
    found = []
    for door in doors.doors():
        found.append((door, b"", b""))
        if door.tls:
            found += [(door, hello[:20], hello[20:]), (door, b"", hello)]
        elif door.websocket:
            found += [(door, web[:60], web[60:]), (door, web[:-2] + b"X: ", b"y" * 5000)]
        else:
            found += [(door, CONNECT[:5], b""), (door, b"\x10\xff\xff\x03", b"z" * 5000)]
    return found


def client_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(
        ssl.MemoryBIO(), outgoing, server_hostname="localhost"
    )
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_slow_beginnings_end_with_connect_timeout(stock: Path, tmp_path: Path) -> None:
    """Handshakes of TLS, upgrades and CONNECT that do not come, or come byte by byte; within TLS
    and WebSocket, too."""
    with opened(stock, tmp_path, "connect_timeout 1\n") as broker:
        ends: list[tuple[Door, socket.socket, bytes]] = []
        begin = time.monotonic()
        for door, first, drops in beginnings(broker):
            end = door.reach_below()
            end.sendall(first)
            ends.append((door, end, drops))
        for door in broker.doors():
            inner = End(door)  # shaken, upgraded, and no CONNECT
            ends.append((door, inner.socket, b""))
        with broker.door("wss").reach() as upgrading:
            upgrading.sendall(request()[:50])
            watch = greeted(broker.door("tls"))
            for at in range(30):  # 0.6 seconds
                time.sleep(0.02)
                for _, end, drops in ends:
                    if at < len(drops) - 1:
                        end.sendall(drops[at : at + 1])
            watch.ping()
            for door, end, _ in ends:
                assert is_shut(end), door
                end.close()
            assert is_shut(upgrading)
            assert 0.9 < time.monotonic() - begin < 3
        watch.ping()
        watch.close()
        assert broker.log.count("it took too long to connect") == len(ends) + 1


def test_an_upgrade_that_never_ends(broker: Doors) -> None:
    """A head has 8192 bytes at most; the answer is 400, and that is all."""
    for name in ("ws", "wss"):
        end = broker.door(name).reach()
        with contextlib.suppress(ConnectionError, ssl.SSLError), end:
            end.sendall(request()[:-2])
            for _ in range(100):
                end.sendall(b"X-More: " + b"y" * 990 + b"\r\n")
                time.sleep(0.001)
        end = broker.door(name).reach()
        end.sendall((request()[:-2] + b"X: " + b"y" * 9000)[:8192])
        assert head(end).startswith("HTTP/1.1 400 ")
        assert is_shut(end)
        end.close()


def test_keep_alive_through_each_door(broker: Doors) -> None:
    """Clients that say nothing any more are left after one and a half times the keep alive, with
    0x8D; nobody has to close anything for that."""
    before = descriptors(broker)
    begin = time.monotonic()
    ends = [greeted(door, CONNECT_1) for door in broker.doors()]
    for end in ends:
        said = end.packet()
        assert said[0] == 0xE0 and said[2] == 0x8D, end.door
    assert 1.4 < time.monotonic() - begin < 3
    falls_to(broker, before)  # without a word from the client
    for end in ends:
        end.close()


def test_half_closed(broker: Doors) -> None:
    """A client that says that nothing more comes (FIN) has left, and its will is published."""
    will = bytes.fromhex("1018 00044d515454 04 06 0000 0000 0004") + b"will" + b"\x00\x04gone"
    for door in broker.doors():
        with Client(broker.port_of("ip4")) as heir:
            heir.subscribe("will")
            end = End(door)
            end.send(will)
            assert end.packet() == GRANTED
            with socket.socket(fileno=os.dup(end.socket.fileno())) as below:
                below.shutdown(socket.SHUT_WR)
            heir.message("will", payload=b"gone")
            end.close()


def test_clients_that_do_not_read(stock: Path, tmp_path: Path) -> None:
    """One for each listener gets 30 MB that it does not take: it has its queue in the broker's
    memory, others hear everything, and the keep alive ends those that are stuck."""
    message = b"\x30\xa3\x8d\x06\x00\x01a" + bytes(100_000)  # of 3.1.1
    with opened(stock, tmp_path, "max_queued_bytes 1000000\n") as broker:
        stuck = [greeted(door, CONNECT_1) for door in broker.doors()]
        for end in stuck:
            end.send(bytes.fromhex("820700010000016100"))
            assert end.packet() == bytes.fromhex("900400010000")
        good = greeted(broker.door("unix"))
        good.send(bytes.fromhex("8206000100016100"))
        assert good.packet() == bytes.fromhex("9003000100")
        before = resident(broker)
        for _ in range(300):
            good.send(message)
            assert good.take(len(message)) == message
        assert resident(broker) - before < 10_000_000
        until = time.monotonic() + WAIT
        while broker.log.count("the keep alive is over") < len(stuck):
            assert time.monotonic() < until, broker.log
            time.sleep(0.05)
        good.ping()
        for end in [*stuck, good]:
            end.close()


def resident(broker: Broker) -> int:
    pages = int(Path(f"/proc/{broker.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


# ---- Garbage ------------------------------------------------------------------------------------


def rubbish(seed: int) -> list[bytes]:
    chance = random.Random(seed)
    hello = client_hello()
    return [
        *(chance.randbytes(chance.choice([1, 2, 7, 100, 3000])) for _ in range(10)),
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /mqtt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"\0" * 5000,
        b"\xff" * 5000,
        hello,
        hello[:5] + bytes(len(hello) - 5),
        b"\x15\x03\x03\x00\x02\x02\x28",  # an alert
        b"\x16\x03\x01\xff\xff" + bytes(70_000),
        CONNECT * 2,
        CONNECT[:-1],
        request(),
        request() + frame(b"\xff" * 100),
        request() + frame(CONNECT) + frame(PINGREQ, 1),
        request() + b"\x82\x05nomask",
        request() + b"\xff" * 20,
        b"\r\n\r\n\0\r\nQUIT\n" + bytes(20),
        b"SSH-2.0-x\r\n",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_garbage(broker: Doors, name: str) -> None:
    """Whatever comes, at each layer of each listener: the connection ends, nothing is left of it,
    and others notice nothing."""
    door = broker.door(name)
    before = descriptors(broker)
    watch = greeted(broker.door("ip4"))
    for seed, garbage in enumerate(rubbish(len(name))):
        ways = [door.reach_below]
        if door.tls:
            ways.append(door.reach)
        for reach in ways:
            end = reach()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                end.sendall(garbage)
                if seed % 2:
                    end.settimeout(0.002)
                    with contextlib.suppress(TimeoutError, socket.timeout):
                        end.recv(1000)
            end.close()
        if door.websocket:
            inner = End(door)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                inner.socket.sendall(garbage)
                inner.send(garbage)
            inner.close()
        watch.ping()
    watch.close()
    falls_to(broker, before)
    greeted(door).close()


def test_many_at_once(broker: Doors) -> None:
    """Connections that come, break off anywhere, and go, at all listeners at once."""
    before = descriptors(broker)
    doors = broker.doors()

    def bother(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(40):
            door = chance.choice(doors)
            with contextlib.suppress(ConnectionError, ssl.SSLError, socket.timeout):
                end = End(door) if chance.random() < 0.5 else None
                if end is None:
                    raw = door.reach_below()
                    raw.sendall(client_hello()[: chance.randrange(300)] if door.tls else CONNECT)
                    raw.close()
                    continue
                data = CONNECT + b"\x30\x04\x00\x01ab"
                end.send(data[: chance.randrange(len(data))])
                end.close()

    threads = [threading.Thread(target=bother, args=(seed,)) for seed in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    falls_to(broker, before)
    for door in doors:
        end = greeted(door)
        end.ping()
        end.close()


def test_ipv6_is_there() -> None:
    """What is said here of all listeners is said of those, too, where the machine has it."""
    assert has_ipv6() or not Path("/proc/net/if_inet6").read_text().strip()
