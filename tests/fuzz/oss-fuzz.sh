#!/bin/bash -eu
# Builds the fuzz targets by OSS-Fuzz's conventions: $CC, $CXX, their flags and
# $LIB_FUZZING_ENGINE are given, and $OUT takes the targets with seeds and dictionaries.
# Libraries are linked statically, since $OUT is all that the runner has.

cd "$(dirname "$0")/../.."
build=${WORK:-/tmp}/pvhboot-fuzz
rm -rf "$build"
# the built-in ELF reader alone: libelf is built without sanitizers, and has a fuzzer of its own
meson setup "$build" -Dfuzzing_engine="$LIB_FUZZING_ENGINE" -Delf=core -Dlibdeflate=disabled \
	-Dlzo=disabled -Dtool=disabled -Dchainload=disabled -Dkvm=disabled -Dxen=disabled \
	-Ddefault_library=static -Db_lundef=false -Dprefer_static=true -Dbuildtype=plain -Dwerror=false
for target in boot image kernel linux lz4 pe plan relocs start; do
	ninja -C "$build" "tests/fuzz/fuzz_$target"
	cp "$build/tests/fuzz/fuzz_$target" "$OUT/"
	cp "tests/fuzz/corpus/$target.zip" "$OUT/fuzz_${target}_seed_corpus.zip"
	[[ ! -f tests/fuzz/$target.dict ]] || cp "tests/fuzz/$target.dict" "$OUT/fuzz_$target.dict"
	printf '[libfuzzer]\nmax_len = 16384\n' >"$OUT/fuzz_$target.options"
done
