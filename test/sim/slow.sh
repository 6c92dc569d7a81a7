#!/bin/sh
# The slow suite: many more seeded histories of a cluster than the fast one runs. Usage: slow.sh [HISTORIES [FIRST_SEED]]
set -eu
cd "$(dirname "$0")/../.."
BUSYHOUR_SIM_HISTORIES="${1:-20000}" BUSYHOUR_SIM_FIRST="${2:-1000}" exec npx vitest run test/sim/history.test.ts
