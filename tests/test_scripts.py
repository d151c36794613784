# SPDX-License-Identifier: MIT
"""What a newcomer sees of scripts/bootstrap and scripts/demo."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from command import WAIT, environment

ROOT = Path(__file__).resolve().parent.parent


def bootstrap(folder: Path, meson: str) -> subprocess.CompletedProcess[str]:
    """Runs it for a project of its own, which lacks nothing but build/."""
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "bootstrap", folder / "scripts")
    (folder / "meson.build").write_text(meson)
    (folder / "meson_options.txt").write_text(
        "option('capture', type: 'feature')\noption('samples', type: 'feature')\n"
    )
    for name, script in [
        (".venv/bin/pip", ""),
        ("bin/dpkg-query", 'shift 3; printf "installed %s\\n" "$@"'),
    ]:
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["scripts/bootstrap"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WAIT,
        env=environment(PATH=f"{folder / 'bin'}:{os.environ['PATH']}"),
    )


def test_bootstrap_says_what_it_does_and_no_more(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, "project('p')\nfind_program('no-such', required: false)\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "bootstrap: ready"
    assert all(line.startswith("bootstrap: ") for line in done.stdout.splitlines())
    assert (tmp_path / "build").is_dir()


def test_bootstrap_shows_what_failed(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, "project('p')\nfind_program('no-such')\n")
    assert done.returncode != 0
    assert "no-such" in done.stderr
    assert "bootstrap: failed: meson setup build" in done.stderr
    assert "ready" not in done.stdout


@pytest.mark.skipif(not (ROOT / ".venv/bin/mqttwire").exists(), reason="needs scripts/bootstrap")
def test_demo_ends_with_what_was_seen_and_what_is_next() -> None:
    pytest.importorskip("mqttwire_tool._capture", reason="libpcap was missing when this was built")
    done = subprocess.run(
        ["scripts/demo", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT,
        env=environment(),
    )
    assert done.returncode == 0
    forms = [json.loads(line) for line in done.stdout.splitlines()]
    *_, seen, tree, explain = done.stderr.splitlines()
    wrong = [form["number"] for form in forms if "error" in form or "findings" in form]
    assert seen == (
        f"Seen: {len(forms)} packets of {len({form['connection'] for form in forms})} connections,"
        f" in MQTT 3.1.1 and 5.0; a rule is broken by packet {', '.join(map(str, wrong))}."
    )
    for line in (tree, explain):
        command = re.sub(r"^(Next:)? +| +[|#].*", "", line)
        run = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, timeout=WAIT)
        assert run.returncode in (0, 1)
        assert run.stdout
        assert not run.stderr
