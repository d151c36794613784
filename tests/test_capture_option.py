# SPDX-License-Identifier: MIT
"""The option `capture`: without libpcap, wslay, zlib and OpenSSL everything else is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "tests" / "captures" / "mosquitto.pcapng"


def setup(folder: Path, capture: str, **env: str) -> subprocess.CompletedProcess[str]:
    options = ["-Dpython=enabled", "-Dtests=disabled", f"-Dcapture={capture}"]
    return subprocess.run(
        ["meson", "setup", folder, ROOT, "--prefix=/", "--buildtype=plain", *options],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
    )


def targets(folder: Path) -> set[str]:
    told = subprocess.run(
        ["meson", "introspect", "--targets", folder], capture_output=True, check=True
    )
    return {target["name"] for target in json.loads(told.stdout)}


def test_disabled(tmp_path: Path) -> None:
    build, root = tmp_path / "build", tmp_path / "root"
    done = setup(build, "disabled")
    assert done.returncode == 0, done.stdout
    install: list[str | Path] = [
        "meson",
        "install",
        "-C",
        build,
        "--tags=python-runtime",
        f"--destdir={root}",
    ]
    subprocess.run(install, capture_output=True, check=True)
    (package,) = root.rglob("mqttwire_tool")
    assert not list(package.glob("_capture*.so")) and list(package.glob("_json*.so"))

    def mqttwire(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-S", "-m", "mqttwire_tool", *arguments],  # -S: not the one in .venv
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(package.parent)},
        )

    done = mqttwire("inspect", RECORDING)
    assert (done.returncode, done.stdout) == (4, "")
    reason = "mqttwire was built without libpcap, wslay, zlib, OpenSSL"
    assert done.stderr == f"mqttwire: captures cannot be read: {reason}\n"
    assert mqttwire("inspect", "-V", "5", "-x", "c000").returncode == 0
    done = mqttwire("inspect", "--json", "-V", "5", "-x", "c000")
    assert (done.returncode, json.loads(done.stdout)["packet"]["type"]) == (0, "PINGREQ")


def test_libraries_that_are_missing(tmp_path: Path) -> None:
    missing = {"PKG_CONFIG_LIBDIR": str(tmp_path), "CMAKE_PREFIX_PATH": str(tmp_path)}
    assert setup(tmp_path / "auto", "auto", **missing).returncode == 0
    built = {name.partition(".")[0] for name in targets(tmp_path / "auto")}
    assert "_mqttwire" in built and not {"capture", "_capture"} & built
    done = setup(tmp_path / "enabled", "enabled", **missing)
    assert done.returncode != 0
    assert 'ERROR: Dependency "libpcap" not found' in done.stdout
