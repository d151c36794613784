# SPDX-License-Identifier: MIT
"""Certificates for a test: an authority, a server of `localhost`, and a client; by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make(folder: Path) -> Path:
    """ca.crt, server.crt and .key, client.crt and .key, and another.crt of another authority."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2")
    for name in ("ca", "another"):
        openssl(
            "req",
            "-x509",
            *key,
            "-subj",
            f"/CN={name}",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.crt",
        )
    for name, more in (
        ("server", "subjectAltName=DNS:localhost"),
        ("client", "keyUsage=digitalSignature"),
    ):
        (folder / "extensions").write_text(more)
        openssl(
            "req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr"
        )
        openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key"),
            *("-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", f"{name}.crt"),
        )
    for file in folder.iterdir():
        file.chmod(0o644)
    return folder
