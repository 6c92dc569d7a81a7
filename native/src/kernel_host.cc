#include "kernel_host.h"

#include <unistd.h>

#include <cerrno>

#if __has_include(<linux/sctp.h>)

#include <linux/sctp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "kernel_options.h"

namespace busyhour {
namespace {

constexpr int kBacklog = 1024;
/** Bytes announced as one group at most; below the smallest send buffer that a profile may ask for (16 KiB). */
constexpr size_t kGatherBytesMax = 8192;

int openSocket(int family) { return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_SCTP); }

std::string noKernelSctp() {
  return "This kernel has no SCTP (try `modprobe sctp`): use the udp carrier.";
}

// A socket of IP version 6 takes addresses of both.
int familyOf(const std::vector<Address>& addresses) {
  for (const Address& each : addresses) {
    if (each.family() == AF_INET6) return AF_INET6;
  }
  return AF_INET;
}

void closeHard(const Descriptor& socket) {
  const linger hard{1, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

}  // namespace

bool kernelCompiled() { return true; }

bool kernelAvailable() {
  const Descriptor probe(openSocket(AF_INET));
  return probe.get() >= 0;
}

std::unique_ptr<Host> openKernelHost(const HostOptions& options, Fault& fault) {
  Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) {
    fault = systemFault(errno, "cannot open " + endpointText(options.local), "");
    return nullptr;
  }
  auto host = std::make_unique<KernelHost>(options, std::move(epoll));
  fault = host->start();
  if (fault) return nullptr;
  return host;
}

KernelHost::KernelHost(const HostOptions& options, Descriptor epoll)
    : options_(options),
      core_(std::make_shared<HostCore>()),
      epoll_(std::move(epoll)),
      received_(options.receiveBatchMessages, options.receiveBatchBytes) {
  options_.local.udpPort = 0;
  registerCore(core_);
}

KernelHost::~KernelHost() { close(); }

Fault KernelHost::start() {
  const std::string what = "cannot open " + endpointText(options_.local);
  Fault fault;
  const std::vector<Address> addresses = kernelAddresses(options_.local, what, fault);
  if (fault) return fault;
  Descriptor socket(openSocket(familyOf(addresses)));
  if (socket.get() < 0) return systemFault(errno, what, noKernelSctp());
  if (!options_.listen) return {};
  const int on = 1;
  if (options_.reusePort) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  fault = applyKernelOptions(socket.get(), options_.tunables);
  if (fault) return fault;
  const uint16_t port = bindAll(socket.get(), addresses);
  if (port == 0 || listen(socket.get(), kBacklog) != 0) {
    std::string remedy;
    if (errno == EADDRINUSE) remedy = "Another endpoint has this SCTP port: stop it or choose another port.";
    if (errno == EADDRNOTAVAIL) remedy = "No interface of this host has one of these addresses.";
    return systemFault(errno, what, remedy);
  }
  options_.local.sctpPort = port;
  listener_ = std::move(socket);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kListenerWord;
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event);
  return {};
}

KernelAssociation* KernelHost::find(int32_t id) {
  const auto found = associations_.find(id);
  return found == associations_.end() ? nullptr : found->second.get();
}

KernelAssociation* KernelHost::add(Descriptor socket, bool accepted) {
  auto made = std::make_unique<KernelAssociation>();
  KernelAssociation* association = made.get();
  association->id = nextAssociation_++;
  association->socket = std::move(socket);
  association->accepted = accepted;
  association->up = accepted;
  association->upDue = accepted;
  associations_.emplace(association->id, std::move(made));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<uint64_t>(association->id);
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, association->socket.get(), &event);
  return association;
}

// Errors and hang-ups are always reported; reading and writing only while somebody wants them.
void KernelHost::watch(const KernelAssociation& association) {
  epoll_event event{};
  event.events = (association.atEnd ? 0u : static_cast<uint32_t>(EPOLLIN)) | (association.blocked ? static_cast<uint32_t>(EPOLLOUT) : 0u);
  event.data.u64 = static_cast<uint64_t>(association.id);
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, association.socket.get(), &event);
}

void KernelHost::forget(int32_t id, bool abortive) {
  KernelAssociation* association = find(id);
  if (association == nullptr) return;
  if (abortive) closeHard(association->socket);
  associations_.erase(id);
}

int32_t KernelHost::connect(const Endpoint& remote, Fault& fault) {
  const std::string what = "cannot connect to " + endpointText(remote);
  const std::vector<Address> targets = kernelAddresses(remote, what, fault);
  if (fault) return 0;
  const std::vector<Address> locals = kernelAddresses(options_.local, what, fault);
  if (fault) return 0;
  if (associations_.size() >= options_.associationsMax) {
    associationsRefused_++;
    fault = {"EMFILE", what + ": this host already has " + std::to_string(associations_.size()) + " associations. Raise associationsMax."};
    return 0;
  }
  Descriptor socket(openSocket(std::max(familyOf(targets), familyOf(locals))));
  if (socket.get() < 0) {
    fault = systemFault(errno, what, noKernelSctp());
    return 0;
  }
  const int on = 1;
  if (options_.local.sctpPort != 0) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
  fault = applyKernelOptions(socket.get(), options_.tunables);
  if (fault) return 0;
  // A wildcard without a port leaves the choice of both to the kernel.
  if ((options_.local.sctpPort != 0 || !locals[0].isWildcard()) && bindAll(socket.get(), locals) == 0) {
    fault = systemFault(errno, what, "The local endpoint " + endpointText(options_.local) + " cannot be used.");
    return 0;
  }
  const int error = connectAll(socket.get(), targets);
  if (error != 0) {
    fault = systemFault(error, what, "");
    return 0;
  }
  return add(std::move(socket), false)->id;
}

void KernelHost::acceptAll() {
  for (;;) {
    Descriptor accepted(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (accepted.get() < 0) return;
    if (associations_.size() >= options_.associationsMax || applyKernelOptions(accepted.get(), options_.tunables)) {
      associationsRefused_++;
      closeHard(accepted);
      continue;
    }
    KernelAssociation* association = add(std::move(accepted), true);
    association->readDue = true;
    due_.push_back(association->id);
  }
}

int32_t KernelHost::send(uint32_t first, uint32_t count, Fault& fault) {
  if (count == 0) return 0;
  const int32_t* record = batch_.txRecords + static_cast<size_t>(first) * kTxStride;
  KernelAssociation* association = find(record[0]);
  if (association == nullptr || association->shuttingDown) return -1;
  uint32_t taken = 0;
  int error = association->up ? 0 : EAGAIN;
  size_t gathered = 0;
  for (; error == 0 && taken < count; taken++, record += kTxStride) {
    sctp_sndinfo info{};
    info.snd_sid = static_cast<uint16_t>(record[1]);
    info.snd_ppid = htonl(static_cast<uint32_t>(record[2]));
    info.snd_context = static_cast<uint32_t>(record[5]);
    iovec vector{batch_.txBytes + record[3], static_cast<size_t>(record[4])};
    alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(sctp_sndinfo))] = {};
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    cmsghdr* each = CMSG_FIRSTHDR(&header);
    each->cmsg_level = IPPROTO_SCTP;
    each->cmsg_type = SCTP_SNDINFO;
    each->cmsg_len = CMSG_LEN(sizeof(info));
    std::memcpy(CMSG_DATA(each), &info, sizeof(info));
    // The kernel gathers messages while more are announced, and sends them all with the last one. It goes on holding them when that
    // last one is refused for lack of room, so that a wide path (loopback: 64 KiB) would wait for ever: never announce more than a part.
    gathered += static_cast<size_t>(record[4]);
    const bool gathering = options_.tunables.bundle && taken + 1 < count && gathered < kGatherBytesMax;
    const int more = gathering ? MSG_MORE : 0;
    if (!gathering) gathered = 0;
    if (sendmsg(association->socket.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL | more) < 0) {
      error = errno;
      break;
    }
  }
  association->messagesSent += taken;
  if (error == 0) return static_cast<int32_t>(taken);
  if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
    association->blocked = true;
    // Until it is up there is nothing to watch for.
    if (association->up) watch(*association);
    return static_cast<int32_t>(taken);
  }
  if ((error == EINVAL || error == EMSGSIZE) && taken == 0) {
    fault = systemFault(error, "cannot send on association " + std::to_string(association->id) + ", stream " + std::to_string(record[1]),
                        error == EINVAL ? "Both sides must offer enough streams." : "Raise sendBufferBytes.");
    return -2;
  }
  return taken > 0 ? static_cast<int32_t>(taken) : -1;
}

void KernelHost::shutdown(int32_t id) {
  KernelAssociation* association = find(id);
  if (association == nullptr || association->shuttingDown) return;
  association->shuttingDown = true;
  if (association->up) ::shutdown(association->socket.get(), SHUT_WR);
  else forget(id, true);
}

void KernelHost::abort(int32_t id) { forget(id, true); }

bool KernelHost::statistics(int32_t id, Statistics& out) {
  KernelAssociation* association = find(id);
  if (association == nullptr) return false;
  out.remote = kernelPeer(association->socket.get());
  out.state = !association->up ? "connecting" : association->shuttingDown ? "shuttingDown" : "established";
  readKernelStatistics(association->socket.get(), out);
  out.messagesSent = static_cast<double>(association->messagesSent);
  out.messagesReceived = static_cast<double>(association->messagesReceived);
  return true;
}

Counters KernelHost::counters() const {
  Counters counters;
  counters.associationsRefused = associationsRefused_;
  counters.messagesDiscarded = messagesDiscarded_;
  return counters;
}

void KernelHost::close() {
  if (closed_) return;
  closed_ = true;
  while (!associations_.empty()) forget(associations_.begin()->first, true);
  listener_ = Descriptor();
  unregisterCore(core_->id);
}

}  // namespace busyhour

#else

namespace busyhour {

bool kernelCompiled() { return false; }

bool kernelAvailable() { return false; }

std::unique_ptr<Host> openKernelHost(const HostOptions& options, Fault& fault) {
  fault = {"EPROTONOSUPPORT", "cannot open " + endpointText(options.local) +
                                  ": built without the kernel's SCTP headers. Install linux-libc-dev and build again, or use the udp carrier."};
  return nullptr;
}

}  // namespace busyhour

#endif
