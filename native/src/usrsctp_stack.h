// usrsctp is one instance per process: its start, its timer thread, its output function and the listening sockets that
// hosts share.
#pragma once

#include <usrsctp.h>

#include <memory>

#include "host.h"
#include "usrsctp_core.h"

namespace busyhour {

// Who is in usrsctp on this thread; calls that usrsctp makes meanwhile for this host need no lookup.
class UsrsctpOwner {
 public:
  virtual ~UsrsctpOwner() = default;
  virtual void markReady(int32_t association) = 0;
};

class OwnerScope {
 public:
  OwnerScope(UsrsctpOwner* owner, UsrsctpCore* core);
  ~OwnerScope();
  OwnerScope(const OwnerScope&) = delete;
  OwnerScope& operator=(const OwnerScope&) = delete;

 private:
  UsrsctpOwner* previousOwner_;
  UsrsctpCore* previousCore_;
};

// Starts usrsctp and its timer thread; later calls change nothing. The timer thread runs as long as the process.
void usrsctpStart();

// Hosts announce themselves to the timer thread, which also sends what their owners left lying.
void usrsctpAttach(const std::shared_ptr<UsrsctpCore>& core);
void usrsctpDetach(const std::shared_ptr<UsrsctpCore>& core);

// A wildcard listening socket of one SCTP port: usrsctp allows one per process, so hosts share it.
class Listener;
// Null with `fault` set. `port` 0 chooses one and writes it back. The first host's tunables count for INIT ACKs.
std::shared_ptr<Listener> listenOn(uint16_t& port, const HostOptions& options, uint32_t packetBytes, Fault& fault);

// Accepts whatever is complete; each association goes to the host whose carrier its packets reach. Those of `self` are
// given to `adopt`, the others handed over.
void acceptAll(Listener& listener, uint32_t self, void (*adopt)(void* context, SctpSocket* accepted, uint64_t handle), void* context);

// Upcall for association sockets; `arg` from upcallArgument.
void associationUpcall(SctpSocket* so, void* arg, int flags);
inline void* upcallArgument(uint32_t host, int32_t association) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(host) << 32 | static_cast<uint32_t>(association));
}

inline void* handlePointer(uint64_t handle) { return reinterpret_cast<void*>(static_cast<uintptr_t>(handle)); }

}  // namespace busyhour
