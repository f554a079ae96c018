#!/usr/bin/env bash
# Brings a Debian 12 machine to the point where Minben builds; sourced by ./run and ./test.
# Does nothing, quickly, when everything is already there.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian packages, one list. Node may also come from elsewhere, so a present `node` counts.
install_debian_packages() {
  local stamp=$root/build/.debian-packages wanted missing=()
  wanted=$(grep -v '^#' "$root/packages.debian.txt")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return; fi
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | sed -n 's/^ii  *//p')
  for package in $wanted; do
    case $package in
      nodejs) command -v node >/dev/null && continue ;;
      npm) command -v npm >/dev/null && continue ;;
    esac
    grep -qx "$package" <<<"$installed" || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
  fi
  mkdir -p "$root/build"
  printf '%s' "$wanted" >"$stamp"
}

# npm packages of one folder, exactly as its lock file says: FOLDER [OPTION of npm...]
install_npm_packages() {
  local folder=$root/$1
  local stamp=$folder/node_modules/.installed
  if [ -f "$stamp" ] && cmp -s "$stamp" "$folder/package-lock.json"; then return; fi
  say "Installing npm packages of $1"
  (cd "$folder" && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error "${@:2}" >&2)
  cp "$folder/package-lock.json" "$stamp"
}

# Python packages of one folder, exactly as its files say, in a virtual environment of their own below build/python.
install_python_packages() {
  local folder=$root/$1 into
  into=$root/build/python/$(basename "$1")
  local pip=("$into/bin/pip" install -q --disable-pip-version-check --require-hashes --no-build-isolation)
  if [ -f "$into/.installed" ] && cmp -s "$into/.installed" <(cat "$folder"/*.txt); then return; fi
  say "Installing Python packages of $1"
  rm -rf "$into"
  /usr/bin/python3 -m venv "$into"
  "${pip[@]}" -r "$folder/build.txt" >&2
  "${pip[@]}" -r "$folder/requirements.txt" >&2
  cat "$folder"/*.txt >"$into/.installed"
}

build() { # preset, targets...
  local preset=$1
  shift
  [ -f "$root/build/$preset/build.ninja" ] || cmake -S "$root" --preset "$preset" >&2
  ninja -C "$root/build/$preset" "$@" >&2
}
