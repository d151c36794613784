# SPDX-License-Identifier: MIT
"""What is inside: Sparkplug B, CBOR, JSON and text, through mochi-mqtt, which sends aliases too."""

from __future__ import annotations

import json
import time

import cbor2
import stage
from peer import Peer

PORT = 1883


def weather() -> None:
    """Says by Content Type what its payloads are."""
    peer = Peer("weather", PORT)
    for number in range(3):
        values = {"wind": 3.5 + number, "gusts": [5.25, 6, 7], "ok": True, "raw": b"\x01\x02"}
        peer.publish("site/weather/now", cbor2.dumps(values), 1, ContentType="application/cbor")
        del values["raw"]
        peer.publish("site/weather/now", json.dumps(values), 1, ContentType="application/json")
        peer.publish("site/weather/wind", f"{3.5 + number} m/s", 1, PayloadFormatIndicator=1,
                     ContentType="text/plain; charset=utf-8")
        time.sleep(0.2)
    peer.publish("site/weather/plain", "55.49", 1)
    peer.disconnect()


def main() -> None:
    dumpcap = stage.record("payloads", [PORT])
    broker = stage.mochi(PORT)
    host = Peer("host", PORT, connect={"TopicAliasMaximum": 10})
    host.subscribe("spBv1.0/#", 1)
    host.subscribe("site/#", 1)
    node = stage.run(stage.WORK / "venv-sparkplug" / "bin" / "python", stage.HERE / "node.py",
                     str(PORT))
    weather()
    if node.wait(30):
        raise SystemExit("the Sparkplug node failed: see programs.log")
    time.sleep(0.5)
    host.disconnect()
    stage.finish(dumpcap)
    broker.terminate()


if __name__ == "__main__":
    try:
        main()
    finally:
        stage.clean_up()
