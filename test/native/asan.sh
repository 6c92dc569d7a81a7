#!/bin/sh
# Runs the binding's tests against its sanitizer build (AddressSanitizer and UndefinedBehaviorSanitizer).
# Leaks are not looked for: Node itself leaves memory behind when it ends.
set -eu
cd "$(dirname "$0")/../.."
make -s -C native asan
export BUSYHOUR_NATIVE="$PWD/native/build/asan/busyhour.node"
export BUSYHOUR_TEST_WORKERS="${BUSYHOUR_TEST_WORKERS:-100}"
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=0:exitcode=99"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
export LD_PRELOAD
exec node node_modules/vitest/vitest.mjs run test/native test/interop/npm-sctp.test.ts --testTimeout=120000 "$@"
