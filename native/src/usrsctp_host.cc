#include "usrsctp_host.h"

#include <cerrno>
#include <random>

#include "clock.h"
#include "usrsctp_options.h"

namespace busyhour {
namespace {

constexpr uint16_t kPortMin = 49'152;
// Remote addresses remembered beside those with associations; the oldest is forgotten first.
constexpr size_t kIdlePeersMax = 4096;

sockaddr_conn connAddress(uint64_t handle, uint16_t port) {
  sockaddr_conn address{};
  address.sconn_family = AF_CONN;
  address.sconn_port = htons(port);
  address.sconn_addr = handlePointer(handle);
  return address;
}

std::string associationText(const Association& association) {
  return "association " + std::to_string(association.id) + " to " + association.peer->remote.text();
}

}  // namespace

std::string endpointText(const Endpoint& endpoint) {
  std::string text;
  for (const std::string& address : endpoint.addresses) {
    if (!text.empty()) text += "+";
    text += address.find(':') == std::string::npos ? address : "[" + address + "]";
  }
  text += ":" + std::to_string(endpoint.sctpPort);
  if (endpoint.udpPort != 0) text += "/" + std::to_string(endpoint.udpPort);
  return text;
}

std::unique_ptr<Host> openUsrsctpHost(const HostOptions& options, Fault& fault) {
  usrsctpStart();
  std::unique_ptr<PacketCarrier> carrier;
  if (options.carrier == Carrier::raw) carrier = openRawCarrier(options, fault);
  else if (options.carrier == Carrier::memory) carrier = openMemoryCarrier(options, fault);
  else carrier = openUdpCarrier(options, fault);
  if (!carrier) return nullptr;
  HostOptions bound = options;
  bound.local.udpPort = carrier->local().port();
  const uint32_t packetBytes = carrier->packetBytes();
  auto core = std::make_shared<UsrsctpCore>(std::move(carrier), options.tunables.bundle);
  std::shared_ptr<Listener> listener;
  if (options.listen) {
    listener = listenOn(bound.local.sctpPort, options, packetBytes, fault);
    if (!listener) return nullptr;
  }
  registerCore(core);
  usrsctpAttach(core);
  return std::make_unique<UsrsctpHost>(bound, std::move(core), std::move(listener));
}

UsrsctpHost::UsrsctpHost(const HostOptions& options, std::shared_ptr<UsrsctpCore> core, std::shared_ptr<Listener> listener)
    : options_(options),
      core_(std::move(core)),
      listener_(std::move(listener)),
      received_(options.receiveBatchMessages, options.receiveBatchBytes) {
  usrsctp_register_address(handlePointer(core_->stranger(Address(), Address())->handle));
}

UsrsctpHost::~UsrsctpHost() { close(); }

Association* UsrsctpHost::find(int32_t id) {
  if (lastFound_ != nullptr && lastFound_->id == id) return lastFound_;
  const auto found = associations_.find(id);
  if (found == associations_.end()) return nullptr;
  lastFound_ = found->second.get();
  return lastFound_;
}

Association* UsrsctpHost::add(SctpSocket* so, Peer* peer, uint16_t localPort, uint16_t remotePort) {
  const int32_t id = nextAssociation_++;
  auto made = std::make_unique<Association>(id, so, peer, localPort, remotePort, options_.tunables.receiveBufferBytes);
  Association* association = made.get();
  associations_.emplace(id, std::move(made));
  core_->addTrack(peer, &association->track);
  usrsctp_set_upcall(so, associationUpcall, upcallArgument(core_->id, id));
  return association;
}

void UsrsctpHost::forget(Association& association, bool abortive) {
  SctpSocket* so = association.so;
  usrsctp_set_upcall(so, nullptr, nullptr);
  if (abortive) {
    const linger hard{1, 0};
    usrsctp_setsockopt(so, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
  }
  usrsctp_close(so);
  core_->removeTrack(association.peer, &association.track);
  association.peer->lastSeenNs = nowNs();
  if (lastFound_ == &association) lastFound_ = nullptr;
  associations_.erase(association.id);
}

void UsrsctpHost::evictIdlePeers() {
  size_t allowed = kIdlePeersMax + options_.associationsMax;
  for (auto each = peerOrder_.begin(); each != peerOrder_.end() && core_->peerCount() >= allowed;) {
    Peer* peer = core_->peerByHandle(*each);
    if (peer != nullptr && peer->associations != 0) {
      ++each;
      continue;
    }
    usrsctp_deregister_address(handlePointer(*each));
    if (peer != nullptr) core_->removePeer(peer);
    each = peerOrder_.erase(each);
  }
}

int32_t UsrsctpHost::connect(const Endpoint& remote, Fault& fault) {
  const OwnerScope scope(this, core_.get());
  const std::string what = "cannot connect to " + endpointText(remote);
  Address address;
  const uint16_t udpPort = options_.carrier == Carrier::raw ? 0 : remote.udpPort;
  if (remote.addresses.size() != 1 || !Address::parse(remote.addresses[0], udpPort, address)) {
    fault = {"EINVAL", what + ": give exactly one IPv4 or IPv6 address (several need the kernel carrier)"};
    return 0;
  }
  if (address.family() != core_->carrier().local().family()) {
    fault = {"EAFNOSUPPORT", what + ": the local address " + core_->carrier().local().hostText() + " is of the other IP version"};
    return 0;
  }
  if (associations_.size() >= options_.associationsMax) {
    associationsRefused_++;
    fault = {"EMFILE", what + ": this host already has " + std::to_string(associations_.size()) + " associations. Raise associationsMax."};
    return 0;
  }
  Peer* peer = core_->findPeer(address);
  if (peer == nullptr) {
    evictIdlePeers();
    peer = core_->addPeer(address, Address());
    peerOrder_.push_back(peer->handle);
    usrsctp_register_address(handlePointer(peer->handle));
  }
  SctpSocket* so = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
  if (so == nullptr) {
    fault = systemFault(errno, what, "");
    return 0;
  }
  fault = applySocketOptions(so, options_.tunables, core_->carrier().packetBytes());
  if (fault) {
    usrsctp_close(so);
    return 0;
  }
  // usrsctp's own choice of a port cannot be asked for; another process may use the same on the raw carrier, hence random.
  std::random_device random;
  uint16_t port = options_.local.sctpPort;
  int bound = -1;
  for (int attempt = 0; attempt < 64 && bound != 0; attempt++) {
    if (options_.local.sctpPort == 0) port = static_cast<uint16_t>(kPortMin + random() % (65'536 - kPortMin));
    if (peer->find(port, remote.sctpPort) != nullptr && options_.local.sctpPort == 0) continue;
    sockaddr_conn local = connAddress(peer->handle, port);
    bound = usrsctp_bind(so, reinterpret_cast<sockaddr*>(&local), sizeof(local));
    if (options_.local.sctpPort != 0) break;
  }
  const bool twice = peer->find(port, remote.sctpPort) != nullptr;
  if (bound != 0 || twice) {
    fault = systemFault(twice ? EADDRINUSE : errno, what, "SCTP port " + std::to_string(port) +
                        " is taken by another association to the same peer: use local SCTP port 0, or another local endpoint.");
    usrsctp_close(so);
    return 0;
  }
  Association* association = add(so, peer, port, remote.sctpPort);
  sockaddr_conn target = connAddress(peer->handle, remote.sctpPort);
  if (usrsctp_connect(so, reinterpret_cast<sockaddr*>(&target), sizeof(target)) != 0 && errno != EINPROGRESS) {
    fault = systemFault(errno, what, "");
    forget(*association, true);
    return 0;
  }
  return association->id;
}

void UsrsctpHost::adoptAccepted(void* self, SctpSocket* accepted, uint64_t handle) {
  static_cast<UsrsctpHost*>(self)->adopt(accepted, handle);
}

void UsrsctpHost::adopt(SctpSocket* accepted, uint64_t handle) {
  Peer* peer = core_->peerByHandle(handle);
  sockaddr* addresses = nullptr;
  uint16_t remotePort = 0;
  if (usrsctp_getpaddrs(accepted, 0, &addresses) > 0) {
    remotePort = ntohs(reinterpret_cast<sockaddr_conn*>(addresses)->sconn_port);
    usrsctp_freepaddrs(addresses);
  }
  if (peer == nullptr || associations_.size() >= options_.associationsMax || remotePort == 0) {
    associationsRefused_++;
    const linger hard{1, 0};
    usrsctp_setsockopt(accepted, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    usrsctp_close(accepted);
    return;
  }
  applyAcceptedOptions(accepted, options_.tunables);
  Association* association = add(accepted, peer, options_.local.sctpPort, remotePort);
  association->accepted = true;
  association->up = true;
  association->upDue = true;
  association->readDue = true;
  markReady(association->id);
}

int UsrsctpHost::sendOne(Association& association, const int32_t* record) {
  sctp_sndinfo info{};
  info.snd_sid = static_cast<uint16_t>(record[1]);
  info.snd_ppid = htonl(static_cast<uint32_t>(record[2]));
  // Comes back with a failed message.
  info.snd_context = static_cast<uint32_t>(record[5]);
  const uint8_t* bytes = batch_.txBytes + record[3];
  const ssize_t sent = usrsctp_sendv(association.so, bytes, static_cast<size_t>(record[4]), nullptr, 0, &info, sizeof(info),
                                     SCTP_SENDV_SNDINFO, 0);
  return sent >= 0 ? 0 : errno;
}

Fault UsrsctpHost::sendFault(const Association& association, const int32_t* record, int error) const {
  const std::string what = "cannot send on " + associationText(association);
  if (error == EINVAL) {
    return {"EINVAL", what + ": stream " + std::to_string(record[1]) +
                          " is not open (or the message is empty). Both sides must offer enough streams."};
  }
  if (error == EMSGSIZE) {
    return {"EMSGSIZE", what + ": " + std::to_string(record[4]) + " bytes do not fit in the send buffer. Raise sendBufferBytes."};
  }
  return systemFault(error, what, "");
}

int32_t UsrsctpHost::send(uint32_t first, uint32_t count, Fault& fault) {
  if (count == 0) return 0;
  const int32_t* record = batch_.txRecords + static_cast<size_t>(first) * kTxStride;
  Association* association = find(record[0]);
  if (association == nullptr || association->shuttingDown) return -1;
  if (!association->up) {
    association->blocked = true;
    return 0;
  }
  const OwnerScope scope(this, core_.get());
  {
    // The tokens have to be there before the packets are: usrsctp transmits from within usrsctp_sendv.
    const std::lock_guard lock(core_->mutex());
    for (uint32_t i = 0; i < count; i++) {
      const int32_t* each = record + i * kTxStride;
      association->track.transmit.queued(static_cast<uint16_t>(each[1]), static_cast<uint32_t>(each[5]));
    }
  }
  // All but the last message may wait for company; the last one sends them all. The option is switched at the edges only.
  const bool gather = options_.tunables.bundle && count > 1;
  if (gather) setNodelay(association->so, false);
  uint32_t taken = 0;
  int error = 0;
  for (; taken < count; taken++) {
    if (gather && taken + 1 == count) setNodelay(association->so, true);
    error = sendOne(*association, record + taken * kTxStride);
    if (error != 0) break;
  }
  association->messagesSent += taken;
  if (!association->unsettled) {
    association->unsettled = true;
    unsettled_.push_back(association->id);
  }
  if (error == 0) return static_cast<int32_t>(taken);

  if (gather && taken + 1 < count) setNodelay(association->so, true);
  {
    const std::lock_guard lock(core_->mutex());
    for (uint32_t i = count; i > taken; i--) {
      association->track.transmit.refused(static_cast<uint16_t>(record[(i - 1) * kTxStride + 1]), 1);
    }
  }
  if (error == EWOULDBLOCK || error == EAGAIN || error == ENOBUFS || error == ENOMEM) {
    association->blocked = true;
    return static_cast<int32_t>(taken);
  }
  if (error == EINVAL || error == EMSGSIZE) {
    if (taken > 0) return static_cast<int32_t>(taken);
    fault = sendFault(*association, record, error);
    return -2;
  }
  return taken > 0 ? static_cast<int32_t>(taken) : -1;
}

void UsrsctpHost::shutdown(int32_t id) {
  Association* association = find(id);
  if (association == nullptr || association->shuttingDown) return;
  const OwnerScope scope(this, core_.get());
  association->shuttingDown = true;
  // Before it is up there is nothing to end in order.
  if (!association->up) {
    forget(*association, true);
    return;
  }
  usrsctp_shutdown(association->so, SHUT_WR);
  markReady(id);
  association->readDue = true;
}

void UsrsctpHost::abort(int32_t id) {
  Association* association = find(id);
  if (association == nullptr) return;
  const OwnerScope scope(this, core_.get());
  forget(*association, true);
  core_->flush();
}

bool UsrsctpHost::statistics(int32_t id, Statistics& out) {
  Association* association = find(id);
  if (association == nullptr) return false;
  sctp_status status{};
  socklen_t length = sizeof(status);
  const bool known = usrsctp_getsockopt(association->so, IPPROTO_SCTP, SCTP_STATUS, &status, &length) == 0;
  out.remote.addresses = {association->peer->remote.hostText()};
  out.remote.sctpPort = association->track.remotePort;
  out.remote.udpPort = association->peer->remote.port();
  out.state = !association->up ? "connecting" : association->shuttingDown ? "shuttingDown" : "established";
  const std::lock_guard lock(core_->mutex());
  const AssociationTrack& track = association->track;
  out.retransmissions = static_cast<double>(track.transmit.retransmissions());
  out.duplicateTsns = static_cast<double>(track.receive.duplicates());
  out.queuedMessages = static_cast<double>(track.transmit.queuedMessages());
  out.packetsSent = static_cast<double>(track.packetsSent);
  out.packetsReceived = static_cast<double>(track.packetsReceived);
  out.messagesSent = static_cast<double>(association->messagesSent);
  out.messagesReceived = static_cast<double>(association->messagesReceived);
  if (known) {
    out.srttMs = status.sstat_primary.spinfo_srtt;
    out.rtoMs = status.sstat_primary.spinfo_rto;
    out.cwndBytes = status.sstat_primary.spinfo_cwnd;
    out.outstandingChunks = status.sstat_unackdata;
  }
  const double spacingMs = static_cast<double>(track.transmit.spacingMaxNs()) / 1e6;
  out.rtoMaxSeenMs = spacingMs > out.rtoMs ? spacingMs : out.rtoMs;
  return true;
}

Counters UsrsctpHost::counters() const {
  Counters counters;
  counters.packetsSent = core_->packetsSent();
  counters.packetsReceived = packetsReceived_;
  counters.packetsSendFailed = core_->packetsSendFailed();
  counters.packetsDiscarded = packetsDiscarded_;
  counters.packetsOverflowed = core_->carrier().overflowed();
  counters.associationsRefused = associationsRefused_;
  counters.messagesDiscarded = messagesDiscarded_;
  return counters;
}

void UsrsctpHost::close() {
  if (closed_) return;
  closed_ = true;
  {
    const OwnerScope scope(this, core_.get());
    core_->setLog({});
    while (!associations_.empty()) forget(*associations_.begin()->second, true);
    takeSignals();
    while (!associations_.empty()) forget(*associations_.begin()->second, true);
    core_->flush();
  }
  usrsctpDetach(core_);
  unregisterCore(core_->id);
  core_->shutDown();
  for (const auto& [handle, peer] : core_->peers()) usrsctp_deregister_address(handlePointer(handle));
  usrsctp_deregister_address(handlePointer(core_->stranger(Address(), Address())->handle));
  listener_.reset();
}

}  // namespace busyhour
