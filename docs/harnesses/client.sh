#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A client against a hostile broker: client.sh FOLDER [options of mqttwire fuzz target]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1?a folder for what is built and found} && shift

# ---- Yours to change: a program that connects, subscribes, and reads until the connection ends -----
toys=$here/../../tests/toys
mkdir -p "$folder"
clang -std=c11 -D_DEFAULT_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
    "$toys"/{client,parser,fields,bugs}.c -o "$folder/client"
start="$folder/client {port}"

# ---- This can stay: port 0 is a free one ----------------------------------------------------------
exec mqttwire fuzz target --rogue 0 --start "$start" --out "$folder/found" "$@"
