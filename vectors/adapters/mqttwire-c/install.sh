# SPDX-License-Identifier: MIT
# The sources of this checkout, with whatever C compiler there is.
compiler=${CC:-cc}
need "$compiler"
need python3
python3 "$root/tests/vectors_table.py" vectors_table.h vectors_table.d 1
"$compiler" -std=c11 -O2 -I. -I"$root/include" -I"$root/tests" -o adapter ./*.c \
    "$root"/tests/vectors_{form,help,same}.c "$root"/codec/*.c
starts ./adapter
about C "this checkout's library" \
    "$(sed -n "s/^ *version: '\(.*\)',$/\1/p" "$root/meson.build")"
