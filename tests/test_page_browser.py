# SPDX-License-Identifier: MIT
"""The page of inspect --html, as Chromium shows it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from browser import Browser, browsers, webdriver
from command import mqttwire
from mqttwire_tool.sources import Connection, Note, Seen
from page_maker import RECORDED, needs_page, page_of, seen

pytestmark = needs_page
Keys = webdriver.Keys

ROWS = "document.querySelectorAll('#list [data-packet]')"
SELECTED = "document.querySelector('#list [aria-selected=true]')"
STATE = "document.getElementById('state').textContent"
MANY = 100_000
# What is allowed to whom the machine is shared with; what is measured is far less.
OPENING, FILTERING, FRAME = 5.0, 5.0, 0.5  # seconds


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    yield from browsers(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mqttwire_tool._capture", reason="built without libpcap")
    path = tmp_path_factory.mktemp("page") / "recorded.html"
    assert mqttwire("inspect", "--html", path, RECORDED).code == 1
    return path


@pytest.fixture(autouse=True)
def quiet(browser: Browser) -> Iterator[None]:
    """No test may make the page complain, or ask for anything but itself."""
    yield
    console, asked = browser.take_logs()
    assert console == []
    assert [url for url in asked if not url.startswith("file:///")] == []
    assert all(url.endswith(".html") for url in asked)


def open_page(browser: Browser, tmp_path: Path, items: Iterable[Seen | Note]) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(page_of(items))
    browser.open(path)


def selected(browser: Browser) -> int:
    """Asked as one: rows are drawn when the browser has time, and again when it has some later."""
    return int(browser.wait(f"{SELECTED}?.dataset.packet")) + 1


# ---- List, tree and bytes -----------------------------------------------------------------------


def test_rows(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.run(f"return {STATE}") == "756 packets"
    rows = browser.run("return Number(document.getElementById('list').ariaRowCount)")
    assert rows > 756  # with a heading, and notes
    shown = browser.run(f"return {ROWS}.length")
    assert 5 < shown < 60
    first = browser.run(f"return {ROWS}[0].innerText.split(/\\s+/)")
    assert first[0] == "1" and first[2:4] == ["#1", "pub-retain-311"] and "CONNECT" in first
    assert selected(browser) == 1
    browser.keys(Keys.END)
    browser.keys("k", "j", "p")
    assert selected(browser) == 319
    assert browser.run("return document.querySelector('.faults .rule').textContent") == (
        "acknowledged_id_unknown"
    )
    assert "MQTT-2.2.1-5" in browser.run("return document.querySelector('.faults').textContent")


SPANS = """
const settle = () => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))
const lit = mark => [...document.querySelectorAll(`#hex .b.${mark}`)].map(b => Number(b.dataset.at))
const list = document.getElementById('list')
const made = {}
for (let line = 0; line < 100; line++) {
  const row = list.querySelector('[aria-selected=true]')
  if (row.dataset.packet) {
    const fields = []
    for (const field of document.querySelectorAll('#tree .field')) {
      if (field.dataset.kind === 'group') continue
      field.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
      const over = lit('over')
      field.click()
      const { path, start, end } = field.dataset
      fields.push([path, Number(start), Number(end), over, lit('chosen')])
    }
    const bytes = []
    for (const byte of document.querySelectorAll('#hex .b')) {
      byte.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
      const field = document.querySelector('#tree .field.over')
      bytes.push([Number(byte.dataset.at), field?.dataset.path])
    }
    made[Number(row.dataset.packet) + 1] = { fields, bytes }
  }
  list.focus()
  list.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }))
}
return JSON.stringify(made)
"""


def test_fields_and_bytes_light_each_other_up(browser: Browser, page: Path) -> None:
    """All packets, with all fields and bytes that a window has place for."""
    from mqttwire_tool._capture import Capture

    with Capture(str(RECORDED)) as capture:
        records = [each for batch in capture for each in batch if each.note is None]
    browser.emulate(
        "setDeviceMetricsOverride", width=1500, height=3600, deviceScaleFactor=1, mobile=False
    )
    try:
        browser.open(page)
        made: dict[str, Any] = {}
        while str(len(records)) not in made:
            made.update(json.loads(browser.run(SPANS)))
    finally:
        browser.emulate("clearDeviceMetricsOverride")
    assert len(made) == len(records)
    whole = 0
    for record in records:
        shown = made[str(record.number)]
        fields = mq.explain(record.data, record.version or None, record.sender)
        wanted = {(f.path, f.start, f.end) for f in fields}
        assert {(path, start, end) for path, start, end, *_ in shown["fields"]} <= wanted
        whole += len(shown["fields"]) == len(fields)
        drawn = {at for at, _ in shown["bytes"]}
        for _, start, end, over, chosen in shown["fields"]:
            assert over == chosen or not drawn.issuperset(range(start, end))
            if drawn.issuperset(range(start, end)):
                assert chosen == list(range(start, end))
        owners = {
            at: f.path for f in fields if f.kind != mq.Kind.BITS for at in range(f.start, f.end)
        }
        assert dict(shown["bytes"]) == {at: owners[at] for at in drawn}
    assert whole == len(records)  # no tree is higher than the window


def test_acknowledgements_lead_to_what_they_answer(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.keys("j")
    text = browser.run("return document.querySelector('.relations').textContent")
    assert "answers 1 CONNECT after " in text
    browser.run("document.querySelector('.relations .link').click()")
    assert selected(browser) == 1
    browser.keys("a")
    assert selected(browser) == 2


def test_payloads_as_asked_for(browser: Browser, tmp_path: Path) -> None:
    """By buttons and by a key; what was chosen stays so for the next packet."""
    payloads = [b'{"a":1}', b"55.49", b"\xff"]
    open_page(
        browser,
        tmp_path,
        [
            seen(n, mq.Publish(topic="t", payload=payload).encode(version=5), 5, "client")
            for n, payload in enumerate(payloads, 1)
        ]
        + [seen(4, mq.Pingreq().encode(version=5), 5, "client")],
    )
    shown = "return document.querySelector('.payload pre, .payload .problem')?.textContent"
    assert browser.run(shown) is None
    browser.run("document.querySelectorAll('.payload button')[1].click()")
    assert browser.run(shown) == '{\n  "a": 1\n}'
    assert browser.run("return document.activeElement.textContent") == "JSON"
    browser.keys(Keys.ESCAPE, "j")
    assert browser.run(shown) == "55.49"
    browser.keys("j")
    assert browser.run(shown) == "This is no JSON."
    browser.keys("v")
    assert browser.run(shown) == "0000  ff"
    browser.keys("v")
    assert browser.run(shown) is None
    browser.keys("v")
    assert browser.run(shown) == "This is no text in UTF-8."
    browser.keys("j", "v")
    assert browser.run("return document.querySelector('.payload')") is None


# ---- Keys and filters ---------------------------------------------------------------------------


def focus(browser: Browser) -> str:
    return str(browser.run("return document.activeElement.id"))


def test_keys(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert focus(browser) == "list"
    browser.keys(Keys.ARROW_DOWN, "j", "j", "k")
    assert selected(browser) == 3
    browser.keys(Keys.ENTER)
    assert focus(browser) == "tree"
    browser.keys(Keys.ARROW_DOWN, Keys.ARROW_LEFT)
    folded = "return document.querySelector('#tree [aria-selected=true]').ariaExpanded"
    assert browser.run(folded) == "false"
    browser.keys(Keys.ARROW_RIGHT)
    assert browser.run(folded) == "true"
    browser.keys(Keys.ENTER)
    assert focus(browser) == "hex"
    browser.keys(Keys.END)
    caption = "return document.getElementById('caption').textContent"
    assert 'payload = "since 311"' in browser.run(caption)
    browser.keys(Keys.HOME, Keys.ARROW_RIGHT)
    assert "1..2 (1 byte)  remaining_length = 26" in browser.run(caption)
    browser.keys(Keys.ESCAPE, "/")
    assert focus(browser) == "filter"
    browser.keys("type:pingreq", Keys.ENTER)
    browser.wait(f"{STATE} === '4 of 756 packets'")
    assert focus(browser) == "list"
    browser.keys(Keys.HOME)
    shown = browser.run(f"return [...{ROWS}].map(row => row.querySelector('.type').innerText)")
    assert shown == ["PINGREQ"] * 4
    chosen = selected(browser)
    browser.keys("/", Keys.ESCAPE)
    browser.wait(f"{STATE} === '756 packets'")
    browser.keys(Keys.ESCAPE, "e")
    browser.wait(f"{STATE} === '1 of 756 packets'")
    assert browser.run("return document.getElementById('errors').ariaPressed") == "true"
    browser.keys("e")
    browser.wait(f"{STATE} === '756 packets'")
    assert selected(browser) == chosen  # though it was hidden
    browser.keys("?")
    assert browser.run("return document.getElementById('help').open") is True
    browser.keys(Keys.ESCAPE)
    assert browser.run("return document.getElementById('help').open") is False
    browser.keys("s")
    assert browser.run("return document.getElementById('packets').hidden") is True
    browser.keys("s", Keys.END, "s", "s")
    browser.wait(
        f"{SELECTED}?.getBoundingClientRect().bottom"
        " <= document.getElementById('list').getBoundingClientRect().bottom + 1"
    )
    browser.keys(Keys.HOME, "t")
    browser.wait(f"{ROWS}[0].querySelector('.time').innerText === '0.000000'")


def test_focus_can_be_seen(browser: Browser, page: Path) -> None:
    browser.open(page)
    seen_at = []
    for _ in range(14):
        browser.keys(Keys.TAB)
        here = browser.run(
            "const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.id || e.className, s.outlineStyle, parseFloat(s.outlineWidth)]"
        )
        seen_at.append(here[0])
        if here[0]:
            assert here[1] == "solid" and here[2] >= 2, here
    assert {"split", "tree", "hex", "filter", "theme"} <= set(seen_at)


def test_a_filter_that_makes_no_sense(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.keys("/", "topic:a/#/b")
    browser.wait(f"{STATE} === 'a/#/b is no topic filter'")
    assert browser.run("return document.getElementById('filter').ariaInvalid") == "true"


# ---- Colours and widths -------------------------------------------------------------------------


def brightness(browser: Browser, style: str) -> float:
    colour = browser.run(f"return getComputedStyle(document.querySelector('.list')).{style}")
    parts = colour[colour.index("(") + 1 : -1].split(",")[:3]
    return sum(map(float, parts)) / 3


def test_light_and_dark(browser: Browser, page: Path) -> None:
    for system in ("light", "dark"):
        browser.emulate(
            "setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": system}]
        )
        browser.open(page)
        for wanted in (system, "light", "dark"):
            dark = brightness(browser, "backgroundColor") < 90
            assert dark == (wanted == "dark")
            assert (brightness(browser, "color") > 160) == dark
            browser.keys("d")
    browser.emulate("setEmulatedMedia", features=[])


@pytest.mark.parametrize("width", [360, 500, 860, 1280, 2000])
def test_nothing_is_wider_than_the_window(width: int, browser: Browser, page: Path) -> None:
    browser.emulate(
        "setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
    )
    try:
        browser.open(page)
        browser.keys("n")
        for _ in range(2):
            over = "document.documentElement.scrollWidth - innerWidth"
            assert browser.run(f"return {over}") <= 0
            browser.keys("s")
            cards = browser.run(
                "return [...document.querySelectorAll('.card')]"
                ".map(card => card.scrollWidth - card.clientWidth)"
            )
            assert all(each <= 1 for each in cards), cards
    finally:
        browser.emulate("clearDeviceMetricsOverride")


# ---- Statistics ---------------------------------------------------------------------------------


def test_statistics(browser: Browser, page: Path) -> None:
    """Numbers are compared in test_page.py; here it is that they are shown."""
    forms = mqttwire("inspect", "--json", "--show-secrets", RECORDED).json
    browser.open(page)
    browser.keys("s")
    sums = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('[data-sum]')]"
        ".map(e => [e.dataset.sum, e.textContent]))"
    )
    assert sums["packets"] == "756"
    assert sums["bytes"] == f"{sum(form['size'] for form in forms):,}"
    assert sums["with broken rules"] == "1"
    types = browser.run(
        "return [...document.querySelectorAll('[aria-label=\"Packets by type\"] tbody tr')]"
        ".map(r => [r.cells[0].innerText, r.cells[2].innerText])"
    )
    assert {name: int(count) for name, count in types} == {
        name: sum(form["packet"]["type"] == name for form in forms) for name, _ in types
    }
    assert browser.run("return document.querySelectorAll('.plot').length") == 3
    browser.run("document.querySelector('[aria-label=Latencies] tbody .link').click()")
    assert browser.wait(f"{SELECTED}?.querySelector('.type').innerText") == "PUBACK"
    browser.keys("s")
    browser.run("document.querySelector('[aria-label=Topics] tbody .link').click()")
    browser.wait(f"{STATE} === '12 of 756 packets'")
    assert browser.run("return document.getElementById('filter').value") == "topic:demo/p/burst"


# ---- Strings that want to be more than text ------------------------------------------------------

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>document.title = 'owned'</script>",
    "</script><script>document.title = 'owned'</script>",
    '"><svg/onload=alert(1)>',
    "javascript:alert(1)",
    "{{data}}<!--",
    "\u202egnp.exe\u2066",
    "' or 1=1 -- \\u003cb\\u003e",
]


def test_hostile_strings(browser: Browser, tmp_path: Path) -> None:
    items: list[Seen | Note] = []
    for number, text in enumerate(HOSTILE, 1):
        connection = Connection(number, text, text, text)
        for packet in (
            mq.Connect(client_id=text, username=text),
            mq.Publish(
                topic=text.replace("#", "").replace("+", ""),
                payload=text.encode(),
                properties=mq.Properties(user_properties=[(text, text)]),
            ),
            mq.Subscribe(packet_id=1, subscriptions=[mq.Subscription(topic_filter=text)]),
        ):
            data = packet.encode(version=5)
            items.append(seen(len(items) + 1, data, 5, "client", connection, topic=text))
        items.append(Note("gap", "loss", text, connection, "client", None, 3))
    open_page(browser, tmp_path, items)
    title = browser.run("return document.title")
    for _ in items:
        browser.keys("j")
    browser.keys("s")
    for text in HOSTILE:
        browser.run(
            "const f = document.getElementById('filter'); f.value = arguments[0];"
            "f.dispatchEvent(new Event('input'))",
            f'topic:"{text}"',
        )
    assert browser.run("return document.title") == title
    elements = "return document.querySelectorAll('img, iframe, object, a, svg[onload], b').length"
    assert browser.run(elements) == 0
    assert browser.run("return document.scripts.length") == 1
    shown = browser.run("return document.body.textContent")
    assert "<img src=x" in shown
    assert "\u202e" not in shown and "\\u{202e}" in shown


# ---- Large --------------------------------------------------------------------------------------


def many() -> Iterator[Seen]:
    """Clients that publish at QoS 1, and are answered."""
    clients = [
        Connection(n, f"10.0.0.{n}:50{n:03}", "10.0.0.1:1883", f"c{n}") for n in range(1, 51)
    ]
    for number in range(1, MANY + 1, 2):
        client = clients[number // 2 % 50]
        packet_id = number // 100 % 65535 + 1
        payload = json.dumps({"value": number, "unit": "C"}).encode()
        topic = f"plant/{number % 7}/sensor/{number % 611}"
        sent = mq.Publish(topic=topic, payload=payload, qos=1, packet_id=packet_id).encode(
            version=5
        )
        answer = mq.Puback(packet_id=packet_id).encode(version=5)
        time = 1_700_000_000_000_000_000 + number * 1_000_000
        yield seen(number, sent, 5, "client", client, time=time)
        took = 100_000 + number % 977 * 1000
        yield seen(number + 1, answer, 5, "server", client, time=time + took, acknowledges=number)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "large.html"
    path.write_bytes(page_of(many()))
    return path


FRAMES = """
let longest = 0, last = performance.now(), going = true
const tick = () => {
  const now = performance.now()
  longest = Math.max(longest, now - last)
  last = now
  if (going) requestAnimationFrame(tick)
}
requestAnimationFrame(tick)
const frame = () => new Promise(go => requestAnimationFrame(go))
const start = performance.now()
"""


def test_a_hundred_thousand_packets(browser: Browser, large: Path) -> None:
    told: dict[str, Any] = {"megabytes": large.stat().st_size / 1e6}
    browser.open(large)
    told["opening"] = browser.run(
        "return (performance.getEntriesByName('ready')[0].startTime) / 1000"
    )
    assert browser.run(f"return {STATE}") == "100,000 packets"
    assert browser.run(f"return {ROWS}.length") < 60
    told["scrolling, slowest frame"] = browser.run(
        FRAMES + "const list = document.getElementById('list')\n"
        "for (let i = 0; i <= 200; i++) {"
        "  list.scrollTop = i / 200 * list.scrollHeight; await frame() }\n"
        "going = false; return longest / 1000"
    )
    assert browser.run(f"return [...{ROWS}].at(-1).dataset.packet") == str(MANY - 1)
    for text, count in [
        ("99999", 1),
        ("topic:plant/3/#", MANY // 14),
        ("type:puback client:c7 from:server", None),
        ("nothing-has-this", 0),
    ]:
        took, longest, state = browser.run(
            FRAMES + "const f = document.getElementById('filter'); f.value = arguments[0]\n"
            "document.getElementById('state').textContent = ''\n"
            "f.dispatchEvent(new Event('input'))\n"
            f"while (!/ of 100,000 packets$/.test({STATE})) await frame()\n"
            f"going = false; return [(performance.now() - start) / 1000, longest / 1000, {STATE}]",
            text,
        )
        told[f"filter {text}"] = took
        told[f"filter {text}, slowest frame"] = longest
        if count is not None:
            found = state.split(" of ")[0].replace(",", "")
            assert abs((0 if found == "none" else int(found)) - count) <= 1, state
        assert took < FILTERING
        assert longest < FRAME
    told["statistics"] = browser.run(
        FRAMES + "document.getElementById('tab-statistics').click(); await frame()\n"
        "return (performance.now() - start) / 1000"
    )
    if os.environ.get("MQW_SAY"):
        print({name: round(value, 3) for name, value in told.items()})
    assert told["opening"] < OPENING
    assert told["scrolling, slowest frame"] < FRAME
    assert told["statistics"] < FILTERING


def test_a_packet_with_very_many_fields(browser: Browser, tmp_path: Path) -> None:
    codes = [index % 3 for index in range(20_000)]
    ack = mq.Suback(packet_id=1, reason_codes=codes).encode(version=5)
    big = mq.Publish(topic="a", payload=bytes(range(256)) * 8000).encode(version=5)
    open_page(browser, tmp_path, [seen(1, ack, 5, "server"), seen(2, big, 5, "client")])
    browser.keys(Keys.ENTER, Keys.END)
    last = "return document.querySelector('#tree [aria-selected=true]').dataset.path"
    assert browser.run(last) == "reason_codes[19999]"
    assert browser.run("return document.querySelectorAll('#tree .field').length") < 100
    browser.keys(Keys.ESCAPE, "j", Keys.ENTER, Keys.ENTER, Keys.END)
    at = "return document.querySelector('#hex .b.at').dataset.at"
    assert browser.run(at) == str(len(big) - 1)
    assert browser.run("return document.querySelectorAll('#hex .b').length") < 2000


def test_nothing_at_all(browser: Browser, tmp_path: Path) -> None:
    open_page(browser, tmp_path, [])
    assert browser.run(f"return {STATE}") == "0 packets"
    browser.keys("j", "k", "n", Keys.ENTER, Keys.ENTER, Keys.END, "s")
    assert "There is no packet" in browser.run("return document.body.textContent")
    note = Note("nothing", "loss", "no MQTT here", None, None, None, 0)
    open_page(browser, tmp_path, [note])
    browser.keys("j")
    assert browser.run("return document.querySelector('.nothing').textContent") == "no MQTT here"
