# SPDX-License-Identifier: MIT
need go 1.21 go version
cp "$adapters/shared/lines.go" .
GOFLAGS=-mod=mod go build -o adapter .
starts ./adapter
