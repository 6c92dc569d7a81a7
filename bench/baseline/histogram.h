// Log-linear counts of nanosecond values, 1 % wide or finer: enough to print percentiles of a benchmark.
#pragma once
#include <stdint.h>

enum { HISTOGRAM_SUB_BITS = 7, HISTOGRAM_CELLS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS };

struct histogram {
  uint64_t cells[HISTOGRAM_CELLS];
  uint64_t count;
  uint64_t max;
};

static inline unsigned histogram_cell(uint64_t value) {
  if (value < (1u << HISTOGRAM_SUB_BITS)) return (unsigned)value;
  unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
  return ((shift + 1) << HISTOGRAM_SUB_BITS) + (unsigned)((value >> shift) & ((1u << HISTOGRAM_SUB_BITS) - 1));
}

static inline void histogram_record(struct histogram *h, int64_t value) {
  uint64_t clamped = value < 0 ? 0 : (uint64_t)value;
  h->cells[histogram_cell(clamped)]++;
  h->count++;
  if (clamped > h->max) h->max = clamped;
}

// Lower edge of the cell that holds the given quantile; 0 when empty.
static inline double histogram_quantile_us(const struct histogram *h, double quantile) {
  uint64_t wanted = (uint64_t)(quantile * (double)h->count), seen = 0;
  for (unsigned cell = 0; cell < HISTOGRAM_CELLS; cell++) {
    seen += h->cells[cell];
    if (seen <= wanted) continue;
    unsigned shift = cell >> HISTOGRAM_SUB_BITS, low = cell & ((1u << HISTOGRAM_SUB_BITS) - 1);
    if (shift == 0) return low / 1e3;
    return (double)(((uint64_t)low + (1u << HISTOGRAM_SUB_BITS)) << (shift - 1)) / 1e3;
  }
  return (double)h->max / 1e3;
}
