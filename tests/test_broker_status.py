# SPDX-License-Identifier: MIT
"""The broker's status page, as Chromium shows it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from broker import ROOT, needs_broker
from broker_client import Client
from broker_http import USERS, Watched, password_file
from browser import Browser, browsers

pytestmark = needs_broker

STATE = "document.documentElement.dataset.state"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    yield from browsers(tmp_path_factory.mktemp("profile"))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path, "sys_interval 1", websocket=True) as made:
        yield made


def text(browser: Browser, name: str) -> str:
    found = browser.run(f"return document.getElementById('{name}').textContent")
    assert isinstance(found, str)
    return found


def table(browser: Browser, name: str) -> list[list[str]]:
    cells: Any = browser.run(
        f"return [...document.querySelectorAll('#{name} tr')]"
        ".map(row => [...row.children].map(cell => cell.textContent))"
    )
    return list(cells)


def open_page(browser: Browser, broker: Watched, host: str = "127.0.0.1") -> None:
    browser.take_logs()
    browser.driver.get(f"http://{host}:{broker.http}/")
    browser.wait("document.readyState === 'complete'")


def log_in(browser: Browser, user: str = "alice", password: str | None = None) -> None:
    browser.run(
        "document.getElementById('user').value = arguments[0];"
        "document.getElementById('password').value = arguments[1];"
        "document.querySelector('#login button').click()",
        user,
        USERS.get(user, "") if password is None else password,
    )


def enter(browser: Browser, broker: Watched, state: str = "live", **more: str) -> None:
    open_page(browser, broker)
    log_in(browser, **more)
    browser.wait(f"{STATE} === '{state}'")


def watch(browser: Browser, filter: str) -> None:
    browser.run(
        "document.getElementById('filter').value = arguments[0];"
        "document.querySelector('#watch button').click()",
        filter,
    )


def client(broker: Watched, name: str, **fields: Any) -> Client:
    return Client(
        broker.port, client_id=name, username="alice", password=USERS["alice"].encode(), **fields
    )


def test_mqttjs_is_built_in(tmp_path: Path) -> None:
    """Not a skip: where npm or the network was missing, the page is not what it is to be."""
    with Watched(tmp_path) as broker:
        script = broker.get("/mqtt.min.js").body.decode()
    assert script.startswith("/*! MQTT.js "), "npm was missing when the broker was built"
    assert "The MIT License" in script[:200]


@pytest.mark.parametrize("user", USERS)
def test_live(browser: Browser, broker: Watched, user: str) -> None:
    enter(browser, broker, user=user)
    assert re.fullmatch(r"[0-9.]+, up \d+ s", text(browser, "version"))
    # What $SYS says comes between two answers of /status.json.
    polled = json.dumps([row[1] for row in table(browser, "measures")])
    browser.wait(
        "JSON.stringify([...document.querySelectorAll('#measures tr')]"
        f".map(row => row.children[1].textContent)) !== '{polled}'"
    )
    assert browser.run("return document.getElementById('login').hidden")
    console, asked = browser.take_logs()
    assert console == []
    base = f"http://127.0.0.1:{broker.http}"
    paths = {url.removeprefix(base) for url in asked if not url.startswith(("chrome:", "data:"))}
    assert paths == {"/", "/page.css", "/mqtt.min.js", "/page.js", "/status.json?find="}


def test_figures(browser: Browser, broker: Watched) -> None:
    with client(broker, "one") as one:
        one.publish("a", b"1", retain=True)
        one.sync()
        enter(browser, broker)
        told = {row[2]: row[1] for row in table(browser, "measures") if row[2]}
        assert told["$SYS/broker/clients/connected"] in ("1", "2")
        assert int(told["$SYS/broker/retained messages/count"]) > 50
        browser.wait(
            "[...document.querySelectorAll('#measures tr')].some(row => "
            "row.children[2].textContent === '$SYS/broker/clients/connected' &&"
            "row.children[1].textContent === '2')"  # the page itself
        )


def test_clients(browser: Browser, broker: Watched) -> None:
    name = "<img src=x onerror=alert(1)>"
    with client(broker, name, keep_alive=3600, properties=mq.Properties(receive_maximum=1)) as slow:
        slow.subscribe("q", "r")
        with client(broker, "away", version=4, clean_start=False) as away:
            away.subscribe("q")
            away.disconnect()
        with client(broker, "sender") as sender:
            for _ in range(1500):
                sender.publish("q", b"", qos=1)
        enter(browser, broker)
        rows = {row[0]: row for row in table(browser, "clients")}
        port = slow.socket.getsockname()[1]
        assert rows[name][1:8] == [f"127.0.0.1:{port}", "5.0", "alice", "1 h", "2", "1", "1,000"]
        assert rows[name][9] == "499"
        assert rows["away"][1:8] == ["away", "", "alice", "", "1", "0", "1,000"]
        assert browser.run("return document.querySelectorAll('#clients img').length") == 0
        browser.run(
            "const find = document.getElementById('find'); find.value = 'awa';"
            "find.dispatchEvent(new Event('input'))"
        )
        browser.wait("document.querySelectorAll('#clients tr').length === 1")
        assert table(browser, "clients")[0][0] == "away"
        browser.run("document.getElementById('find').value = ''")


def test_topics(browser: Browser, broker: Watched) -> None:
    enter(browser, broker)
    watch(browser, "t/#")
    with client(broker, "sender") as sender:
        browser.wait("document.getElementById('watched').textContent === '0 topics'")
        time.sleep(0.3)  # SUBACK
        sender.publish("t/1", "<b>ü</b>".encode(), qos=1)
        for i in range(20):
            sender.publish("t/2", b"%d" % i, qos=1)
        sender.publish("other", b"x", qos=1)
        sender.publish("t/3", b"\xff\0" * 5000, qos=1)
        browser.wait("document.getElementById('watched').textContent === '3 topics'")
        browser.wait(
            "[...document.querySelectorAll('#topics tr')][1]?.children[3]?.textContent === '20'"
        )
        rows = table(browser, "topics")
        assert [row[:4] for row in rows[:2]] == [
            ["t/1", "<b>ü</b>", "9 B", "1"],
            ["t/2", "19", "2 B", "20"],
        ]
        assert (rows[2][2], len(rows[2][1])) == ("9.8 KiB", 200)
        for i in range(300):
            sender.publish(f"t/n{i}", b"", qos=1)
        browser.wait(
            "document.getElementById('watched').textContent ==="
            " '200 topics, and 103 messages of others'"
        )
        watch(browser, "$SYS/broker/uptime")
        browser.wait("document.querySelectorAll('#topics tr').length === 1")
        assert table(browser, "topics")[0][0] == "$SYS/broker/uptime"
        watch(browser, "$SYS/broker/#")
        browser.wait("document.querySelectorAll('#topics tr').length > 50")
        watch(browser, "")
        browser.wait("document.querySelectorAll('#topics tr').length === 0")
        watch(browser, "t/#/x")
        browser.wait(
            "document.getElementById('watched').textContent.startsWith('not to be watched')"
        )


def test_rates(browser: Browser, tmp_path: Path) -> None:
    """Of two answers, five seconds apart, where there is no MQTT."""
    with Watched(tmp_path, "sys_interval 0") as broker, client(broker, "sender") as sender:
        enter(browser, broker, "polled")
        sender.subscribe("a")
        for _ in range(100):
            sender.publish("a", b"1", qos=1)
        browser.wait("document.querySelectorAll('#rates dd').length")
        shown = dict(
            browser.run(
                "return [...document.querySelectorAll('#rates div')]"
                ".map(row => [...row.children].map(cell => cell.textContent))"
            )
        )
        assert 10 < float(shown["messages in"]) < 25
        assert float(shown["connections"]) == 0
        points = browser.run("return document.getElementById('plot-in').getAttribute('points')")
        assert re.fullmatch(r"\d+,\d+(\.\d+)?", points)


RATE = "Number(document.querySelectorAll('#rates dd')[{0}]?.textContent)"  # of messages in, out
FIGURE = (
    "[...document.querySelectorAll('#measures tr')].find(row => "
    "row.children[2].textContent === '$SYS/broker/{0}').children[1].textContent"
)


def test_rates_by_mqtt(browser: Browser, broker: Watched) -> None:
    """/status.json alone is not what moves them, nor the count of clients, nor queues."""
    enter(browser, broker)
    browser.wait("document.querySelectorAll('#rates dd').length")
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/status.json*"]})
    try:
        browser.wait("document.getElementById('state').textContent.startsWith('live, but for')")
        browser.wait(f"{RATE.format(0)} === 0")
        assert browser.run(f"return {FIGURE.format('clients/connected')}") == "1"
        kept = int(browser.run(f"return {FIGURE.format('store/messages/count')}"))
        with client(broker, "sender") as sender:
            sender.subscribe("a")
            for _ in range(50):
                sender.publish("a", b"1", qos=1)  # which nobody acknowledges
            browser.wait(f"{RATE.format(0)} > 20")
            assert browser.run(f"return {RATE.format(0)}") < 100
            browser.wait(f"{RATE.format(1)} > 20")
            browser.wait(f"{FIGURE.format('clients/connected')} === '2'")
            browser.wait(f"Number({FIGURE.format('store/messages/count')}) >= {kept + 50}")
            browser.wait(f"{RATE.format(0)} === 0")  # again
    finally:
        browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    browser.wait("document.getElementById('state').textContent === 'live'")
    browser.take_logs()


def test_wrong_password_and_leaving(browser: Browser, broker: Watched) -> None:
    open_page(browser, broker)
    log_in(browser, password="wrong")
    browser.wait("document.getElementById('refusal').textContent.includes('wrong')")
    assert browser.run("return document.getElementById('status').hidden")
    browser.take_logs()  # it names the answer 401
    log_in(browser)
    browser.wait(f"{STATE} === 'live'")
    assert text(browser, "refusal") == ""
    assert browser.run("return document.getElementById('password').value") == ""
    browser.run("document.getElementById('leave').click()")
    assert browser.run("return document.getElementById('status').hidden")
    assert table(browser, "clients") == []
    broker.wait_for("is disconnected")
    time.sleep(0.5)
    console, asked = browser.take_logs()
    assert console == []
    assert not any(USERS["alice"] in url for url in asked)
    kept: Any = browser.run(
        "return [document.cookie, localStorage.length + sessionStorage.length, location.href]"
    )
    assert kept == ["", 0, f"http://127.0.0.1:{broker.http}/"]


def test_a_page_without_a_listener(browser: Browser, tmp_path: Path) -> None:
    with Watched(tmp_path) as broker:
        enter(browser, broker, "polled")
        assert text(browser, "state") == "asked every 5 s: no listener has protocol websockets"
        assert [row[0] for row in table(browser, "clients")] == []
        assert browser.take_logs()[0] == []


def test_without_mqttjs(browser: Browser, broker: Watched, tmp_path: Path) -> None:
    """As where npm was missing when it was built, or failed."""
    script = ROOT / "samples" / "broker" / "status" / "mqttjs.py"
    for npm in ([], ["/nonexistent/npm"], ["false"]):
        done = subprocess.run(
            [sys.executable, script, tmp_path / "mqtt.min.js", *npm], capture_output=True, text=True
        )
        assert done.returncode == 0
        assert "will not be live" in done.stdout
        assert (tmp_path / "mqtt.min.js").read_text().startswith("// MQTT.js was not there")
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/mqtt.min.js"]})
    try:
        enter(browser, broker, "polled")
    finally:
        browser.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    assert text(browser, "state") == "asked every 5 s: built without MQTT.js"
    watch(browser, "a")
    assert text(browser, "watched") == "built without MQTT.js"
    browser.take_logs()


def test_users_of_its_own(browser: Browser, tmp_path: Path) -> None:
    """Who may see the page, and is no user of MQTT."""
    own = password_file(tmp_path / "own", {"carol": "c"})
    with Watched(tmp_path, f"http_user_file {own}", websocket=True) as broker:
        enter(browser, broker, "polled", user="carol", password="c")
        browser.wait("document.getElementById('state').textContent.includes('Bad User Name')")
        time.sleep(6)  # it does not try again and again
        assert broker.log.count("of user 'carol' at 127.0.0.1") == 1


def test_by_another_name(browser: Browser, broker: Watched) -> None:
    open_page(browser, broker, "localhost")
    log_in(browser)
    browser.wait(f"{STATE} === 'live'")
    assert browser.take_logs()[0] == []


def test_the_broker_ends_and_comes_back(browser: Browser, broker: Watched) -> None:
    enter(browser, broker)
    assert broker.stop() == 0
    browser.wait(f"{STATE} === 'lost'")
    assert "does not answer" in text(browser, "state")
    broker.start()
    broker.wait_for("the broker is ready")
    browser.wait(f"{STATE} === 'live'")
    browser.take_logs()


def test_foreign_pages(browser: Browser, broker: Watched, tmp_path: Path) -> None:
    """Another site's page reads nothing of ours, and opens no WebSocket."""
    (tmp_path / "page.html").write_text("<p>other")
    browser.driver.get((tmp_path / "page.html").as_uri())
    outcome = browser.run(
        f"return fetch('http://127.0.0.1:{broker.http}/metrics')"
        ".then(answer => answer.text(), () => 'refused')"
    )
    assert outcome == "refused"
    outcome = browser.run(
        f"const socket = new WebSocket('ws://127.0.0.1:{broker.websocket}', 'mqtt');"
        "return new Promise(go => {"
        " socket.onopen = () => go('open'); socket.onclose = () => go('shut') })"
    )
    assert outcome == "shut"
    browser.take_logs()


def contrast(browser: Browser) -> float:
    """Of text on its ground: WCAG 2.1."""
    colours: Any = browser.run(
        "const style = getComputedStyle(document.body);"
        "return [style.color, style.backgroundColor].map(c => c.match(/[0-9.]+/g).map(Number))"
    )

    def light(colour: list[float]) -> float:
        parts = [c / 255 for c in colour[:3]]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lights = sorted(map(light, colours))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_light_and_dark(browser: Browser, broker: Watched) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        browser.emulate(
            "setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        open_page(browser, broker)
        grounds.add(browser.run("return getComputedStyle(document.body).backgroundColor"))
        assert contrast(browser) > 7
    assert len(grounds) == 2
    browser.emulate("setEmulatedMedia", features=[])
