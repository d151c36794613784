# SPDX-License-Identifier: MIT
"""inspect --html: what is in the page, and that its codec says what the Python binding says."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from command import called, mqttwire
from mqttwire_tool.arguments import Options
from mqttwire_tool.forms import secrets_of
from mqttwire_tool.sources import Seen
from mqttwire_tool.vectors.data import LARGE, load
from mqttwire_tool.vectors.forms import unfold
from page_maker import RECORDED, needs_page, page_of, read_by_node, seen

pytestmark = needs_page

HEX = "-V", "5", "-x", "30 07 0003 612f62 00 78", "c000"


def number_of(field: mq.Field) -> int:
    return field.value if isinstance(field.value, int) else 0


def check_same(told: dict[str, Any], fields: mq.Explanation, data: bytes) -> None:
    """The page's explanation of a packet is the binding's."""
    rows = [
        (row["path"], row["start"], row["end"], row["kind"], row["bit"], row["width"], row["note"])
        for row in told["rows"]
    ]
    assert rows == [
        (f.path, f.start, f.end, f.kind.name.lower(), f.bit, f.width, f.note) for f in fields
    ]
    leaves = [field for field in fields if field.kind != mq.Kind.BITS]
    if told["spans"] is not None:
        assert told["spans"] == [[f.path, f.start, f.end] for f in leaves if f.start < f.end]
    assert [row["number"] for row in told["rows"]] == [
        number_of(f) if isinstance(f.value, int) else row["number"]
        for f, row in zip(fields, told["rows"])
    ]
    secret = secrets_of(fields, show=False)
    blanked = bytearray(data)
    header = 2  # bytes, where packets are told from each other: never a secret
    while header < min(5, len(data)) and data[header - 1] & 0x80:
        header += 1
    for field in fields:
        start = max(field.start, header)
        if secret(field) and start < field.end:
            blanked[start : field.end] = b"*" * (field.end - start)
    assert told["bytes"] == blanked.hex()
    error = fields.error
    own = [fault for fault in told["faults"] if not fault["ofConnection"]]
    if error is None:
        assert not own
        return
    assert len(own) == 1
    fault = own[0]
    assert (fault["code"], fault["field"]) == (error.code, error.field)
    if isinstance(error, mq.Incomplete):
        assert fault["size"] == error.wanted
        return
    assert fault["offset"] == error.offset
    assert fault["said"]["name"] == error.rule
    assert fault["said"]["text"] == error.message
    assert tuple(fault["said"]["ids"]) == error.ids
    if error.reason_code is not None and error.version == 5:
        assert f"0x{error.reason_code:02x}, " in fault["said"]["why"]


# ---- Against the binding ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    page = tmp_path_factory.mktemp("page") / "recorded.html"
    done = mqttwire("inspect", "--html", page, RECORDED)
    assert (done.code, done.out) == (1, b"")
    assert re.fullmatch(
        r"mqttwire: .*recorded\.html: 756 packets; secrets are blanked in \d+ of them\n", done.err
    )
    return read_by_node(page, *FILTERS)


@pytest.fixture(scope="module")
def forms() -> Any:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    return mqttwire("inspect", "--json", "--show-secrets", RECORDED).json


def test_the_recorded_capture(recorded: Any, forms: Any) -> None:
    from mqttwire_tool._capture import Capture

    lenient = Options(allow=mq.Allow.MQTT_3_1)
    with Capture(str(RECORDED), allow=mq.Allow.MQTT_3_1) as capture:
        records = [each for batch in capture for each in batch if each.note is None]
    assert len(records) == len(recorded["packets"]) == len(forms)
    for record, told, form in zip(records, recorded["packets"], forms):
        version = record.version or None
        check_same(told, lenient.explain(record.data, version, record.sender), record.data)
        assert told["type"] == form["packet"]["type"]
        assert told["topic"] == (form.get("topic") or form["packet"].get("topic"))
        assert told["answers"] == form.get("acknowledges", 0)
        assert told["time"] == record.time - records[0].time
        findings = [fault for fault in told["faults"] if fault["ofConnection"]]
        assert [
            (fault["said"]["name"], fault["offset"], fault["field"], fault["said"]["ids"])
            for fault in findings
        ] == [
            (each["rule"], each["offset"], each["field"], each["ids"])
            for each in form.get("findings", [])
        ]


def test_kinds(recorded: Any) -> None:
    assert recorded["kinds"] == [kind.name.lower() for kind in mq.Kind]


def test_all_vectors(tmp_path: Path) -> None:
    items: list[Seen] = []
    for vector in load():
        if vector.kind != "packets" or "wire" not in vector.form or vector.size > LARGE:
            continue
        data = unfold(vector.form["wire"])
        if data:
            items.append(seen(len(items) + 1, data, vector.version, vector.form.get("sender")))
    assert len(items) > 3000
    page = tmp_path / "page.html"
    page.write_bytes(page_of(items))
    made = read_by_node(page)
    for item, told in zip(items, made["packets"]):
        check_same(told, mq.explain(item.data, item.version, item.sender), bytes(item.data))


@pytest.mark.parametrize("options", [Options(allow=mq.Allow.PADDED_INTEGERS), Options(max_size=8)])
def test_options_are_the_pages_too(options: Options, tmp_path: Path) -> None:
    data = bytes.fromhex("32 89 00 0001 61 0001 00 787878")
    page = tmp_path / "page.html"
    page.write_bytes(page_of([seen(1, data, 5)], options))
    told = read_by_node(page)["packets"][0]
    check_same(told, options.explain(data, 5), data)


# ---- Statistics and filters, counted here once more ---------------------------------------------


def rank(sorted_values: list[float], part: float) -> float:
    """The nearest rank, in whole numbers."""
    return sorted_values[max(0, -(-len(sorted_values) * round(part * 100) // 100) - 1)]


def test_statistics(recorded: Any, forms: Any) -> None:
    numbers = recorded["numbers"]
    types = Counter(form["packet"]["type"] for form in forms)
    assert {each["name"]: each["count"] for each in numbers["types"]} == types
    sizes = sorted(form["size"] for form in forms)
    assert numbers["bytes"] == sum(sizes)
    assert numbers["sizes"]["sorted"] == {str(i): size for i, size in enumerate(sizes)}
    for name, part in (("median", 0.5), ("p90", 0.9), ("p99", 0.99)):
        assert numbers["sizes"][name] == rank(list(map(float, sizes)), part)
    published = [form for form in forms if form["packet"]["type"] == "PUBLISH"]
    assert numbers["qos"] == [
        sum(form["packet"]["qos"] == qos for form in published) for qos in (0, 1, 2)
    ]
    assert numbers["payload"] == sum(len(form["packet"]["payload"]) // 2 for form in published)
    topics: Counter[str] = Counter()
    by_bytes: Counter[str] = Counter()
    for form in published:
        topic = form.get("topic") or form["packet"]["topic"]
        topics[topic] += 1
        by_bytes[topic] += form["size"]
    assert {each["name"]: each["count"] for each in numbers["topics"]} == topics
    assert {each["name"]: each["bytes"] for each in numbers["topics"]} == by_bytes
    assert numbers["broken"] == sum("error" in form or "findings" in form for form in forms)
    assert len(numbers["connections"]) == len({form["connection"] for form in forms})
    rate = recorded["rate"]
    assert sum(rate["client"]) == sum(form["sender"] == "client" for form in forms)
    assert sum(rate["server"]) == sum(form["sender"] == "server" for form in forms)


def test_latencies(recorded: Any, forms: Any) -> None:
    times = [told["time"] for told in recorded["packets"]]
    taken: dict[str, list[float]] = {}
    for at, form in enumerate(forms):
        if "acknowledges" in form:
            took = (times[at] - times[form["acknowledges"] - 1]) / 1e9
            taken.setdefault(form["packet"]["type"], []).append(took)
    assert {each["name"] for each in recorded["numbers"]["latencies"]} == set(taken)
    for each in recorded["numbers"]["latencies"]:
        values = sorted(taken[each["name"]])
        assert each["count"] == len(values)
        assert each["median"] == pytest.approx(rank(values, 0.5))
        assert each["p99"] == pytest.approx(rank(values, 0.99))
        assert each["most"] == pytest.approx(values[-1])


def topic_of(form: Any) -> str | None:
    if form["packet"]["type"] != "PUBLISH":
        return None
    topic = form.get("topic") or form["packet"]["topic"]
    return str(topic) or None


FILTERS = {
    "": lambda form: True,
    "type:publish": lambda form: form["packet"]["type"] == "PUBLISH",
    "type:PUBACK,pubrec from:server": lambda form: form["packet"]["type"] in ("PUBACK", "PUBREC")
    and form["sender"] == "server",
    "-type:publish": lambda form: form["packet"]["type"] != "PUBLISH",
    "topic:demo/js/#": lambda form: mq.topic_match("demo/js/#", topic_of(form) or "-"),
    "topic:+/p/+": lambda form: mq.topic_match("+/p/+", topic_of(form) or "-"),
    "#3": lambda form: form["connection"] == 3,
    "connection:3 -#3": lambda form: False,
    "client:PAHO": None,
    "errors": lambda form: "findings" in form or "error" in form,
    "rule:acknowledged": lambda form: "findings" in form,
    "qos:2": lambda form: form["packet"].get("qos") == 2,
    "not_authorized": None,
    '"since 311"': None,
    "psst": None,
    "wonderland": lambda form: False,
}  # fmt: skip


def test_filters(recorded: Any, forms: Any) -> None:
    for text, test in FILTERS.items():
        found = recorded["found"][text]
        assert not found["problems"]
        if test is not None:
            assert found["packets"] == [form["number"] for form in forms if test(form)], text
        else:
            assert 0 < len(found["packets"]) < 400, text
    hearing = {form["connection"] for form in forms if "paho" in form.get("client_id", "")}
    assert recorded["found"]["client:PAHO"]["packets"] == [
        form["number"] for form in forms if form["connection"] in hearing
    ]
    for text, payload in (('"since 311"', b"since 311".hex()), ("psst", b"psst".hex())):
        assert recorded["found"][text]["packets"] == [
            form["number"] for form in forms if payload in form["packet"].get("payload", "")
        ]


def test_filters_of_odd_topics(tmp_path: Path) -> None:
    topics = ['say "a b"', "back\\slash", "plain", 'say "a']
    items = [
        seen(at, mq.Publish(topic=topic).encode(version=5), 5) for at, topic in enumerate(topics, 1)
    ]
    page = tmp_path / "page.html"
    page.write_bytes(page_of(items))
    filters = {
        r'topic:"say \"a b\""': [1],
        r'topic:"back\\slash"': [2],
        r"topic:back\slash": [2],
        r'"\"a"': [1, 4],
        '-"a b" -plain': [2, 4],
        'topic:"plain': [3],
    }
    found = read_by_node(page, *filters)["found"]
    assert {text: each["packets"] for text, each in found.items()} == filters


def test_filters_that_make_no_sense(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(page_of([seen(1, b"\xc0\0", 5)]))
    filters = ["topic:a/#/b", "type:publich", "from:me", "qos:3", "connection:x", "10.0.0.1:1883"]
    found = read_by_node(page, *filters)["found"]
    assert [len(found[text]["problems"]) for text in filters] == [1, 1, 1, 1, 1, 0]


# ---- Secrets ------------------------------------------------------------------------------------


def test_secrets_are_not_in_the_page(tmp_path: Path) -> None:
    """Not even of a CONNECT that cannot be read; what is wrong with it is told all the same."""
    good = mq.Connect(client_id="me", username="u", password=b"wonderland").encode()
    bad = good.replace(b"me", b"\xff\xfe")
    page = tmp_path / "page.html"
    items = [seen(1, good, None), seen(2, bad, None), seen(3, good[:-3], None)]
    page.write_bytes(page_of(items))
    made = read_by_node(page, "wonderland")
    assert made["found"]["wonderland"]["packets"] == []
    for item, told in zip(items, made["packets"]):
        assert b"wonder".hex() not in told["bytes"]
        check_same(told, mq.explain(item.data), bytes(item.data))
    assert made["packets"][1]["faults"][0]["said"]["name"] == "client_id_utf8"
    page.write_bytes(page_of(items, show_secrets=True))
    assert read_by_node(page, "wonderland")["found"]["wonderland"]["packets"] == [1, 2]


# ---- The command --------------------------------------------------------------------------------


def test_standard_output_and_a_file(tmp_path: Path) -> None:
    done = mqttwire("inspect", "--html", "-", *HEX)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(b"<!doctype html>") and done.out.endswith(b"</html>\n")
    page = tmp_path / "page.html"
    done = mqttwire("inspect", "--html", page, *HEX)
    assert (done.code, done.out) == (0, b"")
    assert done.err == f"mqttwire: {page}: 2 packets\n"
    assert [told["type"] for told in read_by_node(page)["packets"]] == ["PUBLISH", "PINGREQ"]
    assert list(tmp_path.iterdir()) == [page]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(page.stat().st_mode) == 0o666 & ~mask


def test_a_stream_and_standard_input(tmp_path: Path) -> None:
    stream = bytes.fromhex("30070003612f620078c000")
    page = tmp_path / "page.html"
    done = mqttwire("inspect", "--html", page, "-V", "5", stdin=stream)
    assert done.code == 0
    told = read_by_node(page)["packets"]
    assert b"".join(bytes.fromhex(each["bytes"]) for each in told) == stream
    assert [each["time"] for each in told] == [None, None]  # JSON has no NaN


def test_tls_and_its_keys(tmp_path: Path) -> None:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    capture = RECORDED.with_name("tls.pcapng")
    page = tmp_path / "page.html"
    mqttwire("inspect", "--html", page, capture)
    forms = mqttwire("inspect", "--json", capture).json
    made = read_by_node(page)
    assert [told["type"] for told in made["packets"]] == [form["packet"]["type"] for form in forms]
    assert {None, "1.2", "1.3"} <= {each["tls"] for each in made["connections"]}


def test_nothing_is_left_of_a_page_that_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("before")
    assert mqttwire("inspect", "--html", page, stdin=b"\x30\0").code == 1
    assert page.read_text().startswith("<!doctype html>")
    page.write_text("before")
    assert mqttwire("inspect", "--html", page, "-x", "3").code == 2
    assert (page.read_text(), list(tmp_path.iterdir())) == ("before", [page])
    done = mqttwire("inspect", "--html", tmp_path / "no" / "page.html", *HEX)
    assert done.code == 4
    assert "no/page.html: No such file" in done.err


def test_what_is_wrong_is_in_the_exit_code(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert mqttwire("inspect", "--html", page, "-V", "5", "-x", "c00100").code == 1
    assert mqttwire("inspect", "--html", page, "-V", "5", "-x", "c0").code == 3
    assert mqttwire("inspect", "--html", page, tmp_path / "absent").code == 4
    assert mqttwire("inspect", "--html", page, "--json", "-x", "c000").code == 2


def test_without_clang_and_lld(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("mqttwire_tool.page.resources.files", lambda package: tmp_path)
    done = called("inspect", "--html", tmp_path / "page.html", *HEX)
    assert (done.code, done.out) == (2, b"")
    assert "no page can be made: mqttwire was built without clang and lld" in done.err
    assert not list(tmp_path.iterdir())


def test_an_interruption_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: Any) -> Any:
        yield [seen(1, b"\xc0\0", 5)]
        raise KeyboardInterrupt

    monkeypatch.setattr("mqttwire_tool.inspection.inputs", interrupted)
    page = tmp_path / "page.html"
    assert called("inspect", "--html", page).code == 130
    made = read_by_node(page)
    assert [told["type"] for told in made["packets"]] == ["PINGREQ"]
    assert [note["text"] for note in made["notes"]] == ["reading was interrupted here"]


def test_the_page_loads_nothing() -> None:
    text = mqttwire("inspect", "--html", "-", *HEX).text
    assert "default-src 'none'" in text
    assert not re.search(
        r"""\b(src|href)=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)""", text
    )
