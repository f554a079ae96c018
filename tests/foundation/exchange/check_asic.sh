#!/usr/bin/env bash
# Checks a container of evidence by nothing but unzip and openssl, as somebody would who does not
# trust Minben. docs/evidence.md explains the steps.
#   check_asic.sh CONTAINER ROOTS.pem [TIMESTAMP-ROOTS.pem]
# Exit status 0: everything holds. Otherwise the first fault is named.
set -euo pipefail

container=$(realpath "$1") roots=$(realpath "$2") timestamp_roots=${3:+$(realpath "$3")}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fault() { echo "FAULT: $*" >&2; exit 1; }

# ETSI EN 319 162-1 annex A.1: "mimetype" comes first, stored, so that its content is at byte 38.
type=application/vnd.etsi.asic-e+zip
[ "$(head -c 38 "$container" | tail -c 8)" = mimetype ] || fault "mimetype is not first"
[ "$(head -c $((38 + ${#type})) "$container" | tail -c ${#type})" = "$type" ] || fault "not ASiC-E"
[ -z "$(unzip -Z1 "$container" | sort | uniq -d)" ] || fault "a name is there twice"
unzip -q "$container" -d "$folder" || fault "unzip refuses it"
cd "$folder"

digest() { openssl dgst -sha256 -binary "$1" | base64 -w0; }

# Each manifest names files with their digests, and is itself signed or has a timestamp.
manifests=0
for manifest in META-INF/ASiCManifest*.xml; do
  signature=$(grep -o '<asic:SigReference URI="[^"]*"' "$manifest" | cut -d'"' -f2)
  paste -d' ' <(grep -o '<asic:DataObjectReference URI="[^"]*"' "$manifest" | cut -d'"' -f2) \
              <(grep -o '<ds:DigestValue>[^<]*' "$manifest" | cut -d'>' -f2) > references
  [ -s references ] || fault "$manifest names nothing"
  while read -r name expected; do
    [ "$(digest "$name")" = "$expected" ] || fault "$manifest: $name has another digest"
  done < references
  [ "$manifest" != META-INF/ASiCManifest-container.xml ] || cut -d' ' -f1 references | sort > named
  rm references
  case $signature in
    *.tst)
      [ -n "$timestamp_roots" ] || continue
      openssl ts -verify -token_in -in "$signature" -data "$manifest" -CAfile "$timestamp_roots" \
        > /dev/null 2> errors || fault "$signature: $(cat errors)" ;;
    *)
      openssl cms -verify -cades -binary -inform DER -in "$signature" -content "$manifest" \
        -CAfile "$roots" -purpose any -out /dev/null 2> errors || fault "$signature: $(cat errors)" ;;
  esac
  manifests=$((manifests + 1))
done
rm -f errors
[ "$manifests" -ge 2 ] || fault "signatures are missing"

# The container's own signature is about every file outside META-INF.
[ -e named ] || fault "the container itself is not signed"
find . -type f ! -path './META-INF/*' ! -name mimetype ! -name named | sed 's|^\./||' | sort \
  | diff - named > /dev/null || fault "a file is not named by ASiCManifest-container.xml"

# A message's hash, and the way from its statement to the batch that its sender signed: a Merkle tree
# as in RFC 6962 §2.1.
sha512() { openssl dgst -sha512 -binary; }
sha256() { openssl dgst -sha256 -binary; }
for side in request response; do
  [ -e $side.head ] || continue
  sha512 < $side.head > hash
  if [ -e $side.body ]; then
    { cat hash; sha512 < $side.body; } | sha512 > message
  elif [ -e $side.body.sha512 ]; then
    { cat hash; cut -d' ' -f1 $side.body.sha512 | tr -d '\n' | tr a-f A-F | basenc -d --base16; } \
      | sha512 > message
  else
    mv hash message
  fi
  [ "$(sed -n 5p $side.statement)" = "$(base64 -w0 message)" ] || fault "$side: other head or body"

  { printf '\0'; cat $side.statement; } | sha256 > node
  index=$(sed -n 2p $side.path) size=$(sed -n 3p $side.path)
  sed 1,3d $side.path > siblings
  exec 3< siblings
  for ((i = index, n = size; n > 1; i /= 2, n = (n + 1) / 2)); do
    ((i % 2 == 1 || i + 1 < n)) || continue
    read -r sibling <&3 || fault "$side: the path is too short"
    base64 -d <<< "$sibling" > sibling
    if ((i % 2 == 1)); then order=(sibling node); else order=(node sibling); fi
    { printf '\1'; cat "${order[@]}"; } | sha256 > parent
    mv parent node
  done
  exec 3<&-
  grep -qx "$(base64 -w0 node)" batch-*.txt || fault "$side: not in a batch"
done

# The response answers this request.
if [ -e response.statement ]; then
  [ "$(sed -n 6p response.statement)" = "$(sed -n 5p request.statement)" ] || fault "other request"
fi
echo "holds: $manifests manifests"
