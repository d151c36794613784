#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A broker over TCP: broker.sh FOLDER [options of mqttwire fuzz target]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1?a folder for what is built and found} && shift

# ---- Yours to change: how it is built, with sanitizers if it can be, and how it is started --------
toys=$here/../../tests/toys
mkdir -p "$folder"
clang -std=c11 -D_DEFAULT_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
    "$toys"/{broker_main,broker,broker_state,parser,fields,bugs}.c -o "$folder/broker"
start="$folder/broker {port}"
port=${PORT:-18830}

# ---- This can stay ------------------------------------------------------------------------------
exec mqttwire fuzz target "localhost:$port" --start "$start" --out "$folder/found" "$@"
