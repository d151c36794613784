# SPDX-License-Identifier: MIT
"""MQTT.js at work, in Node and in Chromium: runs what tests/mqttjs/uses.js has."""

from __future__ import annotations

import base64
import functools
import hashlib
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from broker_doors import Door

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tests" / "mqttjs"
#: What npm brought is kept: only the first time is slow, and needs its registry.
BUILD = ROOT / "build" / "mqttjs"
BUNDLE = ROOT / "build" / "samples" / "broker" / "mqtt.min.js"  # the status page's
WAIT = 300  # seconds for npm


def install() -> str | None:
    """Why MQTT.js is not there; None: it is."""
    files = ("package.json", "package-lock.json")
    state = "".join((SOURCE / name).read_text() for name in files)
    made_of = BUILD / "made-of"
    if made_of.exists() and made_of.read_text() == state:
        return None
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return "there is no Node, or no npm"
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in files:
        shutil.copy(SOURCE / name, BUILD)
    command = [npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, timeout=WAIT)
    if done.returncode:
        return f"npm does not bring MQTT.js: {done.stderr[-300:]}"
    made_of.write_text(state)
    return None


def arguments(door: Door, version: int, more: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The URL and the options of MQTT.js."""
    options: dict[str, Any] = {"protocolVersion": version, **more}
    if version == 3:
        options["protocolId"] = "MQIsdp"
    url = door.url.replace("unix://", "mqtt+unix://")
    return url, options


class Runtime(Protocol):
    def run(self, name: str, door: Door, version: int, *words: Any, **options: Any) -> Any: ...


class Node:
    def __init__(self) -> None:
        node = shutil.which("node")
        assert node
        self.process = subprocess.Popen(
            [node, SOURCE / "node.mjs", BUILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def run(self, name: str, door: Door, version: int, *words: Any, **options: Any) -> Any:
        url, told = arguments(door, version, options)
        if door.tls:
            told.setdefault("ca", door.file("ca.crt"))
        if door.certified:
            told.update(cert=door.file("client.crt"), key=door.file("client.key"))
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin and stdout
        stdin.write(json.dumps([name, url, told, *words]).encode() + b"\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer.get("value")

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port of a web server that has the files of a folder."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    make: Callable[..., Handler] = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), make) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def pin(certificate: Path) -> str:
    """Of a certificate's key, for --ignore-certificate-errors-spki-list."""
    key = subprocess.check_output(
        ["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], text=True
    )
    body = base64.b64decode("".join(key.splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


class Chromium:
    """A page of this machine with MQTT.js in it, that trusts one certificate."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        from browser import Browser

        pages = folder / "pages"
        pages.mkdir()
        shutil.copy(BUNDLE, pages)
        shutil.copy(SOURCE / "uses.js", pages)
        (pages / "index.html").write_text(
            '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">'
            '<script src="mqtt.min.js"></script><script src="uses.js"></script>'
        )
        self.host = ""
        pinned = f"--ignore-certificate-errors-spki-list={pin(certificate)}"
        self.browser = Browser(folder / "profile", arguments=[pinned])
        self.server = served(pages)
        self.port = self.server.__enter__()

    def run(self, name: str, door: Door, version: int, *words: Any, **options: Any) -> Any:
        """On a page of the listener's own host."""
        return self.run_at(door.host, name, door, version, *words, **options)

    def run_at(
        self, host: str, name: str, door: Door, version: int, *words: Any, **options: Any
    ) -> Any:
        if self.host != host:
            self.browser.driver.get(f"http://{host}:{self.port}/")
            self.host = host
        url, told = arguments(door, version, options)
        script = "const [name, ...more] = arguments; return uses[name](mqtt, ...more)"
        return self.browser.run(script, name, url, told, *words)

    def close(self) -> None:
        self.browser.close()
        self.server.__exit__(None, None, None)


def missing(runtime: str) -> None:
    """Skips where what a runtime needs is not there."""
    if runtime == "node":
        why = install()
        if why:
            pytest.skip(why)
    elif not BUNDLE.exists() or "was not there" in BUNDLE.read_text()[:200]:
        pytest.skip("MQTT.js was not there when the broker was built")
