# SPDX-License-Identifier: MIT
"""TLS: what OpenSSL says to itself is read where its keys are known, and told where not."""

import pathlib
import random
import re
import shutil
import socket
import subprocess
import time

import pytest
from capture_synthesis import (
    PINGREQ,
    SWITCH,
    UPGRADE,
    Capture,
    Connection,
    connect,
    exchange,
    frame,
    publish,
    read,
)
from mosquitto import free_port
from mqttwire_tool import _capture
from relay import Relay
from tls_synthesis import Tls, certificate

VERSIONS = ["1.2", "1.3"]
SUITES = [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES256-CCM8",
    "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
]
SUITES_1_3 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
              "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")


@pytest.fixture
def look(tmp_path):
    def look(data, keys=None, **options):
        if keys is not None:
            options["keylog"] = tmp_path / "keys"
            options["keylog"].write_bytes(keys)
        return read(_capture, tmp_path / "trace", data, **options)

    return look


def shape(seen):
    return [r.note or r.data[0] >> 4 for r in seen.records]


def carried(said, cut=None, **where):
    """A TCP connection in which this was said."""
    where.setdefault("server_port", 8883)
    talk = Connection(Capture(), **where).open()
    for sender, data in said:
        for at in range(0, len(data), cut or len(data)):
            talk.send(sender, data[at:at + (cut or len(data))])
    return talk


def is_read(seen, version, packets):
    assert seen.said() == packets
    assert [r.note for r in seen.notes if r.note != "closed"] == ["opened"]
    assert not any(r.guessed or r.findings for r in seen.records)
    about = seen.connections[1]
    assert about["tls"] == version
    assert about["whole"]
    assert about["client"][1] == 40000


# ---- With keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", SUITES)
def test_suites(look, suite):
    tls = Tls("1.2", suite).talk(exchange(5))
    assert tls.cipher == suite
    is_read(look(carried(tls.said).close().capture, tls.keys), "1.2", exchange(5))


@pytest.mark.parametrize("mqtt", [4, 5])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("cut", [1, 7, 100, 1400])
@pytest.mark.parametrize("port", [8883, 4711])
def test_segments(look, version, mqtt, cut, port):
    tls = Tls(version).talk(exchange(mqtt))
    talk = carried(tls.said, cut, server_port=port)
    is_read(look(talk.close().capture, tls.keys), version, exchange(mqtt))


@pytest.mark.parametrize("version", VERSIONS)
def test_large_packets_are_several_records(look, version):
    tls = Tls(version).talk(exchange(5)[:2])
    big = publish(5, "a/b", random.Random(1).randbytes(100_000))
    tls.send("client", big)
    seen = look(carried(tls.said, 1400).capture, tls.keys)
    is_read(seen, version, [*exchange(5)[:2], ("client", big)])


@pytest.mark.parametrize("version", VERSIONS)
def test_websocket_inside(look, version):
    tls = Tls(version).send("client", UPGRADE).send("server", SWITCH)
    for sender, data in exchange(5):
        tls.send(sender, frame(data, mask=b"1234" if sender == "client" else None))
    seen = look(carried(tls.said, server_port=443).capture, tls.keys)
    is_read(seen, version, exchange(5))
    assert seen.connections[1]["transport"] == "websocket"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_that_is_resumed(look, version):
    first = Tls(version).talk(exchange(5))
    again = Tls(version, session=first.session, server=first.contexts["server"])
    assert again.ends["client"].session_reused
    again.talk(exchange(4))
    seen = look(carried(again.said).capture, first.keys)
    is_read(seen, version, exchange(4))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("compressed", [True, False])
def test_the_capture_s_own_secrets(look, version, compressed):
    tls = Tls(version).talk(exchange(5))
    capture = carried(tls.said).close().capture
    for order in "<>":
        for first in (True, False):
            data = capture.pcapng(order, secrets=tls.keys, secrets_first=first)
            is_read(look(data), version, exchange(5))


def test_a_hello_that_is_asked_for_again(look):
    """HelloRetryRequest: the client guessed another group."""
    tls = Tls("1.3", groups="P-384").talk(exchange(5))
    assert len([1 for sender, _ in tls.said[:5] if sender == "client"]) >= 2
    is_read(look(carried(tls.said).capture, tls.keys), "1.3", exchange(5))


def test_other_lines_in_a_key_log_are_passed_over(look):
    tls = Tls("1.3").talk(exchange(5))
    noise = (b"# comment\r\n\nCLIENT_RANDOM\nCLIENT_RANDOM 00 00\nRSA 1 2\n" + b"x" * 5000 +
             b"\nCLIENT_RANDOM " + b"g" * 64 + b" 00\n\xff\xfe\n")
    keys = noise + tls.keys.replace(b"\n", b"\r\n")
    is_read(look(carried(tls.said).capture, keys[:-2]), "1.3", exchange(5))


def test_something_else_inside(look):
    tls = Tls("1.3").send("client", b"GET / HTTP/1.1\r\n\r\n").send("server", b"HTTP/1.1 200\r\n")
    assert shape(look(carried(tls.said).capture, tls.keys)) == ["not_mqtt"]


# ---- Real programs -------------------------------------------------------------------------------


def openssl(tmp_path, *clients):
    """
    What s_server and an s_client after the other say: [(sender, bytes), ...] of the last one, and
    the secrets.  clients: arguments, and what goes to standard input in pieces.
    """
    folder, port, keys = certificate().name, free_port(), tmp_path / "log"
    quiet = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(
        ["openssl", "s_server", "-accept", str(port), "-cert", f"{folder}/certificate.pem",
         "-key", f"{folder}/key.pem", "-quiet", "-early_data",
         "-ciphersuites", ":".join(SUITES_1_3)], **quiet)
    with Relay(port) as relay:
        for _ in range(100):
            time.sleep(0.05)
            with socket.socket() as s:
                if not s.connect_ex(("127.0.0.1", port)):
                    break
        for arguments, pieces in clients:
            client = subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{relay.port}", "-keylogfile", keys,
                 *arguments], **quiet)
            for piece in pieces:
                time.sleep(0.3)
                client.stdin.write(piece)
                client.stdin.flush()
            time.sleep(0.3)
            client.stdin.close()
            client.wait(10)
        server.kill()
        server.wait()
        connection = relay.connections[-1]
        connection.wait_closed()
    return [(chunk.sender, chunk.data) for chunk in connection.chunks], keys.read_bytes()


QUIET = ["-quiet", "-no_ign_eof"]


@pytest.mark.parametrize("suite", SUITES_1_3)
def test_suites_of_1_3(look, tmp_path, suite):
    packets = [connect(5), publish(5, "a/b", b"x" * 50)]
    said, keys = openssl(tmp_path, (["-ciphersuites", suite, *QUIET], packets))
    seen = look(carried(said).capture, keys)
    assert seen.said() == [("client", data) for data in packets]
    assert seen.connections[1]["tls"] == "1.3"


def test_key_updates(look, tmp_path):
    """`k` and `K` on a line of their own have s_client change its keys, and both ends theirs."""
    line = connect(5, "k" * 20)
    line = line[:1] + bytes([line[1] + 1]) + line[2:-22] + b"\0\x15" + b"k" * 20 + b"\n"
    ping = publish(5, "a", b"more\n")
    said, keys = openssl(
        tmp_path, (["-tls1_3"], [line, b"k\n", ping, b"K\n", ping, b"k\n", ping]))
    said = [(sender, data) for sender, data in said if data]
    updates = [d for s, d in said if s == "client" and len(d) == 5 + 4 + 1 + 1 + 16]
    assert len(updates) == 3
    seen = look(carried(said).capture, keys)
    assert [data for sender, data in seen.said() if sender == "client"] == [line, ping, ping, ping]


def test_a_recording():
    """Python, openssl, mosquitto and MQTT.js: see captures/README.md."""
    path = pathlib.Path(__file__).parent / "captures" / "tls.pcapng"
    with _capture.Capture(path) as capture:
        seen = [record for batch in capture for record in batch]
        kinds = {r.connection: capture.connection(r.connection) for r in seen}
    packets = [r for r in seen if r.note is None]
    assert {r.note for r in seen} == {None, "opened", "closed", "reset", "keys_missing"}
    assert len([r for r in seen if r.note == "keys_missing"]) == 1
    assert not any(r.code or r.guessed or r.findings for r in packets)
    for number, about in kinds.items():
        said = [r.data[0] >> 4 for r in packets if r.connection == number]
        if about["mqtt"]:
            assert said[:2] == [1, 2]
            assert said[-1] == (4 if about["client_id"] == "openssl" else 14)
    assert {(c["transport"], c["tls"], c["version"]) for c in kinds.values() if c["mqtt"]} == {
        ("tcp", "1.2", 4), ("tcp", "1.2", 5), ("tcp", "1.3", 4), ("tcp", "1.3", 5),
        ("websocket", None, 4), ("websocket", "1.3", 5)}


def test_data_before_the_handshake_is_over(look, tmp_path):
    """Early data of 1.3, which only a session that is resumed may have."""
    first, rest = connect(5), [publish(5, "a/b", b"x" * 50), PINGREQ]
    session, early = tmp_path / "session", tmp_path / "early"
    early.write_bytes(first)
    said, keys = openssl(
        tmp_path, ([*QUIET, "-sess_out", session], [first]),
        ([*QUIET, "-sess_in", session, "-early_data", early], rest))
    if b"CLIENT_EARLY_TRAFFIC_SECRET" not in keys:
        pytest.skip("openssl sends none")
    seen = look(carried(said).capture, keys)
    assert seen.said() == [("client", data) for data in [first, *rest]]


def test_early_data_that_is_refused(look, tmp_path):
    """It was replayed; what the server did not take is not told."""
    first, packets = connect(5), [connect(5, "again"), publish(5, "a/b", b"x" * 50)]
    session, early = tmp_path / "session", tmp_path / "early"
    early.write_bytes(first)
    again = [*QUIET, "-sess_in", session, "-early_data", early]
    said, keys = openssl(tmp_path, ([*QUIET, "-sess_out", session], [first]), (again, [PINGREQ]),
                         (again, packets))
    if keys.count(b"CLIENT_EARLY_TRAFFIC_SECRET") < 2:
        pytest.skip("openssl sends none")
    seen = look(carried(said).capture, keys)
    assert seen.said() == [("client", data) for data in packets]


# ---- Without, or with others ---------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_no_keys(look, version):
    tls = Tls(version).talk(exchange(5))
    capture = carried(tls.said).close().capture
    assert shape(look(capture)) == ["encrypted"]
    assert shape(look(capture, b"")) == ["keys_missing"]
    assert shape(look(capture, Tls(version).keys)) == ["keys_missing"]
    assert look(capture).connections[1]["tls"] is None


@pytest.mark.parametrize("version", VERSIONS)
def test_keys_that_do_not_fit(look, version):
    tls = Tls(version).talk(exchange(5))
    wrong = re.sub(rb"(\w{10})\n", lambda m: m[1][::-1] + b"\n", tls.keys)
    seen = look(carried(tls.said).close().capture, wrong)
    assert shape(seen) == ["keys_wrong"]
    short = re.sub(rb"\w{20}\n", b"\n", tls.keys)
    seen = look(carried(tls.said).close().capture, short)
    assert shape(seen) in (["keys_wrong"], ["keys_missing"])


@pytest.mark.parametrize("lost", ["CLIENT_HANDSHAKE", "SERVER_HANDSHAKE", "HANDSHAKE"])
def test_secrets_of_the_handshake_are_not_needed(look, lost):
    tls = Tls("1.3").talk(exchange(5))
    keys = b"".join(line for line in tls.keys.splitlines(True) if lost.encode() not in line)
    is_read(look(carried(tls.said).capture, keys), "1.3", exchange(5))


def test_a_suite_that_is_not_known(look):
    tls = Tls("1.2").talk(exchange(5))
    said = [(s, d.replace(b"\xc0\x2c\0", b"\xc0\x99\0", 1) if s == "server" else d)
            for s, d in tls.said]
    assert shape(look(carried(said).capture, tls.keys)) == ["cipher_unknown"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_server_that_changes_its_mind(look, version):
    """Two hellos; what the second one chooses is not known, or of the other version."""
    tls = Tls(version).talk(exchange(5))
    at = next(n for n, (sender, _) in enumerate(tls.said) if sender == "server")
    hello = tls.said[at][1]
    size = 5 + int.from_bytes(hello[3:5], "big")
    for number in (b"\xc0\x99", b"\0\0", b"\x13\x01", b"\x00\x3c"):
        second = bytearray(hello[:size])
        suite = 5 + 4 + 2 + 32 + 1 + second[5 + 4 + 2 + 32]
        second[suite:suite + 2] = number
        said = list(tls.said)
        said[at] = "server", hello[:size] + bytes(second) + hello[size:]
        seen = look(carried(said).capture, tls.keys)
        assert not seen.packets or seen.said() == exchange(5)


def test_a_capture_that_begins_in_the_middle(look):
    tls = Tls("1.3").talk(exchange(5))
    talk = Connection(Capture(), server_port=8883)
    for sender, data in tls.said[3:]:
        talk.send(sender, data)
    assert shape(look(talk.capture, tls.keys)) == ["tls_midway"]
    assert shape(look(talk.capture)) == ["encrypted"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sender", ["client", "server"])
def test_one_direction_only(look, version, sender):
    tls = Tls(version).talk(exchange(5))
    talk = carried(tls.said)
    source = talk.address[sender].packed
    talk.capture.frames = [f for f in talk.capture.frames if f[1][26:30] == source]
    assert shape(look(talk.capture, tls.keys)) == ["tls_midway"]


# ---- What is missing -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("inside", [True, False])
def test_a_hole(look, version, inside):
    """Reading goes on, whether records are missing in part or as a whole."""
    tls = Tls(version).talk(exchange(5)[:2])
    before = len(tls.said)
    for n in range(20):
        tls.send("client", publish(5, "a/b", b"%03d" % n * 100))
    talk = carried(tls.said[:before])
    rest = b"".join(data for sender, data in tls.said[before:])
    start, end = (400, 450) if inside else (1000, 2345)
    talk.send("client", rest[:start]).lose("client", end - start).send("client", rest[end:])
    for _ in range(10):
        talk.segment("server", talk.next["server"])
    seen = look(talk.close().capture, tls.keys)
    assert "hole" in shape(seen)
    payloads = [r.data[-300:-297] for r in seen.packets if r.data[0] == 0x30]
    size = len(rest) // 20
    kept = [n for n in range(20) if (n + 1) * size <= start or n * size >= end]
    assert payloads == [b"%03d" % n for n in kept]
    assert not seen.named("tls_record")


def test_a_hole_in_the_handshake(look):
    """Of TLS 1.2: a part of the certificate."""
    tls = Tls("1.2").talk(exchange(5))
    at = next(n for n, (sender, _) in enumerate(tls.said) if sender == "server")
    talk = carried(tls.said[:at])
    hello = tls.said[at][1]
    talk.send("server", hello[:300]).lose("server", 100).send("server", hello[400:])
    for sender, data in tls.said[at + 1:]:
        talk.send(sender, data)
    seen = look(talk.close().capture, tls.keys)
    assert seen.said() == exchange(5)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_damaged_record_ends_a_direction(look, version):
    tls = Tls(version).talk(exchange(5)[:2])
    before = len(tls.said)
    tls.talk([("client", PINGREQ), ("client", publish(5, "a", b"x"))])
    said = list(tls.said)
    sender, data = said[before + 1]
    said[before + 1] = sender, data[:10] + bytes([data[10] ^ 1]) + data[11:]
    seen = look(carried(said).capture, tls.keys)
    assert shape(seen) == ["opened", 1, 2, 12, "tls_record"]


@pytest.mark.parametrize("seed", range(20))
def test_damage_of_any_kind(look, seed):
    """Nothing but a note comes of it, and what was whole before it is read."""
    rng = random.Random(seed)
    tls = Tls(rng.choice(VERSIONS)).talk(exchange(5))
    said = []
    for sender, data in tls.said:
        data = bytearray(data)
        if rng.random() < 0.3:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        said.append((sender, bytes(data)))
    talk = carried(said, rng.choice([None, 100]))
    if rng.random() < 0.5:
        talk.capture.frames.pop(rng.randrange(len(talk.capture.frames)))
    seen = look(talk.close().capture, tls.keys)
    assert all(r.data in [d for _, d in exchange(5)] or r.guessed or r.size > len(r.data)
               for r in seen.packets)


# ---- Live ----------------------------------------------------------------------------------------


def test_keys_that_come_late(tmp_path):
    """A capture that grows, and a key log that is written while it does."""
    tls = Tls("1.3").talk(exchange(5))
    path, log = tmp_path / "trace", tmp_path / "keys"
    path.write_bytes(carried(tls.said).capture.pcap())
    log.write_bytes(b"")
    seen = []
    with _capture.Capture(path, keylog=log, follow=True) as capture:
        for _ in range(3):
            seen += capture.read()
        assert not seen
        assert capture.counts()["keys"] == 0
        log.write_bytes(tls.keys)
        more = Connection(Capture(), port=40000, server_port=8883)
        more.next = {"client": 1001 + sum(len(d) for s, d in tls.said if s == "client"),
                     "server": 5001 + sum(len(d) for s, d in tls.said if s == "server")}
        tls.said.clear()
        tls.send("client", PINGREQ)
        more.send("client", tls.said[0][1])
        with open(path, "ab") as file:
            file.write(more.capture.pcap()[24:])
        until = time.monotonic() + 10
        while (batch := capture.read()) is not None and time.monotonic() < until:
            seen += batch
            if len(seen) > len(exchange(5)) + 1:
                capture.finish()
        assert capture.counts()["keys"] >= 4  # those of 1.3
    assert [(r.sender, r.data) for r in seen if r.note is None] == [
        *exchange(5), ("client", PINGREQ)]
