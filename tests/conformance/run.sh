#!/usr/bin/env bash
# Holds a conformance runner to what it reached: run.sh PROGRAM FOLDER PASSES [COUNTS]
# FOLDER lies below $MINBEN_SHARED/conformance; absent means skipped (77), never passed. COUNTS lists
# "DIRECTORY PASSES", what each directory of the suite passes at least; one that is not there is skipped.
set -uo pipefail
program=$1 folder=${MINBEN_SHARED:-../shared}/conformance/$2 wanted=$3 counts=${4:-/dev/null}
[ -d "$folder" ] || { echo "no shared data: $folder"; exit 77; }
output=$("$program" "$folder" | tee /dev/stderr)
last=$(tail -n 1 <<<"$output")
[[ $last =~ ^passed\ ([0-9]+)\ of\ ([0-9]+)$ ]] || { echo "unexpected last line: $last"; exit 1; }
[ "${BASH_REMATCH[1]}" -ge "$wanted" ] || { echo "fewer than $wanted"; exit 1; }
[ -s "$counts" ] || exit 0
awk 'NR == FNR { least[$1] = $2; next } $1 in least { ++held; if ($3 + 0 < least[$1]) { print $1 ": fewer than " least[$1]; lost = 1 } }
  END { if (!held) { print "no directory is held"; lost = 1 } exit lost }' \
  "$counts" <(echo "$output")
