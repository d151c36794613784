# SPDX-License-Identifier: MIT
"""mqttwire-broker in mosquitto's place, for tests of clients that are to get on with both."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from access import hashed
from broker import Broker


class OwnBroker(Broker):
    """Has what Mosquitto has."""

    def __init__(self, config: str = "", passwords: Mapping[str, str] | None = None) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="broker-")
        folder = Path(self._temporary.name)
        lines = ["allow_anonymous true"]
        if passwords is not None:
            file = folder / "passwords"
            text = [f"{name}:{hashed(word.encode())}\n" for name, word in passwords.items()]
            file.write_text("".join(text))
            lines = [f"password_file {file}"]
        super().__init__(folder, "\n".join([*lines, config]))

    def __enter__(self) -> OwnBroker:
        super().__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        try:
            super().__exit__(*error)
        finally:
            self._temporary.cleanup()
