# SPDX-License-Identifier: MIT
"""mqttwire: where the command begins; what takes its time to load may be interrupted."""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own takes its time to load
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; the answer is its exit code."""
    try:
        interruption_kills(True)
        from .commands import run_command

        return run_command(arguments)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, whose module may be what was being loaded
    finally:
        interruption_kills(False)


def interruption_kills(kills: bool) -> None:
    """Is Ctrl-C left to the system?  While modules load the exception may come where it is lost."""
    import signal

    python, system = signal.default_int_handler, signal.SIG_DFL
    try:
        if kills and signal.getsignal(signal.SIGINT) == python:
            signal.signal(signal.SIGINT, system)
        elif not kills and signal.getsignal(signal.SIGINT) == system:
            signal.signal(signal.SIGINT, python)
    except ValueError:
        pass  # not the main thread, which alone is interrupted
