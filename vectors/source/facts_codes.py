# SPDX-License-Identifier: MIT
"""Reason codes of 5.0 (tables 3-1, 3-4 to 3-11) and return codes of 3.1.1."""

from __future__ import annotations

_PLACES = (
    *("CONNACK", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP"),
    *("SUBACK", "UNSUBACK", "DISCONNECT", "AUTH"),
)
_SENDERS = {"C": ("client",), "S": ("server",), "B": ("client", "server"), ".": ()}

# Who may send it, in the packets of _PLACES.
_ROWS: dict[int, str] = {
    # CONNACK, the four of PUBLISH, SUBACK, UNSUBACK, DISCONNECT, AUTH
    0x00: "S BBBB S S B S",  # Success, Normal disconnection, Granted QoS 0
    0x01: ". .... S . . .",  # Granted QoS 1
    0x02: ". .... S . . .",  # Granted QoS 2
    0x04: ". .... . . C .",  # Disconnect with Will Message
    0x10: ". SS.. . . . .",  # No matching subscribers
    0x11: ". .... . S . .",  # No subscription existed
    0x18: ". .... . . . B",  # Continue authentication
    0x19: ". .... . . . C",  # Re-authenticate
    0x80: "S BB.. S S B .",  # Unspecified error
    0x81: "S .... . . B .",  # Malformed Packet
    0x82: "S .... . . B .",  # Protocol Error
    0x83: "S BB.. S S B .",  # Implementation specific error
    0x84: "S .... . . . .",  # Unsupported Protocol Version
    0x85: "S .... . . . .",  # Client Identifier not valid
    0x86: "S .... . . . .",  # Bad User Name or Password
    0x87: "S BB.. S S S .",  # Not authorized
    0x88: "S .... . . . .",  # Server unavailable
    0x89: "S .... . . S .",  # Server busy
    0x8A: "S .... . . . .",  # Banned
    0x8B: ". .... . . S .",  # Server shutting down
    0x8C: "S .... . . . .",  # Bad authentication method (table 2-6 has DISCONNECT, too)
    0x8D: ". .... . . S .",  # Keep Alive timeout
    0x8E: ". .... . . S .",  # Session taken over
    0x8F: ". .... S S S .",  # Topic Filter invalid
    0x90: "S BB.. . . B .",  # Topic Name invalid
    0x91: ". BB.. S S . .",  # Packet Identifier in use
    0x92: ". ..BB . . . .",  # Packet Identifier not found
    0x93: ". .... . . B .",  # Receive Maximum exceeded
    0x94: ". .... . . B .",  # Topic Alias invalid
    0x95: "S .... . . B .",  # Packet too large
    0x96: ". .... . . B .",  # Message rate too high
    0x97: "S BB.. S . B .",  # Quota exceeded
    0x98: ". .... . . B .",  # Administrative action
    0x99: "S BB.. . . B .",  # Payload format invalid
    0x9A: "S .... . . S .",  # Retain not supported
    0x9B: "S .... . . S .",  # QoS not supported
    0x9C: "S .... . . S .",  # Use another server
    0x9D: "S .... . . S .",  # Server moved
    0x9E: ". .... S . S .",  # Shared Subscriptions not supported
    0x9F: "S .... . . S .",  # Connection rate exceeded
    0xA0: ". .... . . S .",  # Maximum connect time
    0xA1: ". .... S . S .",  # Subscription Identifiers not supported
    0xA2: ". .... S . S .",  # Wildcard Subscriptions not supported
}

# code: packet: who may send it there
REASONS: dict[int, dict[str, tuple[str, ...]]] = {
    code: {
        place: _SENDERS[mark] for place, mark in zip(_PLACES, row.replace(" ", "")) if mark != "."
    }
    for code, row in _ROWS.items()
}

# The codes of 3.1.1: 3.2.2.3, 3.9.3.
RETURN_CODES: dict[str, tuple[int, ...]] = {
    "CONNACK": (0, 1, 2, 3, 4, 5),
    "SUBACK": (0x00, 0x01, 0x02, 0x80),
}
