# SPDX-License-Identifier: MIT
"""Lines of inspect: what answers what, how long that took, and what was never answered."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from capture_synthesis import (
    PINGREQ,
    Capture,
    Connection,
    ack,
    connack,
    connect,
    publish,
    suback,
    subscribe,
)
from command import Run, mqttwire
from mqttwire_tool.links import linked
from mqttwire_tool.moments import span_text
from mqttwire_tool.sources import Connection as Ends
from mqttwire_tool.sources import Seen

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")

RECORDED = Path(__file__).parent / "captures" / "mosquitto.pcapng"
LINE = re.compile(r" *(\d+) \d\d:\d\d:\d\d\.\d{3} #\d+ \S+ +[<>] (.*)")
PUBACK, PUBREC, PUBREL, PUBCOMP = 4, 5, 6, 7


def begun(step: int = 1_000_000, **where: Any) -> Any:
    """A connection that was opened and accepted; step: nanoseconds between frames."""
    talk = Connection(Capture(step=step), acknowledge=False, **where).open()
    return talk.send("client", connect(5, "me")).send("server", connack(5))


def inspect(tmp_path: Path, talk: Any, *arguments: str) -> Run:
    path = tmp_path / "trace.pcap"
    path.write_bytes(talk.capture.pcap(nano=True))
    return mqttwire("inspect", *arguments, path)


def packets(done: Run) -> list[str]:
    return [found[2] for line in done.lines if (found := LINE.fullmatch(line))]


def never(done: Run) -> list[str]:
    """The list at the end."""
    if "      never answered:" not in done.lines:
        return []
    return [line.strip() for line in done.lines[done.lines.index("      never answered:") + 1 :]]


# ---- Both ways -----------------------------------------------------------------------------------


def test_a_chain(tmp_path: Path) -> None:
    talk = begun(400_000)
    talk.talk([
        ("client", publish(5, "a", qos=2, packet_id=1)),
        ("server", ack(PUBREC, 1)),
        ("client", ack(PUBREL, 1)),
        ("server", ack(PUBCOMP, 1)),
    ])  # fmt: skip
    assert packets(inspect(tmp_path, talk)) == [
        'CONNECT protocol_version=5 clean_start keep_alive=60 client_id="me" (answered by 2)',
        "CONNACK success (answers 1 after 0.4 ms)",
        'PUBLISH qos=2 topic="a" packet_id=1 (answered by 4)',
        "PUBREC packet_id=1 (answers 3 after 0.4 ms) (answered by 5)",
        "PUBREL packet_id=1 (answers 4 after 0.4 ms) (answered by 6)",
        "PUBCOMP packet_id=1 (answers 5 after 0.4 ms)",
    ]


@pytest.mark.parametrize("form", ["--tree", "--hex"])
def test_fields_and_bytes_have_links_above_them(form: str) -> None:
    heads = [line for line in mqttwire("inspect", form, RECORDED).lines if LINE.match(line)]
    assert heads == [line for line in mqttwire("inspect", RECORDED).lines if LINE.match(line)]


def test_links_go_both_ways() -> None:
    """In the recorded capture, which is one batch."""
    forward, back = {}, {}
    for line in mqttwire("inspect", RECORDED).lines:
        number = line.split()[0]
        if found := re.search(r"\(answers (\d+) after [\d.]+ m?s\)", line):
            back[number] = found[1]
        if found := re.search(r"\(answered by (\d+)\)", line):
            forward[found[1]] = number
    assert len(back) > 200
    assert forward == back
    asked = {form["number"]: form for form in mqttwire("inspect", "--json", RECORDED).json}
    assert back == {str(n): str(x["acknowledges"]) for n, x in asked.items() if "acknowledges" in x}


def test_an_answer_in_the_next_batch_is_known_and_one_after_that_is_not(tmp_path: Path) -> None:
    for others, known in ((3000, True), (7000, True), (14000, False)):
        talk = begun(1000)
        talk.send("client", publish(5, "a", qos=1, packet_id=1))
        for _ in range(others):
            talk.send("client", publish(5, "b"))
        talk.send("server", ack(PUBACK, 1))
        lines = packets(inspect(tmp_path, talk))
        assert ("answered by" in lines[2]) == known
        assert lines[-1].startswith("PUBACK packet_id=1 (answers 3 after ")
        assert len(lines) == others + 4


def test_what_is_held_back_is_bounded() -> None:
    """A batch, and what comes from a source that pauses is let go."""

    def seen(number: int, acknowledges: int = 0) -> Seen:
        return Seen(number, Ends(1), b"", 0, 5, None, acknowledges=acknowledges)

    given = []

    def batches() -> Any:
        for batch in ([seen(1), seen(2)], [seen(3, 1)], [], [seen(4, 2)], [seen(5, 4)]):
            given.append(batch)
            yield batch

    taken = []
    for batch in linked(batches()):
        taken.append([(item.number, item.answered) for item in batch if isinstance(item, Seen)])
        assert len(given) <= len(taken) + 2
    assert [batch for batch in taken if batch] == [[(1, 3), (2, 0)], [(3, 0)], [(4, 5)], [(5, 0)]]


def test_hex_dumps_have_no_times() -> None:
    """Of two sides, as Wireshark shows a stream: offsets begin again, the server is indented."""
    dump = "00000000  10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 6d 65\n    00000000  20 02 00 00\n"
    done = mqttwire("inspect", stdin=dump.encode())
    assert done.lines[-3].endswith('client_id="me" (answered by 2)')
    assert done.lines[-2].endswith("CONNACK connection_accepted (answers 1)")


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 ms"),
        (400, "0.001 ms"),
        (43_000, "0.04 ms"),
        (400_000, "0.4 ms"),
        (999_999, "1.0 ms"),
        (4_230_000, "4.2 ms"),
        (42_300_000, "42 ms"),
        (999_700_000, "1.0 s"),
        (12_345_000_000, "12 s"),
        (185_000_000_000, "3 min 5 s"),
        (7_200_000_000_000, "2 h"),
        (9_000_000_000_000, "2 h 30 min"),
    ],
)
def test_spans(nanoseconds: int, text: str) -> None:
    assert span_text(nanoseconds) == text


# ---- What was never answered ---------------------------------------------------------------------


def lonely() -> Any:
    """Everything that waits for an answer, and gets none."""
    talk = begun()
    return talk.talk([
        ("client", publish(5, "a/b", b"x", qos=1, packet_id=7)),
        ("client", publish(5, "c", qos=2, packet_id=8)),
        ("server", ack(PUBREC, 8)),
        ("client", subscribe(5, 9, "s")),
        ("client", b"\xa2\x06" + b"\0\x0a\0" + b"\0\x01u"),
        ("server", publish(5, "d", qos=1, packet_id=7)),
        ("client", PINGREQ),
        ("client", publish(5, "e", b"answered", qos=1, packet_id=11)),
        ("server", ack(PUBACK, 11)),
    ])  # fmt: skip


def test_everything_that_was_not_answered(tmp_path: Path) -> None:
    talk = lonely()
    talk.capture.time += 2_500_000_000
    done = inspect(tmp_path, talk.close())
    kinds = ["PUBLISH", "PUBREC", "SUBSCRIBE", "UNSUBSCRIBE", "PUBLISH", "PINGREQ"]
    lines = never(done)
    assert [line.split()[0] for line in lines] == ["3", "5", "6", "7", "8", "9"]
    assert [line.split()[4] for line in lines] == kinds
    assert all(line.endswith("(waited 2.5 s)") for line in lines)
    expected = '3 #1 me                  > PUBLISH qos=1 topic="a/b" packet_id=7 payload="x"'
    assert lines[0].startswith(expected)
    assert done.code == 0  # nothing is broken by that


def test_a_capture_that_ends_before_the_connection(tmp_path: Path) -> None:
    assert len(never(inspect(tmp_path, lonely()))) == 6


def test_connect_that_is_not_answered(tmp_path: Path) -> None:
    talk = Connection(Capture()).open().send("client", connect(4, "me")).reset("server")
    (line,) = never(inspect(tmp_path, talk))
    assert "> CONNECT protocol_version=4" in line


def test_what_is_not_shown_is_not_listed(tmp_path: Path) -> None:
    talk = lonely()

    def listed(*arguments: str) -> list[str]:
        return [line.split()[0] for line in never(inspect(tmp_path, talk, *arguments))]

    assert listed("--type", "publish") == ["3", "8"]  # and what PUBACK answers is none of them
    assert listed("--topic", "a/#") == ["3"]
    assert listed("--where", "qos == 1") == ["3", "8"]
    assert listed("--client", "other") == []
    assert listed("--type", "connack") == []
    assert listed("--follow", "me") == ["3", "5", "6", "7", "8", "9"]


def test_json_says_nothing_of_it(tmp_path: Path) -> None:
    done = inspect(tmp_path, lonely(), "--json")
    assert len(done.json) == 11
    assert done.err == ""


def test_missing_bytes_may_have_been_the_answer(tmp_path: Path) -> None:
    talk = lonely().lose("server", 4).send("server", publish(5, "d", b"later"))
    lines = never(inspect(tmp_path, talk))
    doubt = "bytes are missing where an answer may have been)"
    assert all(doubt in line for line in lines if " > " in line)
    assert not any(doubt in line for line in lines if " < " in line)


def test_nothing_is_listed_of_one_direction(tmp_path: Path) -> None:
    talk = begun()
    for packet_id in range(1, 5):
        talk.send("client", publish(5, "a", qos=1, packet_id=packet_id))
        talk.send("server", ack(PUBACK, packet_id))
        talk.segment("client", talk.next["client"])  # what it acknowledges shows what is missing
    server = bytes([10, 0, 0, 2])
    talk.capture.frames = [frame for frame in talk.capture.frames if frame[1][26:30] != server]
    done = inspect(tmp_path, talk)
    assert len(packets(done)) == 5
    assert never(done) == []
    stream = connect(5, "me") + publish(5, "a", qos=1, packet_id=1)
    assert never(mqttwire("inspect", stdin=stream)) == []


def test_the_list_is_bounded(tmp_path: Path) -> None:
    talk = begun()
    for packet_id in range(1, 301):
        talk.send("client", publish(5, "a", qos=1, packet_id=packet_id))
    *lines, last = never(inspect(tmp_path, talk))
    assert len(lines) == 200
    assert last == "and 100 more"


def test_several_inputs(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcap"
    path.write_bytes(lonely().capture.pcap())
    numbers = [int(line.split()[0]) for line in never(mqttwire("inspect", path, path))]
    assert numbers == [3, 5, 6, 7, 8, 9, 14, 16, 17, 18, 19, 20]


def test_a_subscription_that_is_answered_late_is_answered(tmp_path: Path) -> None:
    talk = begun().send("client", subscribe(5, 1, "a"))
    talk.capture.time += 60_000_000_000
    done = inspect(tmp_path, talk.send("server", suback(5, 1, 0)))
    assert packets(done)[-1].endswith("(answers 3 after 60 s)")
    assert never(done) == []
