# SPDX-License-Identifier: MIT
"""mqttwire: where the command begins; what takes its time to load may be interrupted."""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own takes its time to load
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; the answer is its exit code."""
    try:
        from .commands import run_command

        return run_command(arguments)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, whose module may be what was being loaded
