# SPDX-License-Identifier: MIT
"""Fetches MQTT.js, which the status page talks MQTT with: mqttjs.py OUTPUT [NPM]

Where npm or a network is missing, the broker is built all the same: its page then asks every few
seconds, and is told nothing in between.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "5.16.0"
DIGEST = (  # of the package's archive, SHA-512
    "G0VsEtuJz5sJUgZJaaADMVfW7SIFPzkIuHR+d6rk+tBeSwdCfd9BaIRycRfd2AbyFDEmLlFM+SDQeti/+IbOnw=="
)
WAIT = 120  # seconds


def fetch(npm: str, folder: str) -> Path:
    command = [npm, "pack", "--silent", "--prefer-offline", f"--pack-destination={folder}"]
    subprocess.run([*command, f"mqtt@{VERSION}"], cwd=folder, check=True, timeout=WAIT)
    (archive,) = Path(folder).glob("*.tgz")
    return archive


def read(archive: Path) -> str:
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != DIGEST:
        sys.exit(f"mqttjs: mqtt {VERSION} is not what it was")
    with tarfile.open(archive) as files:
        terms, script = (
            files.extractfile(f"package/{name}").read().decode()  # type: ignore[union-attr]
            for name in ("LICENSE.md", "dist/mqtt.min.js")
        )
    return f"/*! MQTT.js {VERSION}\n\n{terms.replace('*/', '')}*/\n{script}"


def main(output: str, npm: str = "") -> None:
    try:
        if not npm:
            raise FileNotFoundError("npm is missing")
        with tempfile.TemporaryDirectory() as folder:
            text = read(fetch(npm, folder))
    except (OSError, subprocess.SubprocessError) as problem:
        print(f"mqttjs: the status page will not be live: {problem}; to try again, remove {output}")
        text = "// MQTT.js was not there when this was built.\n"
    Path(output).write_text(text)


main(*sys.argv[1:])
