#!/bin/sh
# library.sh LIBRARY HEADER READELF - checks that the library works with every libc: it needs no other library, has no
# relocations, and exports exactly the functions of the header.
set -eu

library=$1 header=$2 readelf=$3
failed=0

expect_nothing() {
    if [ -n "$2" ]; then
        printf '%s:\n%s\n' "$1" "$2"
        failed=1
    fi
}

# LC_ALL=C: for the English output of readelf.
LC_ALL=C
export LC_ALL

dynamic=$("$readelf" -dW "$library")
relocations=$("$readelf" -rW "$library")
versions=$("$readelf" -VW "$library")
segments=$("$readelf" -lW "$library")
symbols=$("$readelf" --dyn-syms -W "$library")

expect_nothing "needed libraries" "$(printf '%s\n' "$dynamic" | grep NEEDED || true)"
expect_nothing "text relocations" "$(printf '%s\n' "$dynamic" | grep TEXTREL || true)"
expect_nothing "a path to search" "$(printf '%s\n' "$dynamic" | grep -E 'RPATH|RUNPATH' || true)"
expect_nothing "functions to run at load" \
    "$(printf '%s\n' "$dynamic" | grep -E '\((INIT|FINI|INIT_ARRAY|FINI_ARRAY)\)' || true)"
expect_nothing "relocations" "$(printf '%s\n' "$relocations" | grep -E '^[0-9a-f]{8}' || true)"
expect_nothing "version sections" "$(printf '%s\n' "$versions" | grep -i 'version .*section' || true)"
expect_nothing "thread-local storage" "$(printf '%s\n' "$segments" | grep -w TLS || true)"
expect_nothing "undefined symbols" "$(printf '%s\n' "$symbols" | awk '$7 == "UND" && $8 != ""')"
expect_nothing "an executable stack" "$(printf '%s\n' "$segments" | grep -E 'GNU_STACK.* RWE ' || true)"
expect_nothing "nothing said of the stack" "$(printf '%s\n' "$segments" | grep -q GNU_STACK || echo 'no GNU_STACK')"
expect_nothing "a segment that is writable and executable" \
    "$(printf '%s\n' "$segments" | grep -E 'LOAD.* RWE ' || true)"

declared=$(sed -n 's/^LC_API lc_i64 \(lc_[a-z0-9_]*\)(.*/\1/p' "$header" | sort)
exported=$(printf '%s\n' "$symbols" | awk '$7 != "UND" && ($5 == "GLOBAL" || $5 == "WEAK") { print $8 }' | sort)
if [ "$(grep -c '^LC_API' "$header")" != "$(printf '%s\n' "$declared" | wc -l)" ]; then
    echo "a prototype of the header is not understood"
    failed=1
fi
if [ "$declared" != "$exported" ]; then
    printf 'declared:\n%s\nexported:\n%s\n' "$declared" "$exported"
    failed=1
fi
exit "$failed"
