#!/usr/bin/env bash
# Makes the font of the formulas, book/src/assets/math.woff2, anew: STIX Two Math as npm has it (SIL
# Open Font License 1.1, see the file OFL.txt beside the font), cut down to the signs that formulas
# are written in, without hints. The table MATH stays, and with it the larger variants and the parts
# of which brackets, roots and sums are put together. Run it where the repository begins; it needs
# npm, and Python with pip.
set -euo pipefail

# A range of signs a line, in the order of Unicode. `tests/formulas.rs` says which sign is missing.
signs=(
    0020-007E # ASCII
    00A0-00FF # Latin
    02C6,02DC # hat, tilde
    0131,0237 # i and j without dots
    0300-0308,030A,030C,0332,0338 # combining accents, the stroke of a negation
    0391-03C9,03D1,03D5,03F1,03F5 # Greek
    2010-2016,2020-2022,2026,2032-2037,2061-2064,20D6-20D7 # points, primes, what is not seen
    2102,210B-2113,2115,2118-211D,2124,212C-2133 # letters that have faces of their own
    2190-2199,21A6,21D0-21D4,27F5-27FA # arrows
    2200-22FF,27C2,2A00-2A02 # operators
    2308-230B,23B4-23B5,23DC-23E1,27E8-27EB # brackets
    1D400-1D467,1D49C-1D4CF,1D538-1D56B,1D6A4-1D6A5,1D6A8-1D71B # bold, italic, script, open
    FE00 # the variant of script letters
)

target=$PWD/book/src/assets
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent @fontsource/stix-two-math@5.3.0 >/dev/null
tar -xf fontsource-stix-two-math-5.3.0.tgz
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check fonttools==4.60.1 brotli==1.2.0
python/bin/pyftsubset package/files/stix-two-math-latin-400-normal.woff2 \
    --unicodes="$(IFS=,; echo "${signs[*]}")" --layout-features=ssty,dtls,flac --no-hinting \
    --flavor=woff2 --output-file="$target/math.woff2"
cp package/LICENSE "$target/OFL.txt"
ls -l "$target/math.woff2"
