#!/usr/bin/env bash
# Checks a container of evidence by nothing but unzip and openssl, as somebody would who does not
# trust Minben. docs/evidence.md explains the steps.
#   check_asic.sh CONTAINER ROOTS.pem [TIMESTAMP-ROOTS.pem [OUTSIDE-ROOTS.pem REGISTRY-KEY.pem]]
# A file that is not needed may be /dev/null. Exit status 0: everything holds. Otherwise the first
# fault is named.
set -euo pipefail

container=$(realpath "$1") roots=$(realpath "$2") timestamp_roots=${3:+$(realpath "$3")}
outside_roots=${4:+$(realpath "$4")} registry_key=${5:+$(realpath "$5")}
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

cat -- *certificates.pem > META-INF/shown

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
      [ -s "${timestamp_roots:-/dev/null}" ] || continue
      openssl ts -verify -token_in -in "$signature" -data "$manifest" -CAfile "$timestamp_roots" \
        > /dev/null 2> errors || fault "$signature: $(cat errors)" ;;
    *)
      # Who that is, and whether a root vouches for it, is looked at below.
      openssl cms -verify -cades -binary -inform DER -in "$signature" -content "$manifest" \
        -CAfile META-INF/shown -partial_chain -no_check_time -purpose any \
        -signer "$signature.signer" -out /dev/null 2> errors \
        || fault "$signature: $(cat errors)" ;;
  esac
  manifests=$((manifests + 1))
done
rm -f errors
[ "$manifests" -ge 2 ] || fault "signatures are missing"

# The container's own signature is about every file outside META-INF.
[ -e named ] || fault "the container itself is not signed"
find . -type f ! -path './META-INF/*' ! -name mimetype ! -name named | sed 's|^\./||' | sort \
  | diff - named > /dev/null || fault "a file is not named by ASiCManifest-container.xml"

# The way from a leaf to the root of a Merkle tree, RFC 6962 §2.1: climb PATH < LEAF > ROOT
sha512() { openssl dgst -sha512 -binary; }
sha256() { openssl dgst -sha256 -binary; }
climb() {
  { printf '\0'; cat; } | sha256 > node
  local index size i n
  index=$(sed -n 2p "$1") size=$(sed -n 3p "$1")
  sed 1,3d "$1" > siblings
  exec 3< siblings
  for ((i = index, n = size; n > 1; i /= 2, n = (n + 1) / 2)); do
    ((i % 2 == 1 || i + 1 < n)) || continue
    read -r sibling <&3 || fault "$1: the path is too short"
    base64 -d <<< "$sibling" > sibling
    if ((i % 2 == 1)); then order=(sibling node); else order=(node sibling); fi
    { printf '\1'; cat "${order[@]}"; } | sha256 > parent
    mv parent node
  done
  exec 3<&-
  cat node
}

# Who signed: signer BEFORE SIGNATURE. A certificate chains to one of ROOTS, whose names tell the
# member, or to one of OUTSIDE-ROOTS: then the registry says whose it is, and the authority that it
# was not revoked.
signer() {
  local before=$1 signature=$2 at certificate issuer
  openssl cms -cmsout -print -inform DER -in "$signature" > printed
  at=$(date -d "$(grep -A3 'object: signingTime' printed | grep -oP 'TIME:\K.*')" +%s)
  rm printed
  openssl x509 -in "$before"certificates.pem -outform DER > leaf.der
  openssl x509 -inform DER -in leaf.der -out leaf.pem
  openssl x509 -in "$signature.signer" -outform DER | cmp -s - leaf.der \
    || fault "$signature: made with another certificate"
  if [ ! -e "$before"holder ]; then
    openssl verify -attime "$at" -CAfile "$roots" -purpose any leaf.pem > errors 2>&1 \
      || fault "$before: $(cat errors)"
    return
  fi
  [ -n "$outside_roots" ] && [ -n "$registry_key" ] || fault "$before: needs OUTSIDE-ROOTS REGISTRY-KEY"
  openssl verify -attime "$at" -CAfile "$outside_roots" -untrusted "$before"certificates.pem \
    -x509_strict -purpose any leaf.pem > errors 2>&1 || fault "$before: $(cat errors)"

  openssl pkeyutl -verify -pubin -inkey "$registry_key" -rawin -in "$before"holders \
    -sigfile "$before"holders.sig > errors 2>&1 || fault "$before: the registry has not signed holders"
  [ "$(sed -n 3p "$before"holder)" = "$(openssl dgst -sha256 -r leaf.der | cut -d' ' -f1)" ] \
    || fault "$before: holder is of another certificate"
  [ "$(climb "$before"holder.path < "$before"holder | base64 -w0)" = "$(sed -n 7p "$before"holders)" ] \
    || fault "$before: the registry does not name this holder"
  [ "$(date -d "$(sed -n 4p "$before"holders)" +%s)" -le $((at + 300)) ] \
    && [ "$(date -d "$(sed -n 5p "$before"holders)" +%s)" -gt "$at" ] \
    || fault "$before: the registry's statement is of another time"

  [ -e "$before"ocsp.der ] || return 0
  awk '/BEGIN/{n++} n==2' "$before"certificates.pem > issuer.pem
  openssl ocsp -respin "$before"ocsp.der -issuer issuer.pem -cert leaf.pem -no_nonce \
    -CAfile "$outside_roots" -partial_chain -verify_other issuer.pem -attime "$at" > status 2> errors \
    || fault "$before: $(cat errors)"
  grep -q 'Response verify OK' errors || fault "$before: $(cat errors)"
  if grep -q '^leaf.pem: revoked' status; then
    [ "$(date -d "$(grep -oP 'Revocation Time: \K.*' status)" +%s)" -gt "$at" ] \
      || fault "$before: revoked before it signed"
  else
    grep -q '^leaf.pem: good' status || fault "$before: $(cat status)"
  fi
}

# A message's hash, and the way from its statement to the batch that its sender signed.
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
  batch=$(grep -lx "$(climb $side.path < $side.statement | base64 -w0)" batch-*.txt) \
    || fault "$side: not in a batch"
  id=${batch#batch-}
  signer $side. "META-INF/signature-${id%.txt}.p7s"
done
signer "" META-INF/signature-container.p7s

# The response answers this request.
if [ -e response.statement ]; then
  [ "$(sed -n 6p response.statement)" = "$(sed -n 5p request.statement)" ] || fault "other request"
fi
echo "holds: $manifests manifests"
