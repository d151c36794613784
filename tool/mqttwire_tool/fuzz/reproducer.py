# SPDX-License-Identifier: MIT
"""A finding as a program in Python of its own, on plain sockets."""

from __future__ import annotations

from .session import CLOSE, OPEN, PAUSE, RESET, SEND, SHUT, WAIT, Session

ROW = 64  # bytes in a line

CLIENT = '''\
#!/usr/bin/env python3
"""{title}

usage: {name} HOST PORT

Sends what made a broker fail, and looks whether it still lets a client in.  Found by mqttwire.
"""

import socket
import struct
import sys
import time

if len(sys.argv) != 3 or not sys.argv[2].isdecimal():
    print("usage: {name} HOST PORT", file=sys.stderr)
    sys.exit(2)
HOST, PORT = sys.argv[1], int(sys.argv[2])
sockets = {{}}


def connect(number):
    sockets[number] = socket.create_connection((HOST, PORT), 5)
    sockets[number].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

{functions}

{steps}

time.sleep(1)
try:
    connect("probe")
    sockets["probe"].settimeout({hang})
    sockets["probe"].sendall(bytes.fromhex("100d 0004 4d515454 04 02 0000 0001 70"))
    alive = sockets["probe"].recv(4)[:1] == b"\\x20"
except OSError:
    alive = False
print("the broker lives" if alive else "the broker is gone, or does not answer")
sys.exit(0 if alive else 1)
'''

SERVER = '''\
#!/usr/bin/env python3
"""{title}

usage: {name} PORT

Waits for a client, and sends it what made one fail.  Found by mqttwire.
"""

import socket
import struct
import sys
import time

if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
    print("usage: {name} PORT", file=sys.stderr)
    sys.exit(2)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
sockets = {{}}


def connect(number):
    sockets[number], _ = listener.accept()
    sockets[number].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

{functions}

{steps}

time.sleep(1)
'''

FUNCTIONS = '''
def send(number, data):
    try:
        sockets[number].sendall(bytes.fromhex(data))
    except OSError as error:
        print(f"connection {number}: {error}")


def wait(number, seconds):
    """Until something comes."""
    sockets[number].settimeout(seconds)
    try:
        sockets[number].recv(65536)
    except OSError:
        pass
    sockets[number].settimeout(5)


def shut(number):
    try:
        sockets[number].shutdown(socket.SHUT_WR)
    except OSError:
        pass


def close(number):
    sockets[number].close()


def reset(number):
    sockets[number].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sockets[number].close()
'''

LEAST = 0.5  # seconds for an answer: who runs this is in no hurry


def reproducer(session: Session, title: str, name: str, hang: float) -> str:
    """What can be run is data in hex; the title is words of ours."""
    form = CLIENT if session.sender == "client" else SERVER
    lines: list[str] = []
    for step in session.steps:
        number = step.connection
        if step.do == OPEN:
            lines.append(f"connect({number})")
        elif step.do == SEND:
            lines.append(_send(number, step.data.hex()))
        elif step.do == WAIT:
            lines.append(f"wait({number}, {max(LEAST, step.seconds)})")
        elif step.do == PAUSE:
            lines.append(f"time.sleep({step.seconds})")
        else:
            assert step.do in (SHUT, CLOSE, RESET)
            lines.append(f"{step.do}({number})")
    steps = "\n".join(lines)
    functions = FUNCTIONS.rstrip("\n")
    return form.format(title=title, name=name, steps=steps, hang=hang, functions=functions)


def _send(number: int, digits: str) -> str:
    rows = [digits[at : at + ROW] for at in range(0, len(digits), ROW)]
    if len(rows) < 2:
        return f'send({number}, "{digits}")'
    inner = "\n".join(f'    "{row}"' for row in rows)
    return f"send(\n    {number},\n{inner},\n)"
