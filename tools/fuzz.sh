#!/usr/bin/env bash
# Builds the fuzz preset and runs each fuzz target, or those named, for a while, as many at once as
# there are cores, from the seeds of fuzz/seeds.sh; what is found new stays in build/fuzz/corpus.
# Ends with an error when one found something.
#   tools/fuzz.sh SECONDS [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/setup.sh
seconds=${1:?how many seconds for each target}
shift

targets=("$@")
if ((${#targets[@]} == 0)); then
  for file in fuzz/*_fuzz.cpp; do targets+=("$(basename "$file" _fuzz.cpp)"); done
fi
build fuzz "${targets[@]/#/fuzz/}"
fuzz/seeds.sh build/fuzz/corpus

run_one() {
  mkdir -p "build/fuzz/corpus/$1" build/fuzz/found
  if "build/fuzz/fuzz/$1" "build/fuzz/corpus/$1" -max_total_time="$2" -rss_limit_mb=2048 -timeout=25 \
    -artifact_prefix="build/fuzz/found/$1-" >"build/fuzz/$1.log" 2>&1; then
    echo "$1: clean, $(grep -oP 'Done \K\d+' "build/fuzz/$1.log") runs in $2 s"
  else
    echo "$1: FOUND SOMETHING, see build/fuzz/$1.log"
    return 1
  fi
}
export -f run_one
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'run_one {} '"$seconds"
