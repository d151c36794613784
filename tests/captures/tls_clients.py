# SPDX-License-Identifier: MIT
"""tls_clients.py FOLDER: talks MQTT in TLS to the broker on port 8883, and keeps the keys there."""

import socket
import ssl
import struct
import subprocess
import sys
import time

folder = sys.argv[1]


def connect(version, client_id):
    tail = b"\0" if version == 5 else b""
    name = client_id.encode()
    body = b"\0\4MQTT" + bytes([version, 2, 0, 60]) + tail + struct.pack(">H", len(name)) + name
    return bytes([0x10, len(body)]) + body


def publish(version, payload, packet_id):
    tail = b"\0" if version == 5 else b""
    body = b"\0\3a/b" + struct.pack(">H", packet_id) + tail + payload
    high, low = divmod(len(body), 128)
    size = bytes([low | 128, high] if high else [low])
    return b"\x32" + size + body


def talk(version, tls, ciphers=None, context=None, session=None):
    """One connection, with a packet that is too large for a record."""
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(f"{folder}/tls.crt")
        context.minimum_version = context.maximum_version = tls
        context.keylog_filename = f"{folder}/tls.keys"
        if ciphers:
            context.set_ciphers(ciphers)
    with socket.create_connection(("127.0.0.1", 8883)) as plain, context.wrap_socket(
        plain, server_hostname="localhost", session=session
    ) as s:
        name = f"{'resumed' if s.session_reused else 'python'}-{version}"
        s.sendall(connect(version, name))
        s.recv(100)
        for number in (1, 2):
            s.sendall(publish(version, b"in secret " * 100 * number, number))
            s.recv(100)
        s.sendall(b"\xc0\0")
        s.recv(100)
        s.sendall(b"\xe0\0")
        return context, s.session


one_2, one_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
for tls in (one_2, one_3):
    again = talk(5, tls)
    talk(4, tls, context=again[0], session=again[1])
for suite in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA256"):
    talk(4, one_2, suite)

# openssl changes its keys where a line is `k`; CONNECT must end with its line, so its name does.
client = subprocess.Popen(
    ["openssl", "s_client", "-connect", "127.0.0.1:8883", "-tls1_3", "-keylogfile",
     f"{folder}/tls.keys", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
assert client.stdin
for data in (connect(4, "openssl"), b"k\n", publish(4, b"once\n", 1), b"K\n",
             publish(4, b"more\n", 2)):
    time.sleep(0.3)
    client.stdin.write(data)
    client.stdin.flush()
time.sleep(0.3)
client.stdin.close()
client.wait(10)
