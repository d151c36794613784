# SPDX-License-Identifier: MIT
# The sources of this checkout, with whatever C compiler there is.
compiler=${CC:-cc}
need "$compiler"
"$compiler" -std=c11 -O2 -I"$root/include" -o adapter adapter.c "$root"/codec/*.c
starts ./adapter
about C "this checkout's library" \
    "$(sed -n "s/^ *version: '\(.*\)',$/\1/p" "$root/meson.build")"
