#!/usr/bin/env bash
# tools/fonts.sh DIR: the fonts of generated documents, from Debian's Noto Sans CJK TC.
# The glyphs are the same; their shared subroutines are written out, because a PDF has to carry the tables of all
# subroutines of a font as soon as it uses one glyph (126 kB for a line of text, 13 kB without).
set -euo pipefail
out=$1
mkdir -p "$out"
for weight in Regular Bold; do
  found=$(fc-match -f '%{family[0]}|%{index}|%{file}' "Noto Sans CJK TC:style=$weight")
  IFS='|' read -r family index file <<<"$found"
  [ "$family" = "Noto Sans CJK TC" ] || { echo "fonts-noto-cjk is not installed: found $family" >&2; exit 1; }
  hb-subset --face-index="$index" --desubroutinize --no-hinting --unicodes='*' --layout-features='*' \
    --output-file="$out/$weight.part" "$file"
  mv "$out/$weight.part" "$out/NotoSansCJKtc-$weight.otf"
done
