# SPDX-License-Identifier: MIT
"""mqttwire proxy: what passes between clients and a server, and changes to it."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

import mqttwire as mq

from ..arguments import add_command, add_options, options_of
from ..inspection import add_forms, printer_of
from ..outcome import Exit, Outcome, UsageError, say
from ..written import refuse_to_replace
from . import address, words

if TYPE_CHECKING:
    import ssl

DESCRIPTION = """\
Listens for clients, passes each connection on to a server, and prints what passes as `inspect`
does. Only this machine can reach it unless --allow-remote is given. Bytes pass as they come, also
those that are no MQTT; with --break or --script they pass packet by packet, and can be held,
edited, dropped, repeated, or come from you. Ctrl-C ends it. Recordings keep passwords.
"""

EXAMPLES = """\
mqttwire proxy --listen 1884 --to localhost:1883
mqttwire proxy --listen 1884 --to mqtts://broker.example.com --record session.pcapng
mqttwire proxy --listen 8884 --tls --to localhost:1883      # then: mosquitto_sub --cafile \\
                                                            #   mqttwire-proxy-ca.pem -p 8884 ...
mqttwire proxy --listen ws://9002 --to ws://localhost:9001
mqttwire proxy --listen 1884 --to localhost:1883 --break 'publish topic=a/#'
mqttwire proxy --listen 1884 --to localhost:1883 --script lose_every_third.py
mqttwire proxy --listen 1884 --to localhost:1883 --json | jq 'select(.findings)'
"""

CA = "mqttwire-proxy-ca.pem"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "proxy", "stands between clients and a server", DESCRIPTION, EXAMPLES
    )
    parser.epilog = f"{parser.epilog}\n\n{WORDS}"
    parser.add_argument(
        "--listen",
        required=True,
        type=address.where_to_listen,
        metavar="[ADDRESS:]PORT",
        help="where clients connect to; mqtts://, ws:// or wss:// may stand before it; port 0 is a"
        " free one",
    )
    parser.add_argument(
        "--to",
        required=True,
        type=address.where_to_go,
        metavar="HOST[:PORT]",
        help="the server; mqtts:// for TLS, ws:// or wss:// with a path for WebSocket",
    )
    parser.add_argument(
        "--allow-remote", action="store_true", help="let other machines connect to --listen, too"
    )
    parser.add_argument(
        "--connections",
        type=int,
        metavar="N",
        help="take so many connections, and end when they are over",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="write what passes to a pcapng file, for Wireshark and `inspect`, with passwords",
    )
    add_forms(parser)
    group = parser.add_argument_group("changing what passes")
    group.add_argument(
        "--break",
        dest="breaks",
        action="append",
        nargs="?",
        const="",
        metavar="EXPR",
        help="hold packets, all of them or those that EXPR is true of, and take commands about"
        " them from standard input; several --break hold what any of them names",
    )
    group.add_argument(
        "--script",
        metavar="FILE",
        help="a file of Python, whose function on_packet(held) says what passes",
    )
    group = parser.add_argument_group("TLS toward clients")
    group.add_argument(
        "--tls", action="store_true", help="the same as mqtts:// or wss:// in --listen"
    )
    group.add_argument("--cert", metavar="FILE", help="certificate (PEM); else one is made")
    group.add_argument("--key", metavar="FILE", help="its key, unless that is in the same file")
    group.add_argument(
        "--ca",
        default=CA,
        metavar="FILE",
        help="where the authority of a certificate that is made is written, for the client to trust"
        " (%(default)s)",
    )
    group = parser.add_argument_group("TLS toward the server")
    group.add_argument("--cafile", metavar="FILE", help="authorities to trust; else the system's")
    group.add_argument("--insecure", action="store_true", help="do not check its certificate")
    group.add_argument("--client-cert", metavar="FILE", help="a certificate to show it (PEM)")
    group.add_argument("--client-key", metavar="FILE", help="its key, likewise")
    add_options(parser, "it is for connections that do not begin with CONNECT", sender=False)
    parser.set_defaults(run=run)


WORDS = f"""\
EXPR is {words.EXPRESSION}.

commands, with --break:
{words.COMMANDS}
"""


def contexts(arguments: argparse.Namespace) -> tuple[ssl.SSLContext | None, ssl.SSLContext | None]:
    """TLS toward clients, and toward the server."""
    from . import certificates

    down = up = None
    listen: address.Address = arguments.listen
    to: address.Address = arguments.to
    if listen.tls:
        if arguments.cert:
            down = certificates.for_clients(arguments.cert, arguments.key)
        else:
            down = certificates.made_on_the_spot([listen.host, to.host], arguments.ca)
            say(f"clients can trust {arguments.ca}")
    elif arguments.cert or arguments.key:
        raise UsageError("--cert and --key are for TLS: --tls")
    if to.tls:
        up = certificates.for_the_server(
            arguments.cafile, arguments.insecure, arguments.client_cert, arguments.client_key
        )
    elif arguments.cafile or arguments.insecure or arguments.client_cert or arguments.client_key:
        raise UsageError("the server is not asked for TLS: --to mqtts://...")
    return down, up


def check_files(arguments: argparse.Namespace) -> None:
    """Nothing that is read is written to."""
    read = ("script", "cert", "key", "cafile", "client_cert", "client_key")
    makes = arguments.listen.tls and not arguments.cert
    refuse_to_replace(
        [vars(arguments)[name] for name in read],
        {"--record": arguments.record, "--ca": arguments.ca if makes else None},
    )


def run(arguments: argparse.Namespace) -> Exit:
    import asyncio  # which takes its time to load, and what is below with it

    from .breaks import parse
    from .keyboard import Keyboard
    from .proxy import Proxy
    from .record import Recording
    from .script import Script

    options = options_of(arguments)
    # As `inspect` does: what a version is called is no fault.
    options = dataclasses.replace(options, allow=options.allow | mq.Allow.MQTT_3_1)
    outcome = Outcome()
    if arguments.tls and not arguments.listen.tls:
        secure = {"mqtt": "mqtts", "ws": "wss"}[arguments.listen.scheme]
        arguments.listen = arguments.listen._replace(scheme=secure)
    if arguments.connections is not None and arguments.connections < 1:
        raise UsageError("--connections: at least one")
    check_files(arguments)
    filters = [parse(text) for text in arguments.breaks or ()]
    script = Script(arguments.script, options, outcome) if arguments.script else None
    if arguments.listen.websocket or arguments.to.websocket:
        try:
            from . import websocket  # noqa: F401
        except ImportError:
            raise UsageError("WebSocket needs wsproto: pip install 'mqttwire[tool]'") from None
    sockets = address.listening(arguments.listen, arguments.allow_remote)
    tls, to_tls = contexts(arguments)
    recording = Recording(arguments.record, outcome) if arguments.record else None
    printer = printer_of(arguments, options, outcome)
    proxy = Proxy(
        arguments.listen,
        arguments.to,
        tls=tls,
        to_tls=to_tls,
        options=options,
        outcome=outcome,
        printer=printer,
        recording=recording,
        most=arguments.connections,
    )
    desk = None
    if arguments.breaks is not None:
        desk = Keyboard(filters, options, arguments.show_secrets, proxy.relays, arguments.full)
    proxy.gates = [gate for gate in (script, desk) if gate is not None]
    asyncio.run(proxy.run(sockets, *([desk.run()] if desk else [])))
    if recording is not None:
        recording.close()
    printer.close()
    say(proxy.summary())
    return outcome.code
