# SPDX-License-Identifier: MIT
"""What `inspect` takes: dumps, compressed and growing captures, keys, interfaces."""

from __future__ import annotations

import base64
import contextlib
import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mqttwire as mq
import pytest
from capture_synthesis import LINKS, Capture, Connection, connack, connect, exchange, publish
from command import COMMAND, WAIT, environment, mqttwire
from mqttwire_tool.hexdump import Chunk, NoHex, Unread, chunks_of, is_text, link_of

RECORDED = Path(__file__).parent / "captures" / "mosquitto.pcapng"
# All characters of ASCII, with blanks in places where a column might be seen to end.
AWKWARD = connect(5, "ab  0 12") + publish(5, "a/b", bytes(range(256)) + b"  |  30 31   32 > 0x00")
TOOLS = [
    ["xxd"],
    ["xxd", "-u"],
    ["xxd", "-g1"],
    ["xxd", "-c", "7"],
    ["xxd", "-p"],
    ["xxd", "-i"],
    ["hexdump", "-C"],
    ["hexdump"],
    ["hexdump", "-v", "-C"],
    ["od", "-A", "x", "-t", "x1z", "-v"],
    ["od", "-A", "d", "-t", "x1"],
    ["od", "-t", "x1"],
    ["od", "-x"],
    ["od"],
    ["od", "-b"],
    ["od", "-t", "x4"],
]


def dumped(tool: list[str], data: bytes, tmp_path: Path) -> str:
    if not shutil.which(tool[0]):
        pytest.skip(f"{tool[0]} is not here")
    (tmp_path / "bytes").write_bytes(data)
    done = subprocess.run([*tool, "bytes"], cwd=tmp_path, capture_output=True, check=True)
    return done.stdout.decode("ascii")


# ---- Dumps ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", TOOLS, ids=" ".join)
def test_dumps(tool: list[str], tmp_path: Path) -> None:
    rng = random.Random(1)
    samples = [AWKWARD, bytes(500), b"\x10", AWKWARD + bytes(300) + b"\1"]
    samples += [rng.randbytes(rng.randrange(1, 70)) for _ in range(20)]
    samples += [bytes(rng.choices(b"0123 aF|>\n", k=rng.randrange(1, 70))) for _ in range(20)]
    for data in samples:
        text = dumped(tool, data, tmp_path)
        if len(data) == 1 and "hexdump" in tool[0] and len(tool) < 3 and "-C" not in tool:
            continue  # words have no odd number
        if tool == ["od", "-x"] and b"*" in text.encode():
            continue  # nothing tells its offsets, which are octal, from those of hexdump
        assert b"".join(chunk.data for chunk in chunks_of(text)) == data, text
        indented = "".join("    " + line for line in text.splitlines(True))
        assert chunks_of(indented) == chunks_of(text)
        assert is_text(text.encode())


WIRESHARK = """\
0000  10 12 00 04 4d 51 54 54 05 02 00 3c 05 61 62 20   ....MQTT...<.ab
0010  20 30 20 31 32                                     0 12
"""
C_ARRAY = """\
/* Frame (21 bytes) */
static const unsigned char pkt1[21] = {
0x10, 0x12, 0x00, 0x04, 0x4d, 0x51, 0x54, 0x54, /* ....MQTT */
0x05, 0x02, 0x00, 0x3c, 0x05, 0x61, 0x62, 0x20, /* ..{ */ // };
0x20, 0x30, 0x20, 0x31, 0x32
};
"""
STREAM = """\
char peer0_0[] = { /* Packet 4 */
0xc0, 0x00 };
char peer1_0[] = { /* Packet 6 */
0xd0, 0x00 };
"""
STRING = '''\
"\\x10\\x12\\x00\\x04\\x4d\\x51\\x54\\x54\\x05\\x02\\x00\\x3c\\x05\\x61\\x62\\x20" \\
"\\x20\\x30\\x20\\x31\\x32"
'''
BYTES = bytes.fromhex("101200044d5154540502003c056162202030203132")


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (WIRESHARK, BYTES),
        (WIRESHARK.replace("54 05", "54  05"), BYTES),  # older ones have a gap
        (WIRESHARK.split("   ....")[0] + "\n", BYTES[:16]),
        (C_ARRAY, BYTES),
        (STRING, BYTES),
        (f"b'{STRING.splitlines()[0][1:-3]}'", BYTES[:16]),
        (r'"\x10\022\0\04MQTT\5\2" "\0<\5ab" "  0 12"', BYTES),
        (STREAM, bytes.fromhex("c000d000")),
        ("{ 192, 0, 'a', 0X0d }", bytes.fromhex("c000610d")),
        (BYTES.hex(), BYTES),
        (BYTES.hex(":"), BYTES),
        (BYTES.hex("\n", 2), BYTES),
        (BYTES.hex(" ", -4), BYTES),
        ("0000 0000 0000", bytes(6)),
        ("00000000\n00000000\n", bytes(8)),
        (r"\x30\x07\x00", b"0\7\0"),
        ("# a remark\n" + WIRESHARK, BYTES),
        ("// both\nc0 00 // ping: 12\n\td0 00 # pong", bytes.fromhex("c000d000")),
        ("wire := []byte{0xc0, 0x00} // Go's", b"\xc0\0"),
    ],
)
def test_forms(text: str, data: bytes) -> None:
    assert b"".join(chunk.data for chunk in chunks_of(text)) == data
    assert b"".join(chunk.data for chunk in chunks_of(text.replace("\n", "\r\n"))) == data


@pytest.mark.parametrize(
    "text",
    ["GET / HTTP/1.1", "abc", "{ 256 }", "{ 0x100 }", '"\\q', WIRESHARK.replace("0010", "18"),
     "# nothing else", "c000#d000", "c000//d000"],
)
def test_what_is_no_hex(text: str) -> None:
    with pytest.raises(NoHex):
        chunks_of(text)


FOLLOWED = """\

===================================================================
Follow: tcp,hex
Filter: tcp.stream eq 0
Node 0: 127.0.0.1:53616
Node 1: 127.0.0.1:1883
00000000  10 12 00 04 4d 51 54 54  05 02 00 3c 05 61 62 20  ....MQTT ...<.ab
00000010  20 30 20 31 32                                     0 12
\t00000000  20 03 00 00 00                                    ....
00000015  c0 00                                             ..
\t00000005  d0 00                                             ..
===================================================================
"""


def test_tshark_follow() -> None:
    assert chunks_of(FOLLOWED) == [
        Chunk(BYTES, 0),
        Chunk(bytes.fromhex("2003000000"), 1),
        Chunk(bytes.fromhex("c000"), 0),
        Chunk(bytes.fromhex("d000"), 1),
    ]
    # Characters that are digits are no bytes.
    line = "00000000  " + "61 " * 8 + " " + "61 " * 8 + " " + "a" * 8 + " " + "a" * 8 + "\n"
    assert chunks_of(line) == [Chunk(b"a" * 16, 0)]


RAW = """\

===================================================================
Follow: tcp,raw
Filter: tcp.stream eq 0
Node 0: 127.0.0.1:53616
Node 1: 127.0.0.1:1883
101200044d5154540502003c056162202030203132
\t2003000000
c000
\td000
===================================================================
"""
SIDES = [(0, BYTES.hex()), (1, "2003000000"), (0, "c000"), (1, "d000")]


def yaml(new: bool) -> str:
    """As Wireshark 4 has it, and as 3.4 had it: base64 below the number of the peer."""
    peers = "peers:\n  - peer: 0\n    host: a\n    port: 1\n  - peer: 1\npackets:\n"
    parts = [peers] if new else []
    for number, (side, digits) in enumerate(SIDES):
        data = base64.encodebytes(bytes.fromhex(digits)).decode()
        if new:
            parts.append(f"  - packet: {number}\n    peer: {side}\n    timestamp: 1.000000002\n")
            parts.append(f"    data: !!binary |\n      {data}")
        else:
            parts.append(f"# Packet {number}\npeer{side}_{number}: !!binary |\n  {data}")
    return "".join(parts)


def arrays() -> str:
    parts = []
    for number, (side, digits) in enumerate(SIDES):
        data = ", ".join(f"0x{byte:02x}" for byte in bytes.fromhex(digits))
        parts.append(f"char peer{side}_{number}[] = {{ /* Packet {number} */\n{data} }};\n")
    return "".join(parts)


@pytest.mark.parametrize(
    "text",
    [RAW, RAW.partition("1883\n")[2].partition("=")[0], yaml(True), yaml(False), arrays()],
    ids=["raw", "pasted", "yaml", "old yaml", "arrays"],
)
def test_streams_that_wireshark_followed(text: str) -> None:
    """Who says it is known."""
    expected = [Chunk(bytes.fromhex(digits), side) for side, digits in SIDES]
    assert chunks_of(text) == expected
    assert chunks_of(text.replace("\n", "\r\n")) == expected
    assert is_text(text.encode())


def test_one_side_that_wireshark_followed() -> None:
    assert chunks_of(RAW.replace("\t", "")) == [
        Chunk(bytes.fromhex(digits), 0) for _, digits in SIDES
    ]
    assert chunks_of("c000\nd000\n") == [Chunk(bytes.fromhex("c000d000"), 0)]
    with pytest.raises(Unread, match="say raw"):
        chunks_of(RAW.replace("raw", "ascii"))
    with pytest.raises(NoHex):
        chunks_of(RAW.replace("d000", "d00"))
    with pytest.raises(NoHex):
        chunks_of(yaml(True).replace("wAA=", "wA="))


@pytest.mark.parametrize("form", ["raw", "yaml", "hex"])
def test_what_tshark_follows(form: str, tmp_path: Path) -> None:
    """Of a stream all is as it is in the capture."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not here")
    options = ["-q", "-z", f"follow,tcp,{form},1"]
    done = subprocess.run(["tshark", "-r", RECORDED, *options], capture_output=True, check=True)
    expected = mqttwire("inspect", "--json", RECORDED, "--connection", "2").json
    lines = mqttwire("inspect", "--json", stdin=done.stdout).json
    assert len(lines) > 3
    assert [(line["sender"], line["packet"]) for line in lines] == [
        (line["sender"], line["packet"]) for line in expected
    ]


def test_buffers_of_node() -> None:
    printed = "<Buffer " + BYTES.hex(" ") + ">"
    assert chunks_of(printed + "\n") == [Chunk(BYTES, 0)]
    assert chunks_of(f"[\n  {printed},\n  <Buffer c0 00>\n]\n") == [Chunk(BYTES + b"\xc0\0", 0)]
    with pytest.raises(Unread, match="toString"):
        chunks_of("<Buffer 10 12 ... 19 more bytes>")
    with pytest.raises(NoHex):
        chunks_of("a <Buffer 10 12>")


@pytest.mark.parametrize(
    ("tool", "advice"), [(["xxd", "-e"], "without -e"), (["xxd", "-b"], "without -b")]
)
@pytest.mark.parametrize("data", [BYTES, BYTES[:7], BYTES * 30])
def test_dumps_that_are_refused_by_name(
    tool: list[str], advice: str, data: bytes, tmp_path: Path
) -> None:
    text = dumped(tool, data, tmp_path)
    with pytest.raises(Unread, match=advice):
        chunks_of(text)
    for command in ("inspect", "decode"):
        run = mqttwire(command, stdin=text.encode())
        assert (run.code, run.out) == (2, b"")
        assert advice in run.err


@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes])
def test_base64(encode: Callable[[bytes], bytes]) -> None:
    stream = connect(5, "me") + publish(5, "a/b", bytes(100))
    text = encode(stream)
    for command in ("inspect", "decode", "explain"):
        read = mqttwire(command, stdin=text)
        assert read[:2] == mqttwire(command, stdin=stream)[:2]
        assert read.code == 0
    # It does not end with a packet, or there is something else.
    for text in (encode(stream + b"0"), encode(stream) + b"!\n"):
        run = mqttwire("inspect", stdin=text)
        assert run.code == 2
        assert "standard input: this is text and no hex" in run.err


@pytest.mark.parametrize("command", ["inspect", "decode", "explain"])
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"hello\n", "this is text and no hex"),
        (b"root:x:0:0:root:/root:/bin/bash\n" * 20, "this is text and no hex"),
        ("# Über Nachrichten\n\nText.\n".encode(), "this is text and no hex"),
        (b"snoop\0\0\0\0\0\0\2\0\0\0\4", "this is a capture of snoop: tshark -r FILE"),
        (b"GMBU\3\2\1\0" + bytes(20), "this is a capture of Microsoft Network Monitor"),
    ],
)
def test_what_is_something_else(command: str, data: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    for arguments, stdin, name in (([file], b"", str(file)), ([], data, "standard input")):
        run = mqttwire(command, *arguments, stdin=stdin)
        assert (run.code, run.out) == (2, b"")
        assert f"mqttwire: {name}: {told}" in run.err


def test_packets_whose_bytes_are_all_characters() -> None:
    # 30, 0xc4 0x81 0x20: 4 + 1*128 + 32*16384 + 64 bytes, in UTF-8; a topic of 0x2020.
    size = 0x44 + (1 << 7) + (0x20 << 14)
    packet = b"0\xc4\x81 " + b"  " + b"t" * 0x2020 + b" " * (size - 2 - 0x2020)
    packet.decode("utf-8")
    run = mqttwire("decode", "-V", "4", stdin=packet)
    assert run.code == 0
    assert run.json[0]["topic"] == "t" * 0x2020
    # One byte less, and it is text.
    assert mqttwire("decode", "-V", "4", stdin=packet[:-1]).code == 2


def test_beginnings_of_packets_are_no_text() -> None:
    assert mqttwire("decode", "-V", "4", stdin=b"0%").code == 3


@pytest.mark.parametrize("command", ["inspect", "decode", "explain"])
@pytest.mark.parametrize(("at", "byte"), [(2, 3), (3, 0xE0)])
def test_a_damaged_header_of_gzip(command: str, at: int, byte: int, tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(RECORDED.read_bytes()))
    packed[at] = byte
    file = tmp_path / "capture.gz"
    file.write_bytes(packed)
    run = mqttwire(command, file)
    assert (run.code, run.out) == (4, b"")
    assert run.err == f"mqttwire: {file}: this is compressed with gzip, and damaged\n"


def test_lines_left_out_are_bounded() -> None:
    first = "00000000  " + "00 " * 16 + " |................|\n"
    assert len(chunks_of(first + "*\n00100000\n")[0].data) == 1 << 20
    with pytest.raises(NoHex):
        chunks_of(first + "*\nffffffff\n")


@pytest.mark.parametrize(
    "text",
    ["/*", '"\\', "{", "b'\\'", "0000  00\n*\n00001000\n", "c0\n\tc0\n", "#", " #", "peer0_0[] = ",
     "peer: 0\ndata: !!binary |\n c\n", "Follow: a,", "!!binary", " ",
     "0000 ", "A a", '"', "0x", "*\n"],
)
def test_no_text_takes_long(text: str) -> None:
    begin = time.process_time()
    with contextlib.suppress(NoHex):
        chunks = chunks_of(text * (1_000_000 // len(text)))
        assert sum(len(chunk.data) for chunk in chunks) < 20_000_000
    with contextlib.suppress(NoHex):
        chunks_of("{ 1 } /* " + text * (1_000_000 // len(text)))
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("seed", range(20))
def test_text_at_random(seed: int) -> None:
    rng = random.Random(seed)
    samples = [WIRESHARK, C_ARRAY, STRING, BYTES.hex(" ")]
    for _ in range(200):
        text = list(rng.choice(samples))
        for _ in range(rng.randrange(1, 6)):
            text[rng.randrange(len(text))] = rng.choice("0123 af\\\"'{}*/,\n|>x:")
        with contextlib.suppress(NoHex):
            chunks_of("".join(text))


def test_dumps_are_found_by_content(tmp_path: Path) -> None:
    wire = connect(4, "me") + b"\xc0\0" + publish(4, "a", b"x")
    (tmp_path / "stream").write_bytes(wire)
    expected = mqttwire("inspect", tmp_path / "stream").lines
    assert len(expected) == 3
    text = dumped(["xxd"], wire, tmp_path)
    (tmp_path / "dump").write_text(text)
    assert mqttwire("inspect", tmp_path / "dump").lines == expected
    assert mqttwire("inspect", stdin=text.encode()).lines == expected
    assert mqttwire("inspect", "-x", stdin=text.encode()).lines == expected
    assert mqttwire("decode", tmp_path / "dump").json == mqttwire("decode", stdin=wire).json
    shell = f'"$0" -m mqttwire_tool inspect <(cat {tmp_path}/dump) <(cat {RECORDED})'
    bash = ["bash", "-c", shell, sys.executable]
    if shutil.which("bash"):
        done = subprocess.run(bash, capture_output=True, text=True, env=environment())
        assert done.stdout.splitlines()[:3] == expected
        assert len(done.stdout.splitlines()) > 500
    several = mqttwire("inspect", tmp_path / "dump", RECORDED, tmp_path / "stream")
    assert several.lines[:3] == expected
    assert several.lines[-1].split()[1:] == expected[-1].split()[1:]


def test_packets_that_look_like_text() -> None:
    """A PUBLISH begins with the character 0; what follows is no text."""
    wire = publish(5, "00/11", b"0123456789" * 3)
    assert wire[:2] == b"0&"
    done = mqttwire("inspect", "-V", "5", stdin=wire)
    assert [line.split()[2] for line in done.lines] == ["PUBLISH"]


# ---- Frames and streams, as Wireshark copies them ----------------------------------------------


@pytest.mark.parametrize("link", sorted(set(LINKS) - {"vlan", "qinq", "pppoe"}))
@pytest.mark.parametrize("six", [False, True])
def test_frames(link: str, six: bool, tmp_path: Path) -> None:
    where = {"client": "2001:db8::1", "server": "2001:db8::2"} if six else {}
    talk = Connection(Capture(link), **where).open().talk(exchange(5)).close()
    texts = [dumped(["xxd", "-g1"], data, tmp_path) for _, data, _ in talk.capture.frames]
    done = mqttwire("inspect", "--json", stdin="\n".join(texts).encode())
    assert [mq.from_dict(form["packet"]).type for form in done.json] == [
        wire[0] >> 4 for _, wire in exchange(5)
    ]
    assert "time" not in done.json[0]
    assert done.json[0]["server"].endswith(":1883")
    kept = next(data for _, data, _ in talk.capture.frames if exchange(5)[0][1] in data)
    assert link_of(kept) is not None
    alone = mqttwire("inspect", "-x", kept.hex())
    assert "CONNECT" in alone.text
    assert mqttwire("decode", "-x", kept.hex()).code == 2


def test_tshark_s_own(tmp_path: Path) -> None:
    if not shutil.which("tshark"):
        pytest.skip("tshark is not here")
    done = subprocess.run(["tshark", "-r", RECORDED, "-x"], capture_output=True, check=True)
    (tmp_path / "dump").write_bytes(done.stdout)
    from_dump = mqttwire("inspect", "--json", tmp_path / "dump").json
    from_file = mqttwire("inspect", "--json", RECORDED).json
    assert [f["packet"] for f in from_dump] == [f["packet"] for f in from_file]


def test_what_two_sides_say(tmp_path: Path) -> None:
    """Follow stream: the server is indented, and offsets go on on each side."""
    at = {"client": 0, "server": 0}
    lines = []
    for sender, data in exchange(5):
        indentation = "    " if sender == "server" else ""
        for start in range(0, len(data), 16):
            part = data[start : start + 16]
            lines.append(f"{indentation}{at[sender]:08X}  {part.hex(' '):<47}   ....")
            at[sender] += len(part)
    done = mqttwire("inspect", "--json", stdin="\n".join(lines).encode())
    assert [form["sender"] for form in done.json] == [sender for sender, _ in exchange(5)]
    assert not any("findings" in form or "error" in form for form in done.json)


def test_no_packet_is_a_frame() -> None:
    for _, wire in exchange(4) + exchange(5) + [("server", connack(5))]:
        assert link_of(wire) is None
    assert chunks_of(connect(5).hex()) == [Chunk(connect(5), 0)]


# ---- Compressed, growing, encrypted ------------------------------------------------------------


def test_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(RECORDED.read_bytes())
    (tmp_path / "trace.gz").write_bytes(packed)
    expected = mqttwire("inspect", RECORDED)
    assert mqttwire("inspect", tmp_path / "trace.gz") == expected
    assert mqttwire("inspect", stdin=packed) == expected
    for cut in (packed[:1500], packed[:-3]):
        (tmp_path / "trace.gz").write_bytes(cut)
        done = mqttwire("inspect", tmp_path / "trace.gz")
        assert done.code in (1, 3)  # paho breaks a rule, which is graver
        assert "the compressed input ends early" in done.text
        assert done.lines[:5] == expected.lines[:5]


@pytest.mark.parametrize("name", ["zstd", "xz", "bzip2", "lz4"])
def test_others_are_refused_by_name(name: str, tmp_path: Path) -> None:
    if not shutil.which(name):
        pytest.skip(f"{name} is not here")
    packed = subprocess.run(
        [name, "-c"], input=RECORDED.read_bytes(), capture_output=True, check=True
    ).stdout
    for run in (mqttwire("inspect", stdin=packed), mqttwire("decode", stdin=packed)):
        assert run.code == 2
        assert f"compressed with {name}" in run.err


def test_a_connection_in_two_files_is_two(tmp_path: Path) -> None:
    """Until mergecap makes them one."""
    whole = Capture()
    talk = Connection(whole).open().send("client", connect(5, "me")).send("server", connack(5))
    first = len(whole.frames)
    talk.send("client", publish(5, "a", b"x")).close()
    parts = [tmp_path / "part_1.pcap", tmp_path / "part_2.pcap"]
    for path, frames in zip(parts, (whole.frames[:first], whole.frames[first:])):
        part = Capture()
        part.frames = frames
        path.write_bytes(part.pcap())
    lines = mqttwire("inspect", "--json", *parts).json
    assert [(line["number"], line["connection"]) for line in lines] == [(1, 1), (2, 1), (3, 2)]
    assert "guessed" in lines[2] and "guessed" not in lines[1]
    if not shutil.which("mergecap"):
        pytest.skip("mergecap is not here")
    subprocess.run(["mergecap", "-a", "-w", tmp_path / "whole.pcapng", *parts], check=True)
    lines = mqttwire("inspect", "--json", tmp_path / "whole.pcapng").json
    assert [(line["number"], line["connection"]) for line in lines] == [(1, 1), (2, 1), (3, 1)]


def test_a_capture_that_grows(tmp_path: Path) -> None:
    """Until Ctrl-C, which is no failure."""
    path = tmp_path / "trace.pcap"
    path.write_bytes(b"")
    capture = Connection(Capture()).open().talk(exchange(5)).close().capture.pcap()
    with subprocess.Popen(
        [*COMMAND, "inspect", "--tail", path],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(PYTHONUNBUFFERED="1"),
    ) as process:
        assert process.stdout is not None
        seen: list[str] = []
        try:
            with open(path, "ab", buffering=0) as file:
                for at in range(0, len(capture), 500):
                    file.write(capture[at : at + 500])
                    time.sleep(0.02)
            while len(seen) < 16:
                seen.append(process.stdout.readline())
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            seen += process.stdout.readlines()
            assert process.wait(WAIT) == 0
        finally:
            process.kill()
    assert "CONNECT" in seen[1]
    assert any("DISCONNECT" in line for line in seen)
    assert mqttwire("inspect", "--tail", path, path).code == 2


def test_keys(tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not here")
    from tls_synthesis import Tls

    tls = Tls("1.3").talk(exchange(5))
    talk = Connection(Capture(), server_port=8883).open().talk(tls.said).close()
    path, keys = tmp_path / "trace.pcap", tmp_path / "keys"
    path.write_bytes(talk.capture.pcap())
    for text in (tls.keys, tls.keys.rstrip(b"\n")):  # its last line may have no end
        keys.write_bytes(text)
        done = mqttwire("inspect", "--keylog", keys, path)
        assert done.code == 0
        assert done.lines[0].endswith("MQTT 5.0 over TLS 1.3")
        assert len(done.lines) == len(exchange(5)) + 2
    without = mqttwire("inspect", path)
    assert without.code == 0
    assert "this connection is TLS, and there are no keys to read it with" in without.text
    assert "there are no keys" in mqttwire("inspect", "--json", path).err
    keys.write_bytes(Tls("1.3").keys)
    other = mqttwire("inspect", "--keylog", keys, path)
    assert "the keys that there are are not of it" in other.text
    missing = mqttwire("inspect", "--keylog", tmp_path / "absent", path)
    assert missing.code == 4
    assert "absent" in missing.err


def test_a_key_log_without_keys_is_told(tmp_path: Path) -> None:
    trace, keys = RECORDED.with_name("tls.pcapng"), tmp_path / "keys"
    told = f"mqttwire: {keys}: there are no TLS keys in it, as SSLKEYLOGFILE has them"
    for content in (b"", b"# nothing\n", b"-----BEGIN PRIVATE KEY-----\nMIIE\n", b"\0\xff" * 5000):
        keys.write_bytes(content)
        for form in ([], ["--json"], ["--stats"], ["--csv"], ["--topic", "a"]):
            done = mqttwire("inspect", *form, "--keylog", keys, trace, trace)
            assert [line for line in done.err.splitlines() if "TLS keys" in line] == [told]
        assert done.code == mqttwire("inspect", "--topic", "a", trace, trace).code
    keys.write_bytes(b"CLIENT_RANDOM " + b"00" * 32 + b" " + b"11" * 48 + b"\r\n")  # of another
    assert "no TLS keys" not in mqttwire("inspect", "--keylog", keys, trace).err


# ---- Live -------------------------------------------------------------------------------------


def test_without_the_right_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    from mqttwire_tool import sources
    from mqttwire_tool.arguments import Options

    class Refused:
        @staticmethod
        def live(*_: object, **__: object) -> None:
            raise PermissionError(1, "lo: no permission")

    monkeypatch.setattr(sources, "reader", lambda: Refused)
    with pytest.raises(PermissionError) as caught:
        sources.open_live("lo", Options(), sources.Numbers())
    assert f"sudo setcap cap_net_raw,cap_net_admin=eip {os.path.realpath(sys.executable)}" in str(
        caught.value.strerror
    )


def test_an_interface_without_the_right() -> None:
    """Of a plain user, where this is run by root, who can become one."""
    if os.geteuid() or not shutil.which("setpriv"):
        pytest.skip("only root can become somebody without the right")
    command = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all", *COMMAND]
    done = subprocess.run(
        [*command, "inspect", "-i", "lo"], capture_output=True, text=True, timeout=WAIT,
        env=environment(),
    )  # fmt: skip
    if done.returncode == 0 or "setcap" not in done.stderr:
        pytest.skip("the right could not be taken away")
    assert done.returncode == 4
    assert "mqttwire inspect -" in done.stderr
