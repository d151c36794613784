# SPDX-License-Identifier: MIT
"""What is MQTT, where packets begin, and what stays readable when bytes are missing."""

import random

import mqttwire as mq
import pytest
from capture_synthesis import (
    DISCONNECT,
    PINGREQ,
    PINGRESP,
    Capture,
    Connection,
    ack,
    alias,
    connack,
    connect,
    exchange,
    packet,
    publish,
    read,
    text,
    u16,
)
from mqttwire_tool import _capture

VERSIONS = [4, 5]
OTHER_PORT = 4711


@pytest.fixture
def look(tmp_path):
    return lambda data, **options: read(_capture, tmp_path / "trace", data, **options)


def begun(version=5, capture=None, **where):
    return Connection(capture or Capture(), **where).open().talk(exchange(version)[:2])


def shape(seen):
    """Notes by name, packets by type."""
    return [r.note or r.data[0] >> 4 for r in seen.records]


# ---- Connections ---------------------------------------------------------------------------------


def test_aliases_belong_to_a_direction(look):
    talk = begun()
    for _n, (theirs, ours) in enumerate([("up/1", "down/1"), ("up/2", "down/2")]):
        talk.send("client", publish(5, theirs, b"", alias(1)))
        talk.send("server", publish(5, ours, b"", alias(1)))
        talk.send("client", publish(5, "", b"", alias(1)))
        talk.send("server", publish(5, "", b"", alias(1)))
    topics = [(r.sender, r.topic) for r in look(talk.capture).packets if r.topic]
    assert topics == [
        ("client", "up/1"),
        ("server", "down/1"),
        ("client", "up/2"),
        ("server", "down/2"),
    ]


@pytest.mark.parametrize("cut", range(1, 13))
def test_aliases_where_connect_comes_in_pieces(look, cut):
    (_, connect), connack = exchange(5)[:2]
    talk = Connection(Capture()).open().send("client", connect[:cut]).send("client", connect[cut:])
    talk.send(*connack).send("client", publish(5, "up", b"", alias(1)))
    talk.send("client", publish(5, "", b"", alias(1)))
    seen = look(talk.send("client", publish(5, "", b"", alias(2))).capture).packets
    assert [r.topic for r in seen[2:]] == [None, "up", None]  # its own, the alias's, unknown
    assert [len(r.findings) for r in seen] == [0, 0, 0, 0, 1]


def test_an_alias_that_is_not_bound(look):
    seen = look(begun().send("client", publish(5, "", b"", alias(3))).capture)
    assert seen.packets[-1].topic is None
    assert len(seen.packets[-1].findings) == 1


def test_acknowledgements_name_what_they_answer(look):
    seen = look(Connection(Capture()).open().talk(exchange(5)).capture)
    answers = {r.number: (r.acknowledges, r.begins) for r in seen.packets if r.acknowledges}
    assert answers == {
        2: (1, 1),
        4: (3, 3),
        8: (7, 7),
        10: (9, 9),
        11: (10, 9),
        12: (11, 9),
        14: (13, 13),
    }
    assert [r.number for r in seen.packets if r.settles] == [4, 8, 12]


def test_versions_side_by_side(look):
    capture = Capture()
    talks = [
        Connection(capture, port=p, client=c).open()
        for p, c in [(1, "10.0.0.1"), (1, "10.0.0.3"), (2, "10.0.0.1")]
    ]
    for step in range(len(exchange(4))):
        for talk, version in zip(talks, (4, 5, 4)):
            talk.talk(exchange(version)[step : step + 1])
    seen = look(capture)
    assert [seen.said(n) for n in (1, 2, 3)] == [exchange(4), exchange(5), exchange(4)]
    assert [seen.connections[n]["version"] for n in (1, 2, 3)] == [4, 5, 4]
    assert not any(r.code or r.findings for r in seen.records)


@pytest.mark.parametrize("port", [1883, OTHER_PORT])
def test_mqtt_3_1(look, port):
    talk = Connection(Capture(), server_port=port).open().send("client", connect(3, "old"))
    seen = look(talk.send("server", connack(4)).send("client", PINGREQ).capture)
    assert [(r.version, r.code) for r in seen.packets] == [(3, 0)] * 3


def test_a_connect_that_cannot_be_decoded_still_tells_the_version(look):
    for version in VERSIONS:
        bad = bytearray(connect(version))
        bad[9] |= 1  # a reserved flag
        talk = Connection(Capture(), server_port=OTHER_PORT).open()
        talk.send("client", bytes(bad)).send("server", connack(version))
        seen = look(talk.send("client", publish(version, "a", b"{}")).capture)
        assert [bool(r.code) for r in seen.packets] == [True, False, False]
        assert {r.version for r in seen.packets} == {version}


def test_reading_goes_on_after_a_packet_that_breaks_a_rule(look):
    bad = packet(0x36, text("a"), u16(1), b"\0")  # QoS 3
    seen = look(begun().talk([("client", bad + PINGREQ), ("server", PINGRESP)]).capture)
    assert [bool(r.code) for r in seen.packets] == [False, False, True, False, False]
    assert seen.packets[2].data == bad
    assert seen.packets[2].offset == 0


def test_a_length_that_is_none_ends_a_direction(look):
    talk = begun().send("client", PINGREQ + b"\x30\xff\xff\xff\xff\x01" + PINGREQ)
    seen = look(talk.send("client", PINGREQ).send("server", PINGRESP).capture)
    assert shape(seen) == ["opened", 1, 2, 12, 3, "unreadable", 13]
    assert seen.packets[3].code >= 10


def test_a_packet_that_the_end_cuts_off(look):
    for end in ("close", "reset", "none"):
        talk = begun().send("client", publish(5, "a", b"x" * 100)[:50])
        if end != "none":
            getattr(talk, end)()
        last = look(talk.capture).packets[-1]
        assert (len(last.data), last.size) == (50, len(publish(5, "a", b"x" * 100)))
        assert last.code == 0  # its header was read


def test_packets_too_large_to_be_kept(look):
    big = publish(5, "a/b", b"x" * 5000, qos=1, packet_id=3)
    talk = begun()
    for at in range(0, len(big), 1000):
        talk.send("client", big[at : at + 1000])
    seen = look(talk.send("server", ack(4, 3)).capture, packet=1500)
    large, answer = seen.packets[2:]
    assert (large.data, large.size, large.code) == (big[:1500], len(big), 0)
    assert answer.acknowledges == large.number


def test_long_topics_behind_aliases_take_room_once(look):
    talk = begun().send("client", publish(5, "t" * 60000, b"", alias(1)))
    seen = look(talk.send("client", publish(5, "", b"", alias(1)) * 5000).capture)
    assert {r.topic for r in seen.packets[3:]} == {"t" * 60000}
    assert len({id(r.topic) for r in seen.packets[3:]}) < 10


def test_memory_has_a_limit(look):
    capture = Capture()
    for port in range(1, 60):
        talk = begun(capture=capture, port=port)
        talk.send("client", publish(5, "a", bytes(200_000))[:60_000])
    look(capture, memory=1 << 20)


# ---- What is missing -----------------------------------------------------------------------------


@pytest.mark.parametrize("acknowledge", [True, False])
def test_a_hole_inside_a_payload(look, acknowledge):
    data = publish(5, "a/b", b"x" * 3000, qos=1, packet_id=3)
    talk = begun(acknowledge=acknowledge).send("client", data[:1000])
    talk.lose("client", 1000).send("client", data[2000:] + PINGREQ)
    talk.send("server", ack(4, 3)).send("server", PINGRESP)
    seen = look(talk.capture)
    kinds = shape(seen)
    assert "hole" in kinds
    assert seen.named("hole")[0].size == 1000
    assert seen.named("hole")[0].sender == "client"
    damaged = next(r for r in seen.packets if r.data[0] >> 4 == 3)
    assert (damaged.data, damaged.size, damaged.code) == (data[:1000], len(data), 0)
    assert sorted(k for k in kinds if isinstance(k, int)) == [1, 2, 3, 4, 12, 13]
    assert "skipped" not in kinds
    assert not any(r.findings for r in seen.records)


def test_a_hole_between_packets(look):
    talk = begun().send("client", PINGREQ)
    talk.lose("client", 500).send("client", publish(5, "a/b", b"1")).send("client", DISCONNECT)
    for _ in range(10):
        talk.segment("server", talk.next["server"])
    seen = look(talk.capture)
    assert shape(seen) == ["opened", 1, 2, 12, "hole", 3, 14]


def test_a_hole_that_takes_the_beginning_of_a_packet(look):
    data = publish(5, "a/b", b"x" * 3000)
    talk = begun().send("client", PINGREQ + data[:1])
    talk.lose("client", 1499).send("client", data[1500:]).send("client", publish(5, "c/d", b"2"))
    seen = look(talk.close().capture)
    assert shape(seen) == ["opened", 1, 2, 12, "hole", 3, "skipped", 3, "closed"]
    assert seen.packets[3].data == data[:1]
    assert seen.packets[3].code == 1
    assert seen.packets[4].data == publish(5, "c/d", b"2")
    assert seen.named("skipped")[0].size == len(data) - 1500


def test_a_hole_is_no_proof(look):
    """An acknowledgement of something that was lost is no fault."""
    talk = begun().send("client", PINGREQ).lose("client", len(publish(5, "a", qos=1, packet_id=1)))
    talk.send("client", PINGREQ).send("server", ack(4, 1))
    for _ in range(10):
        talk.segment("client", talk.next["client"])
    seen = look(talk.capture)
    assert "hole" in shape(seen)
    assert not any(r.findings for r in seen.records)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_beginning_of_a_connection_is_missing(look, version):
    """SYN was captured, CONNECT was not."""
    talk = Connection(Capture()).open().lose("client", len(connect(version, "split")))
    talk.talk(exchange(version)[1:4])
    for _ in range(10):
        talk.segment("server", talk.next["server"])
    seen = look(talk.capture)
    assert seen.said() == exchange(version)[1:4]
    assert not any(r.findings for r in seen.records)
    assert seen.packets[-1].version == version
    assert seen.packets[-1].guessed


def test_the_end_of_a_connection_is_missing(look):
    talk = begun().lose("client", 300)
    talk.segment("server", talk.next["server"])
    seen = look(talk.close().capture)
    assert shape(seen) == ["opened", 1, 2, "hole", "closed"]
    assert seen.named("hole")[0].size == 300


@pytest.mark.parametrize("version", VERSIONS)
def test_frames_that_were_cut_short(look, version):
    """As with `tcpdump -s 96`: packets that begin after a cut one are read."""
    talk = begun(version)
    long = publish(version, "a/b", b"x" * 400, qos=1, packet_id=3)
    talk.send("client", long, keep=96).send("client", PINGREQ)
    talk.send("server", ack(4, 3))
    talk.send("client", long + PINGREQ, keep=96).send("client", DISCONNECT)
    seen = look(talk.close().capture)
    assert [len(r.data) == r.size for r in seen.packets] == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
    ]
    assert [r.size for r in seen.named("cut")] == [len(long) - 42, len(long) + 2 - 42]
    assert seen.packets[3].data == PINGREQ
    assert seen.packets[4].acknowledges == 3


def test_frames_without_any_payload(look):
    talk = begun()
    for _ in range(3):
        talk.send("client", publish(5, "a", b"x" * 100), keep=54)
    seen = look(talk.send("client", PINGREQ).capture)
    assert shape(seen) == ["opened", 1, 2, "cut", "cut", "cut", 12]


def test_endless_disorder_is_bounded(look):
    """Segments behind a hole that nobody fills, more than are ever held back."""
    talk = begun(capture=Capture(step=1), acknowledge=False)
    start = talk.next["client"]
    order = list(range(2, 12000))
    random.Random(1).shuffle(order)
    for i in order:
        talk.segment("client", start + 2 * i, PINGREQ)
    seen = look(talk.capture)
    assert seen.named("hole")
    assert len(seen.packets) > 2


# ---- Where a capture begins in the middle --------------------------------------------------------


def middle(version, first, server_port=1883, **where):
    talk = Connection(Capture(), server_port=server_port, **where)
    return talk.talk(exchange(version)[first:])


@pytest.mark.parametrize("port", [1883, OTHER_PORT])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("first", range(2, 9))
def test_midway(look, version, first, port):
    seen = look(middle(version, first, port).capture)
    assert seen.said() == exchange(version)[first:]
    assert seen.packets[-1].version == version
    assert all(r.guessed and not r.code and not r.findings for r in seen.packets)
    about = seen.connections[1]
    assert about["guessed"]
    assert not about["whole"]
    assert about["client"][1] == 40000


@pytest.mark.parametrize("version", VERSIONS)
def test_midway_between_segments_of_a_packet(look, version):
    data = publish(version, "a/b", b"x" * 5000)
    talk = Connection(Capture())
    for at in range(1000, len(data), 1000):
        talk.send("client", data[at : at + 1000])
    talk.send("client", publish(version, "sensor/temperature", b"{}"))
    seen = look(talk.send("server", publish(version, "c/d", b"{}")).capture)
    assert [r.data[0] for r in seen.packets] == [0x30, 0x30]
    assert {r.version for r in seen.packets} == {version}
    assert seen.named("skipped")[0].size == len(data) - 1000


@pytest.mark.parametrize("http", [b"GET /index.html", b"HTTP/1.1 200 OK", b"HTTP/1.1 101 OK"])
@pytest.mark.parametrize(("first", "end"), [(True, b""), (False, b""), (False, b"\r\n\r\n")])
def test_midway_in_a_payload_that_is_http(look, http, first, end):
    """It is none where the other end speaks MQTT."""
    publishes = [("client", publish(5, "a/b", b"x", qos=1, packet_id=n)) for n in range(1, 5)]
    answers = [("server", ack(4, n)) for n in range(1, 5)]
    talk = Connection(Capture())
    talk.talk([] if first else publishes).send("server", http + end)
    talk.talk((publishes if first else []) + answers)
    seen = look(talk.capture)
    assert seen.said() == publishes + answers
    assert [r.note for r in seen.notes] == ["opened", "skipped"]


def test_midway_with_nothing_but_small_packets(look):
    talk = Connection(Capture(), server_port=OTHER_PORT)
    for _ in range(3):
        talk.send("client", PINGREQ).send("server", PINGRESP)
    seen = look(talk.capture)
    assert seen.said() == [("client", PINGREQ), ("server", PINGRESP)] * 3


def test_a_guess_is_revised(look):
    """A payload that begins with zeros looks like 5.0, until one does not."""
    talk = Connection(Capture())
    talk.send("client", publish(4, "a/b", b"\0\1\2"))
    talk.send("client", publish(4, "a/b", b"{}"))
    talk.send("server", PINGRESP)
    seen = look(talk.capture)
    assert shape(seen) == ["opened", 3, "revised", 3, 13]
    assert [r.version for r in seen.packets] == [5, 4, 4]


def test_the_client_is_found_by_what_only_one_side_sends(look):
    talk = Connection(Capture(), port=100, server_port=200)  # the lower port is the client's
    talk.send("client", publish(5, "some/topic", b"1")).send("server", publish(5, "other", b"2"))
    talk.send("client", PINGREQ).send("server", PINGRESP)
    seen = look(talk.capture)
    assert [r.sender for r in seen.packets[-2:]] == ["client", "server"]
    assert seen.connections[1]["client"] == ("10.0.0.1", 100)


@pytest.mark.parametrize("sender", ["client", "server"])
@pytest.mark.parametrize("version", VERSIONS)
def test_one_direction_only(look, version, sender):
    talk = Connection(Capture()).open().talk(exchange(version)).close()
    source = talk.address[sender].packed
    capture = talk.capture
    capture.frames = [f for f in capture.frames if f[1][26:30] == source]
    seen = look(capture)
    assert seen.said() == [p for p in exchange(version) if p[0] == sender]
    assert not any(r.findings for r in seen.records)
    assert not seen.named("hole")


# ---- What is not MQTT ----------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [True, False])
@pytest.mark.parametrize("port", [80, 1883])
@pytest.mark.parametrize(
    ("hello", "note"),
    [
        (b"\x16\x03\x01\x02\0\1\0\1\xfc\3\3", "encrypted"),
        (b"GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n", "not_mqtt"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_mqtt"),
        (b"\0\0\0\x2b\4\1\x30\xad\xde", "not_mqtt"),
    ],
)
def test_other_protocols(look, hello, note, port, opened):
    talk = Connection(Capture(), server_port=port)
    if opened:
        talk.open()
    rng = random.Random(0)
    for _ in range(5):
        talk.send("client", hello).send("server", rng.randbytes(1000))
        hello = rng.randbytes(500)
    seen = look(talk.close().capture)
    assert shape(seen) == [note]
    assert not seen.connections[1]["mqtt"]


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_not_mqtt(look, seed):
    rng = random.Random(seed)
    capture = Capture()
    for port in range(1, 40):
        talk = Connection(capture, port=port, server_port=OTHER_PORT)
        for _ in range(rng.randrange(1, 30)):
            talk.send(rng.choice(["client", "server"]), rng.randbytes(rng.randrange(1, 200)))
    seen = look(capture)
    assert not seen.packets
    assert {r.note for r in seen.records} <= {"not_mqtt", "encrypted"}


def test_connections_without_data_are_not_told_of(look):
    seen = look(Connection(Capture()).open().close().capture)
    assert seen.records == []
    assert seen.counts["connections"] == 1


# ---- Keep alive ----------------------------------------------------------------------------------


def silent(version, seconds, *props, keep_alive=10):
    """A client that says nothing for so long after CONNACK."""
    talk = Connection(Capture()).open()
    talk.send("client", connect(version, keep_alive=keep_alive)).send(
        "server", connack(version, *props))
    talk.capture.time += int(seconds * 1e9)
    return talk


SERVER_KEEP_ALIVE = b"\x13" + u16(30)


@pytest.mark.parametrize("version", [4, 5])
def test_a_client_that_was_silent_speaks_again(look, version):
    """3.1.2.10: one and a half times the keep alive, which is 15 s here."""
    assert not look(silent(version, 14.9).send("client", PINGREQ).capture).packets[-1].findings
    seen = look(silent(version, 15.1).send("client", PINGREQ).close().capture)
    assert [finding[0] for finding in seen.packets[-1].findings] == [mq.Rule.KEEP_ALIVE_EXCEEDED]
    assert not seen.named("silent")  # it is told once


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("lost", [0, 100])
def test_a_packet_that_takes_long_is_no_silence(look, version, lost):
    """3.1.2.10: what counts is the time from the end of one packet to the beginning of the next."""

    def rules(before, after):
        talk = silent(version, before)
        large = publish(version, "a", bytes(1000))
        for n in range(10):  # 40 s
            part = large[n * 100 : (n + 1) * 100]
            talk.lose("client", 100) if lost and n == 5 else talk.send("client", part)
            talk.capture.time += 4_000_000_000
        talk.send("client", large[1000:])
        talk.capture.time += int(after * 1e9)
        seen = look(talk.send("client", PINGREQ).close("server").capture)
        assert [r.size for r in seen.packets[2:]] == [len(large), 2]
        assert not seen.named("silent")
        return [[finding[0] for finding in r.findings] for r in seen.packets[2:]]

    late = [mq.Rule.KEEP_ALIVE_EXCEEDED]
    assert rules(14.9, 14.9) == [[], []]
    assert rules(15.1, 14.9) == [late, []]
    assert rules(14.9, 15.1) == [[], late]


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("end", [Connection.close, Connection.reset])
def test_a_server_closes_because_of_silence(look, version, end):
    def notes(talk):
        end(talk, "server")
        return [(r.note, r.sender) for r in look(talk.capture).notes if r.note == "silent"]

    assert notes(silent(version, 15.1)) == [("silent", "client")]
    assert notes(silent(version, 14.9)) == []
    assert notes(silent(version, 900, keep_alive=0)) == []  # which is: none
    lost = silent(version, 15.1).lose("client", 2)  # perhaps a PINGREQ
    lost.segment("server", lost.next["server"])  # it is acknowledged
    assert notes(lost) == []
    said = silent(version, 15.1).send("server", publish(version, "a", b"x"))
    assert notes(said) == [("silent", "client")]  # what the server says does not count
    if version == 5:
        assert notes(silent(5, 44.9, SERVER_KEEP_ALIVE)) == []  # MQTT-3.1.2-21
        assert notes(silent(5, 45.1, SERVER_KEEP_ALIVE)) == [("silent", "client")]


def test_no_silence_after_disconnect(look):
    talk = silent(5, 1).send("client", DISCONNECT)
    talk.capture.time += 10**12
    assert not look(talk.close().capture).named("silent")


# ---- Segments that are full ----------------------------------------------------------------------


def bulk(packets, size=1448, lost=(), first=0, begun_at=None):
    """What a client sends at a stretch, in segments of one size, of which some are not captured."""
    talk = begun(4) if begun_at is None else Connection(Capture())
    data = b"".join(packets)
    for n, at in enumerate(range(first, len(data), size)):
        part = data[at : at + size]
        if n in lost:
            talk.lose("client", len(part))
        else:
            talk.send("client", part)
    return talk


def numbered(rng, count, low, high, body=None):
    """PUBLISH packets whose payloads are bytes of any kind."""
    return [
        publish(4, "plant/line", u16(n) + (body or rng.randbytes)(rng.randrange(low, high)))
        for n in range(count)
    ]


def packets_inside(size):
    """A payload of whole packets that goes on with something else."""
    return (publish(4, "in/side", b"12345") * (size // 16 + 1))[:size] + b"\0\0\0"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("low", "high", "body"),
    [(3, 6, None), (600, 1200, None), (600, 1200, packets_inside), (600, 1200, bytes)],
)
def test_a_hole_costs_a_few_packets_where_none_begins_with_a_segment(look, seed, low, high, body):
    rng = random.Random(seed)
    sent = numbered(rng, 200_000 // high, low, high, body)
    talk = bulk(sent, lost={40})
    seen = look(talk.close().capture)
    read = [r.data for r in seen.packets[2:]]
    known, told = set(sent), set(read)
    whole = [data for data in read if data in known]
    assert len(read) - len(whole) <= 1  # the packet that the hole cut off
    assert whole == [data for data in sent if data in told]
    lost = sum(map(len, sent)) - sum(map(len, whole))
    assert lost <= 1448 + 4 * high + 64
    assert not any(r.findings for r in seen.records)


@pytest.mark.parametrize("seed", range(3))
def test_midway_in_a_stretch_of_full_segments(look, seed):
    rng = random.Random(seed)
    sent = numbered(rng, 200, 600, 1200)
    seen = look(bulk(sent, first=300, begun_at="midway").capture)
    assert [r.data for r in seen.packets] == sent[1:]


@pytest.mark.parametrize("seed", range(4))
def test_no_packet_is_found_in_payloads_of_any_bytes(look, seed):
    """A PUBLISH of which the beginning is lost, and that does not end."""
    rng = random.Random(seed)
    data = publish(4, "a/b", rng.randbytes(600_000))
    for lost in (data[:1], b"\x30"):
        talk = begun(4).send("client", lost).lose("client", 3000)
        for at in range(3000, len(data) - 9, 1000):
            talk.send("client", data[at : min(at + 1000, len(data) - 9)])
        assert len(look(talk.close().capture).packets) <= 3


def test_bytes_passed_over_are_the_client_speaking(look):
    """Segments that cannot be read come each 5 s; its keep alive is 10 s."""
    talk = silent(4, 1).send("client", b"\x30").lose("client", 100)
    talk.capture.step = 2_500_000_000
    for _ in range(20):
        talk.send("client", b"\xff" * 50)
    seen = look(talk.send("client", PINGREQ).send("client", PINGREQ).close("server").capture)
    assert [r.data for r in seen.packets[-2:]] == [PINGREQ] * 2
    assert not any(r.findings for r in seen.packets)
    assert not seen.named("silent")


@pytest.mark.parametrize("first", ["client", "server"])
def test_who_closed_is_who_sent_fin_first_even_after_a_hole(look, first):
    talk = begun().lose("client", 16).send("client", PINGREQ)
    seen = look(talk.close(first).capture)
    assert [r.sender for r in seen.named("closed")] == [first]


REFUSED = [  # CONNECT's version, CONNACK, in whose form it is
    (5, bytes.fromhex("20 02 00 01"), 4),
    (4, bytes.fromhex("20 03 00 84 00"), 5),
]


@pytest.mark.parametrize(("version", "answer", "form"), REFUSED)
def test_a_server_that_has_not_the_version_says_so_in_its_own(look, version, answer, form):
    """3.1.1 and 5.0, 3.1.2.2: 0x01 is demanded of a server of 3.1.1, to any other level."""
    talk = Connection(Capture()).open().send("client", connect(version, "c"))
    seen = look(talk.send("server", answer).close("server").capture)
    assert [(r.version, r.code, r.findings) for r in seen.packets] == [
        (version, 0, ()), (form, 0, ())]  # fmt: skip
    assert seen.packets[1].acknowledges == 1
    assert not seen.named("unanswered")


@pytest.mark.parametrize("answer", ["20 02 00 05", "20 03 00 80 00", "20 02 00 00"])
def test_no_other_answer_has_another_version(look, answer):
    wire = bytes.fromhex(answer)
    version = 5 if len(wire) == 4 else 4
    talk = Connection(Capture()).open().send("client", connect(version, "c"))
    seen = look(talk.send("server", wire).capture)
    assert seen.packets[1].code > 1
    assert seen.packets[1].version == version
