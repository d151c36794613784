# SPDX-License-Identifier: MIT
"""TLS toward clients, with a certificate that may be made on the spot, and toward the server."""

from __future__ import annotations

import re
import socket
import ssl
from pathlib import Path

from ..outcome import UsageError

# An address, or a name that a certificate can have: RFC 1123, 2.1.
NAME = re.compile(
    r"[0-9a-f:]*:[0-9a-f:.]*|(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?)+", re.IGNORECASE
)
PEM = b"-----BEGIN CERTIFICATE-----"


def for_clients(cert: str, key: str | None) -> ssl.SSLContext:
    """With a certificate of the user's, and its key, which may stand in the same file."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load(context, cert, key)
    return context


def load(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    try:
        context.load_cert_chain(cert, key)
    except ssl.SSLError as error:
        raise UsageError(f"{cert}: no certificate with its key ({error.reason or error})") from None
    except OSError as error:
        raise OSError(
            error.errno, error.strerror, cert if key is None else f"{cert}, {key}"
        ) from None


def made_on_the_spot(names: list[str], ca: str) -> ssl.SSLContext:
    """With a certificate for these names, of an authority whose certificate is written to a file.

    Its keys are never written, and are gone with the program.
    """
    try:
        import trustme
    except ImportError:
        raise UsageError(
            "making a certificate needs trustme: pip install 'mqttwire[tool]'; or give --cert"
        ) from None
    path = Path(ca)
    if path.exists() and path.is_file() and not path.read_bytes().startswith(PEM):
        raise UsageError(f"{ca}: there is a file that is no certificate; say --ca elsewhere")
    authority = trustme.CA(organization_name="mqttwire proxy")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    names = [*names, "localhost", "127.0.0.1", "::1", socket.gethostname()]
    good = dict.fromkeys(name for name in names if NAME.fullmatch(name))
    authority.issue_cert(*good).configure_cert(context)
    path.write_bytes(authority.cert_pem.bytes())
    return context


def for_the_server(
    cafile: str | None, insecure: bool, cert: str | None, key: str | None
) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=cafile)
    except ssl.SSLError as error:
        raise UsageError(f"{cafile}: no certificates ({error.reason or error})") from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, cafile) from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        load(context, cert, key)
    return context
