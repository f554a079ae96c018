#!/usr/bin/env bash
# Makes request_hash.json: vectors of X-Road's request hash, by openssl and base64 alone, as the
# message protocol for REST 1.0.4 describes it and X-Road's RestMessage.java computes it:
#
#   H = SHA-512 over "VERB\r\n" path["?"query] "\r\n" {name ":" value "\r\n"}
#   without a body  base64(H)
#   with a body     base64(SHA-512(H, SHA-512(body)))
#
# Each vector keeps the command that made its hash. A test runs this script again and compares.
#   make.sh > request_hash.json
set -euo pipefail

json() { printf '"%s"' "$(printf %s "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"; }

first=yes
# vector NAME BODY VERB TARGET [NAME:VALUE]...; BODY: "", text, or @COUNT for that many letters "a"
vector() {
  local name=$1 body=$2 head line fields='' of_head of_body command hash
  shift 2
  head=$(printf " '%s'" "$@")
  of_head="printf '%s\\r\\n'$head | openssl dgst -sha512 -binary"
  case $body in
    '') command="$of_head | base64 -w0" ;;
    @*) of_body="head -c ${body#@} /dev/zero | tr '\\0' a" ;;
    *) of_body="printf %s '$body'" ;;
  esac
  [ -z "$body" ] ||
    command="{ $of_head; $of_body | openssl dgst -sha512 -binary; } | openssl dgst -sha512 -binary | base64 -w0"
  hash=$(bash -c "$command")
  for line in "${@:3}"; do
    fields+="${fields:+, }[$(json "${line%%:*}"), $(json "${line#*:}")]"
  done
  [ "$first" = yes ] || printf ',\n'
  first=no
  printf '  {\n    "name": %s,\n    "method": %s,\n    "target": %s,\n    "fields": [%s],\n' \
    "$(json "$name")" "$(json "$1")" "$(json "$2")" "$fields"
  case $body in
    @*) printf '    "letters_a": %s,\n' "${body#@}" ;;
    *) printf '    "body": %s,\n' "$(json "$body")" ;;
  esac
  printf '    "hash": %s,\n    "command": %s\n  }' "$(json "$hash")" "$(json "$command")"
}

client=X-Road-Client:DEV/GOV/1234/cards
id=x-road-request-id:1b7f3a52-8c4e-4f0a-9d5e-6a2c0f4b8e11
service=/r1/DEV/GOV/5678/register/residence

printf '[\n'
vector 'GET without fields' '' GET $service
vector 'GET' '' GET $service/AC01234567 "$client" "$id"
vector 'GET with a query' '' GET "$service?at=2026-01-01&fields=name,since" "$client" "$id"
vector 'GET with an empty query' '' GET "$service?" "$client" "$id"
vector 'a path that is not ASCII, as it was sent' '' \
  GET "$service/%E7%8E%8B%E5%B0%8F%E6%98%8E/%e7%8e%8b" "$client" "$id"
vector 'dots and slashes in percent encoding stay' '' GET "$service/a%2Fb/%2e%2e/c" "$client" "$id"
vector 'POST with a body' '{"key":"AC01234567"}' POST $service/search \
  "$client" Content-Type:application/json "$id"
vector 'POST with an empty body is one without' '' POST $service/search \
  "$client" Content-Type:application/json "$id"
vector 'a body of one byte' '0' POST $service "$client" "$id"
vector 'a body that is not ASCII' '{"name":"王小明"}' PUT $service/AC01234567 "$client" "$id"
vector 'a body of 1 MiB' @1048576 POST $service/files "$client" "$id"
vector 'DELETE' '' DELETE $service/AC01234567 "$client" "$id"
vector 'PATCH' '[{"op":"remove","path":"/since"}]' PATCH $service/AC01234567 "$client" "$id"
vector 'fields that come twice' '' GET $service "$client" Accept:application/json Accept:text/xml "$id"
vector 'the same fields in another order' '' GET $service "$client" Accept:text/xml \
  Accept:application/json "$id"
vector 'names as they were written' '' GET $service "${client,,}" "${id^^}"
vector 'values that are empty or hold a colon' '' GET $service "$client" X-Road-UserId: \
  X-Road-Issue:file:7 "$id"
printf '\n]\n'
