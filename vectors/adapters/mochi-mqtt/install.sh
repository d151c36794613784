# SPDX-License-Identifier: MIT
need go 1.22 go version
cp "$adapters"/shared/*.go .
GOFLAGS=-mod=mod go build -o adapter .
starts ./adapter
about Go github.com/mochi-mqtt/server/v2 \
    "$(go list -mod=mod -m -f '{{.Version}}' github.com/mochi-mqtt/server/v2)"
