#!/usr/bin/env bash
# A log of ours under somebody else's eyes: run.sh WRITER. Every entry of a small log, samples of a large one, and a
# changed byte in any of its files is refused.
set -euo pipefail
writer=$1 here=$(cd "$(dirname "$0")" && pwd)
go=/usr/lib/go-1.19/bin/go
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Debian's packages, not modules from elsewhere.
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$folder/cache GOFLAGS=
"$go" build -o "$folder/verify" "$here/verify.go"

"$writer" --write "$folder/small" 700
"$writer" --write "$folder/large" 100000
"$folder/verify" "$folder/small" "$(cat "$folder/small/vkey")"
"$folder/verify" "$folder/large" "$(cat "$folder/large/vkey")" 300

refused=0
while read -r file; do
  cp "$file" "$folder/good"
  size=$(stat -c %s "$file") at=$(($(stat -c %s "$file") / 2))
  byte=$(od -An -tu1 -j "$at" -N 1 "$file")
  printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
  if "$folder/verify" "$folder/small" "$(cat "$folder/small/vkey")" >"$folder/said"; then
    echo "a changed byte in ${file#"$folder"/} ($size bytes) was not noticed"
    exit 1
  fi
  grep -q '^REFUSED' "$folder/said"
  refused=$((refused + 1))
  cp "$folder/good" "$file"
done < <(find "$folder/small/tile" "$folder/small/checkpoint" -type f)
echo "a changed byte was refused in each of $refused files"
[ "$refused" -ge 8 ]
