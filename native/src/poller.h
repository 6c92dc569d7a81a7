// Blocks until one of two descriptors is readable, a wake-up, or a deadline of nanosecond precision.
#pragma once

#include <cstdint>

namespace busyhour {

// An eventfd: written by any thread, read by the one that polls.
class WakeEvent {
 public:
  WakeEvent();
  ~WakeEvent();
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  int fd() const { return fd_; }
  void signal() const;
  // Takes the pending wake-ups; false when there was none.
  bool consume() const;

 private:
  int fd_;
};

struct PollResult {
  bool readable = false;
  bool woken = false;
};

// Waits on `fd` and `wake` until `deadlineNs` (ns since epoch; INT64_MAX waits for ever).
// ppoll over two descriptors costs one system call; epoll would cost the same and an extra descriptor.
PollResult pollUntil(int fd, const WakeEvent& wake, int64_t deadlineNs);

}  // namespace busyhour
