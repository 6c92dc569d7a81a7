// Moves SCTP packets between hosts, in batches.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

#include "address.h"
#include "fault.h"
#include "host.h"

namespace busyhour {

// Packets of one batch: more would not fit the processor caches, fewer would cost system calls.
constexpr uint32_t kReceiveSlots = 64;
constexpr uint32_t kSendSlots = 128;
// The largest IP payload: peers on loopback may use it.
constexpr size_t kPacketBytesMax = 65'536;

struct ReceivedPacket {
  const uint8_t* data;
  size_t length;
  Address source;
  // Address of ours that the packet was sent to; length 0 when not asked for.
  Address destination;
  int64_t stampNs;
};

struct OutgoingPacket {
  const uint8_t* data;
  size_t length;
  Address destination;
  // Address to send from; length 0 leaves it to the kernel.
  Address source;
};

class PacketCarrier {
 public:
  virtual ~PacketCarrier() = default;

  // The address really bound.
  const Address& local() const { return local_; }
  // Readable when packets wait.
  virtual int fd() const = 0;
  // Takes what waits, at most kReceiveSlots packets, valid until the next call. Owner's thread only.
  virtual uint32_t receive(ReceivedPacket* out) = 0;
  // Hands packets to the network and returns how many it refused. Calls are serialised by the caller.
  virtual uint32_t send(const OutgoingPacket* packets, uint32_t count) = 0;
  // Packets that the receive buffer had no room for.
  virtual uint64_t overflowed() const = 0;
  // Bytes of an SCTP packet that travel unfragmented over a path with an MTU of 1 500.
  virtual uint32_t packetBytes() const = 0;

 protected:
  Address local_;
};

std::unique_ptr<PacketCarrier> openUdpCarrier(const HostOptions& options, Fault& fault);
std::unique_ptr<PacketCarrier> openRawCarrier(const HostOptions& options, Fault& fault);
std::unique_ptr<PacketCarrier> openMemoryCarrier(const HostOptions& options, Fault& fault);

}  // namespace busyhour
