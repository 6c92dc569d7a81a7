#include "registry.h"

#include <mutex>
#include <unordered_map>

#include "host.h"

namespace busyhour {
namespace {

struct Registry {
  std::mutex mutex;
  std::unordered_map<uint32_t, std::shared_ptr<HostCore>> cores;
  uint32_t next = 1;
};

// Never destroyed: threads of usrsctp may still look something up while the process exits.
Registry& registry() {
  static Registry* instance = new Registry();
  return *instance;
}

}  // namespace

void registerCore(const std::shared_ptr<HostCore>& core) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  core->id = all.next++;
  all.cores.emplace(core->id, core);
}

void unregisterCore(uint32_t id) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.cores.erase(id);
}

std::shared_ptr<HostCore> findCore(uint32_t id) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.cores.find(id);
  return found == all.cores.end() ? nullptr : found->second;
}

void wakeHost(uint32_t wakeHandle) {
  const std::shared_ptr<HostCore> core = findCore(wakeHandle);
  if (core) core->wake.signal();
}

}  // namespace busyhour
