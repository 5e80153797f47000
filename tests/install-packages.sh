#!/bin/sh
# Installs the Debian packages that the tests use, where they are missing and we are root. Without them the
# tests that need them are skipped, saying so; under CI they fail instead.
set -eu
here=$(dirname "$0")
missing=$(while read -r package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || echo "$package"
done < "$here/apt-packages.txt")
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "not installed, and not root on Debian to install them:" $missing
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086 - one word a package
apt-get install -q -y --no-install-recommends $missing
