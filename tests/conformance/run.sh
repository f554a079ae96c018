#!/usr/bin/env bash
# Holds a conformance runner to what it reached: run.sh PROGRAM FOLDER PASSES
# FOLDER lies below $MINBEN_SHARED/conformance; absent means skipped (77), never passed.
set -uo pipefail
program=$1 folder=${MINBEN_SHARED:-../shared}/conformance/$2 wanted=$3
[ -d "$folder" ] || { echo "no shared data: $folder"; exit 77; }
last=$("$program" "$folder" | tee /dev/stderr | tail -n 1)
[[ $last =~ ^passed\ ([0-9]+)\ of\ ([0-9]+)$ ]] || { echo "unexpected last line: $last"; exit 1; }
[ "${BASH_REMATCH[1]}" -ge "$wanted" ] || { echo "fewer than $wanted"; exit 1; }
