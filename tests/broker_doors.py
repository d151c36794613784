# SPDX-License-Identifier: MIT
"""The broker with a listener of each kind in one configuration, and how clients come to each.

with Doors(tmp_path) as broker:
    door = broker.door("tls")
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import certificates
import pytest
from broker import WAIT, Broker
from mosquitto import free_port

#: Names of the listeners; those of "mutual" and "subject" want a client's certificate.
DOORS = ("ip4", "ip6", "unix", "tls", "tls13", "mutual", "subject", "ws", "wss", "wss6")
EACH = ("ip4", "ip6", "unix", "tls", "mutual", "ws", "wss")

LISTENERS = """
listener {ip4} 127.0.0.1
listener {ip6} ::1
listener 0 {folder}/socket
listener {tls} 127.0.0.1
certfile {folder}/server.crt
keyfile {folder}/server.key
listener {tls13} 127.0.0.1
certfile {folder}/server.crt
keyfile {folder}/server.key
tls_version tlsv1.3
listener {mutual} 127.0.0.1
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
use_identity_as_username true
listener {subject} 127.0.0.1
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
use_subject_as_username true
listener {ws} 127.0.0.1
protocol websockets
listener {wss} 127.0.0.1
protocol websockets
certfile {folder}/server.crt
keyfile {folder}/server.key
listener {wss6} ::1
protocol websockets
certfile {folder}/server.crt
keyfile {folder}/server.key
"""


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def without_ipv6(config: str) -> str:
    parts = config.split("\nlistener ")
    return "\nlistener ".join(part for part in parts if " ::1\n" not in f"{part}\n")


class Door(NamedTuple):
    name: str
    host: str
    port: int  # 0: a unix socket, whose path is the host
    folder: Path  # of certificates

    @property
    def tls(self) -> bool:
        return self.name.startswith(("tls", "wss", "mutual", "subject"))

    @property
    def certified(self) -> bool:
        """Clients have a certificate."""
        return self.name in ("mutual", "subject")

    @property
    def websocket(self) -> bool:
        return self.name.startswith("ws")

    @property
    def url(self) -> str:
        if not self.port:
            return f"unix://{self.host}"
        scheme = ("mqtt", "mqtts", "ws", "wss")[2 * self.websocket + self.tls]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}" + "/mqtt" * self.websocket

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.file("ca.crt"))
        if self.certified:
            context.load_cert_chain(self.file("client.crt"), self.file("client.key"))
        return context

    def reach(self) -> socket.socket:
        """A connection to it, within TLS where the listener has that."""
        if not self.port:
            end = socket.socket(socket.AF_UNIX)
            end.settimeout(WAIT)
            end.connect(self.host)
            return end
        end = socket.create_connection((self.host, self.port), WAIT)
        return self.trust().wrap_socket(end, server_hostname="localhost") if self.tls else end

    def reach_below(self) -> socket.socket:
        """Without TLS."""
        return self._replace(name="ip4").reach()


class Doors(Broker):
    """certify: False: there are certificates in the folder."""

    def __init__(
        self,
        folder: Path,
        config: str = "allow_anonymous true",
        *words: str,
        certify: bool = True,
    ) -> None:
        folder.chmod(0o755)
        if certify:
            certificates.make(folder)
        self.config = config
        self._set_up(folder, words)

    def _set_up(self, folder: Path, words: Iterable[str]) -> None:
        self.ports = {name: free_port() for name in DOORS if name != "unix"}
        listeners = LISTENERS.format(folder=folder, **self.ports)
        if not has_ipv6():
            listeners = without_ipv6(listeners)
        super().__init__(folder, self.config + listeners, *words, listener=False)

    def __enter__(self) -> Doors:
        for _ in range(3):
            try:
                super().__enter__()
                return self
            except AssertionError:
                if "Address already in use" not in self.log:
                    raise
                self._set_up(self.folder, self.arguments)  # somebody else has taken a port
        raise AssertionError(self.log)

    def port_of(self, name: str) -> int:
        return self.door(name).port

    def door(self, name: str) -> Door:
        if name.endswith("6") and not has_ipv6():
            pytest.skip("there is no IPv6")
        if name == "unix":
            return Door(name, str(self.folder / "socket"), 0, self.folder)
        address = "::1" if name.endswith("6") else "127.0.0.1"
        host = "localhost" if name in ("tls", "tls13", "mutual", "subject", "wss") else address
        return Door(name, host, self.ports[name], self.folder)

    def doors(self) -> list[Door]:
        return [self.door(name) for name in DOORS if has_ipv6() or not name.endswith("6")]
