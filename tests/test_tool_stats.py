# SPDX-License-Identifier: MIT
"""inspect --stats: what it counts is counted again from --json, or worked out by hand."""

from __future__ import annotations

import collections
import math
import os
import random
import re
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from capture_synthesis import (
    ALIASES,
    PINGREQ,
    Capture,
    Connection,
    alias,
    connack,
    connect,
    exchange,
    publish,
)
from command import WAIT, environment, mqttwire

pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
pytest.importorskip("numpy")
pytest.importorskip("rich")

import numpy as np
from mqttwire_tool import _capture
from mqttwire_tool.arguments import Options
from mqttwire_tool.outcome import Outcome
from mqttwire_tool.sources import Connection as Place
from mqttwire_tool.sources import Numbers, Seen, from_capture
from mqttwire_tool.statistics import batches, clients, topics
from mqttwire_tool.statistics.collect import Statistics
from mqttwire_tool.statistics.command import Interruptible
from mqttwire_tool.statistics.distribution import Distribution
from mqttwire_tool.statistics.timeline import BINS, Timeline

CAPTURES = Path(__file__).parent / "captures"
RECORDED = CAPTURES / "mosquitto.pcapng"
SECOND = 10**9


def stats(path: Path, *arguments: str) -> dict[str, Any]:
    run = mqttwire("inspect", "--stats", "--json", path, *arguments)
    (made,) = run.json
    assert isinstance(made, dict)
    return made


def written(tmp_path: Path, capture: Any) -> Path:
    path = tmp_path / "trace.pcap"
    path.write_bytes(capture.pcap("<", nano=True))
    return path


@cache
def lines() -> list[dict[str, Any]]:
    return [line for line in mqttwire("inspect", "--json", RECORDED).json if "packet" in line]


# ---- Counted again ------------------------------------------------------------------------------


def test_sums_types_and_qos_are_those_of_the_packets() -> None:
    made = stats(RECORDED)
    assert made["packets"] == len(lines())
    assert made["bytes"] == sum(line["size"] for line in lines())
    wanted: dict[tuple[str, str], list[int]] = collections.defaultdict(list)
    for line in lines():
        wanted[line["packet"]["type"], line["sender"]].append(line["size"])
    told = {
        (row["type"], side): (row[side]["packets"], row[side]["bytes"])
        for row in made["types"]
        for side in ("client", "server")
        if row[side]["packets"]
    }
    assert told == {key: (len(sizes), sum(sizes)) for key, sizes in wanted.items()}
    published = [line for line in lines() if line["packet"]["type"] == "PUBLISH"]
    levels = collections.Counter(line["packet"]["qos"] for line in published)
    assert {row["qos"]: row["packets"] for row in made["qos"]} == levels
    assert made["payload"] == sum(len(line["packet"]["payload"]) // 2 for line in published)


def test_topics_and_their_publishers() -> None:
    made = stats(RECORDED, "--top", "1000")["topics"]
    count: collections.Counter[str] = collections.Counter()
    retained: collections.Counter[str] = collections.Counter()
    by: dict[str, set[int]] = collections.defaultdict(set)
    for line in lines():
        packet = line["packet"]
        if packet["type"] == "PUBLISH":
            topic = line.get("topic") or packet["topic"]
            count[topic] += 1
            retained[topic] += packet["retain"]
            if line["sender"] == "client":
                by[topic].add(line["connection"])
    assert made["count"] == len(count)
    assert {row["topic"]: row["packets"] for row in made["first"]} == count
    assert all(row["retained"] == retained[row["topic"]] for row in made["first"])
    assert all(row["publishers"] == len(by[row["topic"]]) for row in made["first"])
    order = [row["packets"] for row in made["first"]]
    assert order == sorted(order, reverse=True)


def test_clients_by_name() -> None:
    made = stats(RECORDED, "--top", "1000")["clients"]
    wanted: collections.Counter[tuple[str, str]] = collections.Counter()
    for line in lines():
        wanted[line["client_id"], line["sender"]] += 1
    told = {
        (row["client_id"], side): row[key]["packets"]
        for row in made["first"]
        for key, side in (("sent", "client"), ("received", "server"))
        if row[key]["packets"]
    }
    assert told == wanted
    assert made["connections"] == len({line["connection"] for line in lines()})


def rank(values: list[int], part: float) -> int:
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def test_sizes_and_latencies() -> None:
    made = stats(RECORDED)
    sizes = [line["size"] for line in lines()]
    told = made["sizes"]["packets"]
    assert [told[key] for key in ("min", "median", "p90", "p99", "max")] == [
        min(sizes),
        *(rank(sizes, part) for part in (0.5, 0.9, 0.99)),
        max(sizes),
    ]
    assert sum(row["count"] for row in told["histogram"]) == len(sizes)
    by_number = {line["number"]: line for line in lines()}
    waits: dict[tuple[str, str, str], list[tuple[float, int]]] = collections.defaultdict(list)
    for line in lines():
        if "acknowledges" in line:
            of = by_number[line["acknowledges"]]
            key = (of["packet"]["type"], line["packet"]["type"], line["sender"])
            waits[key].append((line["time"] - of["time"], line["number"]))
    assert len(made["latency"]) == len(waits) > 8
    for row in made["latency"]:
        wanted = waits[row["request"], row["answer"], row["sender"]]
        assert row["count"] == len(wanted)
        middle = sorted(wait for wait, _ in wanted)[math.ceil(len(wanted) / 2) - 1]
        assert row["median"] == pytest.approx(middle, rel=1 / 2048, abs=1e-6)
        assert row["max"] == pytest.approx(max(wanted)[0], abs=1e-6)
        slowest = next(wait for wait, number in wanted if number == row["slowest"])
        assert slowest == pytest.approx(max(wanted)[0], abs=1e-6)


def test_rates_are_of_all_packets() -> None:
    made = stats(RECORDED)
    times = [line["time"] for line in lines()]
    assert made["start"] == pytest.approx(min(times))
    assert made["duration"] == pytest.approx(max(times) - min(times), abs=1e-5)
    rates = made["rates"]
    assert rates["packets"]["average"] == pytest.approx(len(times) / made["duration"])
    for side in ("client", "server"):
        assert sum(rates[side]["packets"]) == sum(line["sender"] == side for line in lines())
        assert sum(rates[side]["bytes"]) == sum(
            line["size"] for line in lines() if line["sender"] == side
        )
    seconds = collections.Counter(int(time - min(times)) for time in times)
    assert rates["packets"]["busiest_second"] == max(seconds.values())


# ---- One by one, or as columns ------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(CAPTURES.glob("*.pcapng")), ids=lambda path: path.stem)
def test_packets_one_by_one_sum_up_to_the_same(path: Path) -> None:
    """-V is of no use in these captures, but has packets read one by one."""
    quick, slow = stats(path), stats(path, "-V", "5")
    assert quick["sent_again"].pop("tcp_segments") is not None
    assert slow["sent_again"].pop("tcp_segments") is None
    assert quick == slow
    assert quick["packets"] > 50


def test_columns_of_objects_are_those_of_the_reader() -> None:
    options = Options(allow=int(mq.Allow.MQTT_3_1))
    one, two = (_capture.Capture(RECORDED, records=10**6) for _ in range(2))
    quick = next(batches.of_capture(one, options, Numbers()))
    slow = batches.of_items(next(from_capture(two, options, Numbers())), options)
    assert len(quick) == len(slow) > 700
    for name, kind in batches.TYPES.items():
        assert quick[name].dtype == kind
        if not name.endswith(("start", "end")):
            rows = quick.packets() if name in ("version", "size", "packet_id") else slice(None)
            assert quick[name][rows].tolist() == slow[name][rows].tolist(), name
    for row in quick.packets():
        for name in ("", "topic_", "payload_"):
            assert quick.span(row, name) == slow.span(row, name)
    assert list(quick.told()) == list(slow.told())
    assert {told.name for told in quick.told()} >= {"opened", "closed"}


def test_filters_choose_what_is_counted() -> None:
    made = stats(RECORDED, "--type", "publish", "--where", "qos == 2")
    wanted = [
        line["size"]
        for line in lines()
        if line["packet"]["type"] == "PUBLISH" and line["packet"]["qos"] == 2
    ]
    assert (made["packets"], made["bytes"]) == (len(wanted), sum(wanted))
    assert [row["type"] for row in made["types"]] == ["PUBLISH"]


def test_numbers_go_on_from_file_to_file() -> None:
    one = stats(RECORDED)
    two = stats(RECORDED, str(RECORDED))
    assert two["packets"] == 2 * one["packets"]
    assert two["clients"]["connections"] == 2 * one["clients"]["connections"]
    assert two["clients"]["count"] == one["clients"]["count"]
    assert two["topics"]["count"] == one["topics"]["count"]
    assert [row["slowest"] for row in two["latency"]] == [row["slowest"] for row in one["latency"]]


def test_a_stream_has_neither_times_nor_clients() -> None:
    run = mqttwire("inspect", "--stats", "--json", "-V", "3.1.1", "-x", "c000 30060003612f6278")
    (made,) = run.json
    assert run.code == 0
    assert (made["packets"], made["bytes"], made["payload"]) == (2, 10, 1)
    assert made["start"] is made["duration"] is made["rates"] is None
    assert made["topics"]["first"][0]["topic"] == "a/b"
    text = mqttwire("inspect", "--stats", "-V", "3.1.1", "-x", "c000 30060003612f6278").text
    assert text.startswith("2 packets, 10 B\n")


# ---- Worked out by hand -------------------------------------------------------------------------


def test_what_aliases_could_save(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5))  # takes none
    connection.send("server", connack(5, b"\x22\0\1"))  # takes one
    for _ in range(4):
        connection.send("client", publish(5, "a/b/c/d/e"))
    for _ in range(3):
        connection.send("client", publish(5, "long/topic/name"))
    for _ in range(3):
        connection.send("server", publish(5, "a/b/c/d/e"))
    connection.send("client", publish(5, "once/and/never/again"))
    old = Connection(connection.capture, port=40001).open()
    old.send("client", connect(4, "old")).send("server", connack(4))
    for _ in range(9):
        old.send("client", publish(4, "3.1.1/has/no/aliases"))
    made = stats(written(tmp_path, connection.capture))["aliases"]
    # Each spares the topic all times but the first, and costs 3 bytes each time.
    first, second, third = 3 * 9 - 4 * 3, 2 * 15 - 3 * 3, 2 * 9 - 3 * 3
    assert made["could_save"] == max(first, second)
    assert made["could_save_without_limit"] == first + second + third
    assert (made["packets"], made["left_out"], made["saved"]) == (0, 0, 0)
    assert made["limits_known"] is True


def test_what_aliases_saved(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5)).send("server", connack(5, ALIASES))
    connection.send("client", publish(5, "plant/line/1", b"x", alias(1)))
    for _ in range(5):
        connection.send("client", publish(5, "", b"x", alias(1)))
    made = stats(written(tmp_path, connection.capture))
    assert made["topics"]["first"][0]["packets"] == 6
    told = made["aliases"]
    assert (told["packets"], told["left_out"], told["saved"]) == (5, 5 * 12, 5 * 12 - 5 * 3)
    assert told["could_save"] == 5 * 12 - 6 * 3


def test_silences_and_the_keep_alive_that_the_server_sets(tmp_path: Path) -> None:
    capture = Capture(step=0)
    connection = Connection(capture).open()
    connection.send("client", connect(5, "sleepy", keep_alive=10))
    connection.send("server", connack(5, b"\x13\0\4"))  # Server Keep Alive: 4 s
    for wait in (2, 6, 7):  # 1.5 times 4 is 6, which is not too long
        capture.time += wait * SECOND
        connection.send("client", PINGREQ).send("server", b"\xd0\0")
    capture.time += 11 * SECOND
    connection.send("server", publish(5, "a"))
    row = stats(written(tmp_path, capture))["clients"]["late"][0]
    assert (row["client_id"], row["keep_alive"]) == ("sleepy", 4)
    assert (row["longest_silence"], row["too_long_silences"]) == (11.0, 2)


def test_a_packet_that_takes_long_is_no_silence(tmp_path: Path) -> None:
    capture = Capture(step=0)
    connection = Connection(capture).open()
    connection.send("client", connect(5, "slow", keep_alive=4)).send("server", connack(5))
    large = publish(5, "a", bytes(30))
    for start in range(0, len(large), 10):
        capture.time += 3 * SECOND
        connection.send("client", large[start : start + 10])
    assert stats(written(tmp_path, capture))["clients"]["late"] == []


def test_what_was_sent_again(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5)).send("server", connack(5))
    at = connection.next["client"]
    message = publish(5, "a", b"x", qos=1, packet_id=1)
    connection.send("client", message)
    connection.segment("client", at, message)  # TCP sends it again
    connection.segment("client", at, message[:4])
    connection.send("client", publish(5, "a", b"x", qos=1, packet_id=2, dup=True))
    made = stats(written(tmp_path, connection.capture))
    assert made["sent_again"]["tcp_segments"] == 2
    assert made["sent_again"]["dup"] == 1
    assert made["unanswered"] == {"PUBLISH": 2}


def test_broken_rules_and_the_first_packet_that_breaks_each(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5)).send("server", connack(5))
    for _ in range(3):
        connection.send("client", publish(5, "", b"x", alias(9)))  # the server takes none
    path = written(tmp_path, connection.capture)
    run = mqttwire("inspect", "--stats", "--json", path)
    assert run.code == 1
    (made,) = run.json
    found: collections.Counter[str] = collections.Counter()
    first: dict[str, int] = {}
    for line in mqttwire("inspect", "--json", path).json:
        for error in [*line.get("findings", []), *([line["error"]] if "error" in line else [])]:
            found[error["rule"]] += 1
            first.setdefault(error["rule"], line["number"])
    assert found
    assert {row["rule"]: row["packets"] for row in made["rules"]} == found
    assert {row["rule"]: row["first"] for row in made["rules"]} == first


def test_a_silence_that_no_packet_ends_names_its_rule(tmp_path: Path) -> None:
    """As objects are counted, and as columns are."""
    capture = Capture()
    connection = Connection(capture).open()
    connection.send("client", connect(5, keep_alive=10)).send("server", connack(5))
    capture.time += 16 * SECOND
    connection.close("server")
    path = written(tmp_path, capture)
    for options in ([], ["--client", "*"]):
        made = stats(path, *options)
        assert made["rules"] == []
        (note,) = made["notes"]
        assert (note["note"], note["rule"], note["count"]) == ("silent", "keep_alive_exceeded", 1)
        text = mqttwire("inspect", "--stats", *options, path).text
        assert "\nBroken rules\n  none by a packet\n\nWhat else was found\n" in text
        assert "\n  keep_alive_exceeded: at the end the client was silent for" in text
    trouble = RECORDED.with_name("trouble.pcapng")
    assert {note["rule"]: note["count"] for note in stats(trouble)["notes"]} == {
        "keep_alive_exceeded": 2
    }


# ---- Bounds -------------------------------------------------------------------------------------


def test_a_distribution_is_that_of_the_values() -> None:
    draw = random.Random(1)
    for most in (1, 100, 4095, 10**6, 2**63):
        values = [draw.randrange(most + 1) for _ in range(1000)] + [0, most]
        made = Distribution()
        for start in range(0, len(values), 300):
            made.add(np.array(values[start : start + 300], np.uint64))
        assert (made.count, made.least, made.most) == (len(values), 0, most)
        for part in (0.01, 0.5, 0.9, 0.99, 1):
            wanted = rank(values, part)
            told = made.percentile(part)
            assert told == wanted if most < 4096 else abs(told - wanted) <= wanted / 2048
        powers = collections.Counter(value.bit_length() for value in values)
        assert {low.bit_length(): count for low, _, count in made.powers() if count} == powers


def test_a_timeline_has_all_of_any_span() -> None:
    draw = random.Random(2)
    for span in (0, 5_000, 10**9, 10**15, 2**62):
        times = sorted(10**18 + draw.randrange(span + 1) for _ in range(500))
        made = Timeline()
        for part in (times[:200], times[200:]):
            senders = np.array([1 + time % 2 for time in part], np.uint8)
            made.add(np.array(part, np.uint64), senders, np.full(len(part), 7, np.uint64))
        rates = made.rates(60)
        assert rates.packets.shape[1] <= 60 and rates.packets.sum() == 500
        assert rates.packets[0].sum() == sum(time % 2 == 0 for time in times)
        assert rates.bytes.sum() == 3500
        wanted = collections.Counter((time - times[0]) // rates.step for time in times)
        told = rates.packets.sum(axis=0).tolist()
        assert {at: count for at, count in enumerate(told) if count} == wanted
        assert made.packets.shape == (2, BINS)
        assert re.fullmatch("[125]0*", str(rates.step))


def test_numbers_of_strings() -> None:
    draw = random.Random(3)
    words = [draw.randbytes(draw.choice([1, 7, 8, 9, 511, 512, 513, 2000])) for _ in range(300)]
    words += [bytes(n) for n in range(1, 1200, 7)]  # that end in zeros
    chosen = [draw.choice(words) for _ in range(3000)] + words + [b""]
    data = b"".join(chosen)
    ends = np.cumsum([len(word) for word in chosen]).astype(np.uint64)
    starts = ends - np.array([len(word) for word in chosen], np.uint64)
    table = _capture.Numbering(10**6, 10**8)
    numbers = table.add(data, starts.data, ends.data).tolist()
    by_word: dict[bytes, int] = {b"": 0}
    for word in chosen:
        by_word.setdefault(word, len(by_word) + 1)
    assert numbers == [by_word[word] for word in chosen]
    assert [table[number] for number in numbers] == chosen
    assert table.all() == b"".join(word for word in by_word)
    with pytest.raises(ValueError, match="row 0"):
        table.add(b"abc", np.array([2], np.uint64).data, np.array([4], np.uint64).data)
    with pytest.raises(ValueError, match="as many"):
        table.add(b"abc", np.array([2], np.uint64).data, b"")
    with pytest.raises(IndexError):
        table[10**6]
    small = _capture.Numbering(2, 10**6)
    ends = np.arange(1, 6, dtype=np.uint64)
    assert small.add(b"abcab", (ends - 1).data, ends.data).tolist() == [2, 3, 1, 2, 3]
    short = _capture.Numbering(10, 3)
    ends = np.array([2, 4, 5], np.uint64)
    assert short.add(b"aabbc", np.array([0, 2, 4], np.uint64).data, ends.data).tolist() == [2, 1, 3]


def test_what_there_is_too_much_of_is_counted_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "MOST", 5)
    monkeypatch.setattr(clients, "MOST", 4)
    items: list[Any] = [
        Seen(n + 1, Place(n + 1, f"10.0.0.{n}:1"), publish(5, f"t/{n}"), 8, 5, "client", time=n)
        for n in range(20)
    ]
    made = Statistics(Options(), Outcome())
    made.add(batches.of_items(items, Options()))
    told = made.summary(10)
    assert told["topics"]["count"] == 5
    assert told["topics"]["not_told_apart"] == {"packets": 15, "more_than_topics": 5}
    assert told["clients"]["count"] == 3
    assert told["clients"]["not_told_apart"] == {"packets": 17, "more_than_connections": 3}
    assert told["packets"] == 20


def test_a_million_topics_and_connections_take_bounded_memory() -> None:
    code = (
        "import numpy as np\n"
        "from mqttwire_tool.statistics.batches import Batch, TYPES\n"
        "from mqttwire_tool.statistics.collect import Statistics\n"
        "from mqttwire_tool.arguments import Options\n"
        "from mqttwire_tool.outcome import Outcome\n"
        "made, count, size = Statistics(Options(), Outcome()), 20_000, 100\n"
        "for batch in range(100):\n"
        "    numbers = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(batch * count)\n"
        "    columns = {name: np.zeros(count, kind) for name, kind in TYPES.items()}\n"
        "    columns |= {'number': numbers, 'time': numbers, 'first': np.full(count, 0x30, 'u1')}\n"
        "    columns |= {'connection': numbers.astype('u4'), 'sender': np.ones(count, 'u1')}\n"
        "    columns['version'] += 5\n"
        "    columns['topic_start'] = np.arange(count, dtype='u8') * np.uint64(size)\n"
        "    columns['topic_end'] = columns['topic_start'] + np.uint64(size)\n"
        "    data = b''.join(b'%0100d' % number for number in numbers.tolist())\n"
        "    made.add(Batch(columns, data, [], lambda number: None))\n"
        "summary = made.summary(10)\n"
        "print(summary['packets'], summary['topics']['not_told_apart']['packets'],\n"
        "      *(int(row.split()[1]) // 1024 for row in open('/proc/self/status')\n"
        "        if 'VmHWM' in row))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True
    )
    packets, others, megabytes = map(int, done.stdout.split())
    assert packets == 2_000_000
    assert others == packets - (16 << 20) // 100
    assert megabytes < 200


# ---- What is printed ----------------------------------------------------------------------------


def test_text_is_plain_and_fits_in_80_columns(tmp_path: Path) -> None:
    connection = Connection(Capture()).open()
    connection.send("client", connect(5, "\u202eevil\x1b[2J")).send("server", connack(5))
    connection.send("client", publish(5, 'quo"ted\u009b31m/[bold]/:smile:'))
    connection.send("client", publish(5, "long/" * 50))
    capture = connection.capture
    for path in (RECORDED, written(tmp_path, capture)):
        run = mqttwire("inspect", "--stats", path)
        assert run.text.isascii() and max(map(len, run.lines)) <= 80
        assert all(line == line.rstrip() for line in run.lines)
        assert not re.search(r"[^\n -~]", run.text)
    assert r'"quo\"ted\x9b31m/[bold]/:smile:"' in run.text
    assert r"\u202eevil\x1b[2J" in run.text


def test_text_says_what_the_object_says() -> None:
    text = mqttwire("inspect", "--stats", RECORDED).text
    made = stats(RECORDED)
    assert text.startswith(f"{made['packets']} packets, 29.2 kB in 11.6 s\n")
    for row in made["topics"]["first"]:
        assert re.search(rf"^  {row['topic']} +{row['packets']} ", text, re.M)
    for row in made["rules"]:
        assert re.search(rf"^  {row['rule']} +{row['packets']} +{row['first']}$", text, re.M)


def test_the_object_is_that_of_the_page() -> None:
    page = (Path(__file__).parent.parent / "docs" / "statistics.md").read_text()
    made = stats(RECORDED)
    cells = re.findall(r"^\| (`[^|]+) \| ", page, re.M)
    told = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert told == list(made)
    for part in (made["clients"]["first"][0], made["topics"]["first"][0], made["aliases"]):
        assert all(f"`{name}`" in page for name in part if name not in ("packets", "topic"))


def test_top_is_how_many() -> None:
    assert len(stats(RECORDED, "--top", "3")["topics"]["first"]) == 3
    assert len(stats(RECORDED)["topics"]["first"]) == 10
    assert mqttwire("inspect", "--stats", "--top", "0", RECORDED).code == 2
    for other in ([], ["--json"], ["--csv"], ["--html", "x.html"]):
        run = mqttwire("inspect", "--top", "3", *other, RECORDED)
        assert (run.code, run.err) == (2, "mqttwire: --top is for --stats\n")


def test_forms_that_do_not_go_together() -> None:
    for other in (["--tree"], ["--csv"], ["--html", "x.html"], ["--arrow", "x.arrow"]):
        assert mqttwire("inspect", "--stats", *other, RECORDED).code == 2
    assert mqttwire("inspect", "--plots", "x.svg", RECORDED).code == 2
    assert mqttwire("inspect", "--csv", "--plots", "x.svg", RECORDED).code == 2
    assert mqttwire("inspect", "--stats", "--plots", "x.jpg", RECORDED).code == 2
    assert mqttwire("inspect", "--with-payload", RECORDED).code == 2


def test_nothing_to_count(tmp_path: Path) -> None:
    path = tmp_path / "empty.pcap"
    path.write_bytes(Capture().pcap("<"))
    run = mqttwire("inspect", "--stats", path)
    assert run.text.startswith("0 packets, 0 B\n")
    assert "no MQTT here" in run.text
    assert stats(path)["packets"] == 0


def test_ctrl_c_leaves_what_was_read_so_far(capsys: pytest.CaptureFixture[str]) -> None:
    """Also where a filter has kept nothing, of which no batch is made."""
    some: list[Any] = [batches.empty(), []]
    for part in some:
        asked = 0

        def parts(part: Any) -> Any:
            nonlocal asked
            for _ in range(10):
                asked += 1
                if asked == 3:
                    os.kill(os.getpid(), signal.SIGINT)
                yield part

        made = Interruptible(parts(part), Options())
        assert len(list(made)) == (0 if part == [] else 3)
        assert (asked, made.interrupted) == (3, True)
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_library_that_is_missing_is_named() -> None:
    for name, arguments in (
        ("matplotlib", ["--stats", "--plots", "x.svg"]),
        ("pyarrow", ["--csv"]),
        ("numpy", ["--stats"]),
        ("rich", ["--stats"]),
    ):
        code = (
            f"import sys; sys.modules[{name!r}] = None\n"
            "from mqttwire_tool.main import main\n"
            f"sys.exit(main(['inspect', *{arguments!r}, {str(RECORDED)!r}]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, timeout=WAIT, env=environment()
        )
        assert (done.returncode, done.stdout) == (2, b""), done.stderr
        assert f"needs {name}: pip install 'mqttwire[".encode() in done.stderr


def test_a_broken_pipe_is_the_end() -> None:
    command = f"{sys.executable} -m mqttwire_tool inspect --csv {RECORDED} | head -2"
    done = subprocess.run(command, shell=True, capture_output=True, env=environment(), timeout=WAIT)
    assert done.stdout.startswith(b'"number"')
    assert b"Traceback" not in done.stderr


def test_exchange_is_counted_in_both_versions(tmp_path: Path) -> None:
    for version in (4, 5):
        path = written(tmp_path, Connection(Capture()).open().talk(exchange(version)).capture)
        made = stats(path)
        assert made["packets"] == 15
        assert made["rules"] == []
        assert made["unanswered"] == {}
        assert made["clients"]["first"][0]["version"] == version
        assert made["topics"]["count"] == 2
