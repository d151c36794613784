# SPDX-License-Identifier: MIT
"""mqttwire fuzz target: hostile sessions for a live broker, or for a client."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import socket
import tempfile
from pathlib import Path

from ..outcome import Exit, UsageError, say
from ..progress import Progress
from ..proxy.address import where_to_go
from .hunt import Bounds, Hunt, Target
from .judge import Judge
from .process import Process
from .rogue import Rogue
from .served import Limits, Served


def loopback(host: str, port: int, allow_remote: bool) -> str:
    """The address of a host.  UsageError: it is that of another machine, and nobody allowed it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise OSError(error.errno, error.strerror, host) from None
    addresses = [str(row[4][0]) for row in found]
    if not allow_remote and not all(
        ipaddress.ip_address(each.partition("%")[0]).is_loopback for each in addresses
    ):
        raise UsageError(f"{host} is another machine: --allow-remote, if that is meant")
    # An IPv4 address if there is one: brokers listen there more often.
    return next((each for each in addresses if ":" not in each), addresses[0])


def place_of(arguments: argparse.Namespace) -> tuple[str, int]:
    try:
        address = where_to_go(arguments.target)
    except argparse.ArgumentTypeError as error:
        raise UsageError(error) from None
    if address.scheme != "mqtt":
        raise UsageError("the target is plain MQTT over TCP: HOST:PORT")
    return loopback(address.host, address.port, arguments.allow_remote), address.port


def limits_of(arguments: argparse.Namespace) -> Limits:
    return Limits(
        start=arguments.start_time,
        hang=arguments.hang,
        patience=arguments.patience,
        memory=arguments.memory or 0,
        connections=arguments.connections,
        version=arguments.version,
    )


def target_of(arguments: argparse.Namespace, logs: Path) -> Target:
    limits = limits_of(arguments)
    if arguments.rogue is not None:
        return rogue_of(arguments, limits, logs)
    if arguments.target is None:
        raise UsageError("what is the target? HOST:PORT, or --rogue PORT for clients")
    host, port = place_of(arguments)
    process = Process(arguments.start, host, port, logs) if arguments.start else None
    if limits.memory and process is None:
        raise UsageError("--memory is of the process that --start starts")
    return Served(host, port, process, limits)


def rogue_of(arguments: argparse.Namespace, limits: Limits, logs: Path) -> Target:
    if arguments.target is not None:
        raise UsageError("either a broker, or --rogue")
    host = "0.0.0.0" if arguments.allow_remote else "127.0.0.1"
    try:
        listener = socket.create_server((host, arguments.rogue))
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"{host}:{arguments.rogue}") from None
    port = listener.getsockname()[1]
    process = Process(arguments.start, "127.0.0.1", port, logs) if arguments.start else None
    return Rogue(listener, process, limits)


def how_far(hunt: Hunt) -> tuple[float, str]:
    """What is done of its bounds, and in words."""
    seconds = max(hunt.seconds(), 0.001)
    done = hunt.sessions if hunt.bounds.seconds is None else seconds
    text = (
        f"{hunt.sessions:,} sessions, {hunt.sessions / seconds:.0f}/s,"
        f" {hunt.packets / seconds:.0f} writes/s, {len(hunt.findings)} findings"
    )
    return done, text


def run(arguments: argparse.Namespace) -> Exit:
    if arguments.version == 3:
        raise UsageError("there are no sessions of MQTT 3.1")
    out = Path(arguments.out)
    if any(out.glob("finding-*")):
        raise UsageError(f"{out} holds findings of another run: --out another directory")
    bounds = Bounds(
        arguments.count,
        arguments.time,
        arguments.every,
        arguments.keep,
        arguments.tries,
        arguments.reduce_time,
    )
    whole = bounds.count if bounds.seconds is None else bounds.seconds
    progress = Progress(whole, prints=False)
    with tempfile.TemporaryDirectory(prefix="mqttwire-") as logs:
        target = target_of(arguments, Path(logs))
        hunt = Hunt(target, arguments.seed, out, bounds, arguments.hang)
        hunt.shown = lambda hunt: progress.show(*how_far(hunt))
        hunt.judge = Judge(out / "notes") if arguments.judge else None
        before = signal.signal(signal.SIGTERM, _interrupt)
        interrupted = failed = False
        try:
            hunt.run()
        except KeyboardInterrupt:
            interrupted = True
        except OSError as error:  # the target does not come back
            if not hunt.sessions:
                raise
            progress.close()
            say(error)
            failed = True
        finally:
            progress.close()
            target.close()
            signal.signal(signal.SIGTERM, before)
    if hunt.judge is not None:
        hunt.judge.write()
        for note in hunt.judge.sorted():
            print(note)
    say(hunt.summary())
    if interrupted and not hunt.findings:
        raise KeyboardInterrupt
    if failed and not hunt.findings:
        return Exit.FAILED
    return Exit.BROKEN if hunt.findings else Exit.FINE


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
