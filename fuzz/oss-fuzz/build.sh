#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzz targets as OSS-Fuzz and ClusterFuzzLite want them: into $OUT, each with its seeds
# and a dictionary.  They set CC, CFLAGS, LIB_FUZZING_ENGINE, SRC, OUT and WORK; `try` does as well.
set -euo pipefail
cd "$SRC/mqttwire"

# libFuzzer's own option brings C++ along; the libraries of other engines have to be told.
engine=$LIB_FUZZING_ENGINE
[[ $engine == -fsanitize=fuzzer ]] || engine+=' -lc++'

rm -rf "$WORK/build"
meson setup "$WORK/build" -Dfuzzing_engine="$engine" -Db_lundef=false -Dwerror=false \
    -Dtests=disabled -Dcapture=disabled -Dpage=disabled -Dkit=disabled \
    --buildtype=plain --default-library=static
meson compile -C "$WORK/build"

built=$WORK/build/fuzz/targets
"$built/dictionary" >"$WORK/mqtt.dict"
sed -n "/^fuzz_targets/,/^}/s/^    '\([a-z_]*\)': '\(.*\)',/\1 \2/p" fuzz/targets/meson.build \
    | while read -r target kind; do
        cp "$built/fuzz_$target" "$OUT/"
        cp "$WORK/mqtt.dict" "$OUT/fuzz_$target.dict"
        (cd "$built/seeds/$kind" && python3 -m zipfile -c "$OUT/fuzz_${target}_seed_corpus.zip" ./*)
    done
