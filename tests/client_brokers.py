# SPDX-License-Identifier: MIT
"""Brokers for the client library, and the ways to them: TCP, TLS, unix sockets, WebSocket."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import newer_go
from client_driver import Driver, connect
from mosquitto import Mosquitto, free_port

ROOT = Path(__file__).parent.parent
WEBSOCKET_SOURCE = ROOT / "tests/websocket_broker"
WEBSOCKET_BUILD = ROOT / "build/websocket_broker"

WAYS = ["ip4", "ip6", "name", "unix", "tls", "mutual", "ws", "wss"]
LISTENERS = """
max_queued_messages 0
listener {ip6} ::1
listener 0 {folder}/socket
listener {tls} 127.0.0.1
certfile {folder}/server.crt
keyfile {folder}/server.key
listener {mutual} 127.0.0.1
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
"""


class Way(NamedTuple):
    """To a broker: the options of a client that takes it."""

    url: str
    options: dict[str, Any]


class Ways:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("ip6", "tls", "mutual", "ws", "wss")}

    def config(self) -> str:
        return LISTENERS.format(folder=self.folder, **self.ports)

    def __call__(self, name: str, broker: Mosquitto) -> Way:
        trust = {"tls.ca_file": str(self.folder / "ca.crt")}
        own = {f"tls.{kind}_file": str(self.folder / f"client.{end}")
               for kind, end in (("cert", "crt"), ("key", "key"))}
        return {
            "ip4": Way(f"mqtt://127.0.0.1:{broker.port}", {}),
            "ip6": Way(f"mqtt://[::1]:{self.ports['ip6']}", {}),
            "name": Way(f"mqtt://localhost:{broker.port}", {}),
            "unix": Way(f"unix://{self.folder}/socket", {}),
            "tls": Way(f"mqtts://localhost:{self.ports['tls']}", trust),
            "mutual": Way(f"mqtts://localhost:{self.ports['mutual']}", {**trust, **own}),
            "ws": Way(f"ws://127.0.0.1:{self.ports['ws']}", {}),
            "wss": Way(f"wss://localhost:{self.ports['wss']}/mqtt", trust),
        }[name]


def build_websocket_broker() -> str | None:
    """Why there is none; None: there is."""
    return newer_go.build(WEBSOCKET_SOURCE, WEBSOCKET_BUILD, "build")


@contextlib.contextmanager
def websocket_broker(ways: Ways) -> Iterator[None]:
    ports = [str(ways.ports[name]) for name in ("ws", "wss")]
    files = [str(ways.folder / f"server.{end}") for end in ("crt", "key")]
    with subprocess.Popen(
        [WEBSOCKET_BUILD / "run", *ports, *files], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.stdin.close()
            process.wait(10)


@contextlib.contextmanager
def online(way: Way, client_id: str = "c", version: int = 5, **options: Any) -> Iterator[Driver]:
    """A client that is connected."""
    with Driver() as client:
        join(client, way, client_id, version, **options)
        yield client
        client.do("disconnect", None)


def join(
    client: Driver, way: Way, client_id: str, version: int = 5, present: bool = False,
    **options: Any,
) -> Any:
    """Its CONNACK."""
    packet = options.pop("connect", None)
    packet = packet or connect(client_id=client_id, version=version, clean_start=True)
    client.new(way.url, version, connect=packet, **way.options, **options)
    client.do("connect")
    answer = client.wait("connected")["packet"]
    assert answer.session_present == present
    return answer


def kill(client: Driver) -> None:
    """Ends its process at once, in the place of leaving its context."""
    client.process.kill()
    client.process.wait()
    client._reader.join()
    for end in (client.process.stdin, client.process.stdout, client.process.stderr):
        assert end
        end.close()
