# SPDX-License-Identifier: MIT
"""Pages of `mqttwire inspect --html` for tests, and what their own modules make of them."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import mqttwire as mq
import pytest
from mqttwire_tool.arguments import Options
from mqttwire_tool.outcome import Outcome, UsageError
from mqttwire_tool.page import PagePrinter, template
from mqttwire_tool.sources import Connection, Note, Seen

HERE = Path(__file__).parent
RECORDED = HERE / "captures" / "mosquitto.pcapng"

try:
    template()
    there_is_a_page = True
except UsageError:
    there_is_a_page = False

needs_page = pytest.mark.skipif(not there_is_a_page, reason="built without clang and lld")


def seen(
    number: int,
    data: bytes,
    version: int | None,
    sender: mq.Sender | None = None,
    connection: Connection | None = None,
    **more: Any,
) -> Seen:
    return Seen(number, connection or Connection(1), data, len(data), version, sender, **more)


def page_of(
    items: Iterable[Seen | Note], options: Options | None = None, show_secrets: bool = False
) -> bytes:
    out = io.BytesIO()
    printer = PagePrinter(out, "test", options or Options(), Outcome(), show_secrets)
    for item in items:
        if isinstance(item, Note):
            printer.note(item)
        else:
            printer.packet(item)
    printer.close()
    return out.getvalue()


def read_by_node(page: Path, *filters: str) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    done = subprocess.run(
        [node, HERE / "page_packets.mjs", page, *filters], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return json.loads(done.stdout)
