#!/usr/bin/env bash
# tools/fonts.sh DIR: the fonts of generated documents, from Debian's Noto Sans CJK TC.
# The glyphs are the same, in two files a weight: what nearly every document uses (letters, signs, the 5,401 most used
# characters, level 1 of Big5), and the rest. Cairo reads a whole file for each document that uses a glyph of it.
# Shared subroutines are written out, because a PDF has to carry the tables of all subroutines of a font as soon as it
# uses one glyph (126 kB for a line of text, 13 kB without).
set -euo pipefail
out=$1
mkdir -p "$out"
rm -f "$out"/*.otf

# As hb-subset takes it: code points in hexadecimal, with ranges.
letters_and_signs=0-2FFF,3000-303F,FE30-FE4F,FF00-FFEF
level_1=$(for high in {164..198}; do for low in {64..126} {161..254}; do printf '%b\n' "$(printf '\\x%x\\x%x' "$high" "$low")"; done; done |
  iconv -c -f BIG5 -t UCS-2BE | od -An -v -tx1 -w2 | tr -d ' ' | grep -v '^000a$' | paste -sd,)

for weight in Regular Bold; do
  found=$(fc-match -f '%{family[0]}|%{index}|%{file}' "Noto Sans CJK TC:style=$weight")
  IFS='|' read -r family index file <<<"$found"
  [ "$family" = "Noto Sans CJK TC" ] || { echo "fonts-noto-cjk is not installed: found $family" >&2; exit 1; }
  subset=(hb-subset --face-index="$index" --desubroutinize --no-hinting '--layout-features=*')
  "${subset[@]}" --unicodes="$letters_and_signs,$level_1" --output-file="$out/1.part" "$file"
  "${subset[@]}" --unicodes='*' --unicodes-="$letters_and_signs,$level_1" --output-file="$out/2.part" "$file"
  for part in 1 2; do mv "$out/$part.part" "$out/NotoSansCJKtc-$weight-$part.otf"; done
done
