// What the udp and the raw carrier share: recvmmsg and sendmmsg on one socket, kernel stamps, overflow counts.
#pragma once

#include <sys/uio.h>

#include <memory>

#include "carrier.h"
#include "clock.h"

namespace busyhour {

// An owned descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  int get() const { return fd_; }

 private:
  int fd_;
};

class SocketCarrier final : public PacketCarrier {
 public:
  // `stripsIpHeader`: a raw IPv4 socket delivers the IP header too.
  SocketCarrier(Descriptor socket, const Address& local, bool stripsIpHeader, uint32_t packetBytes);

  int fd() const override { return socket_.get(); }
  uint32_t receive(ReceivedPacket* out) override;
  uint32_t send(const OutgoingPacket* packets, uint32_t count) override;
  uint64_t overflowed() const override { return overflowed_; }
  uint32_t packetBytes() const override { return packetBytes_; }

 private:
  void readControl(const msghdr& header, int64_t now, ReceivedPacket& packet);

  struct ReceiveSlots;
  struct SendSlots;
  struct FreeReceiveSlots {
    void operator()(ReceiveSlots* slots) const;
  };
  struct FreeSendSlots {
    void operator()(SendSlots* slots) const;
  };

  Descriptor socket_;
  bool stripsIpHeader_;
  uint32_t packetBytes_;
  WallClockConverter wallClock_;
  uint64_t overflowed_ = 0;
  uint32_t overflowedLast_ = 0;
  std::unique_ptr<ReceiveSlots, FreeReceiveSlots> rx_;
  std::unique_ptr<SendSlots, FreeSendSlots> tx_;
};

// Opens, configures and binds a socket of the given type for `options.local`.
std::unique_ptr<PacketCarrier> openSocketCarrier(const HostOptions& options, int type, int protocol, Fault& fault);

}  // namespace busyhour
