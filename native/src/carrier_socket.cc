#include "carrier_socket.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

namespace busyhour {
namespace {

constexpr size_t kControlBytes = 128;

constexpr uint32_t kPathMtu = 1500;
constexpr uint32_t kIpv4HeaderBytes = 20;
constexpr uint32_t kIpv6HeaderBytes = 40;
constexpr uint32_t kUdpHeaderBytes = 8;

// Largest socket buffer worth asking for: 30 s of a frozen peer wait in SCTP, not here.
constexpr int kSocketBufferBytes = 16 << 20;

void enlargeBuffer(int fd, int forced, int plain) {
  int size = kSocketBufferBytes;
  // The forced variant passes net.core.[rw]mem_max and needs CAP_NET_ADMIN.
  if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof(size)) != 0) setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

void enable(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof(on));
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

struct SocketCarrier::ReceiveSlots {
  mmsghdr headers[kReceiveSlots];
  iovec vectors[kReceiveSlots];
  sockaddr_storage names[kReceiveSlots];
  alignas(cmsghdr) uint8_t control[kReceiveSlots][kControlBytes];
  uint8_t bytes[kReceiveSlots][kPacketBytesMax];
};

struct SocketCarrier::SendSlots {
  mmsghdr headers[kSendSlots];
  iovec vectors[kSendSlots];
  alignas(cmsghdr) uint8_t control[kSendSlots][kControlBytes];
};

// Mapped, not allocated: of each 64 KiB slot only the pages that packets really reach become memory.
void SocketCarrier::FreeReceiveSlots::operator()(ReceiveSlots* slots) const { munmap(slots, sizeof(ReceiveSlots)); }

void SocketCarrier::FreeSendSlots::operator()(SendSlots* slots) const { delete slots; }

SocketCarrier::SocketCarrier(Descriptor socket, const Address& local, bool stripsIpHeader, uint32_t packetBytes)
    : socket_(std::move(socket)), stripsIpHeader_(stripsIpHeader), packetBytes_(packetBytes), tx_(new SendSlots()) {
  local_ = local;
  void* pages = mmap(nullptr, sizeof(ReceiveSlots), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return;
  rx_.reset(static_cast<ReceiveSlots*>(pages));
  for (uint32_t i = 0; i < kReceiveSlots; i++) {
    rx_->vectors[i] = {rx_->bytes[i], kPacketBytesMax};
    msghdr& header = rx_->headers[i].msg_hdr;
    header.msg_iov = &rx_->vectors[i];
    header.msg_iovlen = 1;
    header.msg_name = &rx_->names[i];
    header.msg_control = rx_->control[i];
  }
}

uint32_t SocketCarrier::receive(ReceivedPacket* out) {
  if (!rx_) return 0;
  for (uint32_t i = 0; i < kReceiveSlots; i++) {
    rx_->headers[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    rx_->headers[i].msg_hdr.msg_controllen = kControlBytes;
  }
  // A pending ICMP error (ECONNREFUSED while the target is down) ends a call without data: ask again, the packets are
  // behind it. SCTP's own timers decide whether the peer is gone.
  int count = -1;
  for (int attempt = 0; attempt < 8 && count < 0; attempt++) {
    count = recvmmsg(socket_.get(), rx_->headers, kReceiveSlots, MSG_DONTWAIT, nullptr);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
  }
  if (count <= 0) return 0;
  const int64_t now = nowNs();
  for (int i = 0; i < count; i++) {
    const msghdr& header = rx_->headers[i].msg_hdr;
    ReceivedPacket& packet = out[i];
    packet.data = rx_->bytes[i];
    packet.length = rx_->headers[i].msg_len;
    packet.source = Address::from(rx_->names[i], header.msg_namelen);
    packet.destination.length = 0;
    packet.stampNs = now;
    if (stripsIpHeader_) {
      const size_t headerBytes = packet.length > 0 ? static_cast<size_t>(packet.data[0] & 0x0f) * 4 : 0;
      packet.data += headerBytes;
      packet.length = packet.length > headerBytes ? packet.length - headerBytes : 0;
    }
    if ((header.msg_flags & MSG_TRUNC) != 0) packet.length = 0;
    readControl(header, now, packet);
  }
  return static_cast<uint32_t>(count);
}

void SocketCarrier::readControl(const msghdr& header, int64_t now, ReceivedPacket& packet) {
  auto* mutableHeader = const_cast<msghdr*>(&header);
  for (cmsghdr* each = CMSG_FIRSTHDR(mutableHeader); each != nullptr; each = CMSG_NXTHDR(mutableHeader, each)) {
    if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_TIMESTAMPNS) {
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(each), sizeof(stamp));
      packet.stampNs = wallClock_.toEpochNs(stamp, now);
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_RXQ_OVFL) {
      uint32_t total = 0;
      std::memcpy(&total, CMSG_DATA(each), sizeof(total));
      overflowed_ += total - overflowedLast_;
      overflowedLast_ = total;
    } else if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof(info));
      packet.destination.v4.sin_family = AF_INET;
      packet.destination.v4.sin_addr = info.ipi_addr;
      packet.destination.length = sizeof(sockaddr_in);
    } else if (each->cmsg_level == IPPROTO_IPV6 && each->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(each), sizeof(info));
      packet.destination.v6 = {};
      packet.destination.v6.sin6_family = AF_INET6;
      packet.destination.v6.sin6_addr = info.ipi6_addr;
      packet.destination.length = sizeof(sockaddr_in6);
    }
  }
}

namespace {

// Names the source address of one packet; returns the length of the control data.
size_t writeSource(const Address& source, uint8_t* control) {
  auto* header = reinterpret_cast<cmsghdr*>(control);
  if (source.family() == AF_INET) {
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo info{};
    info.ipi_spec_dst = source.v4.sin_addr;
    std::memcpy(CMSG_DATA(header), &info, sizeof(info));
    return CMSG_SPACE(sizeof(in_pktinfo));
  }
  header->cmsg_level = IPPROTO_IPV6;
  header->cmsg_type = IPV6_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(in6_pktinfo));
  in6_pktinfo info{};
  info.ipi6_addr = source.v6.sin6_addr;
  std::memcpy(CMSG_DATA(header), &info, sizeof(info));
  return CMSG_SPACE(sizeof(in6_pktinfo));
}

}  // namespace

uint32_t SocketCarrier::send(const OutgoingPacket* packets, uint32_t count) {
  uint32_t refused = 0;
  for (uint32_t base = 0; base < count; base += kSendSlots) {
    const uint32_t chunk = count - base < kSendSlots ? count - base : kSendSlots;
    for (uint32_t i = 0; i < chunk; i++) {
      const OutgoingPacket& packet = packets[base + i];
      tx_->vectors[i] = {const_cast<uint8_t*>(packet.data), packet.length};
      msghdr& header = tx_->headers[i].msg_hdr;
      header = {};
      header.msg_name = const_cast<sockaddr*>(&packet.destination.generic);
      header.msg_namelen = packet.destination.length;
      header.msg_iov = &tx_->vectors[i];
      header.msg_iovlen = 1;
      if (packet.source.length != 0) {
        header.msg_control = tx_->control[i];
        header.msg_controllen = writeSource(packet.source, tx_->control[i]);
      }
    }
    // An error belongs to the first packet not yet sent. An ICMP error of an earlier packet is reported once and cleared,
    // so that packet is tried again; one that fails twice is given up, and SCTP retransmits it.
    uint32_t sent = 0;
    bool triedAgain = false;
    while (sent < chunk) {
      const int done = sendmmsg(socket_.get(), tx_->headers + sent, chunk - sent, MSG_DONTWAIT);
      if (done > 0) {
        sent += static_cast<uint32_t>(done);
        triedAgain = false;
      } else if (errno == EINTR || !triedAgain) {
        triedAgain = true;
      } else {
        refused++;
        sent++;
        triedAgain = false;
      }
    }
  }
  return refused;
}

std::unique_ptr<PacketCarrier> openSocketCarrier(const HostOptions& options, int type, int protocol, Fault& fault) {
  const bool raw = type == SOCK_RAW;
  const std::string what = "cannot open " + endpointText(options.local);
  Address wanted;
  if (options.local.addresses.size() != 1 ||
      !Address::parse(options.local.addresses[0], raw ? 0 : options.local.udpPort, wanted)) {
    fault = {"EINVAL", what + ": give exactly one IPv4 or IPv6 address (several need the kernel carrier)"};
    return nullptr;
  }
  Descriptor socket(::socket(wanted.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (socket.get() < 0) {
    fault = systemFault(errno, what, raw ? "The raw carrier needs CAP_NET_RAW: run as root, or use the udp carrier." : "");
    return nullptr;
  }
  const int fd = socket.get();
  if (wanted.family() == AF_INET6) enable(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  if (options.reusePort) enable(fd, SOL_SOCKET, SO_REUSEPORT);
  enable(fd, SOL_SOCKET, SO_TIMESTAMPNS);
  enable(fd, SOL_SOCKET, SO_RXQ_OVFL);
  if (wanted.isWildcard()) {
    if (wanted.family() == AF_INET) enable(fd, IPPROTO_IP, IP_PKTINFO);
    else enable(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
  }
  enlargeBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
  enlargeBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
  if (bind(fd, &wanted.generic, wanted.length) != 0) {
    const int error = errno;
    std::string remedy;
    if (error == EADDRINUSE) remedy = "Another process holds UDP port " + std::to_string(wanted.port()) + ": stop it or choose another port.";
    if (error == EADDRNOTAVAIL) remedy = "No interface of this host has the address " + wanted.hostText() + ".";
    if (error == EACCES) remedy = "Ports below 1024 need CAP_NET_BIND_SERVICE.";
    fault = systemFault(error, what, remedy);
    return nullptr;
  }
  sockaddr_storage bound{};
  socklen_t boundLength = sizeof(bound);
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &boundLength);
  Address local = Address::from(bound, boundLength);
  if (raw) local.setPort(0);
  const uint32_t ipHeader = wanted.family() == AF_INET ? kIpv4HeaderBytes : kIpv6HeaderBytes;
  const uint32_t packetBytes = kPathMtu - ipHeader - (raw ? 0 : kUdpHeaderBytes);
  const bool strips = raw && wanted.family() == AF_INET;
  return std::make_unique<SocketCarrier>(std::move(socket), local, strips, packetBytes);
}

std::unique_ptr<PacketCarrier> openUdpCarrier(const HostOptions& options, Fault& fault) {
  return openSocketCarrier(options, SOCK_DGRAM, 0, fault);
}

std::unique_ptr<PacketCarrier> openRawCarrier(const HostOptions& options, Fault& fault) {
  return openSocketCarrier(options, SOCK_RAW, IPPROTO_SCTP, fault);
}

bool rawAvailable() {
  const Descriptor probe(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP));
  return probe.get() >= 0;
}

}  // namespace busyhour
