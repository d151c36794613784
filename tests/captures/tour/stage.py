# SPDX-License-Identifier: MIT
"""What scenes share: brokers and clients that run as programs, and what records them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WORK = Path(os.environ["TOUR_WORK"])  # where `record` has built everything
WAIT = 90.0  # seconds that a start may take on a busy machine

started: list[subprocess.Popen[bytes]] = []


def run(*command: str | Path, log: str = "programs", **more: Any) -> subprocess.Popen[bytes]:
    with open(WORK / f"{log}.log", "ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=output, **more
        )
    started.append(process)
    return process


def until_said(log: str, word: str) -> None:
    deadline = time.monotonic() + WAIT
    while word not in (WORK / f"{log}.log").read_text(errors="replace"):
        if time.monotonic() > deadline:
            sys.exit(f"{log} never said {word!r}")
        time.sleep(0.05)


def record(name: str, ports: list[int]) -> subprocess.Popen[bytes]:
    file = WORK / f"{name}.pcap"
    file.unlink(missing_ok=True)
    ours = " or ".join(f"tcp port {port}" for port in ports)
    dumpcap = run("dumpcap", "-q", "-P", "-i", "lo", "-f", ours, "-w", file, log="dumpcap")
    deadline = time.monotonic() + WAIT
    while not file.exists() or not file.stat().st_size:
        if time.monotonic() > deadline:
            sys.exit("cannot capture on loopback: see tests/captures/README.md")
        time.sleep(0.05)
    return dumpcap


def java(*arguments: str | Path, log: str = "programs") -> subprocess.Popen[bytes]:
    return run("java", "-cp", f"{WORK}/java:{WORK}/java/lib/*", *arguments, log=log)


def hivemq(config: str) -> subprocess.Popen[bytes]:
    """HiveMQ CE; it keeps what it knows in memory."""
    folder = WORK / "hivemq"
    for part in ("conf", "data", "extensions"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "config.xml").write_text(
        f"<hivemq>{config}<persistence><mode>in-memory</mode></persistence>"
        "<anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics></hivemq>"
    )
    (WORK / "hivemq.log").unlink(missing_ok=True)
    broker = java("Broker", folder, log="hivemq")
    until_said("hivemq", "running\n")
    return broker


def mosquitto(config: str) -> subprocess.Popen[bytes]:
    (WORK / "mosquitto.conf").write_text(
        f"user root\npersistence false\nsys_interval 0\n{config}"
    )
    (WORK / "mosquitto.log").unlink(missing_ok=True)
    broker = run("mosquitto", "-c", WORK / "mosquitto.conf", log="mosquitto")
    until_said("mosquitto", " running\n")
    return broker


def mochi(port: int) -> subprocess.Popen[bytes]:
    (WORK / "mochi.log").unlink(missing_ok=True)
    broker = run(WORK / "go" / "peers", "broker", str(port), log="mochi")
    until_said("mochi", "running\n")
    return broker


def finish(dumpcap: subprocess.Popen[bytes]) -> None:
    time.sleep(1)  # let dumpcap see the end
    dumpcap.send_signal(2)
    dumpcap.wait(WAIT)


def clean_up() -> None:
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
