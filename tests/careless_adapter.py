# SPDX-License-Identifier: MIT
"""An adapter with one fault, which is named: this package, but for that."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import mqttwire as mq

FAULT = sys.argv[1]
Form = dict[str, Any]


def decode(data: bytes, version: int, sender: mq.Sender) -> Form:
    try:
        packet = mq.decode(data, version, sender).to_dict()
    except mq.Incomplete:
        return {"result": "more"}
    except mq.MqttError as error:
        return refused(data, version, sender, error)
    if FAULT == "loses" and packet.get("properties", {}).pop("content_type", None):
        return {"result": "accept", "packet": packet}
    if FAULT == "refuses" and packet["type"] == "PINGREQ":
        return {"result": "reject", "error": {"message": f"no {len(data)} bytes today"}}
    return {"result": "accept", "packet": packet, "size": len(data)}


def refused(data: bytes, version: int, sender: mq.Sender, error: mq.MqttError) -> Form:
    rule = error.rule
    if rule == "integer_too_long" and FAULT == "five":
        return {"result": "accept"}
    if rule == "topic_empty" and FAULT == "dies":
        os.abort()
    if rule == "topic_empty" and FAULT == "hangs":
        time.sleep(60)
    if rule == "topic_empty" and FAULT == "babbles":
        print("so what", flush=True)
        time.sleep(60)
    if rule == "qos_3" and FAULT == "odd":
        return {"result": "perhaps"}
    if rule == "trailing_bytes":
        return {"result": "accept"}
    return {"result": "reject", "error": error.to_dict()}


def stream(data: bytes, version: int, sender: mq.Sender) -> Form:
    decoder = mq.Decoder(version, sender)
    packets = []
    answer: Form = {"result": "accept"}
    try:
        decoder.feed(data)
        for packet in decoder:
            packets.append(packet.to_dict())
        decoder.close()
    except mq.Incomplete:
        answer = {"result": "more"}
    except mq.MqttError as error:
        answer = {"result": "reject", "error": error.to_dict()}
    if FAULT == "streams" and len(packets) > 1:
        del packets[0]
    return {**answer, "packets": packets}


if FAULT == "mute":
    sys.exit(3)
for line in sys.stdin:
    request = json.loads(line)
    ask = {"packets": decode, "streams": stream}[request["kind"]]
    wire = bytes.fromhex(request["wire"])
    answer = ask(wire, request["version"], request["sender"])
    print(json.dumps({"id": request["id"], **answer}), flush=True)
