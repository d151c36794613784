# SPDX-License-Identifier: MIT
"""mqttwire, through its Python package."""

from __future__ import annotations

from typing import Any

import mqttwire as mq
from lines import ACCEPT, MORE, REJECT, TOLD, Answer, cuts, serve, unfold, unfolded


def refused(error: mq.MqttError) -> Answer:
    return MORE if isinstance(error, mq.Incomplete) else {**REJECT, "error": error.to_dict()}


def decode(data: bytes, version: Any, sender: Any) -> Answer:
    try:
        packet = mq.decode(data, version=version, sender=sender)
    except mq.MqttError as error:
        return refused(error)
    told = {"packet": packet.to_dict()} if len(data) <= TOLD else {}
    return {**ACCEPT, **told, "size": len(data)}


def encode(request: dict[str, Any]) -> Answer:
    try:
        packet = mq.from_dict(unfolded(request["packet"]))
        data = packet.encode(sender=request["sender"])
    except mq.MqttError as error:
        return refused(error)
    return {**ACCEPT, **({"wire": data.hex()} if len(data) <= TOLD else {})}


def cut(pieces: list[bytes], version: Any, sender: Any) -> Answer:
    decoder = mq.Decoder(version, sender)
    packets: list[mq.Packet] = []
    answer = ACCEPT
    try:
        for piece in pieces:
            decoder.feed(piece)
            packets += decoder  # those before an error, too
        decoder.close()
    except mq.MqttError as error:
        answer = refused(error)
    return {**answer, "packets": [packet.to_dict() for packet in packets]}


def stream(request: dict[str, Any]) -> Answer:
    answers = [
        cut(pieces, request["version"], request["sender"])
        for pieces in cuts(unfold(request["wire"]), request["chunks"])
    ]
    same = all(answer == answers[0] for answer in answers)
    return answers[0] if same else {"result": "differs"}


def text(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else unfolded(value)


def topic(request: dict[str, Any]) -> Answer:
    version, check = request["version"], request["check"]
    name, topic_filter = text(request.get("topic_name")), text(request.get("topic_filter"))
    try:
        if name is not None:
            mq.topic_name_check(name, version)
        if topic_filter is not None:
            mq.topic_filter_check(topic_filter, version)
    except mq.MqttError as error:
        return refused(error)
    if check == "match":
        return ACCEPT if mq.topic_match(topic_filter, name, version) else REJECT
    if check == "share":
        share = mq.topic_share(topic_filter)
        return {**ACCEPT, "group": share[0], "filter": share[1]} if share else REJECT
    return ACCEPT


def session(request: dict[str, Any]) -> Answer:
    connection = mq.Connection(request["version"])
    at = 0.0  # seconds: steps that do not say when come at once
    for number, step in enumerate(request["steps"]):
        at = step.get("at", at)
        try:
            for seen in connection.feed(step["sender"], unfold(step["wire"]), at):
                for finding in seen.findings:
                    return {**REJECT, "step": number, "error": {"rule": finding.rule}}
        except mq.MqttError as error:
            return {**refused(error), "step": number}
    return ACCEPT


serve(decode, encode=encode, topics=topic, streams=stream, sessions=session)
