# SPDX-License-Identifier: MIT
"""Writes captures of every kind into a folder, for capture_fuzz to damage."""

import gzip
import pathlib
import random
import shutil
import sys

from capture_synthesis import (
    LINKS,
    SWITCH,
    UPGRADE,
    Capture,
    Connection,
    Deflated,
    ack,
    connect,
    exchange,
    fragments,
    frame,
    publish,
)
from tls_synthesis import Tls

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

for link in LINKS:
    capture = Capture(link)
    for port in range(1, 6):
        Connection(capture, port).open().talk(exchange(4 + port % 2)).close()
        Connection(capture, port, client="2001:db8::1", server="2001:db8::2").talk(
            exchange(5 - port % 2)[2:]
        )
    (folder / f"{link}.pcap").write_bytes(capture.pcap())

rng = random.Random(1)
capture = Capture()
for port in range(1, 8):
    talk = Connection(capture, port, server_port=80)
    if port < 6:
        talk.open().send("client", UPGRADE).send("server", SWITCH)
    for sender, data in exchange(4 + port % 2):
        while data:
            n = rng.randrange(1, 60)
            mask = rng.randbytes(4) if sender == "client" else None
            wire = frame(data[:n], mask=mask, fin=rng.random() < 0.7, opcode=rng.choice([0, 2]))
            data = data[n:]
            for at in range(0, len(wire), 37):
                talk.send(sender, wire[at : at + 37])
    talk.close()
(folder / "websocket.pcap").write_bytes(capture.pcap())

capture = Capture()
talks = [Connection(capture, port).open() for port in range(1, 5)]
for talk in talks:
    talk.send("client", connect(5))
for _ in range(60):
    talk = rng.choice(talks)
    payload = rng.randbytes(rng.randrange(3000))
    data = publish(5, "a/b", payload, qos=1, packet_id=rng.randrange(1, 9))
    for at in range(0, len(data), 500):
        talk.send(rng.choice(["client", "client", "server"]), data[at : at + 500])
(folder / "payloads.pcap").write_bytes(capture.pcap())

# Both ends send full segments, in which packets begin anywhere, and answer; some are lost.
rng = random.Random(2)
capture = Capture()
for port in range(1, 4):
    talk = Connection(capture, port).open().talk(exchange(4 + port % 2)[:2])
    streams = {
        sender: b"".join(
            publish(4 + port % 2, "a/b", rng.randbytes(rng.randrange(300)), qos=1, packet_id=n)
            + ack(4, n)
            for n in range(1, 300)
        )
        for sender in ("client", "server")
    }
    for at in range(0, min(map(len, streams.values())), 1000):
        for sender, data in streams.items():
            part = data[at : at + 1000]
            talk.lose(sender, 1000) if rng.random() < 0.1 else talk.send(sender, part)
(folder / "segments.pcap").write_bytes(capture.pcap())

# Other forms of a file.
(folder / "payloads.pcapng").write_bytes(capture.pcapng())
(folder / "payloads.pcap.gz").write_bytes(gzip.compress(capture.pcap()))

# Every packet in fragments, some of which come twice, or late.
for family in ({}, {"client": "2001:db8::1", "server": "2001:db8::2"}):
    whole, capture = Capture("raw"), Capture("raw")
    for port in range(1, 6):
        Connection(whole, port, **family).open().talk(exchange(5)).close()
    for number, (_, data, _) in enumerate(whole.frames):
        parts = fragments(data, rng.choice([8, 24, 64]), number)
        if rng.random() < 0.3:
            parts.append(rng.choice(parts))
            rng.shuffle(parts)
        for part in parts:
            capture.add(part)
    (folder / f"fragments{6 if family else 4}.pcap").write_bytes(capture.pcap())

# Compressed messages: with and without what was before, and a bomb.
capture = Capture()
for anew in (False, True):
    extension = b"Sec-WebSocket-Extensions: permessage-deflate"
    extension += b"; client_no_context_takeover; server_no_context_takeover" if anew else b""
    talk = Connection(capture, 9 + anew, server_port=80).open().send("client", UPGRADE)
    talk.send("server", SWITCH[:-2] + extension + b"\r\n\r\n")
    makers = {sender: Deflated(sender, anew) for sender in ("client", "server")}
    for sender, data in exchange(5) * 4:
        wire = makers[sender].message(data, pieces=rng.randrange(1, 4))
        for at in range(0, len(wire), 50):
            talk.send(sender, wire[at:at + 50])
    wire = makers["client"].message(publish(5, "a", bytes(1 << 20)))
    talk.send("client", wire)
(folder / "deflate.pcap").write_bytes(capture.pcap())

# TLS, and its keys.
if shutil.which("openssl"):
    for name, version, suite in [
        ("gcm13", "1.3", None), ("gcm", "1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"),
        ("chacha", "1.2", "ECDHE-ECDSA-CHACHA20-POLY1305"),
        ("ccm", "1.2", "ECDHE-ECDSA-AES256-CCM8"), ("cbc", "1.2", "ECDHE-ECDSA-AES128-SHA256"),
    ]:
        capture, keys = Capture(), b""
        for port in range(1, 4):
            talk, tls = Connection(capture, port, server_port=8883).open(), Tls(version, suite)
            tls.talk(exchange(5)).send("client", publish(5, "a/b", rng.randbytes(20_000)))
            for sender, data in tls.said:
                for at in range(0, len(data), 700):
                    talk.send(sender, data[at:at + 700])
            keys += tls.keys
            talk.close()
        (folder / f"{name}.pcap").write_bytes(capture.pcap())
        (folder / f"{name}.pcap.keys").write_bytes(keys)
    (folder / "secrets.pcapng").write_bytes(capture.pcapng(secrets=keys))
