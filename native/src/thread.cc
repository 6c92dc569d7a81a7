#include "thread.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace busyhour {
namespace {

// struct sched_attr of the kernel in its first form; glibc declares none before 2.41.
struct SchedulerAttributes {
  uint32_t size = sizeof(SchedulerAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtimeNs = 0;
  uint64_t deadlineNs = 0;
  uint64_t periodNs = 0;
};

bool readAttributes(SchedulerAttributes& attributes) {
  return syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0;
}

}  // namespace

static_assert(kCpusMax == CPU_SETSIZE);

int pinThread(uint32_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
}

int setTimerSlackNs(uint64_t slackNs) {
  return prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slackNs), 0, 0, 0) == 0 ? 0 : errno;
}

int setTimeSliceNs(uint64_t sliceNs, uint64_t& inForceNs) {
  inForceNs = 0;
  SchedulerAttributes attributes;
  if (!readAttributes(attributes)) return errno;
  if (attributes.policy != SCHED_OTHER) return 0;
  attributes.runtimeNs = sliceNs;
  if (syscall(SYS_sched_setattr, 0, &attributes, 0) != 0 || !readAttributes(attributes)) return errno;
  inForceNs = attributes.runtimeNs;
  return 0;
}

}  // namespace busyhour
