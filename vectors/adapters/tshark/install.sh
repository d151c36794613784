# SPDX-License-Identifier: MIT
need python3 3.9 python3 --version
need tshark 4.0 tshark --version
cp "$adapters/shared/lines.py" .
starts python3 adapter.py
about C "MQTT dissector of tshark" \
    "$(tshark --version 2>/dev/null | sed -nE '1s/.* ([0-9.]+[0-9]).*/\1/p')"
