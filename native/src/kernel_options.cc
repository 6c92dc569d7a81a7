#include "kernel_options.h"

#if __has_include(<linux/sctp.h>)

#include <linux/sctp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace busyhour {
namespace {

constexpr size_t kAddressBufferBytes = 4096;

template <typename Value>
bool set(int fd, int level, int option, const Value& value, size_t length = sizeof(Value)) {
  return setsockopt(fd, level, option, &value, static_cast<socklen_t>(length)) == 0;
}

bool setPath(int fd, const Tunables& tunables) {
  sctp_paddrparams path{};
  path.spp_pathmaxrxt = static_cast<uint16_t>(std::min(tunables.pathMaxRetransmissions, 65'535u));
  path.spp_flags = tunables.heartbeatIntervalMs == 0 ? SPP_HB_DISABLE : SPP_HB_ENABLE;
  path.spp_hbinterval = tunables.heartbeatIntervalMs;
  // Kernels before 4.19 know a shorter structure.
  constexpr size_t kShort = offsetof(sctp_paddrparams, spp_ipv6_flowlabel);
  return set(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, path) || set(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, path, kShort);
}

bool setEvents(int fd) {
  sctp_event_subscribe events{};
  events.sctp_data_io_event = 0;
  events.sctp_association_event = 1;
  events.sctp_address_event = 1;
  events.sctp_shutdown_event = 1;
  events.sctp_send_failure_event_event = 1;
  if (set(fd, IPPROTO_SCTP, SCTP_EVENTS, events)) return true;
  // Kernels before 5.0 know fewer events; failed messages are then not reported one by one.
  constexpr size_t kShort = offsetof(sctp_event_subscribe, sctp_stream_reset_event);
  return set(fd, IPPROTO_SCTP, SCTP_EVENTS, events, kShort);
}

bool setTimers(int fd, const Tunables& tunables) {
  sctp_rtoinfo rto{};
  rto.srto_initial = tunables.rtoInitialMs;
  rto.srto_min = tunables.rtoMinMs;
  rto.srto_max = tunables.rtoMaxMs;
  sctp_assocparams association{};
  association.sasoc_asocmaxrxt = static_cast<uint16_t>(std::min(tunables.associationMaxRetransmissions, 65'535u));
  sctp_sack_info sack{};
  sack.sack_delay = tunables.sackDelayMs;
  sack.sack_freq = tunables.sackFrequency;
  return set(fd, IPPROTO_SCTP, SCTP_RTOINFO, rto) && set(fd, IPPROTO_SCTP, SCTP_ASSOCINFO, association) &&
         set(fd, IPPROTO_SCTP, SCTP_DELAYED_SACK, sack);
}

// The forced variants pass net.core.[rw]mem_max and need CAP_NET_ADMIN.
void setBuffers(int fd, const Tunables& tunables) {
  const int sendBytes = static_cast<int>(tunables.sendBufferBytes);
  const int receiveBytes = static_cast<int>(tunables.receiveBufferBytes);
  if (!set(fd, SOL_SOCKET, SO_SNDBUFFORCE, sendBytes)) set(fd, SOL_SOCKET, SO_SNDBUF, sendBytes);
  if (!set(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes)) set(fd, SOL_SOCKET, SO_RCVBUF, receiveBytes);
}

// Addresses one behind the other, each as long as its family needs, as bindx and connectx take them.
std::vector<uint8_t> pack(const std::vector<Address>& addresses) {
  std::vector<uint8_t> packed;
  for (const Address& each : addresses) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&each.generic);
    packed.insert(packed.end(), bytes, bytes + each.length);
  }
  return packed;
}

}  // namespace

std::vector<Address> kernelAddresses(const Endpoint& endpoint, const std::string& what, Fault& fault) {
  std::vector<Address> addresses;
  for (const std::string& text : endpoint.addresses) {
    Address address;
    if (!Address::parse(text, endpoint.sctpPort, address)) {
      fault = {"EINVAL", what + ": '" + text + "' is no IPv4 or IPv6 address"};
      return {};
    }
    addresses.push_back(address);
  }
  if (addresses.empty()) fault = {"EINVAL", what + ": give at least one address"};
  return addresses;
}

Fault applyKernelOptions(int fd, const Tunables& tunables) {
  const std::string what = "the kernel refused the SCTP option ";
  const std::string remedy = "Check the tunables: a value may be out of its range";
  sctp_initmsg init{};
  init.sinit_num_ostreams = static_cast<uint16_t>(std::min(tunables.outboundStreams, 65'535u));
  init.sinit_max_instreams = static_cast<uint16_t>(std::min(tunables.inboundStreamsMax, 65'535u));
  init.sinit_max_attempts = static_cast<uint16_t>(std::min(tunables.initMaxAttempts, 65'535u));
  init.sinit_max_init_timeo = static_cast<uint16_t>(std::min(tunables.rtoMaxMs, 65'535u));
  const int on = 1;
  const int noInterleave = 0;
  setBuffers(fd, tunables);
  set(fd, SOL_SOCKET, SO_TIMESTAMPNS, on);
  if (!setTimers(fd, tunables)) return systemFault(errno, what + "SCTP_RTOINFO/ASSOCINFO/DELAYED_SACK", remedy);
  if (!setPath(fd, tunables)) return systemFault(errno, what + "SCTP_PEER_ADDR_PARAMS", remedy);
  if (!set(fd, IPPROTO_SCTP, SCTP_INITMSG, init)) return systemFault(errno, what + "SCTP_INITMSG", remedy);
  if (!setEvents(fd)) return systemFault(errno, what + "SCTP_EVENTS", remedy);
  if (!set(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, on)) return systemFault(errno, what + "SCTP_RECVRCVINFO", remedy);
  if (!set(fd, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, noInterleave)) {
    return systemFault(errno, what + "SCTP_FRAGMENT_INTERLEAVE", remedy);
  }
  if (!set(fd, IPPROTO_SCTP, SCTP_NODELAY, on)) return systemFault(errno, what + "SCTP_NODELAY", remedy);
  return {};
}

uint16_t bindAll(int fd, std::vector<Address> addresses) {
  if (bind(fd, &addresses[0].generic, addresses[0].length) != 0) return 0;
  sockaddr_storage bound{};
  socklen_t length = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length) != 0) return 0;
  const uint16_t port = Address::from(bound, length).port();
  if (addresses.size() == 1) return port;
  addresses.erase(addresses.begin());
  for (Address& each : addresses) each.setPort(port);
  const std::vector<uint8_t> packed = pack(addresses);
  if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, packed.data(), static_cast<socklen_t>(packed.size())) != 0) return 0;
  return port;
}

int connectAll(int fd, const std::vector<Address>& addresses) {
  const std::vector<uint8_t> packed = pack(addresses);
  if (setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, packed.data(), static_cast<socklen_t>(packed.size())) >= 0) return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

Endpoint kernelPeer(int fd) {
  Endpoint peer;
  alignas(sctp_getaddrs) uint8_t buffer[kAddressBufferBytes] = {};
  auto* list = reinterpret_cast<sctp_getaddrs*>(buffer);
  socklen_t length = sizeof(buffer);
  if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDRS, buffer, &length) != 0) return peer;
  const uint8_t* at = list->addrs;
  for (uint32_t i = 0; i < list->addr_num; i++) {
    sockaddr_storage storage{};
    const auto* generic = reinterpret_cast<const sockaddr*>(at);
    const socklen_t size = generic->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    if (at + size > buffer + sizeof(buffer)) break;
    std::memcpy(&storage, at, size);
    const Address address = Address::from(storage, size);
    peer.addresses.push_back(address.hostText());
    peer.sctpPort = address.port();
    at += size;
  }
  return peer;
}

int32_t kernelOutgoingStreams(int fd) {
  sctp_status status{};
  socklen_t length = sizeof(status);
  if (getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &length) != 0) return 1;
  return status.sstat_outstrms;
}

void readKernelStatistics(int fd, Statistics& out) {
  sctp_status status{};
  socklen_t length = sizeof(status);
  if (getsockopt(fd, IPPROTO_SCTP, SCTP_STATUS, &status, &length) == 0) {
    out.srttMs = status.sstat_primary.spinfo_srtt;
    out.rtoMs = status.sstat_primary.spinfo_rto;
    out.cwndBytes = status.sstat_primary.spinfo_cwnd;
    out.outstandingChunks = status.sstat_unackdata;
    out.queuedMessages = status.sstat_penddata;
  }
  sctp_assoc_stats counts{};
  length = sizeof(counts);
  if (getsockopt(fd, IPPROTO_SCTP, SCTP_GET_ASSOC_STATS, &counts, &length) == 0) {
    out.retransmissions = static_cast<double>(counts.sas_rtxchunks);
    out.duplicateTsns = static_cast<double>(counts.sas_idupchunks);
    out.packetsSent = static_cast<double>(counts.sas_opackets);
    out.packetsReceived = static_cast<double>(counts.sas_ipackets);
    // Reading clears it in the kernel: the caller keeps the largest.
    out.rtoMaxSeenMs = static_cast<double>(counts.sas_maxrto);
  }
  out.rtoMaxSeenMs = std::max(out.rtoMaxSeenMs, out.rtoMs);
}

}  // namespace busyhour

#endif
