#!/usr/bin/env bash
# Lays everything that a machine without internet needs into one archive, for this platform and this Python: the wheel
# of the project, the wheels of the lock with their hashes, install.sh, the documents. `make bundle` calls it.
# Wheels once fetched are kept in WHEELS, by lock and platform.
set -euo pipefail
: "${VERSION:?}" "${UV:?}" "${PYTHON:?}" "${DIST:?}" "${WHEELS:?}"

name=kakehashi-$VERSION-offline
platform=$("$PYTHON" offline/platform_tag.py)
lock=$(sha256sum < requirements/postgres.txt)
wheels=$WHEELS/$platform-${lock:0:16}
bundle=$DIST/$name

if [[ ! -e $wheels/complete ]]; then
    mkdir -p "$wheels"
    "$PYTHON" -m pip --disable-pip-version-check download -q --require-hashes --only-binary=:all: --no-deps \
        -d "$wheels" -r requirements/postgres.txt
    touch "$wheels/complete"
fi

rm -rf "$bundle"
mkdir -p "$bundle/wheels"
cp "$wheels"/*.whl "$bundle/wheels/"
"$UV" build -q --wheel --offline --no-create-gitignore --out-dir "$bundle/wheels" .
cp requirements/postgres.txt "$bundle/requirements.txt"
own=$(sha256sum < "$bundle/wheels/kakehashi-$VERSION-py3-none-any.whl")
echo "kakehashi==$VERSION --hash=sha256:${own%% *}" >> "$bundle/requirements.txt"
echo "$VERSION" > "$bundle/VERSION"
echo "$platform" > "$bundle/PLATFORM"
cp -R offline/install.sh offline/platform_tag.py docs README.md README.ja.md CHANGELOG.md LICENSE "$bundle/"
(cd "$bundle" && find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS)

# The same content is the same archive: no times, no owners, one order.
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w -C "$DIST" -cf - "$name" \
    | gzip -n > "$DIST/$name.tar.gz.part"
mv "$DIST/$name.tar.gz.part" "$DIST/$name.tar.gz"
echo "$DIST/$name.tar.gz"
