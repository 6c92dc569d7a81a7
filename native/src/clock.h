// Time of the binding: nanoseconds since the process epoch (CLOCK_MONOTONIC when the binding was first loaded).
#pragma once

#include <cstdint>
#include <ctime>

namespace busyhour {

// Fixes the epoch; later calls change nothing. Thread-safe.
void clockInit();

// Nanoseconds since the process epoch.
int64_t nowNs();

// Wall clock (Unix time, ms with fraction) of the process epoch.
double epochUnixMs();

// Lets the calling thread sleep until then; a signal may end it early.
void sleepUntil(int64_t deadlineNs);

// CPU time of the calling thread, in nanoseconds.
int64_t threadCpuNs();

// Converts stamps of CLOCK_REALTIME, which the kernel puts on received packets, to the epoch of `nowNs`. The offset
// between the clocks moves (NTP slews and steps the wall clock), so it is sampled again every 100 ms.
// Not thread-safe: one per receiving thread.
class WallClockConverter {
 public:
  // Wall-clock stamp -> ns since epoch, never later than `nowNs_` (the time at which the stamp was read).
  int64_t toEpochNs(const timespec& wall, int64_t nowNs_);

 private:
  void sample(int64_t now);

  int64_t offsetNs_ = 0;
  int64_t sampledAtNs_ = INT64_MIN;
  // Stamps taken before this moment belong to a wall clock that has been stepped since.
  int64_t steppedAtNs_ = INT64_MIN;
};

}  // namespace busyhour
