#!/usr/bin/env bash
# Builds the fuzz preset and runs each fuzz target, or those named, for a while, as many at once as
# there are cores. Seeds are what the packages and, when present, the shared suites have of a
# format; what is found new stays in build/fuzz/corpus. Ends with an error when one found something.
#   tools/fuzz.sh SECONDS [TARGET...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/setup.sh
shared=${MINBEN_SHARED:-$(pwd)/../shared}
seconds=${1:?how many seconds for each target}
shift

targets=("$@")
if ((${#targets[@]} == 0)); then
  for file in fuzz/*_fuzz.cpp; do targets+=("$(basename "$file" _fuzz.cpp)"); done
fi
build fuzz "${targets[@]/#/fuzz/}"
corpus=build/fuzz/corpus
mkdir -p "$corpus"/{dmn,bpmn,form,package,feel,documents,simulation,policy,witness,signing_request,ocsp,revocation,registry,intake_csv,intake_json,intake_xml,turtle,rdf_xml,json_ld,ckan,national,solr}

# copy NAME FIND-ARGUMENTS...: seeds of a target, under names that cannot collide
copy() {
  local name=$1 file
  shift
  while IFS= read -r file; do cp "$file" "$corpus/$name/seed-$(tr / _ <<<"${file#"$shared"}")"; done \
    < <(find "$@" -type f -size -48k)
}
copy dmn packages -name '*.dmn'
copy bpmn packages -name '*.bpmn'
copy form packages -path '*/forms/*.json'
copy package packages -path '*gold-card*'
copy simulation docs/examples -name '*.toml'
copy policy docs/examples -name '*.policy'
copy witness docs/examples/witnesses -name '*.txt'
copy signing_request tests/foundation/trust -name 'request*.pem'
copy ocsp tests/foundation/trust -name '*.ocsp.der'
copy revocation tests/foundation/trust -name '*crl.pem'
copy registry tests/foundation/registry -name '*.json'
copy documents tests -name '*.pdf' -o -name '*.png' -o -name '*.jpg'
copy rdf_xml tests/data/interchange -name '*.rdf'
copy ckan tests/data/interchange -name 'ckan*.json'
copy national tests/data/interchange -name 'national*.json'
if [[ -d $shared/conformance ]]; then
  copy turtle "$shared/conformance/dcat-ap" -name '*.ttl'
  copy json_ld "$shared/conformance/dcat-ap" -name '*.jsonld'
  copy dmn "$shared/conformance" -name '*.dmn'
  copy bpmn "$shared/conformance" -name '*.bpmn'
fi
# The beginnings of published tables, and small JSON of each shape: whole files would be too slow.
if [[ -d $shared/data ]]; then
  find "$shared/data" -iname '*.csv' -exec sh -c 'head -n 4 "$1" | head -c 900 >"$2/seed-$(basename "$1")"' _ {} "$corpus/intake_csv" \;
fi
seed() { printf '%s' "$2" >"$corpus/intake_json/seed-$1"; }
seed array '[{"a":1,"b":{"c":"x","d":[1,2]}},{"a":null,"b":2.5}]'
seed wrapped '{"success":true,"result":{"records":[{"a":"115/11/30"},{"a":"-"}]}}'
seed keyed '{"v":{"0001":{"a":1},"0002":{"a":2},"0003":{"a":3}}}'
seed rows '{"data":[["a","b"],["x",5]]}'
seed lines $'{"a":1}\n{"a":2,"b":"y"}\n'
query() { printf '%s' "$2" >"$corpus/solr/seed-$1"; }
query harvest $'*:*\nmetadata_modified:[2026-11-01T00:00:00Z TO *] +organization:(moenv OR taipei)'
query words $'air "water quality"~2 -noise\ntags:公車 AND NOT res_format:(CSV OR JSON*)'
query dates $'title:wait^2\nmetadata_created:{NOW-7DAYS/DAY TO NOW] || !(license_id:cc-by && groups:a00)'
copy intake_xml packages -name '*.dmn'
# The expressions of these models, one a file.
find packages "$shared/conformance" -name '*.dmn' -exec grep -ohP '(?<=<text>)[^<]{3,400}(?=</text>)' {} + 2>/dev/null |
  sort -u | shuf -n 3000 --random-source=<(yes) | split -l 1 -a 4 - "$corpus/feel/seed-" || true

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
