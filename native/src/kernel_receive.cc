// The receiving half of a kernel SCTP host: messages and notifications out of the sockets into the batch.
#include "kernel_host.h"

#if __has_include(<linux/sctp.h>)

#include <linux/sctp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel_options.h"
#include "poller.h"

namespace busyhour {
namespace {

constexpr int kEventsMax = 64;

}  // namespace

int32_t KernelHost::poll(int64_t deadlineNs, Fault&) {
  received_.clear();
  const std::vector<int32_t> due = std::move(due_);
  due_.clear();
  for (const int32_t id : due) {
    KernelAssociation* association = find(id);
    if (association != nullptr) drain(*association, false);
  }
  for (;;) {
    takeEvents();
    if (received_.count() > 0) return received_.count();
    const PollResult result = pollUntil(epoll_.get(), core_->wake, deadlineNs);
    if (result.woken) core_->wake.consume();
    if (result.readable) takeEvents();
    if (received_.count() > 0) return received_.count();
    if (result.woken || (deadlineNs != INT64_MAX && nowNs() >= deadlineNs)) return 0;
  }
}

void KernelHost::takeEvents() {
  epoll_event events[kEventsMax];
  const int count = epoll_wait(epoll_.get(), events, kEventsMax, 0);
  eventsLeft_ = count == kEventsMax;
  for (int i = 0; i < count; i++) {
    if (events[i].data.u64 == kListenerWord) {
      acceptAll();
      continue;
    }
    const auto id = static_cast<int32_t>(events[i].data.u64);
    KernelAssociation* association = find(id);
    if (association == nullptr || received_.full()) continue;
    if (association->blocked && (events[i].events & EPOLLOUT) != 0) {
      association->blocked = false;
      watch(*association);
      received_.addEvent(RxKind::writable, id, 0, 0, nowNs());
    }
    if ((events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) drain(*association, (events[i].events & EPOLLHUP) != 0);
  }
  // Accepted just now: `up` comes first, and data may wait behind it.
  const std::vector<int32_t> due = std::move(due_);
  due_.clear();
  for (const int32_t id : due) {
    KernelAssociation* association = find(id);
    if (association != nullptr) drain(*association, false);
  }
}

void KernelHost::drain(KernelAssociation& association, bool hangUp) {
  const int32_t id = association.id;
  if (association.upDue && !received_.full()) {
    received_.addEvent(RxKind::up, id, kernelOutgoingStreams(association.socket.get()), 1, nowNs());
    association.upDue = false;
  }
  bool more = !association.upDue;
  while (more && !received_.full()) {
    if (association.spill.complete) {
      const ReceiveBatch::Release released = received_.release(id, association.spill);
      if (released == ReceiveBatch::Release::waits) break;
      if (released == ReceiveBatch::Release::discarded) messagesDiscarded_++;
      else association.messagesReceived++;
      continue;
    }
    more = readOne(association, hangUp);
    if (find(id) == nullptr) return;
  }
  // A socket that still has data stays readable in epoll; what is kept here does not.
  if (association.upDue || association.spill.complete) due_.push_back(id);
}

int64_t KernelHost::readControl(msghdr& header, MessageInfo& info) {
  int64_t stampNs = nowNs();
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level == IPPROTO_SCTP && each->cmsg_type == SCTP_RCVINFO) {
      sctp_rcvinfo rcv{};
      std::memcpy(&rcv, CMSG_DATA(each), sizeof(rcv));
      info.stream = rcv.rcv_sid;
      info.ppid = ntohl(rcv.rcv_ppid);
      info.unordered = (rcv.rcv_flags & SCTP_UNORDERED) != 0;
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_TIMESTAMPNS) {
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(each), sizeof(stamp));
      stampNs = wallClock_.toEpochNs(stamp, stampNs);
    }
  }
  info.stampNs = stampNs;
  return stampNs;
}

// False: nothing more now, or the association is gone.
bool KernelHost::readOne(KernelAssociation& association, bool hangUp) {
  uint8_t* at = received_.writePointer();
  iovec vector{at, received_.room()};
  alignas(cmsghdr) uint8_t control[256];
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t length = recvmsg(association.socket.get(), &header, MSG_DONTWAIT);
  if (length < 0) return readError(association, errno);
  if (length == 0) {
    if (hangUp) {
      received_.addEvent(RxKind::shutdownComplete, association.id, 0, 0, nowNs());
      forget(association.id, false);
    } else if (!association.atEnd) {
      association.atEnd = true;
      watch(association);
    }
    return false;
  }
  MessageInfo info;
  const int64_t stampNs = readControl(header, info);
  const bool whole = (header.msg_flags & MSG_EOR) != 0;
  const auto size = static_cast<size_t>(length);
  Spill& spill = association.spill;
  if (!whole || !spill.bytes.empty()) {
    if (spill.bytes.empty()) spill.info = info;
    received_.spill(spill, at, size, whole);
    if (!whole || (header.msg_flags & MSG_NOTIFICATION) == 0) return true;
    const std::vector<uint8_t> parts = std::move(spill.bytes);
    spill = Spill();
    return takeNotification(association, parts.data(), parts.size(), stampNs);
  }
  if ((header.msg_flags & MSG_NOTIFICATION) != 0) return takeNotification(association, at, size, stampNs);
  received_.addMessage(association.id, info, size);
  association.messagesReceived++;
  return true;
}

bool KernelHost::readError(KernelAssociation& association, int error) {
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return false;
  RxKind kind = RxKind::lost;
  if (!association.up) kind = RxKind::cantStart;
  else if (error == ECONNRESET || error == ECONNABORTED || error == EPIPE) kind = RxKind::aborted;
  received_.addEvent(kind, association.id, 0, 0, nowNs());
  forget(association.id, true);
  return false;
}

bool KernelHost::takeNotification(KernelAssociation& association, const uint8_t* bytes, size_t length, int64_t stampNs) {
  uint16_t type = 0;
  if (length < 8) return true;
  std::memcpy(&type, bytes, sizeof(type));
  if (type == SCTP_ASSOC_CHANGE && length >= sizeof(sctp_assoc_change)) {
    sctp_assoc_change change{};
    std::memcpy(&change, bytes, sizeof(change));
    // An ABORT of the peer comes with its chunk (RFC 6458 §6.1.1).
    const bool aborted = length > sizeof(change) && change.sac_state == SCTP_COMM_LOST;
    return associationChanged(association, change.sac_state, change.sac_error, aborted, stampNs);
  }
  if (type == SCTP_PEER_ADDR_CHANGE && length >= sizeof(sctp_paddr_change)) {
    sctp_paddr_change change{};
    std::memcpy(&change, bytes, sizeof(change));
    int32_t code = -1;
    if (change.spc_state == SCTP_ADDR_UNREACHABLE) code = 0;
    if (change.spc_state == SCTP_ADDR_AVAILABLE) code = 1;
    if (change.spc_state == SCTP_ADDR_CONFIRMED) code = 2;
    if (change.spc_state == SCTP_ADDR_MADE_PRIM) code = 3;
    if (code >= 0) received_.addEvent(RxKind::pathChange, association.id, code, 0, stampNs);
    return true;
  }
  if (type == SCTP_SHUTDOWN_EVENT) {
    association.shuttingDown = true;
    received_.addEvent(RxKind::peerShutdown, association.id, 0, 0, stampNs);
  } else if (type == SCTP_SEND_FAILED_EVENT && length >= sizeof(sctp_send_failed_event)) {
    sctp_send_failed_event failed{};
    std::memcpy(&failed, bytes, sizeof(failed));
    received_.addEvent(RxKind::sendFailed, association.id, static_cast<int32_t>(failed.ssfe_info.snd_context), 0, stampNs);
  }
  return true;
}

bool KernelHost::associationChanged(KernelAssociation& association, uint16_t state, uint16_t error, bool aborted, int64_t stampNs) {
  const int32_t id = association.id;
  switch (state) {
    case SCTP_COMM_UP:
      // An accepted association was reported when it was accepted.
      if (association.accepted) return true;
      association.up = true;
      received_.addEvent(RxKind::up, id, kernelOutgoingStreams(association.socket.get()), 0, stampNs);
      // Messages were offered too early: now epoll tells when there is room.
      if (association.blocked) watch(association);
      return true;
    case SCTP_RESTART:
      received_.addEvent(RxKind::restart, id, kernelOutgoingStreams(association.socket.get()), 0, stampNs);
      return true;
    case SCTP_SHUTDOWN_COMP:
      received_.addEvent(RxKind::shutdownComplete, id, 0, 0, stampNs);
      break;
    case SCTP_CANT_STR_ASSOC:
      received_.addEvent(RxKind::cantStart, id, error, 0, stampNs);
      break;
    case SCTP_COMM_LOST:
      received_.addEvent(aborted ? RxKind::aborted : RxKind::lost, id, error, 0, stampNs);
      break;
    default:
      return true;
  }
  forget(id, state == SCTP_COMM_LOST);
  return false;
}

}  // namespace busyhour

#endif
