#include "clock.h"

#include <atomic>

namespace busyhour {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kSampleEveryNs = 100'000'000;
// NTP slews at most 500 ppm, 50 us in 100 ms: a larger change is a step.
constexpr int64_t kStepNs = 1'000'000;

int64_t readNs(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return ts.tv_sec * kSecondNs + ts.tv_nsec;
}

struct Epoch {
  int64_t monotonicNs = readNs(CLOCK_MONOTONIC);
  int64_t wallNs = readNs(CLOCK_REALTIME);
};

const Epoch& epoch() {
  static const Epoch instance;
  return instance;
}

// A plain copy, because `epoch()` pays for its guard on every packet.
std::atomic<int64_t> epochMonotonicNs{0};

}  // namespace

void clockInit() { epochMonotonicNs.store(epoch().monotonicNs, std::memory_order_relaxed); }

int64_t nowNs() { return readNs(CLOCK_MONOTONIC) - epochMonotonicNs.load(std::memory_order_relaxed); }

double epochUnixMs() { return static_cast<double>(epoch().wallNs) / 1e6; }

void sleepUntil(int64_t deadlineNs) {
  const int64_t at = deadlineNs + epochMonotonicNs.load(std::memory_order_relaxed);
  const timespec until{at / kSecondNs, at % kSecondNs};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

int64_t threadCpuNs() { return readNs(CLOCK_THREAD_CPUTIME_ID); }

void WallClockConverter::sample(int64_t now) {
  // The monotonic clock is read on both sides of the wall clock; an interrupted triple is read again.
  for (int attempt = 0; attempt < 4; attempt++) {
    const int64_t before = nowNs();
    const int64_t wall = readNs(CLOCK_REALTIME);
    const int64_t after = nowNs();
    if (after - before > 20'000 && attempt < 3) continue;
    const int64_t offset = wall - (before + (after - before) / 2);
    const bool first = sampledAtNs_ == INT64_MIN;
    const int64_t change = offset > offsetNs_ ? offset - offsetNs_ : offsetNs_ - offset;
    if (!first && change > kStepNs) steppedAtNs_ = after;
    offsetNs_ = offset;
    sampledAtNs_ = now;
    return;
  }
}

int64_t WallClockConverter::toEpochNs(const timespec& wall, int64_t now) {
  if (sampledAtNs_ == INT64_MIN || now - sampledAtNs_ > kSampleEveryNs) sample(now);
  // A packet stamped before a step and read after it would be off by the step: the time of reading is nearer.
  if (steppedAtNs_ != INT64_MIN && now - steppedAtNs_ < kSampleEveryNs) return now;
  const int64_t stamp = wall.tv_sec * kSecondNs + wall.tv_nsec - offsetNs_;
  return stamp > now || stamp < 0 ? now : stamp;
}

}  // namespace busyhour
