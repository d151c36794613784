# SPDX-License-Identifier: MIT
"""Writes captures of every kind into a folder, for capture_fuzz to damage."""

import pathlib
import random
import sys

from capture_synthesis import (
    LINKS,
    SWITCH,
    UPGRADE,
    Capture,
    Connection,
    connect,
    exchange,
    frame,
    publish,
)

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

for link in LINKS:
    capture = Capture(link)
    for port in range(1, 6):
        Connection(capture, port).open().talk(exchange(4 + port % 2)).close()
        Connection(capture, port, client="2001:db8::1", server="2001:db8::2").talk(
            exchange(5 - port % 2)[2:])
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
                talk.send(sender, wire[at:at + 37])
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
        talk.send(rng.choice(["client", "client", "server"]), data[at:at + 500])
(folder / "payloads.pcap").write_bytes(capture.pcap())
