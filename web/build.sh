#!/bin/sh
# web/build.sh OUTPUT: styles and islands with the content's hash in their names, and manifest.json
# (plain name → hashed name). Installs the pinned packages when they are not there yet.
set -eu
cd "$(dirname "$0")"
out=${1:-../build/release/share/static}
mkdir -p "$out"
out=$(cd "$out" && pwd)

if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund >&2
fi

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
npx --no-install sass --no-source-map --style=compressed --quiet-deps \
  styles/minben.scss:"$made/minben.css" styles/diagram.scss:"$made/diagram.css"
npx --no-install esbuild islands/minben.ts islands/diagram.ts islands/receipts.ts --bundle --minify --format=esm \
  --target=es2022 --legal-comments=none --log-level=warning --outdir="$made"
cp icons/icon.svg "$made/"

node hash.mjs "$made" "$out"
