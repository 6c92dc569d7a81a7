// What is done once in a process.
#pragma once
#include <malloc.h>

#include "clock.h"

namespace busyhour {

// Buffers of 64 to 221 KB (zlib's windows, files that are read, histograms) come and go with every interval of a run. They go back to the system when
// they are freed, instead of leaving holes in the heap that what is small and lives long is carved from. Left to itself glibc raises the threshold to the
// largest such buffer that was freed. Segments of V8's compilers (32 KB) stay below it.
inline void processInit() {
  clockInit();
  mallopt(M_MMAP_THRESHOLD, 48 * 1024);
}

}  // namespace busyhour
