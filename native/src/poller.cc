#include "poller.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <ctime>

#include "clock.h"

namespace busyhour {

WakeEvent::WakeEvent() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

WakeEvent::~WakeEvent() {
  if (fd_ >= 0) close(fd_);
}

void WakeEvent::signal() const {
  const uint64_t one = 1;
  // The counter saturates at 2^64-2 and the write then fails with EAGAIN: a wake-up is pending all the same.
  [[maybe_unused]] const ssize_t written = write(fd_, &one, sizeof(one));
}

bool WakeEvent::consume() const {
  uint64_t count = 0;
  return read(fd_, &count, sizeof(count)) == sizeof(count);
}

PollResult pollUntil(int fd, const WakeEvent& wake, int64_t deadlineNs) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  pollfd fds[2] = {{fd, POLLIN, 0}, {wake.fd(), POLLIN, 0}};
  timespec timeout{};
  timespec* limit = nullptr;
  if (deadlineNs != INT64_MAX) {
    int64_t left = deadlineNs - nowNs();
    if (left < 0) left = 0;
    timeout.tv_sec = left / kSecondNs;
    timeout.tv_nsec = left % kSecondNs;
    limit = &timeout;
  }
  PollResult result;
  // A signal (EINTR) ends the wait early; callers take a spurious return for what it is.
  if (ppoll(fds, 2, limit, nullptr) <= 0) return result;
  result.readable = (fds[0].revents & (POLLIN | POLLERR | POLLHUP)) != 0;
  result.woken = (fds[1].revents & POLLIN) != 0;
  return result;
}

}  // namespace busyhour
