// What the kernel's scheduler is told about the calling thread. Each returns 0, or the errno of what went wrong.
#pragma once

#include <cstdint>

namespace busyhour {

// CPUs that a set of CPUs has room for.
constexpr uint32_t kCpusMax = 1024;

int pinThread(uint32_t cpu);

int setTimerSlackNs(uint64_t slackNs);

// Asks for time slices of this length and sets `inForceNs` to what the kernel now gives; 0 where it has no slices of a thread's own (Linux before 6.12,
// a real-time policy). A thread with a shorter slice interrupts one with a longer when it wakes, as long as it has not had more than its fair share.
int setTimeSliceNs(uint64_t sliceNs, uint64_t& inForceNs);

}  // namespace busyhour
