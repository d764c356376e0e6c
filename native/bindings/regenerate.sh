#!/bin/sh
# Makes the Java bindings of native/include/lastcall.h with jextract and puts them in the place of the old ones.
# Nobody needs this to build Lastcall: the output is committed. Run it after a change of the header.
#
# Pinned: jextract 22, built from commit 0b89a46 of github.com/openjdk/jextract (2025-01-06). Later ones write code that
# needs Java 23 (SymbolLookup.findOrThrow). It is looked for in $JEXTRACT, then on the PATH.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
header=$root/native/include/lastcall.h
package=io.github.lastcall.internal.ffi.generated
class=LastcallNative
target=$root/java/src/main/java/$(echo $package | tr . /)
jextract=${JEXTRACT:-jextract}

fail() {
    echo "regenerate.sh: $*" >&2
    exit 1
}

command -v "$jextract" >/dev/null || fail "no jextract: set JEXTRACT or put it on the PATH"
version=$("$jextract" --version 2>&1) || fail "$jextract does not run: $version"
echo "$version"
echo "$version" | grep -qx 'jextract 22' ||
    echo "regenerate.sh: warning: not jextract 22, the output may differ and may not compile for Java 22" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only what lastcall.h itself declares, should it ever include another header. Its integer typedefs would become
# constants that nobody needs.
"$jextract" --dump-includes "$work/all" "$header"
sed -n '/^--include-typedef/d; s/^\(--include-[a-z]* [A-Za-z0-9_]*\) .*[/\\]lastcall\.h$/\1/p' \
    "$work/all" >"$work/includes"

# No -l: the symbols come from the library that System.load() has loaded before.
"$jextract" --output "$work/out" -t $package --header-class-name $class "@$work/includes" "$header" >"$work/log" 2>&1 ||
    fail "$(cat "$work/log")"
out=$work/out/$(echo $package | tr . /)

# `long` has 32 bits on Windows, so a layout of it that was written down elsewhere is wrong there, and the cast that
# later versions of jextract write even keeps the class from being initialised. `long double` has no layout that all
# systems share. The header uses neither.
#
# The other edits save time in a fresh JVM: no symbol is wanted from elsewhere, which the default lookup would load one
# more library for, and nothing is read through a pointer that comes back.
sed '/ C_LONG = /d; / C_LONG_DOUBLE = /d
/ SYMBOL_LOOKUP = SymbolLookup.loaderLookup()$/{
N
s/\n *\.or(Linker\.nativeLinker()\.defaultLookup());$/;/
}
/ C_POINTER = ValueLayout.ADDRESS$/{
N
s/\n *\.withTargetLayout(.*);$/;/
}' "$out/$class.java" >"$work/edited"
mv "$work/edited" "$out/$class.java"
if grep -En 'C_LONG([^_A-Z]|_DOUBLE|$)' "$out"/*.java; then
    fail "the header uses long or long double"
fi
if grep -En 'defaultLookup|withTargetLayout' "$out/$class.java"; then
    fail "jextract writes what is to be left out in another way"
fi

# Offsets and sizes as constants, which the compiler copies to where they are used: there the layouts, and the handles
# that read and write by them, need not be made. A test compares them with the layouts.
for struct in "$out"/lc_*.java; do
    awk '
        /^        LastcallNative\.C_INT\.withName\(/ { size = 4 }
        /^        LastcallNative\.C_LONG_LONG\.withName\(/ { size = 8 }
        /^        MemoryLayout\.paddingLayout\([0-9]*\)/ { at += substr($0, index($0, "(") + 1) }
        size { split($0, part, "\""); offset[part[2]] = at + 0; at += size; size = 0 }
        / \$LAYOUT = MemoryLayout\.structLayout\($/ { inside = 1 }
        inside && /^    \)/ { print; print ""; print "    /** The size (in bytes) of this struct. */"
            print "    public static final int $SIZEOF = " at ";"; inside = 0; next }
        / [a-z_]*\$OFFSET = \$LAYOUT\.byteOffset/ { split($0, part, "\"")
            print "    public static final int " part[2] "$OFFSET = " offset[part[2]] ";"; next }
        { print }' "$struct" >"$work/edited"
    mv "$work/edited" "$struct"
done

# jextract passes over what it does not know or cannot express, and succeeds.
if grep Skipping "$work/log"; then
    fail "the header has what jextract cannot express"
fi
functions=$(sed -n 's/^LC_API .*[ *]\(lc_[a-z0-9_]*\)(.*/\1/p' "$header")
[ "$(echo "$functions" | wc -l)" -eq "$(grep -c '^LC_API' "$header")" ] || fail "cannot read every LC_API line"
for name in $functions; do
    grep -q "public static long $name(" "$out/$class.java" || fail "no binding of the function $name"
done
for name in $(sed -n 's/^struct \(lc_[a-z0-9_]*\) {.*/\1/p' "$header"); do
    [ -f "$out/$name.java" ] || fail "no binding of the struct $name"
done
for name in $(grep -o 'LC_[A-Z0-9_]* = ' "$header" | cut -d' ' -f1); do
    grep -q "public static int $name()" "$out/$class.java" || fail "no binding of the constant $name"
done
if grep -Fn "$root" "$out"/*.java; then
    fail "a path of this machine is in the output"
fi

rm -rf "$target"
mkdir -p "$target"
cp "$out"/*.java "$target"
