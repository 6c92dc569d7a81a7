// Process-wide names for hosts: other threads (a waker, usrsctp's timers) hold numbers, never pointers, so that a host
// which has ended meanwhile is simply not found.
#pragma once

#include <cstdint>
#include <memory>

#include "poller.h"

namespace busyhour {

// The part of a host that other threads may reach. Kept alive by whoever uses it at the moment.
struct HostCore {
  virtual ~HostCore() = default;
  uint32_t id = 0;
  WakeEvent wake;
};

// Gives the core its id (never 0, never reused).
void registerCore(const std::shared_ptr<HostCore>& core);
void unregisterCore(uint32_t id);
std::shared_ptr<HostCore> findCore(uint32_t id);

}  // namespace busyhour
