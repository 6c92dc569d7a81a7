#include "usrsctp_stack.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "clock.h"
#include "usrsctp_options.h"

namespace busyhour {
namespace {

constexpr int64_t kMsNs = 1'000'000;
// SCTP's timers are late by up to one tick; each tick costs a wake-up of about 15 us.
constexpr int64_t kTickNs = 4 * kMsNs;
constexpr int64_t kIdleTickNs = 100 * kMsNs;
// A longer gap between ticks means that the process was stopped: SCTP's time then stands still instead of jumping, so
// that acknowledgements which wait in the socket are read before a retransmission time-out fires.
constexpr int64_t kStopNs = 50 * kMsNs;
constexpr int kBacklog = 1024;
constexpr uint16_t kPortMin = 49'152;

thread_local UsrsctpOwner* currentOwner = nullptr;
thread_local UsrsctpCore* currentCore = nullptr;

struct Stack {
  std::once_flag started;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::shared_ptr<UsrsctpCore>> cores;
  std::map<uint16_t, std::weak_ptr<Listener>> listeners;

  static Stack& instance() {
    // Never destroyed: the timer thread uses it until the process is gone.
    static Stack* stack = new Stack();
    return *stack;
  }
};

int onOutput(void* address, void* buffer, size_t length, uint8_t, uint8_t) {
  const auto handle = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(address));
  const uint32_t host = hostOfHandle(handle);
  const auto* bytes = static_cast<const uint8_t*>(buffer);
  if (currentCore != nullptr && currentCore->id == host) {
    currentCore->output(handle, bytes, length);
    return 0;
  }
  const std::shared_ptr<HostCore> core = findCore(host);
  if (core) static_cast<UsrsctpCore*>(core.get())->output(handle, bytes, length);
  return 0;
}

void runTimers() {
  Stack& stack = Stack::instance();
  std::vector<std::shared_ptr<UsrsctpCore>> cores;
  int64_t last = nowNs();
  int64_t remainderNs = 0;
  for (;;) {
    int64_t tickNs = kTickNs;
    {
      std::unique_lock lock(stack.mutex);
      if (stack.cores.empty()) {
        stack.changed.wait_for(lock, std::chrono::nanoseconds(kIdleTickNs), [&] { return !stack.cores.empty(); });
        tickNs = kIdleTickNs;
      }
      cores = stack.cores;
    }
    if (!cores.empty()) {
      const timespec pause{0, static_cast<long>(kTickNs)};
      nanosleep(&pause, nullptr);
    }
    const int64_t now = nowNs();
    int64_t elapsedNs = now - last;
    last = now;
    if (elapsedNs > tickNs + kStopNs) elapsedNs = tickNs;
    // usrsctp takes whole milliseconds: what is left over counts with the next tick.
    elapsedNs += remainderNs;
    const int64_t elapsedMs = elapsedNs / kMsNs;
    remainderNs = elapsedNs % kMsNs;
    if (elapsedMs > 0) usrsctp_handle_timers(static_cast<uint32_t>(elapsedMs));
    for (const std::shared_ptr<UsrsctpCore>& core : cores) core->flushStale(now, 0);
    cores.clear();
  }
}

void start() {
  clockInit();
  // Threads of ours and of usrsctp must not take the signals that Node waits for.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  usrsctp_init_nothreads(0, onOutput, nullptr);
  // Checksums are computed when packets are packed, and checked before usrsctp sees them.
  usrsctp_enable_crc32c_offload();
  applyProcessOptions();
  std::thread(runTimers).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

class Listener {
 public:
  Listener(SctpSocket* so, uint16_t port) : so_(so), port_(port) {}
  ~Listener() {
    usrsctp_set_upcall(so_, nullptr, nullptr);
    usrsctp_close(so_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  SctpSocket* so() const { return so_; }
  uint16_t port() const { return port_; }

  std::mutex acceptMutex;

 private:
  SctpSocket* so_;
  uint16_t port_;
};

OwnerScope::OwnerScope(UsrsctpOwner* owner, UsrsctpCore* core) : previousOwner_(currentOwner), previousCore_(currentCore) {
  currentOwner = owner;
  currentCore = core;
}

OwnerScope::~OwnerScope() {
  currentOwner = previousOwner_;
  currentCore = previousCore_;
}

void usrsctpStart() { std::call_once(Stack::instance().started, start); }

void usrsctpAttach(const std::shared_ptr<UsrsctpCore>& core) {
  Stack& stack = Stack::instance();
  {
    const std::lock_guard lock(stack.mutex);
    stack.cores.push_back(core);
  }
  stack.changed.notify_one();
}

void usrsctpDetach(const std::shared_ptr<UsrsctpCore>& core) {
  Stack& stack = Stack::instance();
  const std::lock_guard lock(stack.mutex);
  std::erase(stack.cores, core);
}

std::shared_ptr<Listener> listenOn(uint16_t& port, const HostOptions& options, uint32_t packetBytes, Fault& fault) {
  Stack& stack = Stack::instance();
  const std::lock_guard lock(stack.mutex);
  const std::string what = "cannot listen on " + endpointText(options.local);
  if (port != 0) {
    const auto found = stack.listeners.find(port);
    if (found != stack.listeners.end()) {
      std::shared_ptr<Listener> shared = found->second.lock();
      if (shared && options.carrier == Carrier::raw) {
        fault = systemFault(EADDRINUSE, what, "With the raw carrier one host of a process listens on an SCTP port: use one worker, or the udp carrier.");
        return nullptr;
      }
      if (shared) return shared;
    }
  }
  SctpSocket* so = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
  if (so == nullptr) {
    fault = systemFault(errno, what, "");
    return nullptr;
  }
  fault = applySocketOptions(so, options.tunables, packetBytes);
  if (fault) {
    usrsctp_close(so);
    return nullptr;
  }
  sockaddr_conn any{};
  any.sconn_family = AF_CONN;
  int bound = -1;
  std::random_device random;
  for (int attempt = 0; attempt < 64 && bound != 0; attempt++) {
    const uint16_t wanted = port != 0 ? port : static_cast<uint16_t>(kPortMin + random() % (65'536 - kPortMin));
    any.sconn_port = htons(wanted);
    bound = usrsctp_bind(so, reinterpret_cast<sockaddr*>(&any), sizeof(any));
    if (bound == 0) port = wanted;
    else if (port != 0) break;
  }
  if (bound != 0 || usrsctp_listen(so, kBacklog) != 0) {
    fault = systemFault(errno, what, "An association of this process uses SCTP port " + std::to_string(port) + ": choose another.");
    usrsctp_close(so);
    return nullptr;
  }
  auto listener = std::make_shared<Listener>(so, port);
  stack.listeners[port] = listener;
  return listener;
}

void acceptAll(Listener& listener, uint32_t self, void (*adopt)(void*, SctpSocket*, uint64_t), void* context) {
  for (;;) {
    sockaddr_conn from{};
    socklen_t length = sizeof(from);
    SctpSocket* accepted = nullptr;
    {
      const std::lock_guard lock(listener.acceptMutex);
      accepted = usrsctp_accept(listener.so(), reinterpret_cast<sockaddr*>(&from), &length);
    }
    if (accepted == nullptr) return;
    const auto handle = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(from.sconn_addr));
    const uint32_t host = hostOfHandle(handle);
    if (host == self) {
      adopt(context, accepted, handle);
      continue;
    }
    const std::shared_ptr<HostCore> core = findCore(host);
    if (core) static_cast<UsrsctpCore*>(core.get())->handOver(accepted, handle);
    else usrsctp_close(accepted);
  }
}

void associationUpcall(SctpSocket*, void* arg, int) {
  const auto id = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(arg));
  const uint32_t host = hostOfHandle(id);
  const auto association = static_cast<int32_t>(id & 0xffffffffu);
  if (currentCore != nullptr && currentCore->id == host) {
    currentOwner->markReady(association);
    return;
  }
  const std::shared_ptr<HostCore> core = findCore(host);
  if (core) static_cast<UsrsctpCore*>(core.get())->signalReady(association);
}

}  // namespace busyhour
