# SPDX-License-Identifier: MIT
"""What --help and `help` say of expressions and commands."""

EXPRESSION = """\
words that must all be true of a packet: its type (publish), its sender
(client, server), `error` (it breaks a rule), and NAME=VALUE: topic=FILTER,
client_id=ID, connection=NUMBER, error=RULE, or any field as in JSON, such as
qos=1 or properties.content_type=text/plain"""

COMMANDS = """\
pass (or nothing)     let the packet pass
drop                  let it vanish
repeat [N]            let it pass, and N times again (1)
edit NAME=VALUE ...   change fields: edit topic=a/b payload=text qos=1 packet_id=7; 0x.. is hex
edit {JSON}           likewise, in the JSON form; with a "type" it is another packet
hex DIGITS            put these bytes in its place, whatever they are
show                  all fields of the packet
inject [#N] client|server WHAT
                      send something else to one side; WHAT is {JSON}, hex DIGITS, or a type with
                      NAME=VALUE: inject client publish topic=a payload=x
break [EXPR]          hold other packets from now on: break publish topic=a/#
go                    let everything pass from now on
help                  this"""
