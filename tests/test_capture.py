# SPDX-License-Identifier: MIT
"""Files, link layers and TCP: the same packets come out however they were captured."""

import gzip
import ipaddress
import itertools
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

import pytest
from capture_synthesis import (
    ACK,
    DISCONNECT,
    FIN,
    LINKS,
    PINGREQ,
    PINGRESP,
    RST,
    SYN,
    Capture,
    Connection,
    connack,
    connect,
    exchange,
    ipv4,
    ipv6,
    publish,
    read,
    tcp,
)
from mosquitto import free_port
from mqttwire_tool import _capture

VERSIONS = [4, 5]


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def both_ways(version):
    return Connection(Capture()).open().talk(exchange(version)).close()


# ---- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", "<>")
def test_formats(look, order):
    capture = both_ways(5).capture
    capture.frames = [(t + 123, d, n) for t, d, n in capture.frames]
    nano = [t for t, _, _ in capture.frames]
    micro = [t // 1000 * 1000 for t in nano]
    for data, times in [
        (capture.pcap(order), micro),
        (capture.pcap(order, nano=True), nano),
        (capture.pcapng(order), micro),
        (capture.pcapng(order, resolution=9), nano),
        (capture.pcapng(order, resolution=3), [t // 10**6 * 10**6 for t in nano]),
    ]:
        seen = look(data)
        assert seen.said() == exchange(5)
        assert [r.time for r in seen.records] == [times[r.frame - 1] for r in seen.records]
        assert [r.number for r in seen.packets] == list(range(1, len(exchange(5)) + 1))
        assert not any(r.code or r.findings for r in seen.records)


def test_what_is_no_capture(look, tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        _capture.Capture(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        _capture.Capture(tmp_path)
    for data in [b"", b"\n\r\r", b"\0" * 100, b"GET / HTTP/1.1\r\n", b"\n\r\r\n" * 25]:
        with pytest.raises(OSError, match="trace"):
            look(data)
    other = Capture()
    other.type = 127  # wireless
    with pytest.raises(OSError, match="link type"):
        look(other)
    with pytest.raises(OSError, match="no-such-interface"):
        _capture.Capture.live("no-such-interface")


def test_a_file_that_ends_early(look):
    capture = both_ways(5).capture
    whole = look(capture).said()
    for data, header in [(capture.pcap(), 24), (capture.pcapng(), len(Capture().pcapng()))]:
        for end in [*range(header, header + 40), *range(header + 40, len(data), 31)]:
            seen = look(data[:end])
            assert seen.said() == whole[: len(seen.packets)]
            notes = [r.note for r in seen.notes if r.note not in ("opened", "closed")]
            assert notes in ([], ["input_cut"])


def test_a_file_that_ends_before_its_first_frame(look):
    """Its first four bytes say what it was to be."""
    cut = [(None, "input_cut", b"")]
    recording = pathlib.Path(__file__).parent / "captures" / "mosquitto.pcapng"
    for data, header in [
        (Capture().pcap(), 24),
        (Capture().pcap(">", nano=True), 24),
        (Capture().pcapng(), 48),
        (recording.read_bytes(), 128),
    ]:
        for end in range(4, header):
            assert [(r.sender, r.note, r.data) for r in look(data[:end]).records] == cut
        assert look(data[:header]).records == []


def test_a_pipe_that_ends_early():
    whole = Connection(Capture()).open().talk(exchange(5)).capture.pcapng()
    program = (
        "from mqttwire_tool import _capture\n"
        "for batch in _capture.Capture('-'):\n"
        "    for record in batch: print(record.note or record.data.hex())\n"
    )
    said = [data.hex() for _, data in exchange(5)]
    cuts = [(0, []), (3, []), (10, []), (28, []), (40, []), (len(whole) - 150, said[:-1])]
    for end, packets in cuts:
        done = subprocess.run(
            [sys.executable, "-c", program], input=whole[:end], capture_output=True, check=True
        )
        seen = done.stdout.decode().split()
        assert [s for s in seen if s not in ("opened", "input_cut")] == packets
        assert seen.count("input_cut") == 1


def test_a_file_with_a_bad_block_gives_what_came_before_it(tmp_path):
    path = tmp_path / "trace"
    path.write_bytes(both_ways(5).capture.pcapng() + b"\6\0\0\0\7\0\0\0" + bytes(64))
    with _capture.Capture(path) as capture:
        seen = capture.read()
        with pytest.raises(OSError, match="block"):
            capture.read()
    assert [r.data for r in seen if r.note is None] == [data for _, data in exchange(5)]


def test_standard_input(tmp_path):
    path = tmp_path / "trace"
    path.write_bytes(both_ways(5).capture.pcap())
    program = (
        "from mqttwire_tool import _capture\n"
        "for batch in _capture.Capture('-'):\n"
        "    for record in batch: print(record.data.hex())\n"
    )
    for command in (["sh", "-c", 'cat "$2" | "$0" -c "$1"'], ["sh", "-c", '"$0" -c "$1" < "$2"']):
        done = subprocess.run(
            [*command, sys.executable, program, str(path)], capture_output=True, check=True
        )
        assert done.stdout.split() == [data.hex().encode() for _, data in exchange(5)]


def test_a_recording():
    """Real clients and a real broker: see captures/README.md."""
    path = pathlib.Path(__file__).parent / "captures" / "mosquitto.pcapng"
    with _capture.Capture(path) as capture:
        seen = [record for batch in capture for record in batch]
    packets = [r for r in seen if r.note is None]
    assert {r.note for r in seen} <= {None, "opened", "closed", "reset"}
    assert {r.data[0] >> 4 for r in packets} == set(range(1, 16))
    assert not any(r.code or r.guessed for r in packets)
    assert [r.time for r in packets] == sorted(r.time for r in packets)
    assert sum(1 for r in packets if r.topic) > 5


def test_a_pipe_is_read_as_it_comes(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = Connection(Capture()).open().send("client", connect(5)).capture.pcap()
    more = Connection(Capture(), port=2).open().send("client", connect(4)).capture.pcap()[24:]
    half = threading.Event()

    def write():
        with open(path, "wb", buffering=0) as pipe:
            pipe.write(data)
            half.wait(10)
            pipe.write(more)

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    with _capture.Capture(path) as capture:
        while len(seen) < 2:  # the note that it was opened, and CONNECT
            seen += capture.read()
        half.set()
        for batch in capture:
            seen += batch
    writer.join()
    assert [r.version for r in seen if r.note is None] == [5, 4]


def test_live(tmp_path):
    import socket

    port = free_port()
    try:
        capture = _capture.Capture.live("lo", f"tcp port {port}")
    except OSError as error:
        pytest.skip(f"live captures are not possible here: {error}")
    with capture, socket.socket() as listener:
        assert capture.read() == []
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        with socket.create_connection(("127.0.0.1", port)) as client:
            server = listener.accept()[0]
            client.sendall(connect(5))
            assert server.recv(100) == connect(5)
            server.sendall(connack(5))
            client.recv(100)
            server.close()
        seen, until = [], time.monotonic() + 10
        while not any(r.note == "closed" for r in seen) and time.monotonic() < until:
            seen += capture.read()
        assert [r.data for r in seen if r.note is None] == [connect(5), connack(5)]
        assert capture.connection(1)["server"] == ("127.0.0.1", port)
        assert abs(seen[0].time / 1e9 - time.time()) < 60
    with pytest.raises(ValueError, match="closed"):
        capture.read()


def test_what_was_captured_before_the_end_is_told():
    """The kernel holds frames back for a while."""
    import socket

    port = free_port()
    try:
        capture = _capture.Capture.live("lo", f"tcp port {port}")
    except OSError as error:
        pytest.skip(f"live captures are not possible here: {error}")
    with capture, socket.create_server(("127.0.0.1", port)) as listener:
        assert capture.read() == []
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(connect(5))
            listener.accept()[0].close()
        capture.finish()
        begin = time.monotonic()
        seen = []
        while (batch := capture.read()) is not None:
            seen += batch
        assert time.monotonic() - begin < 5
    assert [r.data for r in seen if r.note is None] == [connect(5)]


def test_batches_are_bounded(look, tmp_path):
    talk = Connection(Capture()).open().send("client", connect(4)).send("server", connack(4))
    for _ in range(50):
        talk.send("client", PINGREQ * 600)
        talk.send("server", PINGRESP * 600)
    path = tmp_path / "trace"
    path.write_bytes(talk.capture.pcap())
    sizes = []
    with _capture.Capture(path, records=100) as capture:
        for batch in capture:
            sizes.append(len(batch))
            assert capture.counts()["packets"] == sum(sizes) - 1
    assert sum(sizes) == 2 * 50 * 600 + 3
    assert max(sizes) <= 100 + 600


def test_threads_do_not_share_a_capture(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    os.write(end, Capture().pcap())
    with _capture.Capture(path) as capture:
        reader = threading.Thread(target=capture.read)
        reader.start()
        time.sleep(0.02)  # it waits five times as long
        with pytest.raises(RuntimeError, match="thread"):
            capture.counts()
        reader.join()
    os.close(end)


# ---- Link layers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("six", [False, True])
def test_links(look, link, six):
    where = {"client": "2001:db8::1", "server": "2001:db8::2"} if six else {}
    seen = look(Connection(Capture(link), **where).open().talk(exchange(5)).close().capture)
    assert seen.said() == exchange(5)
    about = seen.connections[1]
    assert about["client"] == (where.get("client", "10.0.0.1"), 40000)
    assert about["server"] == (where.get("server", "10.0.0.2"), 1883)
    assert about["whole"]
    assert about["over"]
    assert about["client_id"] == "split"


def test_headers_with_options(look):
    a, b = ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.2")
    segment = tcp(40000, 1883, 1, 0, ACK, connect(5), options=b"\1\1\1\1" * 3)
    capture = Capture()
    capture.add(ipv4(a, b, segment, options=b"\1\1\1\1" * 10))
    assert look(capture).said() == [("client", connect(5))]
    a, b = ipaddress.ip_address("2001:db8::1"), ipaddress.ip_address("2001:db8::2")
    for first, headers in [
        (0, b"\x2b\0" + bytes(6) + b"\x3c\1" + bytes(14) + b"\6\0" + bytes(6)),
        (44, b"\6\0\0\0" + bytes(4)),  # a fragment that is all of its packet
        (51, b"\6\4" + bytes(22)),
    ]:
        capture = Capture()
        capture.add(ipv6(a, b, segment, headers, first))
        assert look(capture).said() == [("client", connect(5))]


def test_fragments_are_told_once(look):
    talk = Connection(Capture()).open().talk(exchange(5))
    talk.segment("client", talk.next["client"], b"x" * 100, fragment=0x2000)
    talk.segment("client", talk.next["client"], b"x" * 100, fragment=100)
    seen = look(talk.capture)
    assert seen.said() == exchange(5)
    assert len(seen.named("fragmented")) == 1
    assert seen.counts["fragments"] == 2


def test_other_traffic_is_passed_over(look):
    a, b = ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.2")
    capture = Capture()
    capture.add(ipv4(a, b, bytes(30), protocol=17))
    capture.frames.append((capture.time, b"\xff" * 60, 60))
    capture.frames.append((capture.time, b"", 0))
    capture.frames.append((capture.time, bytes(12) + b"\x08\0\x45", 60))
    capture.frames.append((capture.time, bytes(12) + b"\x86\xdd" + b"\x60" + bytes(45), 60))
    seen = look(Connection(capture).open().talk(exchange(4)).capture)
    assert seen.said() == exchange(4)
    assert seen.counts["others"] >= 2
    assert seen.counts["damaged"] >= 2


# ---- Segments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_every_split_point(look, version):
    capture, port = Capture(), 1024
    packets = exchange(version)
    for which, (sender, data) in enumerate(packets):
        for cut in range(1, len(data)):
            talk = Connection(capture, port=(port := port + 1)).open().talk(packets[:which])
            talk.send(sender, data[:cut]).send(sender, data[cut:]).talk(packets[which + 1:]).close()
    seen = look(capture)
    assert len(seen.connections) == port - 1024
    by_number = {number: [] for number in seen.connections}
    for r in seen.packets:
        by_number[r.connection].append((r.sender, r.data))
    assert all(said == packets for said in by_number.values())
    assert not any(r.code or r.findings or r.guessed for r in seen.records)


@pytest.mark.parametrize("version", VERSIONS)
def test_byte_by_byte_and_all_at_once(look, version):
    packets = exchange(version)
    capture = Capture()
    talk = Connection(capture).open()
    for sender, data in packets:
        for i in range(len(data)):
            talk.send(sender, data[i:i + 1])
    talk = Connection(capture, port=2).open()
    for sender, group in itertools.groupby(packets, lambda p: p[0]):
        talk.send(sender, b"".join(data for _, data in group))
    seen = look(capture)
    assert seen.said(1) == packets
    assert seen.said(2) == packets


def pieces(rng, data):
    cuts = sorted(rng.sample(range(1, len(data)), min(len(data) - 1, rng.randrange(1, 12))))
    return [(a, data[a:b]) for a, b in zip([0, *cuts], [*cuts, len(data)])]


@pytest.mark.parametrize("seed", range(40))
def test_disorder(look, seed):
    """Pieces come in any order, twice, overlapping; sequence numbers wrap."""
    rng = random.Random(seed)
    version = rng.choice(VERSIONS)
    packets = exchange(version)
    talk = Connection(Capture(step=1000), client_isn=2**32 - rng.randrange(1, 200),
                      server_isn=2**32 - rng.randrange(1, 200), acknowledge=rng.random() < 0.5)
    talk.open()
    for sender, group in itertools.groupby(packets, lambda p: p[0]):
        data = b"".join(part for _, part in group)
        parts = pieces(rng, data) if len(data) > 1 else [(0, data)]
        for _ in range(rng.randrange(4)):  # again, with other borders
            start = rng.randrange(len(data))
            parts.append((start, data[start:start + rng.randrange(1, 60)]))
        rng.shuffle(parts)
        for start, part in parts:
            talk.segment(sender, talk.next[sender] + start, part)
        talk.next[sender] += len(data)
        talk.segment(talk.other(sender), talk.next[talk.other(sender)])
    seen = look(talk.close().capture)
    assert seen.said() == packets
    assert [r.note for r in seen.notes] == ["opened", "closed"]
    assert not any(r.findings for r in seen.records)


def test_the_first_copy_counts(look):
    talk = Connection(Capture()).open().send("client", connect(4)).send("server", connack(4))
    true, false = publish(4, "a/b", b"true!"), publish(4, "a/b", b"false")
    at = talk.next["client"]
    talk.segment("client", at, true)
    talk.segment("client", at, false)
    at += len(true)
    talk.segment("client", at + 4, true[4:])  # out of order: it waits
    talk.segment("client", at, false)
    seen = look(talk.capture)
    assert [r.data for r in seen.packets[2:]] == [true, false[:4] + true[4:]]


def test_the_sequence_wraps_anywhere(look):
    capture = Capture()
    data = connect(5)
    for back in range(len(data) + 3):
        Connection(capture, port=1000 + back, client_isn=2**32 - back).open().send(
            "client", data).send("server", connack(5))
    seen = look(capture)
    assert seen.said() == [("client", data), ("server", connack(5))] * (len(data) + 3)


def test_keep_alive_probes_are_not_data(look):
    talk = both_ways(5)
    middle = Connection(Capture()).open().send("client", connect(5))
    middle.segment("client", middle.next["client"] - 1, b"\0")
    middle.segment("client", middle.next["client"] - 1)
    middle.send("server", connack(5))
    assert look(middle.capture).said() == [("client", connect(5)), ("server", connack(5))]
    assert look(talk.capture).said() == exchange(5)


def test_data_with_syn_and_fin(look):
    talk = Connection(Capture())
    talk.segment("client", 1000, connect(4), flags=SYN, ack_number=0)
    talk.next["client"] = 1001 + len(connect(4))
    talk.segment("server", 5000, flags=SYN | ACK)
    talk.next["server"] = 5001
    talk.send("server", connack(4))
    talk.segment("client", talk.next["client"], DISCONNECT, flags=FIN | ACK)
    talk.next["client"] += 3
    talk.segment("server", talk.next["server"], flags=FIN | ACK)
    seen = look(talk.capture)
    assert seen.said() == [("client", connect(4)), ("server", connack(4)), ("client", DISCONNECT)]
    assert seen.records[-1].note == "closed"


@pytest.mark.parametrize("lost", ["syn", "synack", "ack", "both"])
def test_handshakes_that_were_captured_in_part(look, lost):
    talk = Connection(Capture()).open()
    gone = {"syn": [0], "synack": [1], "ack": [2], "both": [0, 1]}[lost]
    talk.capture.frames = [f for i, f in enumerate(talk.capture.frames) if i not in gone]
    seen = look(talk.talk(exchange(5)).close().capture)
    assert seen.said() == exchange(5)
    assert not seen.packets[0].guessed


def test_syn_and_its_answer_swapped(look):
    talk = Connection(Capture()).open()
    talk.capture.frames[:2] = reversed(talk.capture.frames[:2])
    seen = look(talk.talk(exchange(5)).close().capture)
    assert seen.said() == exchange(5)
    assert len(seen.connections) == 1


@pytest.mark.parametrize("again", [False, True])
def test_a_syn_that_comes_after_data(look, again):
    talk = Connection(Capture(), client_isn=1001)
    talk.segment("server", talk.next["server"], flags=SYN | ACK)
    talk.next["server"] += 1
    talk.talk(exchange(5)[:4])
    talk.segment("client", 1000, flags=SYN, ack_number=0)
    if again:
        talk.segment("client", 1001, connect(5))
    seen = look(talk.talk(exchange(5)[4:]).close().capture)
    assert seen.said() == exchange(5)
    assert [r.note for r in seen.notes] == ["opened", "closed"]


def test_ports_that_are_used_again(look):
    capture = Capture()
    for isn in (1000, 2**31, 77, 5):
        Connection(capture, client_isn=isn, server_isn=isn + 9).open().talk(exchange(5)).close()
    Connection(capture, client_isn=99).open().talk(exchange(4)[:3])  # not closed
    Connection(capture, client_isn=9999).open().talk(exchange(5)).reset()
    Connection(capture, client_isn=123456).open().talk(exchange(4)).reset("server")
    seen = look(capture)
    assert [seen.said(n) == exchange(5) for n in (1, 2, 3, 4, 6)] == [True] * 5
    assert seen.said(5) == exchange(4)[:3]
    assert seen.said(7) == exchange(4)
    assert [r.note for r in seen.notes] == ["opened", "closed"] * 4 + [
        "opened", "replaced", "opened", "reset", "opened", "reset"]


def test_what_comes_late_does_not_open_a_connection(look):
    talk = both_ways(5)
    talk.segment("client", 1001, connect(5))
    talk.segment("client", talk.next["client"] - 1, flags=FIN | ACK)
    talk.segment("server", talk.next["server"], flags=RST)
    seen = look(talk.capture)
    assert seen.said() == exchange(5)
    assert seen.records[-1].note == "closed"


def test_a_forged_reset_is_passed_over(look):
    talk = Connection(Capture()).open().talk(exchange(5)[:4])
    talk.segment("server", talk.next["server"] + 2**31, flags=RST)
    seen = look(talk.talk(exchange(5)[4:]).close().capture)
    assert seen.said() == exchange(5)
    assert not seen.named("reset")


def test_late_fins_of_an_earlier_connection_are_passed_over(look):
    talk = Connection(Capture()).open().talk(exchange(5)[:6])
    for sender in ("client", "server"):
        talk.segment(sender, talk.next[sender] - 3000, flags=FIN | ACK)
    seen = look(talk.talk(exchange(5)[6:]).close().capture)
    assert seen.said() == exchange(5)
    assert [r.note for r in seen.notes] == ["opened", "closed"]


def test_a_forged_acknowledgement_makes_no_hole(look):
    talk = Connection(Capture(), acknowledge=False).open().talk(exchange(5)[:2])
    talk.segment("server", talk.next["server"], ack_number=talk.next["client"] + 1_000_000)
    for _ in range(30):
        talk.send("client", PINGREQ)
    for _ in range(30):
        talk.send("server", PINGRESP)
    talk.talk(exchange(5)[2:]).close()
    seen = look(talk.capture)
    assert len(seen.packets) == 60 + len(exchange(5))
    assert [r.note for r in seen.notes] == ["opened", "closed"]


def test_too_many_connections(look):
    capture = Capture()
    talks = [Connection(capture, port=p).open().talk(exchange(5)[:2]) for p in range(2000, 2010)]
    for talk in talks:
        talk.send("client", PINGREQ)
    seen = look(capture, connections=4)
    assert len(seen.named("forgotten")) >= 6
    assert len(seen.packets) >= 20


def test_other_connections_make_room_first(look):
    capture = Capture()
    talk = Connection(capture).open().talk(exchange(5)[:2])
    for port in range(2000, 2100):
        Connection(capture, port=port, server_port=80).open().send("client", b"hello, world")
    seen = look(talk.talk(exchange(5)[2:]).close().capture, connections=4)
    assert seen.said(1) == exchange(5)
    assert not seen.named("forgotten")


# ---- Ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", ["client", "server"])
def test_who_ended_a_connection(look, sender):
    """Whoever has the lower address, from which ends are numbered."""
    capture = Capture()
    for port, client, server in (1, "10.0.0.1", "10.0.0.2"), (2, "10.0.0.9", "10.0.0.2"):
        for end in (Connection.close, Connection.reset):
            talk = Connection(capture, port=40000 + port, client=client, server=server)
            port += 10
            end(talk.open().talk(exchange(5)), sender)
    seen = look(capture)
    assert [(r.note, r.sender) for r in seen.named("closed", "reset")] == [
        ("closed", sender), ("reset", sender)] * 2


def test_nobody_ended_what_was_replaced(look):
    capture = Capture()
    Connection(capture).open().talk(exchange(5))
    Connection(capture, client_isn=99999).open().talk(exchange(5))
    assert [r.sender for r in look(capture).named("replaced")] == [None]


def test_how_much_was_read(look, tmp_path):
    data = both_ways(5).capture.pcap()
    assert look(data).counts["read"] == len(data)
    packed = gzip.compress(data)
    assert look(packed).counts["read"] == len(packed) < len(data)


def test_other_frames_do_not_keep_the_reader_away(tmp_path):
    """16 MiB of them at most, so that progress can be told, and an interruption is heard."""
    talk = both_ways(5)
    noise = Capture()
    noise.frames = [(talk.capture.time, bytes(60_000), 60_000)] * 700
    path = tmp_path / "trace"
    path.write_bytes(noise.pcap() + talk.capture.pcap()[24:])
    read = []
    with _capture.Capture(path) as capture:
        for batch in capture:
            read.append((len(batch), capture.counts()["read"]))
    assert [size for size, _ in read[:2]] == [0, 0]
    assert sum(size for size, _ in read) == len(exchange(5)) + 2
    places = [place for _, place in read]
    assert places == sorted(places)
    assert all(b - a < 18 << 20 for a, b in zip([0, *places], places))
    assert places[-1] == path.stat().st_size
