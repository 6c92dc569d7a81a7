#include "usrsctp_options.h"

#include <algorithm>
#include <cerrno>

namespace busyhour {
namespace {

constexpr uint32_t kChunksOnQueueMax = 1u << 22;

template <typename Value>
bool set(SctpSocket* so, int level, int option, const Value& value) {
  return usrsctp_setsockopt(so, level, option, &value, sizeof(value)) == 0;
}

bool setPath(SctpSocket* so, const Tunables& tunables, uint32_t packetBytes) {
  // No address: the options count for the whole socket.
  sctp_paddrparams path{};
  path.spp_pathmaxrxt = static_cast<uint16_t>(std::min(tunables.pathMaxRetransmissions, 65'535u));
  if (tunables.heartbeatIntervalMs == 0) {
    path.spp_flags = SPP_HB_DISABLE;
  } else {
    path.spp_flags = SPP_HB_ENABLE;
    path.spp_hbinterval = tunables.heartbeatIntervalMs;
  }
  if (packetBytes != 0) {
    path.spp_flags |= SPP_PMTUD_DISABLE;
    path.spp_pathmtu = packetBytes;
  }
  return set(so, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, path);
}

bool setTimers(SctpSocket* so, const Tunables& tunables) {
  sctp_rtoinfo rto{};
  rto.srto_initial = tunables.rtoInitialMs;
  rto.srto_min = tunables.rtoMinMs;
  rto.srto_max = tunables.rtoMaxMs;
  sctp_assocparams association{};
  association.sasoc_asocmaxrxt = static_cast<uint16_t>(std::min(tunables.associationMaxRetransmissions, 65'535u));
  sctp_sack_info sack{};
  sack.sack_delay = tunables.sackDelayMs;
  sack.sack_freq = tunables.sackFrequency;
  return set(so, IPPROTO_SCTP, SCTP_RTOINFO, rto) && set(so, IPPROTO_SCTP, SCTP_ASSOCINFO, association) &&
         set(so, IPPROTO_SCTP, SCTP_DELAYED_SACK, sack);
}

bool setEvents(SctpSocket* so) {
  for (const uint16_t type : {SCTP_ASSOC_CHANGE, SCTP_PEER_ADDR_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_SEND_FAILED_EVENT}) {
    sctp_event event{};
    event.se_assoc_id = SCTP_FUTURE_ASSOC;
    event.se_type = type;
    event.se_on = 1;
    if (!set(so, IPPROTO_SCTP, SCTP_EVENT, event)) return false;
  }
  return true;
}

bool setDelivery(SctpSocket* so, const Tunables& tunables) {
  const int on = 1;
  // Level 1: fragments of different messages are not mixed on one association, so what is read is one message.
  const int interleave = 1;
  // Messages are handed over complete: partial delivery begins only when one fills the receive buffer.
  const uint32_t partialAt = tunables.receiveBufferBytes;
  return set(so, IPPROTO_SCTP, SCTP_RECVRCVINFO, on) && set(so, IPPROTO_SCTP, SCTP_RECVNXTINFO, on) &&
         set(so, IPPROTO_SCTP, SCTP_FRAGMENT_INTERLEAVE, interleave) &&
         set(so, IPPROTO_SCTP, SCTP_PARTIAL_DELIVERY_POINT, partialAt);
}

bool setBuffers(SctpSocket* so, const Tunables& tunables) {
  const int sendBytes = static_cast<int>(tunables.sendBufferBytes);
  const int receiveBytes = static_cast<int>(tunables.receiveBufferBytes);
  return set(so, SOL_SOCKET, SO_SNDBUF, sendBytes) && set(so, SOL_SOCKET, SO_RCVBUF, receiveBytes);
}

}  // namespace

void applyProcessOptions() {
  usrsctp_sysctl_set_sctp_ecn_enable(0);
  usrsctp_sysctl_set_sctp_auth_enable(0);
  usrsctp_sysctl_set_sctp_asconf_enable(0);
  usrsctp_sysctl_set_sctp_auto_asconf(0);
  usrsctp_sysctl_set_sctp_nrsack_enable(0);
  usrsctp_sysctl_set_sctp_pktdrop_enable(0);
  usrsctp_sysctl_set_sctp_reconfig_enable(0);
  usrsctp_sysctl_set_sctp_pr_enable(0);
  usrsctp_sysctl_set_sctp_no_csum_on_loopback(0);
  // Default 30: an association would die at the 31st time-out of one chunk, whatever the path and association maxima say.
  usrsctp_sysctl_set_sctp_max_retran_chunk(0);
  // Default 512: a queue of small messages would block its sender long before the send buffer is full.
  usrsctp_sysctl_set_sctp_max_chunks_on_queue(kChunksOnQueueMax);
  // NOTE: deviates from RFC 9260 section 6.1 (Max.Burst 4) because usrsctp applies it by cutting the congestion window to four
  // packets whenever a batch of data was acknowledged at once, which is the normal case here.
  usrsctp_sysctl_set_sctp_max_burst_default(0);
  usrsctp_sysctl_set_sctp_blackhole(0);
}

void setNodelay(SctpSocket* so, bool on) {
  const int value = on ? 1 : 0;
  usrsctp_setsockopt(so, IPPROTO_SCTP, SCTP_NODELAY, &value, sizeof(value));
}

Fault applySocketOptions(SctpSocket* so, const Tunables& tunables, uint32_t packetBytes) {
  const std::string what = "the SCTP engine refused the option ";
  const std::string remedy = "Check the tunables: a value may be out of its range";
  sctp_initmsg init{};
  init.sinit_num_ostreams = static_cast<uint16_t>(std::min(tunables.outboundStreams, 65'535u));
  init.sinit_max_instreams = static_cast<uint16_t>(std::min(tunables.inboundStreamsMax, 65'535u));
  init.sinit_max_attempts = static_cast<uint16_t>(std::min(tunables.initMaxAttempts, 65'535u));
  init.sinit_max_init_timeo = static_cast<uint16_t>(std::min(tunables.rtoMaxMs, 65'535u));
  const int on = 1;
  if (usrsctp_set_non_blocking(so, 1) != 0) return systemFault(errno, what + "non-blocking", remedy);
  if (!set(so, IPPROTO_SCTP, SCTP_REUSE_PORT, on)) return systemFault(errno, what + "SCTP_REUSE_PORT", remedy);
  if (!setBuffers(so, tunables)) return systemFault(errno, what + "SO_SNDBUF/SO_RCVBUF", remedy);
  if (!setTimers(so, tunables)) return systemFault(errno, what + "SCTP_RTOINFO/ASSOCINFO/DELAYED_SACK", remedy);
  if (!setPath(so, tunables, packetBytes)) return systemFault(errno, what + "SCTP_PEER_ADDR_PARAMS", remedy);
  if (!set(so, IPPROTO_SCTP, SCTP_INITMSG, init)) return systemFault(errno, what + "SCTP_INITMSG", remedy);
  if (!setEvents(so)) return systemFault(errno, what + "SCTP_EVENT", remedy);
  if (!setDelivery(so, tunables)) return systemFault(errno, what + "delivery", remedy);
  setNodelay(so, true);
  return {};
}

void applyAcceptedOptions(SctpSocket* so, const Tunables& tunables) {
  usrsctp_set_non_blocking(so, 1);
  setBuffers(so, tunables);
  setTimers(so, tunables);
  setPath(so, tunables, 0);
  setEvents(so);
  setDelivery(so, tunables);
  setNodelay(so, true);
}

int32_t outgoingStreams(SctpSocket* so) {
  sctp_status status{};
  socklen_t length = sizeof(status);
  if (usrsctp_getsockopt(so, IPPROTO_SCTP, SCTP_STATUS, &status, &length) != 0) return 1;
  return status.sstat_outstrms;
}

}  // namespace busyhour
