# SPDX-License-Identifier: MIT
"""Files of vectors for tests of the command: of each kind, with values of each form."""

from __future__ import annotations

import html.parser
import json
from pathlib import Path
from typing import Any

from command import Run, called

Vector = dict[str, Any]

BY = {"ids": [], "section": "1.1", "level": "MUST"}


def error(rule: str, offset: int | None = 2, field: str = "topic", **more: Any) -> Vector:
    place = {} if offset is None else {"offset": offset}
    made = {"rule": rule, "class": "malformed", "reason_codes": [0x81], **place, "field": field}
    return {**made, **more}


PUBLISH = {"type": "PUBLISH", "version": 5, "dup": False, "qos": 0, "retain": False}
SMALL = {**PUBLISH, "topic": "a/b", "properties": {}, "payload": "78"}
RICH = {
    **PUBLISH,
    "qos": 1,
    "topic": 'ä"\\(?',
    "packet_id": 10,
    "payload": "",
    "properties": {
        "correlation_data": "00ff",
        "reason_string": [{"repeat": ["a", 300]}],
        "user_properties": [["k", "v"], [[{"repeat": ["n", 3]}], ""]],
    },
}
LARGE = {**PUBLISH, "topic": "a", "properties": {}, "payload": [{"repeat": ["61", 2097152]}, "00"]}
PACKETS: list[Vector] = [
    {"id": "v5-some-0001", "comment": "one # of \"them\"\tall", "version": 5, "sender": "client",
     "wire": "30 07 0003 612f62 00 78", "result": "accept", "packet": SMALL, "canonical": True,
     "ids": ["MQTT-3.3.2-1"], "level": "MUST"},
    {"id": "v5-some-0002", "version": 5, "sender": "client", "wire": "30 05 0003 612f23",
     "result": "reject", "error": error("topic_wildcard", 4), "ids": ["MQTT-3.3.2-2"],
     "level": "MUST"},
    {"id": "v5-some-0003", "version": 5, "sender": "client", "wire": "30 07 0003 61",
     "result": "more", **BY},
    {"id": "v5-some-0004", "comment": "left open", "version": 5, "sender": "client",
     "wire": "30 07 0003 612f62 00 78", "result": "choice", "packet": SMALL, "canonical": False,
     "error": error("text_control"), **BY, "level": "MAY"},
    {"id": "v5-some-0005", "version": 5, "sender": "client",
     "wire": ["30 84808001 0001 61 00", {"repeat": ["61", 2097152]}, "00"], "result": "accept",
     "packet": LARGE, "canonical": True, **BY},
    {"id": "v5-some-0006", "version": 5, "sender": "client", "result": "reject",
     "packet": {**SMALL, "qos": 3}, "error": error("qos_3", None, "qos"), **BY},
    {"id": "v5-some-0007", "version": 5, "sender": "server", "wire": "32 00", "result": "accept",
     "packet": RICH, "canonical": False, **BY},
]  # fmt: skip
TOPICS: list[Vector] = [
    {"id": "v5-names-0001", "version": 5, "check": "match", "topic_filter": "a/#",
     "topic_name": "a", "result": "accept", **BY},
    {"id": "v5-names-0002", "version": 5, "check": "match", "topic_filter": "a/+",
     "topic_name": "a", "result": "reject", **BY},
    {"id": "v5-names-0003", "version": 5, "check": "name", "topic_name": {"hex": "ff"},
     "result": "reject", "error": error("topic_utf8", 0), **BY},
    {"id": "v5-names-0004", "version": 5, "check": "filter",
     "topic_filter": [{"repeat": ["a/", 199]}, "a"], "result": "accept", **BY},
    {"id": "v5-names-0005", "version": 5, "check": "share", "topic_filter": "$share/g/a",
     "group": "g", "filter": "a", "result": "accept", **BY},
]  # fmt: skip
PING = {"type": "PINGREQ", "version": 5}
STREAMS: list[Vector] = [
    {"id": "v5-cuts-0001", "version": 5, "sender": "client", "wire": "c0 00 c0 00",
     "chunks": [1, 3], "result": "accept", "packets": [PING, PING], **BY},
    {"id": "v5-cuts-0002", "version": None, "sender": "client", "wire": "c0 00 c0 01 00",
     "chunks": "each", "result": "reject", "packets": [PING],
     "error": error("surplus_bytes", 2, "unread"), **BY},
]  # fmt: skip
HELLO = [
    {"sender": "client", "wire": "10 0d 00044d515454 04 02 0000 000163"},
    {"sender": "server", "wire": "20 02 00 00"},
]
SESSIONS: list[Vector] = [
    {"id": "v4-steps-0001", "version": 4, "result": "accept", "steps": HELLO, **BY},
    {"id": "v4-steps-0002", "version": 4, "result": "reject", **BY,
     "steps": [HELLO[0], {**HELLO[1], "at": 1.5},
               {"sender": "client", "wire": "40 02 0007",
                "error": error("ack_unknown", 2, "packet_id", reason_codes=[])}]},
]  # fmt: skip
SUITES = {
    "v5.0/some": ("packets", PACKETS),
    "v5.0/names": ("topics", TOPICS),
    "v5.0/cuts": ("streams", STREAMS),
    "v3.1.1/steps": ("sessions", SESSIONS),
}
ALL = [vector for _, some in SUITES.values() for vector in some]
IDS = {vector["id"] for vector in ALL}


def suite(name: str, kind: str, some: list[Vector]) -> str:
    return json.dumps({"format": 1, "suite": name, "kind": kind, "vectors": some})


def write(folder: Path) -> Path:
    for path, (kind, some) in SUITES.items():
        file = folder / f"{path}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(suite(file.stem, kind, some))
    return folder


def vectors(folder: Path, name: str, *arguments: str | Path) -> Run:
    """mqttwire vectors NAME, on the vectors in a folder."""
    return called("vectors", name, *arguments, "--vectors", folder)


class Page(html.parser.HTMLParser):
    """That tags are closed, and nothing is loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "link", "img", "iframe")
        assert not {"src", "href"} & {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
