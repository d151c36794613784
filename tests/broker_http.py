# SPDX-License-Identifier: MIT
"""Requests to the broker's web server, and its configuration with users."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
from pathlib import Path
from typing import Any, NamedTuple

from broker import WAIT, Broker
from mosquitto import free_port

USERS = {"alice": "geheim", "bob": "pass:word ü"}


class Answer(NamedTuple):
    code: int
    fields: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def password_file(path: Path, users: dict[str, str]) -> Path:
    """In mosquitto's form."""
    lines = []
    for name, password in users.items():
        salt = name.encode().ljust(12, b".")
        key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
        words = (base64.b64encode(part).decode() for part in (salt, key))
        lines.append(f"{name}:$7$101${'$'.join(words)}\n")
    path.write_text("".join(lines))
    path.chmod(0o600)
    return path


class Watched(Broker):
    """A broker with a web server, at `http`, and a listener for WebSockets, at `websocket`."""

    def __init__(
        self,
        folder: Path,
        config: str = "",
        *,
        host: str = "127.0.0.1",
        users: dict[str, str] | None = USERS,
        websocket: bool = False,
        **more: Any,
    ) -> None:
        ports: set[int] = set()
        while len(ports) < 3:
            ports.add(free_port())
        port, self.http, self.websocket = ports
        lines = [f"listener {port} 127.0.0.1"]
        lines += [f"listener {self.websocket} 127.0.0.1\nprotocol websockets"] * websocket
        lines.append(f"http_listener {host}:{self.http}")
        if users is None:
            lines.append("allow_anonymous true")
        else:
            lines.append(f"password_file {password_file(folder / 'passwords', users)}")
        super().__init__(folder, "\n".join([*lines, config]), listener=False, **more)
        self.port = port

    def __enter__(self) -> Watched:
        super().__enter__()
        return self

    def get(
        self,
        path: str,
        user: str | None = None,
        *,
        method: str = "GET",
        host: str | None = None,
        address: str = "127.0.0.1",
        password: str | None = None,
        body: bytes | None = None,
        **fields: str,
    ) -> Answer:
        fields = {name.replace("_", "-"): value for name, value in fields.items()}
        if host is not None:
            fields["Host"] = host
        if user is not None:
            known = USERS.get(user, "") if password is None else password
            word = base64.b64encode(f"{user}:{known}".encode()).decode()
            fields["Authorization"] = f"Basic {word}"
        connection = http.client.HTTPConnection(address, self.http, timeout=WAIT)
        try:
            connection.request(method, path, body=body, headers=fields)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def status(self, user: str = "alice", path: str = "/status.json") -> Any:
        answer = self.get(path, user)
        assert answer.code == 200, answer
        return answer.json
