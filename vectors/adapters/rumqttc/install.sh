# SPDX-License-Identifier: MIT
need cargo 1.70 rustc --version
cargo build --quiet --release >&2
starts target/release/adapter
about Rust "mqttbytes of rumqttc, the crate" "$(cargo pkgid rumqttc | sed 's/.*[#@:]//')"
