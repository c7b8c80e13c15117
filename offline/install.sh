#!/usr/bin/env bash
# Installs the version in this folder into FOLDER/<version> and points FOLDER/current at it; asks no package index.
#   ./install.sh FOLDER        with another Python: PYTHON=python3.12 ./install.sh FOLDER
set -euo pipefail
fail() { echo "install.sh: $*" >&2; exit 1; }
[[ $# == 1 ]] || fail "which folder? ./install.sh FOLDER"
mkdir -p "$1"
to=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")"

python=${PYTHON:-python3}
version=$(<VERSION)
sha256sum --quiet --check SHA256SUMS || fail "the bundle is damaged: fetch it again."
here=$("$python" platform_tag.py)
[[ $here == "$(<PLATFORM)" ]] || fail "the bundle is for $(<PLATFORM) and this is $here: make one on a machine like this."
[[ $(readlink "$to/current" || true) != "$version" ]] || fail "$version is installed in $to already."

"$python" -m venv --clear "$to/$version" || fail "no environment: on Debian and Ubuntu install python3-venv."
# Neither the configuration of this machine nor its environment may bring in an index.
PIP_CONFIG_FILE=/dev/null "$to/$version/bin/python" -m pip --isolated --disable-pip-version-check install -q \
    --no-index -f wheels --no-deps --require-hashes -r requirements.txt
"$to/$version/bin/kakehashi" version > /dev/null

ln -sfn "$version" "$to/current.new"
mv -T "$to/current.new" "$to/current"
echo "Kakehashi $version is in $to/current."
