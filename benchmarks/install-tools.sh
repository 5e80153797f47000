#!/bin/sh
# Builds crane and regctl, which transport.py compares portcall with, into benchmarks/.tools; needs Go.
# Pinned, so that two runs compare the same: the Go checksum database vouches for what is fetched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
crane=github.com/google/go-containerregistry/cmd/crane@v0.22.1
regctl=github.com/regclient/regclient/cmd/regctl@v0.11.7

if ! command -v go >/dev/null; then
    echo "Go is not installed, so crane and regctl are not built: transport.py will do without them" >&2
    exit 1
fi
for package in "$crane" "$regctl"; do
    CGO_ENABLED=0 GOBIN="$here/.tools" GOFLAGS=-trimpath go install "$package"
done
