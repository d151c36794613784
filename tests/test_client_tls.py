# SPDX-License-Identifier: MIT
"""TLS of mqttwire-pub and mosquitto_pub, with the same options and the same exit codes."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import certificates
import pytest
from command import mqttwire
from mosquitto import PROGRAM, Mosquitto, free_port
from programs import needs_programs, run

pytestmark = [
    needs_programs,
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is missing"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing"),
]

PSK = "0123456789abcdef"
CONFIG = """
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
listener {mutual} 127.0.0.1
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
listener {shared} 127.0.0.1
psk_hint here
psk_file {folder}/psk
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = certificates.make(tmp_path_factory.mktemp("tls"))
    made.chmod(0o755)
    (made / "psk").write_text(f"alice:{PSK}\n")
    return made


class Ports:
    def __init__(self) -> None:
        self.mutual, self.shared = free_port(), free_port()


@pytest.fixture(scope="module")
def ports() -> Ports:
    return Ports()


@pytest.fixture(scope="module")
def broker(folder: Path, ports: Ports) -> Iterator[Mosquitto]:
    config = CONFIG.format(folder=folder, mutual=ports.mutual, shared=ports.shared)
    with Mosquitto(config) as made:
        yield made


# Which listener, what is told of TLS, and whether that is enough.
CASES: list[tuple[str, str, bool]] = [
    ("plain", "--cafile ca.crt", True),
    ("plain", "--cafile ca.crt -V 5", True),
    ("plain", "--cafile ca.crt --tls-version tlsv1.3", True),
    ("plain", "--cafile ca.crt --tls-version tlsv1.2", True),
    ("plain", "--cafile ca.crt --ciphers ECDHE-ECDSA-AES256-GCM-SHA384", True),
    ("plain", "--capath hashed", True),
    ("plain", "--cafile ca.crt -h 127.0.0.1", False),
    ("plain", "--cafile ca.crt -h 127.0.0.1 --insecure", True),
    ("plain", "--cafile another.crt", False),
    ("plain", "--cafile another.crt --insecure", False),
    ("plain", "--cafile none.crt", False),
    ("plain", "", False),
    ("mutual", "--cafile ca.crt --cert client.crt --key client.key", True),
    ("mutual", "--cafile ca.crt", False),
    ("mutual", "--cafile ca.crt --cert client.crt --key server.key", False),
    ("shared", f"--psk {PSK} --psk-identity alice", True),
    ("shared", f"--psk {PSK} --psk-identity bob", False),
    ("shared", f"--psk {PSK[::-1]} --psk-identity alice", False),
    ("shared", "--psk xyz --psk-identity alice", False),
]


@pytest.mark.parametrize(("listener", "words", "good"), CASES)
@pytest.mark.parametrize("name", ["pub", "mosquitto_pub"])
def test_tls(
    broker: Mosquitto, ports: Ports, folder: Path, name: str, listener: str, words: str, good: bool
) -> None:
    port = {"plain": broker.port, "mutual": ports.mutual, "shared": ports.shared}[listener]
    hashed = folder / "hashed"
    if "hashed" in words and not hashed.exists():
        hashed.mkdir()
        shutil.copy(folder / "ca.crt", hashed / "ca.crt")
        run("openssl", "rehash", hashed)
    told = [
        str(folder / word) if "." in word and "/" not in word else word for word in words.split()
    ]
    told = [str(hashed) if word == "hashed" else word for word in told]
    told = [
        Path(word).name if Path(word).name in ("127.0.0.1", "tlsv1.2", "tlsv1.3") else word
        for word in told
    ]
    where = [] if "-h" in words else ["-h", "localhost"]
    done = run(name, *where, "-p", str(port), "-t", "a", "-m", "hello", "-q", "1", *told)
    assert (done.code == 0) == good, done.err
    assert (done.err == "") == good, done.err


HINTS: list[tuple[str, list[str], str]] = [
    ("plain", ["--cafile", "another.crt"], "--cafile says whom to trust"),
    ("plain", ["--cafile", "ca.crt", "-h", "127.0.0.1"], "--insecure takes it for any host"),
    ("mutual", ["--cafile", "ca.crt"], "--cert and --key name the client's"),
]


@pytest.mark.parametrize(("listener", "words", "hint"), HINTS)
def test_hints(
    broker: Mosquitto, ports: Ports, folder: Path, listener: str, words: list[str], hint: str
) -> None:
    """The option that helps is named."""
    port = broker.port if listener == "plain" else ports.mutual
    told = [str(folder / word) if word.endswith(".crt") else word for word in words]
    where = [] if "-h" in words else ["-h", "localhost"]
    done = run("pub", *where, "-p", str(port), "-t", "a", "-m", "x", *told)
    assert done.code == 1
    assert done.err.endswith(f"; {hint}\n") or f"; {hint}, " in done.err, done.err


def shake_hands(context: ssl.SSLContext, listener: socket.socket) -> None:
    end, _ = listener.accept()
    with end, contextlib.suppress(OSError):
        context.wrap_socket(end, server_side=True).close()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ([], "handshake failure; the server may want --cert and --key"),
        (["--cert", "client.crt", "--key", "client.key"], "; the server does not trust --cert"),
    ],
)
@pytest.mark.parametrize("name", ["pub", "bench"])
def test_hints_of_tls_1_2(folder: Path, name: str, words: list[str], hint: str) -> None:
    """Of a server that trusts another authority than the client's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.load_verify_locations(folder / "another.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    told = [str(folder / word) if "." in word else word for word in words]
    what = ["-t", "a", "-m", "x"] if name == "pub" else ["--publishers", "1"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_hands, args=(context, listener))
        thread.start()
        where = ["-h", "localhost", "-p", str(listener.getsockname()[1])]
        done = run(name, *where, *what, "--cafile", folder / "ca.crt", *told)
        thread.join()
    assert done.code == 1
    assert done.err.endswith(f"{hint}\n"), done.err


def test_url(broker: Mosquitto, folder: Path) -> None:
    """mqtts:// trusts what the system trusts, or --cafile."""
    url = f"mqtts://localhost:{broker.port}/a"
    done = run("pub", "-L", url, "-m", "x")
    assert done.code == 1
    assert run("pub", "-L", url, "-m", "x", "--cafile", folder / "ca.crt").code == 0
    assert run("pub", "-L", url, "-m", "x", SSL_CERT_FILE=str(folder / "ca.crt")).code == 0


def test_insecure(broker: Mosquitto) -> None:
    """Without a word on whom to trust, any certificate will do; mosquitto asks the system."""
    base = ["-L", f"mqtts://localhost:{broker.port}/a", "-m", "x"]
    assert run("pub", *base).code == 1
    assert run("pub", *base, "--insecure").code == 0
    assert run("mosquitto_pub", *base, "--insecure").code != 0


def test_recordings(broker: Mosquitto, folder: Path, tmp_path: Path) -> None:
    """--pcap has what TLS hides; --tls-keylog the secrets for others' captures."""
    file, secrets = tmp_path / "file.pcap", tmp_path / "secrets"
    base = ["-h", "localhost", "-p", str(broker.port), "--cafile", str(folder / "ca.crt")]
    done = run("pub", *base, "-t", "a", "-m", "hidden", "--pcap", file, "--tls-keylog", secrets)
    assert done.code == 0
    assert any('payload="hidden"' in line for line in mqttwire("inspect", file).lines)
    words = secrets.read_text().split()
    assert "CLIENT_TRAFFIC_SECRET_0" in words
