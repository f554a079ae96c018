#!/usr/bin/env bash
# clang-format (check only, or --fix) and clang-tidy over the files that differ from a revision.
#   tools/lint.sh [--fix] [REVISION]     default revision: HEAD
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then mode=(-i); shift; fi
mapfile -t files < <(git diff --name-only --diff-filter=d "${1:-HEAD}" -- '*.cpp' '*.hpp'; git ls-files -o --exclude-standard -- '*.cpp' '*.hpp')
[ ${#files[@]} -gt 0 ] || exit 0
clang-format-19 "${mode[@]}" "${files[@]}"
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep '\.cpp$' || true)
[ ${#sources[@]} -eq 0 ] || clang-tidy-19 -p build/release --quiet "${sources[@]}"
