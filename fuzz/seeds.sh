#!/usr/bin/env bash
# Seeds of the fuzz targets, a folder each in FOLDER: what the packages, the tests and, when present, the shared suites
# have of a format. Files that are there already and are no seeds stay.
#   fuzz/seeds.sh FOLDER
set -euo pipefail
corpus=$(realpath -m "${1:?where the seeds go}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shared=${MINBEN_SHARED:-$(pwd)/../shared}

# copy NAME FIND-ARGUMENTS...: seeds of a target, under names that cannot collide
copy() {
  local name=$1 file
  shift
  mkdir -p "$corpus/$name"
  while IFS= read -r file; do cp "$file" "$corpus/$name/seed-$(tr / _ <<<"${file#"$shared"}")"; done \
    < <(find "$@" -type f -size -48k)
}
for folder in fuzz/seeds/*; do copy "$(basename "$folder")" "$folder"; done  # short ones, written for this
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
  mkdir -p "$corpus/intake_csv"
  find "$shared/data" -iname '*.csv' -exec sh -c 'head -n 4 "$1" | head -c 900 >"$2/seed-$(basename "$1")"' _ {} "$corpus/intake_csv" \;
fi
copy intake_xml packages -name '*.dmn'
# The expressions of these models, one a file.
find packages "$shared/conformance" -name '*.dmn' -exec grep -ohP '(?<=<text>)[^<]{3,400}(?=</text>)' {} + 2>/dev/null |
  sort -u | shuf -n 3000 --random-source=<(yes) | split -l 1 -a 4 - "$corpus/feel/seed-" || true
